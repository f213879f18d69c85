"""The posts as ONE viewer may see them: the only door to posts for search, answers, feeds and ads.

Visibility, blocks, mutes and labels are one SQL predicate that stands inside every statement made here, so that no product can forget it.
Who sees what:

    public      everyone
    unlisted    everyone who is signed in
    followers   the author's followers and the people it names
    direct      the people it names
    always      not: whom the viewer blocks or mutes, who blocks the viewer, and posts with a hidden label; one's own posts: always

A viewer's licence narrows all of it: to its networks, to its days, to authors who do not refuse what it is for (`access.uses` says it in words); and of each
post it leaves only its fields (`access.fields`).

Labels are a post's own, what others say of it, and what is said of its author: that the account is put away for a time, that it asks to be
shown only to people who are signed in.

A condition that must look at other posts or at people reads from these names, which every statement made here defines:

    seen      the posts that the viewer may see         people   the accounts that it may find: searchable, and at peace with it
    me        the viewer's own account, if it has one   policy   `covered`, the labels that cover a post

It does not rank, and it does not know what a query is: it is handed SQL.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec
from psycopg.sql import SQL, Composable, Literal

from oscine.access import fields, reading, uses
from oscine.access.uses import Policy
from oscine.errors import NotFound
from oscine.records import Account, Card, Geo, Licence, Media, Post, Record, Viewer
from oscine.safety.visibility import LabelPolicy, covering
from oscine.store.postgres import Database, Row

EVERYTHING: Composable = SQL("true")
TABLE: Composable = SQL("posts p")
UNORDERED: Composable = SQL("NULL::int")
AUTHOR: Composable = SQL("p.author")
EVERYBODY: Composable = SQL("accounts")
NOBODY: Composable = SQL("false")
_UNCOUNTED = SQL("(SELECT id, network, key, handle, name, bio, NULL::int AS followers, verified, bot, searchable, intents FROM accounts)")
_SOUGHT = SQL("NOT EXISTS (SELECT FROM accounts w WHERE w.id = {} AND NOT w.searchable OFFSET 0)")

_POSTS = SQL("""
SELECT p.id, p.network, p.key, p.text, p.created_at, p.edited_at, p.lang, p.reply_to, p.root, p.quote_of, p.visibility, p.media, p.urls,
       p.tags, p.mentions, p.likes, p.reposts, p.replies, p.quotes, p.labels, p.sensitive, p.content_warning, p.source, p.lat, p.lon, p.place,
       p.card, p.extra,
       a.key AS author_key, a.handle, a.name, a.verified, a.bot
FROM posts p JOIN accounts a ON a.id = p.author WHERE {visible} AND {where}
""")

_NAMES = SQL("""
me AS MATERIALIZED (SELECT id, network, key, handle FROM accounts WHERE (network, key) = ({network}, {account})),
seen AS NOT MATERIALIZED (
    SELECT p.id, p.network, p.key, p.author, p.created_at, p.reply_to, p.root, p.quote_of, p.lexemes, p.lat, p.lon FROM posts p WHERE {visible}),
people AS NOT MATERIALIZED (SELECT a.id, a.network, a.key, a.handle FROM accounts a WHERE a.searchable AND {at_peace}),
policy AS NOT MATERIALIZED (SELECT {covered}::text[] AS covered)
""")
_READING = re.compile(r"\b(FROM|JOIN) (me|seen|people|policy)\b")
_AMONG = SQL("WITH {names}, p AS NOT MATERIALIZED (SELECT p.* FROM posts p WHERE {visible} AND {where}) {statement}")
_ACCOUNTS = SQL("""
SELECT a.id AS number, a.network, a.key, a.handle, a.name, a.bio, a.followers, a.verified, a.bot FROM {accounts} a
WHERE a.searchable AND {at_peace} AND {where}
  AND (a.bio <> '' OR EXISTS (SELECT FROM posts p WHERE p.author = a.id AND p.visibility = 'public' AND {visible}))
ORDER BY {order} LIMIT {limit}
""")


class SeenPost(Record, frozen=True):
    """A post as a viewer sees it. `number` is the store's own; `blurred` is why it is covered, or empty."""

    number: int
    post: Post
    author: Account
    blurred: str = ""


