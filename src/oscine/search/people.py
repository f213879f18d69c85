"""People: who is called so, who writes about a topic, who says so of themselves; and whom a name in a question means.

An account is found only if it is searchable, at peace with the viewer, and has a public post or a bio; posts are counted among those that
the viewer may see. It finds accounts; what their posts say is `ask`'s.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from typing import Literal as OneOf

from psycopg.sql import SQL, Composable, Literal

from oscine import text
from oscine.records import Account
from oscine.search.search import Search
from oscine.view import View

Row = dict[str, Any]
Why = OneOf["handle", "name", "posts", "bio"]
BEST = 100  # posts on a topic, whose authors are considered
HIGH = 20  # places at the top that count about the same
MOST = 1_000  # posts of a person that are counted
CLEARLY = 5  # times the followers, or the posts, of the next account that is called the same
LONGEST_NAME = 100
SAME_NAME = 20  # accounts that are compared, the most followed
SHORTEST_BEGINNING = 2
_TOLD = SQL("to_tsvector('simple', folded(a.handle || ' ' || a.name || ' ' || a.bio))")


class Person(NamedTuple):
    """An account, why it was found, and how many posts about the query the viewer may see of it (counted up to a thousand)."""

    account: Account
    why: Why
    posts: int


def find(search: Search, view: View, query: str, limit: int = 10, now: datetime | None = None) -> list[Person]:
    """Who is called so, by followers; then the authors of the best posts about it; then those whose bio says so."""
    now = now or datetime.now(UTC)
    name = _folded(query)
    best = _best_authors(search, view, query, now)
    named, writers = _named(view, name, 2 * limit), _writers(view, best, limit)
    found: dict[int, tuple[Row, Why]] = {}
    for row, why in _in_order(named, writers, name):
        found.setdefault(row["number"], (row, why))
    people = list(found.values())[:limit]
    counts = _counts(search, view, query, [row["number"] for row, _ in people], now)
    high = {row["number"]: len(best[row["network"], row["key"]]) for row in writers}
    return [Person(_account(row), why, max(counts.get(row["number"], 0), high.get(row["number"], 0))) for row, why in people]


def _in_order(named: Sequence[Row], writers: Sequence[Row], name: str) -> list[tuple[Row, Why]]:
    reasons = [(row, _why(row, name)) for row in [*named, *writers]]
    called = [(row, why) for row, why in reasons if why != "bio"]
    told = [(row, why) for row, why in reasons[: len(named)] if why == "bio"]
    return [*called, *((row, "posts") for row in writers), *told]


def _folded(name: str) -> str:
    return text.fold(name.strip().lstrip("@"))[:LONGEST_NAME]


def _words(name: str) -> list[str]:
    return [token.exact for token in text.tokens(name) if token.kind == "word"]


def _named(view: View, name: str, limit: int) -> list[Row]:
    """Accounts whose handle or name begins so, or whose handle, name and bio hold every word."""
    if not name:
        return []
    ways = [_is(name)]
    if len(name) >= SHORTEST_BEGINNING:
        ways += [_begins("handle", name), _begins("name", name)]
    if words := _words(name):
        ways.append(SQL("{} @@ plainto_tsquery('simple', {})").format(_TOLD, Literal(" ".join(words))))
    where = SQL("({})").format(SQL(" OR ").join(ways))
    order = SQL("NOT {}, NOT {}, coalesce(a.followers, 0) DESC, a.id").format(_is(name), _begins("handle", name))
    return view.accounts(where, limit, order=order)


def _is(name: str) -> Composable:
    """That an account is called so; in a handle, a name is written without spaces."""
    joined = "".join(name.split())
    return SQL("(folded(a.handle) IN ({name}, {joined}) OR folded(a.name) = {name})").format(name=Literal(name), joined=Literal(joined))


def _begins(column: str, name: str) -> Composable:
    pattern = name.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    return SQL("folded(a.{}) LIKE {}").format(SQL(column), Literal(pattern))


def _why(row: Row, name: str) -> Why:
    joined = "".join(name.split())
    if joined and joined in text.fold(row["handle"]):
        return "handle"
    called = text.fold(f"{row['name']} {row['handle']}")
    words = _words(name)
    return "name" if words and all(word in called for word in words) else "bio"


def _best_authors(search: Search, view: View, query: str, now: datetime) -> dict[tuple[str, str], list[int]]:
    """Who wrote the best public posts on a topic, and at which places of the results these are."""
    places: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, found in enumerate(search.find(view, query, BEST, now)[0]):
        if found.seen.post.visibility == "public":
            places[found.seen.author.network, found.seen.author.id].append(place)
    return places


def _writers(view: View, best: dict[tuple[str, str], list[int]], limit: int) -> list[Row]:
    """Those with many posts high up: each place counts by its reciprocal rank (Cormack et al. 2009)."""
    authors = sorted(best, key=lambda author: -sum(1 / (HIGH + place) for place in best[author]))[:limit]
    if not authors:
        return []
    where = SQL("(a.network, a.key) IN ({})").format(SQL(", ").join(SQL("({}, {})").format(*map(Literal, author)) for author in authors))
    rows = {(row["network"], row["key"]): row for row in view.accounts(where, limit)}
    return [rows[author] for author in authors if author in rows]


def _counts(search: Search, view: View, query: str, people: list[int], now: datetime) -> dict[int, int]:
    """Of these accounts, how many posts with every word of the query there are."""
    if not people:
        return {}
    about = SQL("p.author = ANY ({}) AND {}").format(Literal(people), search.condition(query, now))
    rows = view.among(SQL("SELECT author, count(*) AS posts FROM p GROUP BY author"), about)
    return {row["author"]: min(row["posts"], MOST) for row in rows}


def _account(row: Row) -> Account:
    return Account(
        id=row["key"], network=row["network"], handle=row["handle"], name=row["name"], bio=row["bio"], followers=row["followers"],
        verified=row["verified"], bot=row["bot"],
    )  # fmt: skip


class Known:
    """Whom a name means, among the accounts with public posts; `public` is an anonymous view."""

    def __init__(self, public: View) -> None:
        self._public = public

    def known(self, name: str) -> str | None:
        """The handle of the account that is called so, by handle or by name; None where there is none, or several and none far ahead."""
        folded = _folded(name)
        if not folded:
            return None
        rows = self._public.accounts(_is(folded), SAME_NAME, order=SQL("coalesce(a.followers, 0) DESC, a.id"))
        posts = self._posts([row["number"] for row in rows])
        writing = [row for row in rows if posts.get(row["number"])]
        by_handle = [row for row in writing if text.fold(row["handle"]) == folded]
        return _foremost(by_handle or writing, posts)

    def _posts(self, people: list[int]) -> dict[int, int]:
        where = SQL("p.author = ANY ({}) AND p.visibility = 'public'").format(Literal(people))
        rows = self._public.among(SQL("SELECT author, count(*) AS posts FROM p GROUP BY author"), where) if people else []
        return {row["author"]: row["posts"] for row in rows}


def _foremost(rows: Sequence[Row], posts: dict[int, int]) -> str | None:
    """The handle of the only one, or of the one that is clearly ahead of all others, by followers or else by posts."""
    if len(rows) == 1:
        return str(rows[0]["handle"])
    for size in ({row["number"]: row["followers"] or 0 for row in rows}, {row["number"]: posts[row["number"]] for row in rows}):
        ranked = sorted(size, key=size.__getitem__, reverse=True)
        if ranked and size[ranked[0]] > CLEARLY * max(size[ranked[1]], 1):
            return next(str(row["handle"]) for row in rows if row["number"] == ranked[0])
    return None
