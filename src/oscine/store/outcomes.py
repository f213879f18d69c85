"""What ads brought, counted: by dimensions, by people, and choice by choice for "what if". Reads only.

Rows that are kept one by one stand in `served` and `ad_events`; older ones were rolled into `ad_days`, which has no hour, site, size or person. A
number is the same before and after; what a rolled row cannot tell is None. What was held back is no service and is counted for `lift` only. It judges nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from oscine.advertising import EventKind, Micros
from oscine.errors import InputError
from oscine.store.postgres import Database, Row

MOST_DIMENSIONS = 3
MOST_ROUNDS = 200_000  # of a log, the newest
DIMENSIONS: dict[str, tuple[str, str]] = {  # name: of a row that is kept, of one that was rolled
    "day": ("s.at::date", "d.day"),
    "hour": ("extract(hour FROM s.at)::int", "NULL::int"),
    "campaign": ("s.campaign", "d.campaign"),
    "creative": ("s.creative", "d.creative"),
    "generated": ("c.generated", "c.generated"),
    "placement": ("s.placement", "d.placement"),
    "lang": ("s.lang", "d.lang"),
    "country": ("s.country", "d.country"),
    "site": ("s.site", "NULL::text"),
    "size": ("s.size", "NULL::text"),
}


class Count(NamedTuple):
    """How often what happened, events that were refused left out. `group` has the value of each dimension asked for; `spent` is what was charged."""

    group: tuple[Any, ...]
    served: int
    impressions: int
    viewable: int
    clicks: int
    conversions: int
    spent: Micros


NOTHING = Count((), 0, 0, 0, 0, 0, 0)


class Refused(NamedTuple):
    """Events that are not counted, and why."""

    kind: EventKind
    reason: str
    events: int


class Reached(NamedTuple):
    """Known people who saw it, impressions that they had, and impressions of whom nothing is known; of rows that are kept one by one."""

    people: int
    impressions: int
    unknown: int


class Group(NamedTuple):
    """People on one side of a holdout: those for whom the campaign was chosen, and of them those who converted after that."""

    people: int
    converted: int


class Sides(NamedTuple):
    """A holdout's two sides since `since`, the first choice that is kept; `by_token` conversions name no account and are on neither side."""

    shown: Group
    held: Group
    by_token: int
    since: datetime | None


class Log(NamedTuple):
    """Impressions, oldest first: which of `creatives` was chosen, with what chance out of which chances (n, k), whether clicked, on what day.

    `actions` index `creatives`; a chance is 0 where a creative was not to be had. `days` count from 1970. `whole` is False where older ones were left out.
    """

    creatives: tuple[int, ...]
    generated: NDArray[np.bool_]  # (k,): a machine wrote it
    actions: NDArray[np.intp]
    propensities: NDArray[np.float64]
    chances: NDArray[np.float64]
    clicked: NDArray[np.bool_]
    days: NDArray[np.int64]
    whole: bool

    def taken(self, rows: NDArray[np.bool_]) -> Log:
        """These impressions only."""
        return self._replace(actions=self.actions[rows], propensities=self.propensities[rows], chances=self.chances[rows],
                             clicked=self.clicked[rows], days=self.days[rows])  # fmt: skip


