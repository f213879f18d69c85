"""Finds posts of what a person asked for: topics, languages, authors, words and tags that they want more of, or only. A source; it does not rank.

Tones and forms are not looked for: they are found among what else is found.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

import numpy as np
from psycopg.sql import SQL, Composable, Literal

from oscine import text
from oscine.feed.followed import ORDER
from oscine.feed.pipeline import Ask
from oscine.feed.pool import Posts
from oscine.feed.reader import Ints
from oscine.feed.steer import STEMMED, Asked
from oscine.recommendation import Rule, Wish
from oscine.view import View

MOST = 10  # things that are looked for, the most wanted first


@dataclass(frozen=True)
class AskedFor:
    """The newest of each; of topics, those that are nearest by meaning, where there are vectors."""

    view: View
    posts: Posts
    asked: Asked
    since: datetime
    each: int = 100
    name: ClassVar[str] = "what you asked for"

    def __call__(self, ask: Ask) -> Ints:
        """Each thing's posts, one after the other."""
        return np.concatenate([np.empty(0, np.int64), *(self._found(one, ask.now) for one in self._wanted())])

    def _wanted(self) -> list[Wish | Rule]:
        steering = self.asked.steering
        rules = [rule for rule in steering.rules if rule.mode == "only"]
        wishes = sorted((wish for wish in steering.wishes if wish.weight > 0), key=lambda wish: -wish.weight)
        wanted: list[Wish | Rule] = [*rules, *wishes]
        return [one for one in wanted if one.kind not in ("tone", "form")][:MOST]

    def _found(self, one: Wish | Rule, now: datetime) -> Ints:
        where = self._where(one)
        rows = [] if where is None else self.view.select(SQL("p.id"), self._lately(where, now), self.each, order=ORDER)
        by_words = np.array([row["id"] for row in rows], np.int64)
        return np.concatenate([by_words, self._near(one.value)]) if one.kind == "topic" else by_words

    def _lately(self, where: Composable, now: datetime) -> Composable:
        return SQL("{} AND p.created_at >= {} AND p.created_at <= {}").format(where, Literal(self.since), Literal(now))

    def _where(self, one: Wish | Rule) -> Composable | None:
        """That a post `p` is so; None where nothing can be."""
        if one.kind == "lang":
            return SQL("p.lang = {}").format(Literal(one.value))
        if one.kind == "author":
            return SQL("p.author = {}").format(Literal(self.asked.authors.get(one.value, 0)))
        words = " & ".join(_lexemes(one))
        return SQL("p.lexemes @@ {}::tsquery").format(Literal(words)) if words else None

    def _near(self, topic: str) -> Ints:
        ruler = self.asked.meanings.topic(topic, self.posts.vectors)
        if ruler is None:
            return np.empty(0, np.int64)
        cosines = np.where(self.posts.vectors.any(axis=1), self.posts.vectors @ ruler.direction, -1)
        most = min(self.each, len(cosines))
        return self.posts.numbers[np.sort(np.argpartition(-cosines, most - 1)[:most])]


def _lexemes(one: Wish | Rule) -> Iterator[str]:
    """What stands in the index for a tag, or for the words of a topic; a topic's in any form."""
    if one.kind == "tag":
        yield text.quote("#" + text.fold(one.value.lstrip("#")))
        return
    for token in text.content_words(one.value):
        written = text.exact_lexeme(token)
        stems = {text.stem(token.exact, lang) for lang in STEMMED} if one.kind == "topic" and token.kind == "word" else set()
        yield "(" + " | ".join(text.quote(form) for form in sorted({written, *stems})) + ")"
