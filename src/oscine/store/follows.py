"""Whom people follow, counted. It tells numbers of accounts, and of nobody whom they follow."""

from __future__ import annotations

from collections.abc import Sequence

from oscine.store.postgres import Database

OF_EACH = 200  # accounts that a person follows that are gone by: those they followed last

_FOLLOWED = """
SELECT followed.target, count(*) AS people FROM unnest(%(people)s::bigint[]) AS person CROSS JOIN LATERAL (
    SELECT target FROM relations WHERE actor = person AND kind = 'follow' AND active ORDER BY at DESC LIMIT %(of_each)s) AS followed
GROUP BY 1 HAVING count(*) >= %(fewest)s ORDER BY people DESC, 1 LIMIT %(most)s
"""


class Follows:
    """Who follows whom in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def by(self, people: Sequence[int], fewest: int, most: int) -> dict[int, int]:
        """The accounts that at least `fewest` of some people follow, and how many of them do; the most followed first."""
        values = {"people": list(people), "of_each": OF_EACH, "fewest": fewest, "most": most}
        return {row["target"]: row["people"] for row in self._database.rows(_FOLLOWED, values)} if len(people) else {}
