"""Creatives as they are kept: texts, pictures, and whether a review accepted them. One that is taken away stays: reports count it, and
the public repository shows what was shown.

Each function works in a transaction of its caller, who holds the campaign. It does not know what an ad may say.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from psycopg import Connection
from psycopg.rows import DictRow

from oscine.advertising import Campaign
from oscine.errors import InputError, NotFound
from oscine.store.terms import MOST_CREATIVES, Ad, check_ad

_COLUMNS = tuple(name for name in Ad.__struct_fields__ if name != "pictures")
_NEW = f"INSERT INTO creatives (campaign, {', '.join(_COLUMNS)}) VALUES (%s{', %s' * len(_COLUMNS)}) RETURNING id"  # noqa: S608


def add(connection: Connection[DictRow], campaign: Campaign, ads: Sequence[Ad]) -> list[int]:
    """Their ids. Raises `InputError`."""
    if len(campaign.creatives) + len(ads) > MOST_CREATIVES:
        raise InputError(f"A campaign has up to {MOST_CREATIVES} ads.", "Take one away first.")
    return [_add(connection, campaign.id, check_ad(ad)) for ad in ads]


def _add(connection: Connection[DictRow], campaign: int, ad: Ad) -> int:
    told = msgspec.structs.asdict(ad) | {"hashtags": list(ad.hashtags)}
    row = connection.execute(_NEW, [campaign, *(told[name] for name in _COLUMNS)]).fetchone()
    assert row
    for picture in ad.pictures:
        connection.execute("INSERT INTO creative_pictures VALUES (%s, %s, %s, %s)", [row["id"], picture.size, picture.png, picture.alt])
    return int(row["id"])


def remove(connection: Connection[DictRow], campaign: int, creative: int) -> None:
    """Take one away. Raises `NotFound`."""
    gone = "UPDATE creatives SET removed_at = now() WHERE id = %s AND campaign = %s AND removed_at IS NULL"
    if not connection.execute(gone, [creative, campaign]).rowcount:
        raise NotFound(f"Campaign {campaign} has no ad {creative}.", "Its ads are listed with it.")


def campaigns_of(connection: Connection[DictRow], review: int) -> list[int]:
    """The campaigns that have an ad of that review, in order."""
    query = "SELECT DISTINCT campaign FROM creatives WHERE review = %s AND removed_at IS NULL ORDER BY 1"
    return [row["campaign"] for row in connection.execute(query, [review])]


def reviewed(connection: Connection[DictRow], campaign: int, review: int, accepted: bool) -> list[int]:
    """Note what a review says now; the ads for which that is new."""
    query = "UPDATE creatives SET accepted = %s WHERE campaign = %s AND review = %s AND accepted <> %s AND removed_at IS NULL RETURNING id"
    return sorted(row["id"] for row in connection.execute(query, [accepted, campaign, review, accepted]))
