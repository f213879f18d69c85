"""Flights as they are changed by whoever orders them: dates, budget, day's limit, bid. What is spent and reserved is the ledger's alone to write.

Each function works in a transaction of its caller, who holds the campaign.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from psycopg import Connection
from psycopg.rows import DictRow

from oscine.advertising import Flight
from oscine.errors import InputError, NotFound
from oscine.store.postgres import Row
from oscine.store.terms import MOST_FLIGHTS, check_flight

_COLUMNS = ("starts_at", "ends_at", "budget", "daily", "bid")
_HELD = f"SELECT id, {', '.join(_COLUMNS)}, spent + reserved AS bound FROM flights WHERE id = %s AND campaign = %s FOR NO KEY UPDATE"  # noqa: S608
_NEW = f"INSERT INTO flights (campaign, {', '.join(_COLUMNS)}) VALUES (%s{', %s' * len(_COLUMNS)}) RETURNING id"  # noqa: S608
_OLD = f"UPDATE flights SET {', '.join(f'{name} = %s' for name in _COLUMNS)} WHERE id = %s"  # noqa: S608


def put(connection: Connection[DictRow], campaign: int, flights: Sequence[Flight], now: datetime) -> dict[str, Any]:
    """Add those with the id 0, change the others; what changed, before and after. Raises `InputError`, `NotFound`.

    They are taken by their ids, as the ledger takes them: whoever needs two waits for the first while holding none of the others.
    """
    pairs = [_put(connection, campaign, check_flight(flight, now)) for flight in sorted(flights, key=lambda flight: flight.id)]
    kept = connection.execute("SELECT count(*) AS n FROM flights WHERE campaign = %s", [campaign]).fetchone()
    if kept and kept["n"] > MOST_FLIGHTS:
        raise InputError(f"A campaign has up to {MOST_FLIGHTS} flights.", "Change one that is there.")
    changed = [pair for pair in pairs if pair[0] != pair[1]]
    return (
        {"flights": msgspec.to_builtins([[before for before, _ in changed if before], [after for _, after in changed]])} if changed else {}
    )


def _put(connection: Connection[DictRow], campaign: int, flight: Flight) -> tuple[Row | None, Row]:
    told = {name: getattr(flight, name) for name in _COLUMNS}
    if not flight.id:
        made = connection.execute(_NEW, [campaign, *told.values()]).fetchone()
        assert made
        return None, made | told
    row = connection.execute(_HELD, [flight.id, campaign]).fetchone()
    if row is None:
        raise NotFound(f"Campaign {campaign} has no flight {flight.id}.", "Its flights are listed with it; 0 stands for a new one.")
    if flight.budget < (bound := row.pop("bound")):
        raise InputError(
            f"Of flight {flight.id}, {bound} micro-units are spent or reserved.", "Its budget cannot be less; end it earlier instead."
        )
    connection.execute(_OLD, [*told.values(), flight.id])
    return row, {"id": flight.id} | told