class View:
    """What `viewer` may see of `database`, under the operator's `policy` on labels; of that, the posts `p` that meet `where`.

    `silent` is the operator's word on authors who say nothing; `withheld` are the fields that the viewer's licence does not give.
    """

    def __init__(self, database: Database, viewer: Viewer, policy: LabelPolicy, where: Composable = EVERYTHING, silent: Policy | None = None) -> None:
        self.viewer = viewer
        self.withheld = fields.withheld(viewer.licence)
        self._database = database
        self._policy, self._where = policy, where
        self._silent = silent or Policy()
        parts = [self._predicate(), *self._licensed(SQL("p.network"), AUTHOR, SQL("p.created_at")), *([] if where is EVERYTHING else [where])]
        self.visible = parts[0] if len(parts) == 1 else SQL("({})").format(SQL(" AND ").join(parts))
        self._names = _NAMES.format(
            network=Literal(viewer.network), account=Literal(viewer.account), visible=self.visible, at_peace=self._found_in_peace(),
            covered=Literal(sorted(policy.blurred)),
        )  # fmt: skip

    def only(self, where: Composable) -> View:
        """The same view, less the posts `p` that do not meet a condition: for what others are then told too."""
        return View(self._database, self.viewer, self._policy, where, self._silent)

    def under(self, licence: Licence) -> View:
        """The same view, narrowed by a licence: for what is done with posts for a purpose that their authors are asked about."""
        return View(self._database, msgspec.structs.replace(self.viewer, licence=licence), self._policy, self._where, self._silent)

    def select(self, columns: Composable, where: Composable, limit: int, *, order: Composable = UNORDERED, tables: Composable = TABLE,
               by_index: bool = False) -> list[Row]:  # fmt: skip
        """The first `limit` visible posts `p` in an order, each a row of `columns`; `by_index` forbids sorting what an index gives in order."""
        statement = SQL("{} SELECT {} FROM {} WHERE {} AND {} ORDER BY {} LIMIT {}")
        parts = (self._naming(columns, where, order), columns, tables, self.visible, where, order, Literal(limit))
        return self._database.rows(statement.format(*parts), by_index=by_index)

    def count(self, where: Composable, at_most: int) -> int:
        """How many visible posts there are, counted up to `at_most`."""
        statement = SQL("{} SELECT count(*) AS n FROM (SELECT FROM posts p WHERE {} AND {} LIMIT {}) AS found")
        row = self._database.one(statement.format(self._naming(where), self.visible, where, Literal(at_most)))
        return int(row["n"]) if row else 0

    def among(self, statement: Composable, where: Composable) -> list[Row]:
        """The rows of a statement that reads from `p` alone: the visible posts that meet `where`."""
        return self._database.rows(_AMONG.format(names=self._names, visible=self.visible, where=where, statement=statement))

    def accounts(self, where: Composable, limit: int, *, order: Composable = UNORDERED) -> list[Row]:
        """The first `limit` accounts `a` that this viewer may find: searchable, at peace with it, and with a public post or a bio."""
        told = _UNCOUNTED if "counts" in self.withheld else EVERYBODY  # nothing, not even their order, tells how many follow them
        return self._database.rows(
            _ACCOUNTS.format(accounts=told, visible=self.visible, at_peace=self._found_in_peace(), where=where, order=order, limit=Literal(limit))
        )

    def posts(self, numbers: Sequence[int]) -> list[SeenPost]:
        """The posts with these numbers, in this order; those that are gone or not for this viewer are left out."""
        if not numbers:
            return []
        rows = self._database.rows(_POSTS.format(visible=self.visible, where=SQL("p.id = ANY ({})").format(Literal(list(numbers)))))
        found = {row["id"]: self._seen(row) for row in rows}
        return [found[number] for number in numbers if number in found]

    def keyed(self, keys: Sequence[str], network: str) -> list[SeenPost]:
        """The posts of a network with these ids, in this order; those that are not there or not for this viewer are left out."""
        names = SQL("p.key = ANY ({})").format(Literal(list(keys)))
        if "author" in self.withheld:
            names = SQL("p.id = ANY ({}::bigint[])").format(Literal([number for number in map(fields.number, keys) if number is not None]))
        where = SQL("p.network = {} AND {}").format(Literal(network), names)
        found = {seen.post.id: seen for seen in map(self._seen, self._database.rows(_POSTS.format(visible=self.visible, where=where)))}
        return [found[key] for key in keys if key in found]

    def post(self, key: str, network: str = "") -> SeenPost:
        """One post by its network's id. Raises `NotFound`, the same for what does not exist and for what this viewer may not see."""
        name = SQL("p.id = {}::bigint").format(Literal(fields.number(key))) if "author" in self.withheld else SQL("p.key = {}").format(Literal(key))
        where = SQL("{} AND ({} = '' OR p.network = {})").format(name, Literal(network), Literal(network))
        rows = self._database.rows(_POSTS.format(visible=self.visible, where=where) + SQL(" ORDER BY p.network LIMIT 1"))
        if not rows:
            raise NotFound(f"There is no post {key!r} here, or it is not for you to see.", "Check its id; it may have been deleted.")
        return self._seen(rows[0])

    def _seen(self, row: Row) -> SeenPost:
        post = _post(row)
        reading.note([(post.network, post.id, post.author)])
        blurred = covering(frozenset(post.labels or ()), post.sensitive, post.content_warning, self._policy)
        author = Account(
            id=row["author_key"], network=row["network"], handle=row["handle"], name=row["name"], verified=row["verified"], bot=row["bot"]
        )
        if self.withheld:
            post, author, blurred = fields.given(post, row["id"], self.withheld), fields.author(author, self.withheld), fields.cover(blurred, self.withheld)
        return SeenPost(number=row["id"], post=post, author=author, blurred=blurred)

    def _naming(self, *parts: Composable) -> Composable:
        """The names for conditions, where one reads from them: to define them takes PostgreSQL up to a millisecond."""
        return SQL("WITH {}").format(self._names) if any(_READING.search(part.as_string(None)) for part in parts) else SQL("")

    def _predicate(self) -> Composable:
        unhidden = SQL("NOT coalesce(p.labels && {}, false)").format(Literal(sorted(self._policy.concealing(self.viewer.anonymous))))
        if self.viewer.anonymous:
            return SQL("(p.visibility = 'public' AND {})").format(unhidden)
        return SQL("(p.author = {me} OR ({unhidden} AND {at_peace} AND {addressed}))").format(
            me=self._me, unhidden=unhidden, at_peace=self._at_peace(), addressed=self._addressed()
        )

    def _licensed(self, network: Composable, author: Composable, at: Composable | None) -> list[Composable]:
        """What a licence demands of a post, or of an account where there is no `at`."""
        licence = self.viewer.licence
        if licence is None:
            return []
        parts: list[Composable] = [SQL("{} > now()").format(Literal(licence.expires_at))] if licence.expires_at else []
        if licence.networks:
            parts.append(SQL("{} = ANY ({})").format(network, Literal(sorted(licence.networks))))
        if licence.days is not None and at is not None:
            parts.append(SQL("{} >= now() - {} * interval '1 day'").format(at, Literal(licence.days)))
        if uses.seeks(licence):
            parts.append(_SOUGHT.format(author))
        for choice in uses.needed(licence):
            said = SQL("(SELECT coalesce(w.intents ->> {}, 'unset') FROM accounts w WHERE w.id = {})").format(Literal(choice), author)
            parts.append(SQL("{} <> 'deny'" if self._silent.silent(choice) else "{} = 'allow'").format(said))
        return parts

    @property
    def _me(self) -> Composable:
        return SQL("(SELECT id FROM accounts WHERE (network, key) = ({}, {}))").format(
            Literal(self.viewer.network), Literal(self.viewer.account)
        )

    def _found_in_peace(self) -> Composable:
        unhidden = SQL(
            "NOT EXISTS (SELECT FROM labels l WHERE (l.network, l.kind, l.key) = (a.network, 'account', a.key) AND l.active AND l.label = ANY ({}))"
        ).format(Literal(sorted(self._policy.concealing(self.viewer.anonymous))))
        if "author" in self.withheld:
            return NOBODY
        found = unhidden
        if not self.viewer.anonymous:
            found = SQL("(a.id = {} OR ({} AND {}))").format(self._me, unhidden, self._at_peace(SQL("a.id")))
        licensed = self._licensed(SQL("a.network"), SQL("a.id"), None)
        return SQL("({})").format(SQL(" AND ").join([found, *licensed])) if licensed else found

    def _at_peace(self, account: Composable = AUTHOR) -> Composable:
        return SQL(
            "{account} NOT IN (SELECT target FROM relations WHERE actor = {me} AND kind IN ('block', 'mute') AND active"
            " UNION ALL SELECT actor FROM relations WHERE target = {me} AND kind = 'block' AND active)"
        ).format(account=account, me=self._me)

    def _addressed(self) -> Composable:
        # looked up for each post that is for followers; OFFSET 0 keeps PostgreSQL from hashing everybody that one follows, in every statement
        follows = SQL(
            "EXISTS (SELECT FROM relations r WHERE r.actor = {} AND r.kind = 'follow' AND r.target = p.author AND r.active OFFSET 0)"
        ).format(self._me)
        named = SQL(
            "(p.network = {} AND p.mentions && (SELECT ARRAY[lower(key), lower(handle)] FROM accounts WHERE (network, key) = ({}, {})))"
        ).format(*map(Literal, (self.viewer.network, self.viewer.network, self.viewer.account)))
        return SQL(
            "(p.visibility IN ('public', 'unlisted') OR (p.visibility = 'followers' AND {}) OR (p.visibility <> 'public' AND {}))"
        ).format(follows, named)


def _post(row: Row) -> Post:
    return Post(
        id=row["key"], network=row["network"], author=row["author_key"], text=row["text"], created_at=row["created_at"],
        edited_at=row["edited_at"], lang=row["lang"], reply_to=row["reply_to"], root=row["root"], quote_of=row["quote_of"],
        visibility=row["visibility"], media=msgspec.convert(row["media"], tuple[Media, ...]), urls=tuple(row["urls"]), tags=tuple(row["tags"]),
        mentions=tuple(row["mentions"]), likes=row["likes"], reposts=row["reposts"], replies=row["replies"], quotes=row["quotes"],
        labels=None if row["labels"] is None else tuple(row["labels"]), sensitive=row["sensitive"], content_warning=row["content_warning"],
        source=row["source"], geo=_geo(row), card=None if row["card"] is None else msgspec.convert(row["card"], Card), extra=row["extra"],
    )  # fmt: skip


def _geo(row: Row) -> Geo | None:
    geo = Geo(lat=row["lat"], lon=row["lon"], name=row["place"])
    return geo if geo != Geo() else None
