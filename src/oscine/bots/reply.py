"""An answer as one post: as many of its sentences as its network's posts hold, the first ones first, each with links to the posts it stands on.

Pure; never more than one post. A quote that is too long is shortened; a sentence is left out where it does not fit, or where a post that it
stands on has no address.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from oscine.ask import phrases
from oscine.ask.answer import Sentence, quoted
from oscine.ask.ask import Answer
from oscine.posting.base import Piece
from oscine.view import SeenPost

QUOTES = (280, 220, 160, 120, 90, 60)  # lengths that a quote is tried at, in characters
BREAK = "\n\n"


class Reply(NamedTuple):
    """What to post, and the posts that it cites by network and id; none where the posts do not say."""

    pieces: list[Piece]
    cited: list[tuple[str, str]]


def compose(given: Answer, lang: str | None, address: Callable[[SeenPost], str], fits: Callable[[Sequence[Piece]], bool]) -> Reply:
    """The sentences of an answer that fit, or the one that says that the posts do not say."""
    numbers: dict[int, SeenPost] = {}
    pieces: list[Piece] = []
    for sentence in given.sentences:
        for said in _versions(sentence, given):
            known = numbers | {seen.number: seen for seen in said.sources}
            longer = [*pieces, *([Piece(BREAK)] if pieces else []), *_linked(said, list(known), address)]
            if all(address(seen) for seen in said.sources) and fits(longer):
                pieces, numbers = longer, known
                break
    cited = [(seen.post.network, seen.post.id) for seen in numbers.values()]
    return Reply(pieces, cited) if pieces else Reply([Piece(phrases.say("refusal", lang))], [])


def _versions(sentence: Sentence, given: Answer) -> Iterator[Sentence]:
    """A sentence, and where it is a quote the same with less and less of the post."""
    yield sentence
    for longest in QUOTES if sentence.stage == "quoted" else ():
        if shorter := quoted(sentence.sources[0], given.search, given.lang, longest):
            yield shorter


def _linked(sentence: Sentence, numbers: list[int], address: Callable[[SeenPost], str]) -> list[Piece]:
    """A sentence and the numbers of its posts, each leading there."""
    links = [Piece(f"[{numbers.index(seen.number) + 1}]", link=address(seen)) for seen in sentence.sources]
    return [Piece(sentence.text), *(piece for link in links for piece in (Piece(" "), link))]