class Outcomes:
    """The outcomes in a database, of campaigns that the caller may see: it asks for no key. Days are UTC, `since` and `until` are both included."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def counts(self, campaigns: Sequence[int], by: Sequence[str] = (), since: date | None = None, until: date | None = None) -> list[Count]:
        """One row a group, in the order of the dimensions; one row in all where none is asked for. Raises `InputError` for a dimension that is none."""
        kept, rolled = _columns(check(by))
        names = ", ".join(f"d{number}" for number in range(len(by)))
        query = _COUNTS.format(
            kept=kept, rolled=rolled, names=names and f"{names}, ", keys=names or "()", order=names and f"ORDER BY {names}"
        )
        return [_count(row, len(by)) for row in self._database.rows(query, _asked(campaigns, since, until))]

    def totals(self, campaigns: Sequence[int]) -> dict[int, Count]:
        """All days of each campaign in one row."""
        found = {count.group[0]: count._replace(group=()) for count in self.counts(campaigns, ["campaign"])}
        return {number: found.get(number, NOTHING) for number in campaigns}

    def currency(self, campaign: int) -> str:
        """What a campaign's money is in; empty for none."""
        row = self._database.one("SELECT currency FROM campaigns c JOIN advertisers a ON a.id = c.advertiser WHERE c.id = %s", [campaign])
        return str(row["currency"]) if row else ""

    def refused(self, campaigns: Sequence[int], since: date | None = None, until: date | None = None) -> list[Refused]:
        """Events that were recorded and not counted, the most frequent first; of rows that are kept one by one."""
        return [Refused(**row) for row in self._database.rows(_REFUSED, _asked(campaigns, since, until))]

    def corrected(self, campaigns: Sequence[int], since: date | None = None, until: date | None = None) -> Micros:
        """What refunds and corrections of those days add to what was charged; negative where money was given back."""
        row = self._database.one(_CORRECTED, _asked(campaigns, since, until))
        return int(row["amount"]) if row else 0

    def reached(self, campaigns: Sequence[int], since: date | None = None, until: date | None = None) -> Reached:
        """Who saw it, by pseudonym."""
        row = self._database.one(_REACHED, _asked(campaigns, since, until))
        assert row
        return Reached(**row)

    def sides(self, campaign: int) -> Sides:
        """People of both sides, each on that of the first choice that is kept of them, and who of them converted afterwards, by account.

        A conversion that is known by an ad's token alone cannot be seen of people without an ad: those are counted apart, on no side.
        """
        found = {row["held"]: row for row in self._database.rows(_SIDES, {"campaign": campaign})}
        shown, held = (Group(side["people"], side["converted"]) if (side := found.get(which)) else Group(0, 0) for which in (False, True))
        tokens = self._database.one(_UNNAMED, {"campaign": campaign})
        assert tokens
        return Sides(shown, held, tokens["n"], min((row["since"] for row in found.values()), default=None))

    def log(self, campaign: int, most: int = MOST_ROUNDS) -> Log:
        """The newest impressions with what was logged of each choice."""
        row = self._database.one(_LOG, {"campaign": campaign, "most": most + 1})
        assert row
        return _log(row, most)


def check(by: Sequence[str]) -> Sequence[str]:
    """The dimensions; raises `InputError` naming one that is none, one that is named twice, or too many."""
    if wrong := [name for name in by if name not in DIMENSIONS]:
        raise InputError(f"Nothing is counted by {wrong[0][:40]!r}.", f"Use {', '.join(DIMENSIONS)}.")
    if len(set(by)) != len(by) or len(by) > MOST_DIMENSIONS:
        raise InputError(f"{len(by)} dimensions are too many, or one is named twice.", f"Name up to {MOST_DIMENSIONS}, each once.")
    return by


def _columns(by: Sequence[str]) -> tuple[str, str]:
    """The dimensions as columns d0, d1, … of a kept row and of a rolled one."""
    kept, rolled = ("".join(f"{DIMENSIONS[name][side]} AS d{number}, " for number, name in enumerate(by)) for side in (0, 1))
    return kept, rolled


def _asked(campaigns: Sequence[int], since: date | None, until: date | None) -> dict[str, Any]:
    return {"campaigns": list(campaigns), "since": since or date.min, "until": until or date.max}


def _count(row: Row, dimensions: int) -> Count:
    numbers = {name: int(row[name] or 0) for name in Count._fields[1:]}
    return Count(tuple(row[f"d{number}"] for number in range(dimensions)), **numbers)


def _log(row: Row, most: int) -> Log:
    """The columns of a log, the newest first, as arrays from the oldest on; equal chances are read once."""
    columns = {name: (values or [])[:most][::-1] for name, values in row.items() if name != "generated"}
    number = {said: index for index, said in enumerate(dict.fromkeys(columns["chances"]))}
    told = [{int(creative): chance for creative, chance in json.loads(said).items()} for said in number]
    creatives = sorted({creative for one in told for creative in one} | set(columns["creatives"]))
    table = np.array([[one.get(creative, 0.0) for creative in creatives] for one in told], dtype=np.float64).reshape(
        len(told), len(creatives)
    )
    actions = np.searchsorted(creatives, columns["creatives"]).astype(np.intp)
    chances = table[np.array([number[said] for said in columns["chances"]], dtype=np.intp)]
    chances[np.arange(len(actions)), actions] = columns["propensities"]  # where only one could be chosen, no others may have been noted
    return Log(
        creatives=tuple(creatives),
        generated=np.isin(creatives, row["generated"] or []),
        actions=actions,
        propensities=np.array(columns["propensities"], dtype=np.float64),
        chances=chances,
        clicked=np.array(columns["clicked"], dtype=np.bool_),
        days=np.array(columns["days"], dtype=np.int64),
        whole=len(row["creatives"] or []) <= most,
    )


