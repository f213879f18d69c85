"""Makes columns of posts, read through the view of whoever asks: what they may not see is not there.

What the pool holds of a post (its vector, what was done to it) is taken from there; of posts that it does not hold it is read from the store. It decides
nothing.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from psycopg.sql import SQL, Literal

from oscine.feed.acts import DAY, HOUR, Floats
from oscine.feed.pipeline import Ask, Bools, Candidates
from oscine.feed.pool import ACTS, Pool, Posts, floats, integers, numbered, where
from oscine.feed.reader import Ints
from oscine.recommendation import FORMS, LONG, SHORT
from oscine.view import View

COUNTED = 1_000  # acts on a post that are counted where the pool does not hold it
_COLUMNS = SQL("""
SELECT string_agg(int8send(id), ''::bytea) AS numbers, string_agg(int8send(author), ''::bytea) AS authors,
       string_agg(float8send(extract(epoch FROM created_at)::float8), ''::bytea) AS created,
       string_agg(int8send(likes) || int8send(reposts) || int8send(replies) || int8send(quotes), ''::bytea) AS counts,
       array_agg(coalesce(lang, '')) AS langs, array_agg(text) AS texts,
       string_agg(boolsend(media <> '[]'), ''::bytea) AS picture, string_agg(boolsend(urls <> '{}'), ''::bytea) AS link,
       string_agg(boolsend(reply_to IS NOT NULL), ''::bytea) AS reply,
       string_agg(boolsend(sensitive OR content_warning <> '' OR coalesce(labels && (SELECT covered FROM policy), false)), ''::bytea) AS labelled,
       string_agg(boolsend(author NOT IN (SELECT a.id FROM accounts a WHERE NOT a.searchable)), ''::bytea) AS recommendable
FROM p
""")
_DONE = SQL("""
SELECT p.id, acts.* FROM p CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE at > to_timestamp({now}::float8 - {hour})) AS hour, count(*) FILTER (WHERE at > to_timestamp({now}::float8 - {day})) AS day,
           count(*) AS ever
    FROM (SELECT e.at FROM engagements e WHERE (e.network, e.post) = (p.network, p.key) AND e.active AND e.kind = ANY ({kinds})
          AND NOT (e.actor = {actor} AND e.kind = {kind} AND p.id = {post}) ORDER BY e.kind, e.actor LIMIT {most}) AS e) AS acts
""")


class FromView(NamedTuple):
    """Hydration through one person's view, with what the pool holds."""

    view: View
    posts: Posts

    def __call__(self, ask: Ask, numbers: Ints, found: Bools) -> Candidates:
        """The posts that may be seen, by rising number."""
        candidates = self.plainly(numbers, found)
        return candidates._replace(acts=self._acts(candidates.numbers, ask))

    def plainly(self, numbers: Ints, found: Bools | None = None) -> Candidates:
        """The same, without what was done to them."""
        found = np.zeros((len(numbers), 0), bool) if found is None else found
        row = self.view.among(_COLUMNS, numbered(numbers))[0]
        ids, authors = integers(row["numbers"]), integers(row["authors"])
        texts, langs = (np.array(row[name] or [], object) for name in ("texts", "langs"))
        flags = {name: np.frombuffer(row[name] or b"", bool) for name in ("picture", "link", "reply", "labelled", "recommendable")}
        candidates = Candidates(
            ids, authors, floats(row["created"]), integers(row["counts"]).reshape(-1, 4).astype(np.float64), np.zeros((len(ids), 3)),
            self._author_acts(authors), np.zeros((len(ids), 0), np.float32), langs, texts, _forms(texts, flags), flags["labelled"], flags["recommendable"],
            found[where(numbers, ids)],
        )  # fmt: skip
        rising = candidates.taken(np.argsort(ids))
        return rising._replace(vectors=self.vectors(rising.numbers))

    def _acts(self, ids: Ints, ask: Ask) -> Floats:
        now, undone, places = ask.now.timestamp(), ask.reader.undone, self.posts.places(ids)
        acts = np.zeros((len(ids), 3))
        held = places >= 0
        acts[held] = self.posts.acts.counts(now)[places[held]]
        if not held.all():
            less = _literals(actor=ask.reader.number, kind=undone.kind if undone else "", post=undone.post if undone else 0)
            told = _literals(now=now, hour=HOUR, day=DAY, kinds=list(ACTS), most=COUNTED)
            rows = self.view.among(_DONE.format(**told, **less), numbered(ids[~held]))
            read = np.array([row["id"] for row in rows], np.int64)
            acts[where(ids, read)] = np.array([[row["hour"], row["day"], row["ever"]] for row in rows], np.float64).reshape(-1, 3)
        return acts

    def _author_acts(self, authors: Ints) -> Floats:
        places = where(self.posts.writers, authors)
        known = places >= 0
        earned, written = np.zeros(len(authors)), np.ones(len(authors))
        earned[known], written[known] = self.posts.earned[places[known]], self.posts.written[places[known]]
        return np.asarray(earned / written)

    def vectors(self, ids: Ints) -> NDArray[np.float32]:
        """(n, d) the vectors of posts, by rising number; zeros for those that have none, or may not be seen."""
        places = self.posts.places(ids)
        vectors = np.zeros((len(ids), self.posts.vectors.shape[1]), np.float32)
        held = places >= 0
        vectors[held] = self.posts.vectors[places[held]]
        if vectors.size and not held.all():
            read, others = Pool.vectors(self.view, ids[~held], sure=True)
            vectors[where(ids, read)] = others if len(read) else 0
        return vectors


def _literals(**values: Any) -> dict[str, Literal]:
    return {name: Literal(value) for name, value in values.items()}


def _forms(texts: NDArray[np.object_], stated: dict[str, Bools]) -> dict[str, Bools]:
    lengths = np.array([len(text) for text in texts], np.int64)
    forms = {**stated, "long": lengths >= LONG, "short": lengths <= SHORT}
    return {form: forms[form] for form in FORMS}
