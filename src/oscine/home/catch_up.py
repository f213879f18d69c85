"""Since you were away: who answered and named the viewer, what went on in conversations, what people wrote about more than before.

Each line counts posts that the viewer may see and quotes some of them word for word, each with who wrote it; no model writes a word. What is covered is
counted and not quoted; of who asked not to be found, only what they say to the viewer, or in a conversation with them, is told. It does not know how
the viewer was told before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from psycopg.sql import SQL, Composable
from psycopg.sql import Literal as Value

from oscine.ask import phrases
from oscine.ask.answer import Sentence
from oscine.ask.summary import Summaries
from oscine.feed import conversations
from oscine.feed.conversations import Own, Span
from oscine.feed.wanted import everything
from oscine.search.retrieve import SEARCHABLE, conjunction
from oscine.search.trending import LONGEST_HOURS, Trend, Trends
from oscine.view import EVERYTHING, SeenPost, View

Kind = Literal["answered", "mentioned", "in_conversation", "conversation_followed", "conversation", "topic_followed", "topic"]
LONGEST = timedelta(hours=LONGEST_HOURS)  # longer ago is too much to catch up on
A_DAY = timedelta(days=1)  # where nobody knows since when
HOURS = (1, 6, 24, 72, 168, LONGEST_HOURS)  # for which trends are told: few lengths, so that what was counted is kept for the next who asks
MOST = 3  # lines of a kind
QUOTES = 2  # of a line
FEWEST_FOLLOWED, FEWEST = 2, 3  # people in a conversation that is worth telling of


class Line(NamedTuple):
    """One thing that went on: what it was of, what is counted, and quotes, each with its post."""

    kind: Kind
    about: str
    fact: str
    quotes: tuple[Sentence, ...]

    @property
    def text(self) -> str:
        """The whole."""
        return " ".join([self.fact, *(quote.text for quote in self.quotes)])

    @property
    def posts(self) -> tuple[SeenPost, ...]:
        """The posts quoted, each once."""
        return tuple({seen.number: seen for quote in self.quotes for seen in quote.sources}.values())


class CatchUp(NamedTuple):
    """What went on in a time."""

    span: Span
    lines: tuple[Line, ...]

    @property
    def posts(self) -> tuple[SeenPost, ...]:
        """The posts quoted, each once."""
        return tuple({seen.number: seen for line in self.lines for seen in line.posts}.values())


class Missed:
    """What one viewer missed. Without `personal`, and for whoever has no account, nothing that they did or follow is read. `wanted` leaves out of a condition
    what they asked never to see."""

    def __init__(self, view: View, summaries: Summaries, trends: Trends, lang: str | None = None, personal: bool = True,
                 wanted: Callable[[Composable], Composable] = everything) -> None:  # fmt: skip
        self._view, self._summaries, self._trends, self._lang, self._wanted = view, summaries, trends, lang, wanted
        self._known = personal and not view.viewer.anonymous

    def between(self, since: datetime | None, now: datetime) -> CatchUp:
        """What went on since then, or for a day where that is not known; a month at most."""
        span = Span(max(since or now - A_DAY, now - LONGEST), now)
        return CatchUp(span, tuple(line for line in self._lines(span) if line) if span.since < now else ())

    def _lines(self, span: Span) -> Iterator[Line | None]:
        own = conversations.own(self._view) if self._known else Own([], [])
        yield from self._to_me(own, span)
        yield from self._with_me(own, span)
        yield from self._conversations(own, span)
        yield from self._topics(span)

    def _to_me(self, own: Own, span: Span) -> Iterator[Line | None]:
        if not self._known:
            return
        answers, mentions = conversations.answers(self._view, own), conversations.mentions(self._view.viewer)
        others = conversations.others(self._view)
        yield self._line("answered", conjunction([answers, span.posts, others]))
        yield self._line("mentioned", conjunction([mentions, SQL("NOT {}").format(answers), span.posts, others]))

    def _with_me(self, own: Own, span: Span) -> Iterator[Line | None]:
        apart = SQL("NOT ({} OR {})").format(conversations.answers(self._view, own), conversations.mentions(self._view.viewer))
        for each in conversations.mine(self._view, own, span, MOST):
            where = conjunction([each.within, apart, span.posts, conversations.others(self._view)])
            yield self._line("in_conversation", where, each.root)

    def _conversations(self, own: Own, span: Span) -> Iterator[Line | None]:
        among, follows = self._among
        found = conversations.busiest(self._view, among, span, FEWEST_FOLLOWED if follows else FEWEST, MOST, own.roots)
        for each in found:
            where = conjunction([each.within, among, span.posts, conversations.others(self._view), SEARCHABLE])
            yield self._line("conversation_followed" if follows else "conversation", where, each.root)

    def _topics(self, span: Span) -> Iterator[Line | None]:
        among, follows = self._among
        trends = Trends(self._view.only(among)) if follows else self._trends
        hours = next(hours for hours in HOURS if timedelta(hours=hours) >= span.until - span.since)
        for trend in trends.topics(self._view, hours=hours, limit=MOST):
            where = conjunction([among, _about(trend), span.posts, conversations.others(self._view), SEARCHABLE])
            yield self._line("topic_followed" if follows else "topic", where, trend.term.shown)

    @property
    def _among(self) -> tuple[Composable, bool]:
        """Whose posts are looked at: of people followed where there are any, else everybody's; and which of the two."""
        followed = conversations.followed(self._view.viewer)
        follows = self._known and self._view.count(followed, 1) > 0
        return (followed, True) if follows else (EVERYTHING, False)

    def _line(self, kind: Kind, where: Composable, about: str = "") -> Line | None:
        """What some posts say; None where there is none to quote."""
        told = self._summaries.of_posts(self._view, self._wanted(where), QUOTES, self._lang)
        fact = phrases.say(kind, told.lang, what=told.fact, topic=about)
        return Line(kind, about, fact, told.sentences) if told.sentences else None


def _about(trend: Trend) -> Composable:
    return SQL("p.lexemes @@ {}::tsquery").format(Value(trend.term.tsquery))
