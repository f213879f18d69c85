"""What a follow-up question means, from what went before.

A question that leans on an earlier one (`and in Turin?`, `when did he say that?`) is searched with the earlier one's topic words beside
its own. It works by words, in the seven languages whose function words it knows; it does not resolve who `he` is.
"""

from __future__ import annotations

from collections.abc import Sequence

from oscine import text
from oscine.engines.language import Message

MAX_QUESTION = 1_000  # characters of a question that are searched
REMEMBERED = 3  # earlier questions that count
LEANING = frozenset(
    (
        "he she it they him her them his its their this that these those there then and also else more why how when where"
        " il elle ils elles lui leur ça cela ce cette et aussi pourquoi quand loro esso essa questo quello e anche perché quando dove"
        " er sie es ihm ihr ihnen dies das diese und auch warum wann él ella ellos ellas eso esto y también porque cuándo dónde"
        " ele ela eles elas isso isto também onde hij zij ze het hem haar dat dit en ook waarom wanneer"
    ).split()
)
FEW = 2  # topic words below which a question cannot stand alone


def standalone(messages: Sequence[Message]) -> tuple[str, str]:
    """The last question of a conversation as asked, and the text to search for it: the same, or with earlier topics added."""
    questions = [
        message["content"].strip()[:MAX_QUESTION] for message in messages if message["role"] == "user" and message["content"].strip()
    ]
    if not questions:
        return "", ""
    last = questions[-1]
    if len(questions) == 1 or not _leans(last):
        return last, last
    own = {token.stem for token in _topic(last)}
    earlier = [token.exact for question in questions[-1 - REMEMBERED : -1] for token in _topic(question) if token.stem not in own]
    return last, " ".join([last, *dict.fromkeys(earlier)])


def _leans(question: str) -> bool:
    """Whether a question needs an earlier one: it has too few topic words, or opens with or rests on a pronoun."""
    words = [token.exact for token in text.tokens(question) if token.kind == "word"]
    topic = _topic(question)
    return (
        len(topic) < FEW
        or words[:1] == ["and"]
        or (len(topic) <= 2 * FEW and any(word in LEANING for word in words if not _names(topic, word)))
    )


def _names(topic: Sequence[text.Token], word: str) -> bool:
    return any(token.exact == word for token in topic)


def _topic(question: str) -> list[text.Token]:
    lang = text.language(question)
    return [
        token for token in text.tokens(question, lang)
        if token.kind in ("word", "dense") and not text.is_stop_word(token.exact, lang) and token.exact not in LEANING
    ]  # fmt: skip
