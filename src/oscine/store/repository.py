"""What the public repository of ads is made from: campaigns that were shown to somebody within a year, their ads, trail and reach. Reads only.

It gives numbers as they are; what of them is public, and how exactly, `ads.rights.repository` decides. It names no person and no key.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import msgspec

from oscine.advertising import Creative, Targeting, Tier
from oscine.errors import InputError
from oscine.records import Record
from oscine.store.postgres import Database

MOST = 20  # entries at a time
YEARS = "1 year"  # after an ad was last shown
LONGEST = 200  # characters of what is asked for


class Asked(Record, frozen=True):
    """What somebody looks for: `q` in the words of ads and in names, every word of it; `before` is the last entry of the page before."""

    q: str = ""
    advertiser: str = ""
    country: str = ""
    placement: str = ""
    since: date | None = None
    until: date | None = None
    before: int | None = None


class TakenDown(Record, frozen=True):
    """When and why an ad (`creative`, or all of the campaign's, 0) was taken down, and whether no person was in it."""

    creative: int
    at: datetime
    why: str
    automated: bool


class Listed(Record, frozen=True):
    """A campaign that was shown, and all of its ads: `reach` tells which of them were."""

    id: int
    advertiser: str
    payer: str
    placements: tuple[str, ...]
    tier: Tier
    targeting: Targeting
    creatives: tuple[Creative, ...]
    alts: dict[int, dict[str, str]]  # what their pictures show, by creative and size
    down: tuple[TakenDown, ...]


class Reach(NamedTuple):
    """How many known people saw a campaign, how many impressions it had, and when: in all, in one `country`, or of one `creative`.

    Nobody is counted of whom nothing is known. Of one creative, older rows tell only that it was shown.
    """

    campaign: int
    country: str | None
    creative: int | None
    people: int
    impressions: int
    first_at: datetime
    last_at: datetime


class Repository:
    """Everything that was shown, in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def found(self, asked: Asked) -> list[Listed]:
        """The newest `MOST` that fit. Raises `InputError` for too long a text."""
        if max(map(len, (asked.q, asked.advertiser, asked.country, asked.placement))) > LONGEST:
            raise InputError(f"A search has more than {LONGEST} characters.", "Look for fewer words.")
        told = {"q": _likes(asked.q), "advertiser": _likes(asked.advertiser), "country": asked.country, "placement": asked.placement,
                "since": asked.since or date.min, "until": asked.until or date.max, "before": asked.before, "id": None}  # fmt: skip
        return self._listed(told)

    def one(self, campaign: int) -> Listed | None:
        """One campaign, if it was shown within the year."""
        anything = {"q": [], "advertiser": [], "country": "", "placement": "", "since": date.min, "until": date.max, "before": None}
        return next(iter(self._listed(anything | {"id": campaign})), None)

    def reach(self, campaigns: Sequence[int]) -> list[Reach]:
        """Of each campaign: all, by country, by creative. Whoever was in two countries is in both, and once in all."""
        return [Reach(**row) for row in self._database.rows(_REACH, {"campaigns": list(campaigns)})]

    def _listed(self, told: dict[str, Any]) -> list[Listed]:
        return [msgspec.json.decode(row["said"], type=Listed) for row in self._database.rows(_LISTED, told)]


def _likes(text: str) -> list[str]:
    """A pattern for every word of a text."""
    plain = text.replace("\0", "").replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return [f"%{word}%" for word in plain.split()]


_IMPRESSION = "EXISTS (SELECT FROM ad_events e WHERE e.token = s.token AND e.kind = 'impression' AND e.refused = '')"
_SHOWN = f"""(
    EXISTS (SELECT FROM served s WHERE s.campaign = c.id AND NOT s.held AND {{kept}} AND {_IMPRESSION})
    OR EXISTS (SELECT FROM ad_days d WHERE d.campaign = c.id AND d.impressions > 0 AND {{rolled}}))"""  # noqa: S608
_THIS_YEAR = _SHOWN.format(kept=f"s.at >= now() - interval '{YEARS}'", rolled=f"d.day >= now() - interval '{YEARS}'")
_AS_ASKED = _SHOWN.format(
    kept="s.at >= %(since)s::date AND s.at < %(until)s::date + 1 AND %(country)s IN ('', s.country) AND %(placement)s IN ('', s.placement)",
    rolled="d.day BETWEEN %(since)s AND %(until)s AND %(country)s IN ('', d.country) AND %(placement)s IN ('', d.placement)",
)
_REFUSED = """
(SELECT state = 'refused' FROM campaign_steps WHERE campaign = c.id AND state IN ('running', 'refused') ORDER BY number DESC LIMIT 1)
"""
_DOWN = """
SELECT 0 AS creative, at, why, by = 'system' AS automated FROM (
    SELECT * FROM campaign_steps WHERE campaign = c.id AND state IN ('running', 'refused') ORDER BY number DESC LIMIT 1) last WHERE state = 'refused'
UNION ALL
SELECT x.id, coalesce(step.at, x.created_at), coalesce(step.why, ''), coalesce(step.by = 'system', false)
FROM creatives x LEFT JOIN LATERAL (
    SELECT at, why, by FROM campaign_steps WHERE campaign = c.id AND change -> 'accepted' -> 0 @> to_jsonb(x.id) ORDER BY number DESC LIMIT 1
) step ON true WHERE x.campaign = c.id AND NOT x.accepted
"""
_PICTURES = "ARRAY(SELECT p.size FROM creative_pictures p WHERE p.creative = x.id ORDER BY p.size)"
_LISTED = f"""
SELECT jsonb_build_object(
    'id', c.id, 'advertiser', a.name, 'payer', a.payer, 'placements', c.placements, 'tier', c.tier, 'targeting', c.targeting,
    'creatives', (SELECT jsonb_agg(to_jsonb(x) || jsonb_build_object('pictures', {_PICTURES}) ORDER BY x.id) FROM creatives x WHERE x.campaign = c.id),
    'alts', coalesce((SELECT jsonb_object_agg(creative, alts) FROM (
        SELECT p.creative, jsonb_object_agg(p.size, p.alt) AS alts FROM creative_pictures p JOIN creatives x ON x.id = p.creative
        WHERE x.campaign = c.id GROUP BY p.creative) a), '{{}}'),
    'down', coalesce((SELECT jsonb_agg(to_jsonb(d) ORDER BY d.creative) FROM ({_DOWN}) d), '[]'))::text AS said
FROM campaigns c JOIN advertisers a ON a.id = c.advertiser, LATERAL (SELECT coalesce({_REFUSED}, false) AS down) now
WHERE c.id = coalesce(%(id)s, c.id) AND c.id < coalesce(%(before)s, c.id + 1)
  AND (%(advertiser)s::text[] = '{{}}' OR NOT down AND a.name || ' ' || a.payer ILIKE ALL (%(advertiser)s::text[]))
  AND (%(q)s::text[] = '{{}}' OR NOT down AND EXISTS (
      SELECT FROM creatives x WHERE x.campaign = c.id AND x.accepted
      AND concat_ws(' ', a.name, a.payer, x.headline, x.body, x.brand, array_to_string(x.hashtags, ' ')) ILIKE ALL (%(q)s::text[])))
  AND {_THIS_YEAR} AND {_AS_ASKED}
ORDER BY c.id DESC LIMIT {MOST}
"""  # noqa: S608
_REACH = f"""
WITH seen AS MATERIALIZED (
    SELECT s.campaign, s.country, s.creative, nullif(s.person, '') AS person, count(*) AS times, min(s.at) AS first_at, max(s.at) AS last_at
    FROM served s WHERE s.campaign = ANY(%(campaigns)s) AND NOT s.held AND {_IMPRESSION} GROUP BY 1, 2, 3, 4
), kept AS (
    SELECT campaign, NULL AS country, NULL::bigint AS creative, count(person) AS people, sum(times) AS impressions, min(first_at) AS first_at,
        max(last_at) AS last_at
    FROM (SELECT campaign, person, sum(times) AS times, min(first_at) AS first_at, max(last_at) AS last_at FROM seen GROUP BY 1, 2) p GROUP BY campaign
    UNION ALL
    SELECT campaign, country, NULL, count(person), sum(times), min(first_at), max(last_at)
    FROM (SELECT campaign, country, person, sum(times) AS times, min(first_at) AS first_at, max(last_at) AS last_at FROM seen GROUP BY 1, 2, 3) p
    GROUP BY campaign, country
    UNION ALL
    SELECT campaign, NULL, creative, 0, sum(times), min(first_at), max(last_at) FROM seen GROUP BY campaign, creative
), rolled AS (
    SELECT campaign, country, NULL::bigint AS creative, sum(people) AS people, sum(impressions) AS impressions, min(first_at) AS first_at,
        max(last_at) AS last_at
    FROM ad_reach WHERE campaign = ANY(%(campaigns)s) GROUP BY GROUPING SETS ((campaign), (campaign, country))
    UNION ALL
    SELECT campaign, NULL, creative, 0, 0, min(day)::timestamptz, max(day)::timestamptz FROM ad_days
    WHERE campaign = ANY(%(campaigns)s) AND impressions > 0 GROUP BY GROUPING SETS ((campaign), (campaign, creative))
)
SELECT campaign, country, creative, sum(people)::bigint AS people, sum(impressions)::bigint AS impressions, min(first_at) AS first_at, max(last_at) AS last_at
FROM (SELECT * FROM kept UNION ALL SELECT * FROM rolled) both_of_them GROUP BY campaign, country, creative
ORDER BY campaign, creative NULLS FIRST, country NULLS FIRST
"""  # noqa: S608
