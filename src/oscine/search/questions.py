"""Is a text a question? Questions are ranked by other weights than topics: they name the post they want less, and ask for one thing.

By words, in seven languages: it opens with an interrogative, or ends with a question mark.
"""

from __future__ import annotations

from typing import Literal

from oscine import text

Kind = Literal["question", "topic"]
FEWEST_WORDS = 3
INTERROGATIVES = frozenset(
    (
        "what who whom whose which when where why how is are was were do does did can could will would should has have"
        " qui que quoi quel quelle quels quelles quand ou comment pourquoi combien est"
        " chi che cosa cos quale quali quando dove come perche quanto quanta quanti quante"
        " wer wen wem wessen was welche welcher welches wann wo wohin woher wie warum wieso weshalb"
        " quien quienes que cual cuales cuando donde como cuanto cuanta cuantos cuantas por"
        " quem o qual quais onde porque quanto em"
        " wie wat welke welk wanneer waar waarom hoe hoeveel"
    ).split()
)


def kind(query: str) -> Kind:
    """`question` or `topic`."""
    if query.rstrip().endswith(("?", "？")):
        return "question"
    words = [token.exact for token in text.tokens(query) if token.kind in ("word", "dense")]
    return "question" if len(words) >= FEWEST_WORDS and words[0].partition("'")[0] in INTERROGATIVES else "topic"


def closed(query: str) -> str:
    """A text whose last sign is a question mark of its own as French spaces it, with that mark moved to its word: alone, it is an operator."""
    bare = query.rstrip()
    stem = bare[:-1].rstrip()
    return f"{stem}?" if bare.endswith((" ?", "\u00a0?", "\u202f?")) and len(stem.split()) >= FEWEST_WORDS else query
