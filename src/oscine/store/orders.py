"""What can stand in an auction: running campaigns with a flight under way, an ad that was accepted, and money left.

It is asked every second: money is read each time, a campaign with its ads only when one of its rows is another than before, which PostgreSQL tells by the
transaction that wrote it (`xmin`). The campaign of an order is the very record of before
where nothing of it changed, and has no flights: its flight stands beside it. It decides nothing.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from oscine.advertising import Advertiser, Campaign, Flight, Order
from oscine.store import shapes
from oscine.store.postgres import Database, Row

_LIVE = """
SELECT c.id AS campaign, f.id, f.starts_at, f.ends_at, f.budget, f.daily, f.bid, f.spent, f.reserved, budget - spent - reserved AS room,
    CASE WHEN f.day >= %(at)s::date THEN f.spent_today ELSE 0 END AS today, concat_ws(' ', a.xmin, c.xmin, ads.written) AS version
FROM flights f JOIN campaigns c ON c.id = f.campaign JOIN advertisers a ON a.id = c.advertiser JOIN (
    SELECT campaign, string_agg(concat_ws(':', id, xmin), ' ') AS written FROM creatives WHERE accepted AND removed_at IS NULL GROUP BY campaign
) ads ON ads.campaign = c.id
WHERE c.state = 'running' AND f.starts_at <= %(at)s AND f.ends_at > %(at)s AND f.spent + f.reserved < f.budget
ORDER BY c.id, f.id
"""
_ORDERED = f"""
SELECT json_build_array(row_to_json(a), {shapes.ORDERED})::text AS said
FROM campaigns c JOIN advertisers a ON a.id = c.advertiser WHERE c.id = ANY(%s)
"""  # noqa: S608


class Orders:
    """The orders of a database, with what was read of their campaigns before."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[int, tuple[str, Advertiser, Campaign]] = {}

    def at(self, at: datetime) -> list[Order]:
        """What can stand in an auction at that time, by campaign and flight."""
        rows = self._database.rows(_LIVE, {"at": at})
        known = self._read({row["campaign"]: row["version"] for row in rows})
        return [_order(row, *known[row["campaign"]][1:]) for row in rows if row["campaign"] in known]

    def _read(self, versions: dict[int, str]) -> dict[int, tuple[str, Advertiser, Campaign]]:
        """Campaigns as they are now. A new dict each time: another thread may go on reading the last."""
        known = {number: kept for number, kept in self._known.items() if kept[0] == versions.get(number)}
        if new := [number for number in versions if number not in known]:
            for row in self._database.rows(_ORDERED, [new]):
                advertiser, campaign = msgspec.json.decode(row["said"], type=tuple[Advertiser, Campaign])
                known[campaign.id] = versions[campaign.id], advertiser, campaign
        self._known = known
        return known


def _order(row: Row, advertiser: Advertiser, campaign: Campaign) -> Order:
    room, today = row["room"], row["today"]
    flight = Flight(**{name: row[name] for name in Flight.__struct_fields__})
    return Order(
        advertiser=advertiser, campaign=campaign, flight=flight, left=room,
        left_today=max(0, min(room, flight.daily - today - flight.reserved)) if flight.daily else room, spent=flight.spent, spent_today=today,
    )  # fmt: skip
