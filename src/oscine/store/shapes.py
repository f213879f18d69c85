"""How rows of advertising become records: PostgreSQL writes each as JSON, msgspec reads it into the record, whole trees in one statement.

The names of columns are those of the records; what a record does not have is passed over. `a`, `c`, `f` and `x` stand for an advertiser, a campaign, a
flight and a creative. It knows not which rows are asked for.
"""

from __future__ import annotations

PICTURES = "ARRAY(SELECT p.size FROM creative_pictures p WHERE p.creative = x.id ORDER BY p.size)"
CREATIVE = f"(to_jsonb(x) || jsonb_build_object('pictures', {PICTURES}))"
CAPS = "jsonb_build_object('impressions', c.cap, 'hours', c.cap_hours)"
FLIGHTS = "coalesce((SELECT jsonb_agg(to_jsonb(f) ORDER BY f.id) FROM flights f WHERE f.campaign = c.id), '[]')"
CREATIVES = (
    f"coalesce((SELECT jsonb_agg({CREATIVE} ORDER BY x.id) FROM creatives x WHERE x.campaign = c.id AND x.removed_at IS NULL{{}}), '[]')"  # noqa: S608
)
_CAMPAIGN = "(to_jsonb(c) || jsonb_build_object('caps', {caps}, 'flights', {flights}, 'creatives', {creatives}))"
CAMPAIGN = _CAMPAIGN.format(caps=CAPS, flights=FLIGHTS, creatives=CREATIVES.format(""))
ORDERED = _CAMPAIGN.format(caps=CAPS, flights="jsonb_build_array(to_jsonb(f))", creatives=CREATIVES.format(" AND x.accepted"))