_KEPT = "s.campaign = ANY(%(campaigns)s) AND NOT s.held AND s.at >= %(since)s::date AND s.at < %(until)s::date + 1"
_EVENTS = dict(zip(Count._fields[2:6], get_args(EventKind), strict=True))
_ROLLED = ", ".join(f"('{kind}', d.{name}, 0)" for name, kind in _EVENTS.items())
_SUMS = ", ".join(f"sum(times) FILTER (WHERE what = '{kind}') AS {name}" for name, kind in {"served": "served", **_EVENTS}.items())
_COUNTS = f"""
WITH counted AS (
    SELECT {{kept}}'served' AS what, count(*) AS times, 0 AS spent
    FROM served s LEFT JOIN creatives c ON c.id = s.creative WHERE {_KEPT} GROUP BY {{keys}}
    UNION ALL
    SELECT {{kept}}e.kind, count(*), sum(e.charged)
    FROM served s LEFT JOIN creatives c ON c.id = s.creative JOIN ad_events e ON e.token = s.token WHERE {_KEPT} AND e.refused = '' GROUP BY {{names}}e.kind
    UNION ALL
    SELECT {{rolled}}told.* FROM ad_days d LEFT JOIN creatives c ON c.id = d.creative, LATERAL (VALUES ('served', d.served, d.spent), {_ROLLED}) told
    WHERE d.campaign = ANY(%(campaigns)s) AND d.day BETWEEN %(since)s AND %(until)s
)
SELECT {{names}}{_SUMS}, sum(spent) AS spent FROM counted GROUP BY {{keys}} {{order}}
"""  # noqa: S608
_REFUSED = f"""
SELECT e.kind, e.refused AS reason, count(*) AS events FROM served s JOIN ad_events e USING (token) WHERE {_KEPT} AND e.refused <> ''
GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2
"""  # noqa: S608
_CORRECTED = """
SELECT coalesce(sum(amount), 0) AS amount FROM ad_entries
WHERE kind <> 'charge' AND campaign = ANY(%(campaigns)s) AND at >= %(since)s::date AND at < %(until)s::date + 1
"""
_REACHED = f"""
SELECT count(*) FILTER (WHERE person <> '') AS people, coalesce(sum(times) FILTER (WHERE person <> ''), 0)::bigint AS impressions,
       coalesce(sum(times) FILTER (WHERE person = ''), 0)::bigint AS unknown
FROM (SELECT s.person, count(*) AS times FROM served s JOIN ad_events e USING (token)
      WHERE {_KEPT} AND e.kind = 'impression' AND e.refused = '' GROUP BY s.person) each
"""  # noqa: S608
_SIDES = """
WITH chosen AS (
    SELECT person, min(at) AS at, min(at) FILTER (WHERE held) IS NOT DISTINCT FROM min(at) AS held, min(advertiser) AS advertiser
    FROM served WHERE campaign = %(campaign)s AND person <> '' GROUP BY person
)
SELECT held, count(*) AS people, min(at) AS since,
       count(*) FILTER (WHERE EXISTS (SELECT FROM ad_conversions c WHERE (c.person, c.advertiser) = (f.person, f.advertiser) AND c.at >= f.at)) AS converted
FROM chosen f GROUP BY held
"""
_UNNAMED = """
SELECT count(*) AS n FROM served s JOIN ad_events e USING (token)
WHERE s.campaign = %(campaign)s AND e.kind = 'conversion' AND e.refused = ''
  AND NOT EXISTS (SELECT FROM ad_conversions c WHERE c.advertiser = s.advertiser AND c.ref = e.ref)
"""
_LOG = """
SELECT array_agg(creative) AS creatives, array_agg(propensity) AS propensities, array_agg(chances::text) AS chances,
       array_agg(at::date - DATE 'epoch') AS days,
       array_agg(EXISTS (SELECT FROM ad_events e WHERE e.token = seen.token AND e.kind = 'click' AND e.refused = '')) AS clicked,
       (SELECT array_agg(id) FROM creatives WHERE campaign = %(campaign)s AND generated) AS generated
FROM (
    SELECT s.token, s.at, s.creative, s.propensity, s.chances FROM served s
    WHERE s.campaign = %(campaign)s AND NOT s.held
      AND EXISTS (SELECT FROM ad_events e WHERE e.token = s.token AND e.kind = 'impression' AND e.refused = '')
    ORDER BY s.at DESC LIMIT %(most)s
) seen  -- in its order: an array takes its rows as they come
"""
