"""What people chose about ads: whether these may go by what they did, of what they want less, and of whom nothing.

Nobody is asked to choose: without a row, nothing that a person did is read. Whoever is marked as a minor cannot allow it. It knows nothing
of ads.
"""

from __future__ import annotations

from collections.abc import Collection

from oscine.errors import InputError, NotAllowed
from oscine.records import Record, Viewer
from oscine.store.postgres import Database

MOST = 200  # topics, and advertisers, that one person may name
LONGEST = 100  # characters of a topic


class Choice(Record, frozen=True):
    """A person's word on ads. `less` are topics, `hidden` advertisers by id; `minor` is the operator's mark, not a choice."""

    personal: bool = False
    minor: bool = False
    less: frozenset[str] = frozenset()
    hidden: frozenset[int] = frozenset()


NONE = Choice()

_SET = """
INSERT INTO ad_choices AS c (network, account, personal, less, hidden)
VALUES (%(network)s, %(account)s, coalesce(%(personal)s::bool, false), coalesce(%(less)s::text[], '{}'), coalesce(%(hidden)s::bigint[], '{}'))
ON CONFLICT (network, account) DO UPDATE SET changed_at = clock_timestamp(), personal = coalesce(%(personal)s::bool, c.personal) AND NOT c.minor,
    less = coalesce(%(less)s::text[], c.less), hidden = coalesce(%(hidden)s::bigint[], c.hidden)
RETURNING personal, minor, less, hidden
"""
_ADD = """
INSERT INTO ad_choices AS c (network, account, less, hidden) VALUES (%(network)s, %(account)s, %(less)s::text[], %(hidden)s::bigint[])
ON CONFLICT (network, account) DO UPDATE SET changed_at = clock_timestamp(),
    less = ARRAY(SELECT DISTINCT unnest(c.less || excluded.less) LIMIT %(most)s),
    hidden = ARRAY(SELECT DISTINCT unnest(c.hidden || excluded.hidden) LIMIT %(most)s)
RETURNING personal, minor, less, hidden
"""
_MARK = """
INSERT INTO ad_choices AS c (network, account, minor) VALUES (%(network)s, %(account)s, %(minor)s::bool)
ON CONFLICT (network, account) DO UPDATE SET changed_at = clock_timestamp(), minor = %(minor)s, personal = c.personal AND NOT %(minor)s
RETURNING personal, minor, less, hidden
"""


class Choices:
    """The table `ad_choices` of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, viewer: Viewer) -> Choice:
        """What a viewer chose; an anonymous one, and one who never chose, has chosen nothing."""
        if viewer.anonymous:
            return NONE
        return self._row(
            "SELECT personal, minor, less, hidden FROM ad_choices WHERE (network, account) = (%(network)s, %(account)s)", viewer
        )

    def set(
        self, viewer: Viewer, *, personal: bool | None = None, less: Collection[str] | None = None, hidden: Collection[int] | None = None
    ) -> Choice:
        """Change what is given, leave what is None; the choice as it is now.

        Raises `InputError` without an account or beyond a limit, `NotAllowed` where a minor would allow personal ads.
        """
        self._check(viewer, less or (), hidden or ())
        made = self._row(_SET, viewer, personal=personal, less=_listed(less), hidden=_listed(hidden))
        if personal and made.minor:
            raise NotAllowed("Ads by what one did are not for minors.", "They see ads that fit the page, and nothing else.")
        return made

    def add(self, viewer: Viewer, *, less: Collection[str] = (), hidden: Collection[int] = ()) -> Choice:
        """Less of these topics, nothing of these advertisers, besides what was chosen before. Raises `InputError` as `set`."""
        self._check(viewer, less, hidden)
        return self._row(_ADD, viewer, less=_listed(less), hidden=_listed(hidden), most=MOST)

    def mark_minor(self, viewer: Viewer, minor: bool = True) -> Choice:
        """Note that a person is a minor, or no longer; whatever they allowed is taken back with it. Raises `InputError` without an account."""
        self._check(viewer, (), ())
        return self._row(_MARK, viewer, minor=minor)

    def forget(self, viewer: Viewer) -> bool:
        """Delete all that is kept of a person here, the mark of a minor with it: for an account that is gone. Whether there was anything."""
        statement = "DELETE FROM ad_choices WHERE (network, account) = (%s, %s)"
        return self._database.execute(statement, [viewer.network, viewer.account]) > 0

    @staticmethod
    def _check(viewer: Viewer, less: Collection[str], hidden: Collection[int]) -> None:
        if viewer.anonymous:
            raise InputError("There is no account to keep a choice about ads for.", "Sign in, or use a key that acts for an account.")
        if max(len(less), len(hidden)) > MOST or any(not topic.strip() or len(topic) > LONGEST for topic in less):
            raise InputError(f"At most {MOST} topics of up to {LONGEST} characters can be wanted less, and {MOST} advertisers not at all.",
                             "Name fewer.")  # fmt: skip

    def _row(self, statement: str, viewer: Viewer, **values: object) -> Choice:
        row = self._database.one(statement, {"network": viewer.network, "account": viewer.account, **values})
        if row is None:
            return NONE
        return Choice(personal=row["personal"], minor=row["minor"], less=frozenset(row["less"]), hidden=frozenset(row["hidden"]))


def _listed(values: Collection[str] | Collection[int] | None) -> list[str | int] | None:
    return None if values is None else list(dict.fromkeys(values))
