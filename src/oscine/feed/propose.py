"""What somebody might want more of: topics, accounts to follow, conversations to catch up on; each with its reason, in a sentence that counts.

It rests on what a person did, where they allow it, and on what is done in public; of what others did it tells only how many they are, and only of as many
that nobody can tell who. Nobody is proposed whom the viewer follows, blocks or mutes, who blocks them, or who does not want to be found: the view sees to it.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

import numpy as np
from psycopg.sql import SQL, Composable, Literal

from oscine.feed import conversations
from oscine.feed.conversations import Conversation, Own, Span
from oscine.feed.pipeline import Ask
from oscine.feed.pool import Posts
from oscine.feed.reader import Ints, Reader
from oscine.feed.sources import neighbours
from oscine.feed.taste import WORTH
from oscine.recommendation import Rule, Steering, Wish
from oscine.records import Account
from oscine.search import related
from oscine.search.retrieve import SEARCHABLE, conjunction
from oscine.search.terms import Term
from oscine.search.trending import Trends
from oscine.store.follows import Follows
from oscine.view import EVERYTHING, SeenPost, View

FEWEST = 3  # of others, that are told of; and posts with a topic
ACTED = 2  # posts of somebody that one acted on
CONSIDERED = 100  # accounts, for each reason
READ = 300  # people whose follows are looked at
SAID = 2  # reasons that are told of an account
PUBLIC_ACTS = ("like", "repost", "reply", "quote")
LATELY = timedelta(days=2)  # for conversations


class ProposedTopic(NamedTuple):
    """A topic as people write it, the search that finds it, and why it is proposed."""

    topic: str
    query: str
    why: str


class ProposedAccount(NamedTuple):
    """An account, and why it is proposed."""

    account: Account
    why: str


class ProposedConversation(NamedTuple):
    """The post that began a conversation, and why it is proposed."""

    seen: SeenPost
    why: str


class Proposals(NamedTuple):
    """What is proposed, the best first."""

    topics: tuple[ProposedTopic, ...]
    accounts: tuple[ProposedAccount, ...]
    conversations: tuple[ProposedConversation, ...]


class _Reason(NamedTuple):
    """A sentence with a number, and what each of these people or posts speaks for somebody."""

    said: str
    weight: float


_ACTED = _Reason("You liked, shared or answered {n} of their posts.", 2.0)
_FOLLOWED = _Reason("{n} people whom you follow follow them.", 1.5)
_ALIKE_ACTED = _Reason("{n} people who like what you like liked, shared or answered their posts.", 1.0)
_ALIKE_FOLLOW = _Reason("{n} people who like what you like follow them.", 1.0)
_NOTICED = _Reason("{n} people liked, shared or answered their posts.", 0.5)


class Proposer:
    """Proposes to one viewer, by a moment's `posts` of the pool; `wanted` leaves out of a condition what they asked never to see."""

    def __init__(
        self, view: View, public: View, posts: Posts, follows: Follows, trends: Trends, wanted: Callable[[Composable], Composable]
    ) -> None:
        self._view, self._public, self._posts, self._follows, self._trends, self._wanted = view, public, posts, follows, trends, wanted

    def proposals(self, ask: Ask) -> Proposals:
        """Of each kind at most `ask.limit`."""
        return Proposals(tuple(self.topics(ask)), tuple(self.accounts(ask)), tuple(self.conversations(ask)))

    def topics(self, ask: Ask) -> list[ProposedTopic]:
        """What the posts have in common that the reader acted on, then what many write about; without what they wished for already."""
        acted = [act.post for act in ask.reader.acts if act.post and act.kind in PUBLIC_ACTS]
        read = [seen for seen in self._public.posts(list(dict.fromkeys(acted))) if not seen.blurred]
        mine = [
            ProposedTopic(topic.term.shown, topic.term.query, f"In {topic.posts} posts that you liked, shared or answered.")
            for topic in related.topics(self._public, read, CONSIDERED)
            if topic.posts >= FEWEST and _names(topic.term)
        ][: ask.limit]
        trending = [
            ProposedTopic(trend.term.shown, trend.term.query, f"{trend.authors} people write about it, clearly more than before.")
            for trend in self._trends.topics(self._view, limit=ask.limit)
        ]
        said = _said(ask.reader.steering)
        found = {each.topic.lower(): each for each in reversed([*mine, *trending]) if _plain(each.topic) not in said}
        return list(reversed(found.values()))[: ask.limit]

    def accounts(self, ask: Ask) -> list[ProposedAccount]:
        """Whom the reader acted on, whom people whom they follow and people like them follow and act on; for whoever is not known, who is noticed."""
        reasons, me = self._reasons(ask.reader), Literal(ask.reader.number)
        scores = {number: sum(reason.weight * math.log2(1 + n) for reason, n in found) for number, found in reasons.items()}
        best = sorted(scores, key=lambda number: (-scores[number], number))[: 4 * ask.limit]
        followed = SQL("a.id NOT IN (SELECT target FROM relations WHERE actor = {me} AND kind = 'follow' AND active)")
        apart = SQL("a.id = ANY ({}) AND a.id <> {me} AND {}").format(Literal(best), followed.format(me=me), me=me)
        there = {row["number"]: row for row in self._view.accounts(apart, len(best))} if best else {}
        found = [ProposedAccount(_account(there[number]), _why(reasons[number])) for number in best if number in there]
        said = _said(ask.reader.steering)
        return [each for each in found if _plain(f"{each.account.network}/{each.account.id}") not in said][: ask.limit]

    def _reasons(self, reader: Reader) -> dict[int, list[tuple[_Reason, int]]]:
        """By account, what speaks for it, and how often."""
        acted = Counter(author for author, _ in {(act.author, act.post) for act in reader.acts if act.post and act.kind in PUBLIC_ACTS})
        against = {act.author for act in reader.acts if WORTH[act.kind] < 0}
        alike, _ = neighbours(self._posts, reader)
        people = self._posts.acts.people[alike].tolist()
        counted = [
            (_ACTED, {author: n for author, n in acted.items() if n >= ACTED}),
            (_FOLLOWED, self._follows.by(reader.follows[:READ].tolist(), FEWEST, CONSIDERED)),
            (_ALIKE_FOLLOW, self._follows.by(people, FEWEST, CONSIDERED)),
            (_ALIKE_ACTED, self._noticed(alike)),
        ]
        if not any(found for _, found in counted):
            counted = [(_NOTICED, self._noticed(np.arange(len(self._posts.acts.people))))]
        reasons: dict[int, list[tuple[_Reason, int]]] = defaultdict(list)
        for reason, found in counted:
            for number, n in found.items():
                reasons[number] += [(reason, n)] if number not in against else []
        return {number: found for number, found in reasons.items() if found}

    def _noticed(self, people: Ints) -> Mapping[int, int]:
        """Authors on whose posts at least `FEWEST` of some people (places) acted, and how many did; the most noticed."""
        acts = self._posts.acts
        mine = np.isin(acts.who, people)
        pairs = np.unique(np.stack([self._posts.writer[acts.places[mine]], acts.who[mine]], axis=1), axis=0)
        authors, counts = np.unique(pairs[:, 0], return_counts=True)
        best = np.argsort(-counts, kind="stable")[:CONSIDERED]
        return {int(self._posts.writers[authors[at]]): int(counts[at]) for at in best if counts[at] >= FEWEST}

    def conversations(self, ask: Ask) -> list[ProposedConversation]:
        """What the people talked about lately whom the reader follows, else what everybody did; not those that they take part in."""
        follows = len(ask.reader.follows) > 0
        own = conversations.own(self._view) if ask.reader.acts or follows else Own([], [])
        among = conversations.followed(self._view.viewer) if follows else EVERYTHING
        found = conversations.busiest(self._view, among, Span(ask.now - LATELY, ask.now), 2 if follows else FEWEST, ask.limit, own.roots)
        who = "people whom you follow" if follows else "people"
        told = [(self._began(each), f"{each.people} {who} wrote {each.posts} posts in it within two days.") for each in found]
        return [ProposedConversation(seen, why) for seen, why in told if seen and not seen.blurred]

    def _began(self, conversation: Conversation) -> SeenPost | None:
        """The first of its posts that may be seen."""
        where = self._wanted(conjunction([conversation.within, SEARCHABLE]))
        rows = self._view.select(SQL("p.id"), where, 1, order=SQL("p.created_at, p.id"))
        return next(iter(self._view.posts([row["id"] for row in rows])), None)


def _said(steering: Steering) -> set[str]:
    """What somebody has said something about already."""
    said: list[Wish | Rule] = [*steering.wishes, *steering.rules]
    return {_plain(each.value) for each in said}


def _plain(value: str) -> str:
    return value.lower().lstrip("#$@")


def _names(term: Term) -> bool:
    """Whether a term names something: a tag, or words with capitals."""
    return term.kind in ("tag", "cash") or all(part[:1].isupper() for part in term.shown.split())


def _why(reasons: Sequence[tuple[_Reason, int]]) -> str:
    """The strongest reasons, in words."""
    best = sorted(reasons, key=lambda each: -each[0].weight * math.log2(1 + each[1]))[:SAID]
    return " ".join(reason.said.format(n=n) for reason, n in best)


def _account(row: Mapping[str, object]) -> Account:
    return Account(id=str(row["key"]), network=str(row["network"]), handle=str(row["handle"]), name=str(row["name"]), bio=str(row["bio"]))
