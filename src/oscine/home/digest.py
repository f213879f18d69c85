"""The best of some days for one person: the posts that rank highest, and what went on; as text, or as Markdown in which no post can be more than text.

The order is the feed's own, whether they were seen before or not; covered posts are left out. Nothing of it is kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

import numpy as np

from oscine.ask import phrases, quoting, summary
from oscine.feed.for_you import ForYou
from oscine.home.catch_up import CatchUp
from oscine.recommendation import Steering, Weights
from oscine.view import SeenPost, View

RANKED = 200  # posts among which those of the days are looked for
_MARKS = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&$^=:@])")
Address = Callable[[SeenPost], str]


class Best(NamedTuple):
    """A post, told as a quote with who wrote it, and what found it."""

    seen: SeenPost
    said: str
    sources: tuple[str, ...]


class Digest(NamedTuple):
    """The best posts of a time, in order, with how many by how many; and what went on in it."""

    lang: str
    fact: str
    best: tuple[Best, ...]
    missed: CatchUp


def best(
    feed: ForYou, view: View, weights: Weights, steering: Steering, since: datetime, limit: int
) -> list[tuple[SeenPost, tuple[str, ...]]]:
    """The posts since then that rank highest, and what found each."""
    ask = feed.ask(view.viewer, steering, RANKED)
    ranked = feed.rank(ask._replace(reader=ask.reader._replace(seen=np.empty(0, np.int64))), weights)
    recent = [pick.place for pick in ranked.picks if ranked.candidates.created[pick.place] > since.timestamp()]
    found = {int(ranked.candidates.numbers[place]): ranked.found_by(place) for place in recent}
    return [(seen, found[seen.number]) for seen in view.posts(list(found)) if not seen.blurred][:limit]


def digest(found: list[tuple[SeenPost, tuple[str, ...]]], missed: CatchUp, lang: str | None = None) -> Digest:
    """The posts, told; those of which nothing can be quoted are left out."""
    spoken = phrases.spoken(lang, summary.common_language([seen for seen, _ in found]))
    told = tuple(Best(seen, said, sources) for seen, sources in found if (said := quoting.said(seen, spoken)))
    fact = summary.fact([each.seen for each in told], spoken) if told else ""
    return Digest(spoken, phrases.say("best", spoken, what=fact) if told else phrases.say("nothing", spoken), told, missed)


def text(made: Digest, address: Address) -> str:
    """Plain text, with the addresses of the posts."""
    posts = [f"{each.said}\n{address(each.seen)}" for each in made.best]
    lines = [f"{line.text}\n" + "\n".join(address(seen) for seen in line.posts) for line in made.missed.lines]
    return "\n\n".join([made.fact, *posts, *lines]) + "\n"


def markdown(made: Digest, address: Address) -> str:
    """CommonMark: a heading, and lists of what was said, each item with its posts."""
    posts = [f"1. {escaped(each.said)} [→](<{address(each.seen)}>)" for each in made.best]
    lines = [f"- {escaped(line.text)} " + " ".join(f"[→](<{address(seen)}>)" for seen in line.posts) for line in made.missed.lines]
    return "\n\n".join(filter(None, [f"# {escaped(made.fact)}", "\n".join(posts), "\n".join(lines)])) + "\n"


def escaped(words: str) -> str:
    """Words as Markdown shows them: on one line, and no mark of theirs means anything."""
    return _MARKS.sub(r"\\\1", " ".join(words.split()))
