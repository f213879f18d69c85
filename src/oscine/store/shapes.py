"""How rows of advertising become records: PostgreSQL writes each as JSON, msgspec reads it into the record, whole trees in one statement.

The names of columns are those of the records; what a record does not have is passed over. `c` stands for a campaign that a statement is about; `ORDERED`
has no flights, and accepted ads only. JSON as text: jsonb would take four times as long. It knows not which rows are asked for.
"""

from __future__ import annotations

_PICTURES = "ARRAY(SELECT p.size FROM creative_pictures p WHERE p.creative = x.id ORDER BY p.size)"
CREATIVE = f"(SELECT row_to_json(t) FROM (SELECT x.*, {_PICTURES} AS pictures) t)"  # noqa: S608 - `x` stands for it
_CREATIVES = (
    f"coalesce((SELECT json_agg(row_to_json(t)) FROM (SELECT x.*, {_PICTURES} AS pictures FROM creatives x"  # noqa: S608
    " WHERE x.campaign = c.id AND x.removed_at IS NULL{} ORDER BY x.id) t), '[]')"
)
_FLIGHTS = "coalesce((SELECT json_agg(row_to_json(f) ORDER BY f.id) FROM flights f WHERE f.campaign = c.id), '[]')"
_CAMPAIGN = (
    "(SELECT row_to_json(t) FROM"
    " (SELECT c.*, json_build_object('impressions', c.cap, 'hours', c.cap_hours) AS caps, {flights} AS flights, {creatives} AS creatives) t)"
)
CAMPAIGN = _CAMPAIGN.format(flights=_FLIGHTS, creatives=_CREATIVES.format(""))
ORDERED = _CAMPAIGN.format(flights="'[]'::json", creatives=_CREATIVES.format(" AND x.accepted"))
