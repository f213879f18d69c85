"""What feeds served, and what came of it: pages, their posts, outcomes; and forgetting all three.

A person is a pseudonym here, or nobody. A page of somebody is theirs alone to be told about; one of nobody is told about by whoever holds its token.
It ranks nothing, and it does not know what an outcome is worth. A post that is deleted is gone from every page with what came of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from psycopg import Connection

from oscine.errors import NotFound
from oscine.recommendation import Outcome, ServedPage, ServedPost
from oscine.records import Viewer
from oscine.store.postgres import Database, Row
from oscine.store.secret import pseudonym

PAUSE = timedelta(minutes=30)  # without a page, after which a visit is over: what the counting of web sites has agreed on
BATCH = 1_000  # pages in one transaction

_PAGE = """
INSERT INTO feed_pages (token, session, at, person, kind, weights, ranker, test, arm, temperature, candidates, ads)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_POSTS = """
INSERT INTO feed_posts (page, position, post, points, propensity, sources)
SELECT %s, new.position, p.id, new.points, coalesce(new.propensity, 1), coalesce(new.sources, '{}')
FROM jsonb_to_recordset(%s::jsonb) AS new(post bigint, position integer, points bigint, propensity real, sources text[])
JOIN posts p ON p.id = new.post FOR KEY SHARE OF p SKIP LOCKED
"""  # a post that is being deleted is left out, and nobody waits for it
_OUTCOMES = """
INSERT INTO feed_outcomes (page, post, kind, at)
SELECT g.token, p.id, new.kind, coalesce(%(at)s, clock_timestamp()) FROM unnest(%(posts)s::bigint[], %(kinds)s::text[]) AS new(post, kind)
JOIN feed_pages g ON g.token = %(token)s JOIN posts p ON p.id = new.post
WHERE EXISTS (SELECT FROM feed_posts f WHERE (f.page, f.post) = (g.token, p.id))
FOR KEY SHARE OF g, p SKIP LOCKED
ON CONFLICT DO NOTHING RETURNING post, kind
"""
_SERVED = "SELECT DISTINCT f.post FROM feed_pages g JOIN feed_posts f ON f.page = g.token WHERE g.session = %s ORDER BY f.post"
_VISITS = """
SELECT max(at) AS at FROM (
    SELECT at, lead(at, 1, %(now)s) OVER (ORDER BY at) - at AS pause FROM feed_pages WHERE person = %(person)s AND at <= %(now)s
) AS pages WHERE pause >= %(pause)s
"""
_ROLL = "DELETE FROM feed_pages WHERE token IN (SELECT token FROM feed_pages WHERE at < %s ORDER BY at LIMIT %s FOR UPDATE SKIP LOCKED)"


class FeedLog:
    """The tables `feed_pages`, `feed_posts` and `feed_outcomes` of a database; `secret` makes the pseudonyms."""

    def __init__(self, database: Database, secret: bytes) -> None:
        self._database = database
        self._secret = secret

    def person(self, viewer: Viewer) -> str:
        """What stands for a viewer here; empty for an anonymous one."""
        return pseudonym(self._secret, viewer.network, viewer.account)

    def keep(self, page: ServedPage) -> None:
        """Write down a page as it is handed out; posts of it that have been deleted meanwhile are left out."""
        row = [page.token, page.session, page.at, page.person, page.order, page.weights, page.ranker, page.experiment, page.arm, page.temperature,
               page.candidates, list(page.ads)]  # fmt: skip
        with self._database.connection() as connection:
            connection.execute(_PAGE, row)
            if page.posts:
                connection.execute(_POSTS, [page.token, msgspec.json.encode(page.posts).decode()])

    def page(self, token: str) -> ServedPage:
        """A page as it was served, less what was deleted since. Raises `NotFound`, the same for one that never was and one that was rolled away."""
        row = self._database.one("SELECT * FROM feed_pages WHERE token = %s", [token])
        if row is None:
            raise unknown()
        return _page(row, self._database.rows("SELECT * FROM feed_posts WHERE page = %s ORDER BY position", [token]))

    def own(self, viewer: Viewer, token: str) -> ServedPage:
        """A page that was served to this viewer, or to nobody in particular. Raises `NotFound`, the same for another's and for one that never was."""
        page = self.page(token)
        if page.person not in ("", self.person(viewer)):
            raise unknown()
        return page

    def outcome(self, token: str, post: int, kind: Outcome, at: datetime | None = None) -> bool:
        """Note what came of a post of a page; whether that is new. Of a post that was not on it, nothing is noted."""
        return bool(self.outcomes(token, [(post, kind)], at))

    def outcomes(self, token: str, told: Iterable[tuple[int, Outcome]], at: datetime | None = None) -> set[tuple[int, Outcome]]:
        """Note what came of posts of a page, by number and kind, each once; which of these are new."""
        new = list(dict.fromkeys(told))
        given = {"token": token, "posts": [post for post, _ in new], "kinds": [kind for _, kind in new], "at": at}
        return {(row["post"], row["kind"]) for row in self._database.rows(_OUTCOMES, given)} if new else set()

    def served(self, session: str) -> list[int]:
        """The numbers of the posts that stood on any page of a session, rising."""
        return [row["post"] for row in self._database.rows(_SERVED, [session])]

    def last_visit(self, viewer: Viewer, now: datetime) -> datetime | None:
        """When the visit before this one ended: the last page before a pause. None without an account, and where none is known."""
        if viewer.anonymous:
            return None
        row = self._database.one(_VISITS, {"person": self.person(viewer), "now": now, "pause": PAUSE})
        return row["at"] if row else None

    def forget(self, viewer: Viewer) -> int:
        """Take a person out of every page; of how many. What was served, and what came of it, is nobody's from then on."""
        with self._database.connection() as connection:
            return leave(connection, self.person(viewer))

    def roll(self, before: datetime) -> int:
        """Delete the pages that were served earlier, with what came of them; how many."""
        rolled = 0
        while found := self._database.execute(_ROLL, [before, BATCH]):
            rolled += found
        return rolled


def unknown() -> NotFound:
    """That there is no such page, or that it is not for whoever asks: the same words for both."""
    return NotFound("This page of the feed is not known here, or no longer.", "Ask for the feed again: GET /v1/feed.")


def leave(connection: Connection[Any], person: str) -> int:
    """Take a pseudonym out, in a transaction of the caller's: an account that is deleted takes it with it, and what
    pages had foretold of it."""
    return connection.execute("UPDATE feed_pages SET person = '', candidates = '' WHERE person = %s AND person <> ''", [person]).rowcount


def _page(row: Row, posts: Iterable[Row]) -> ServedPage:
    return ServedPage(
        token=row["token"], session=row["session"], at=row["at"], person=row["person"], order=row["kind"], weights=row["weights"], ranker=row["ranker"],
        experiment=row["test"], arm=row["arm"], temperature=row["temperature"], candidates=bytes(row["candidates"]), ads=tuple(row["ads"]),
        posts=tuple(
            ServedPost(post=each["post"], position=each["position"], points=each["points"], propensity=each["propensity"], sources=tuple(each["sources"]))
            for each in posts
        ),
    )  # fmt: skip
