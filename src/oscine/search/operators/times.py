"""Operators of time. A time named is a span: a year, a month, a day or a second, from its first moment to the first after it; in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import NamedTuple

import regex
from psycopg.sql import SQL, Composable, Literal

from oscine.search.operators.base import Operator, Reading

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DATE = regex.compile(r"([0-9]{4})(?:-([0-9]{2}))?(?:-([0-9]{2}))?")
_CLOCK = regex.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T_ ]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?)_?(.*)", regex.IGNORECASE)
_OFFSET = regex.compile(r"(?:UTC|GMT)?([+-])([0-9]{1,2})(?::?([0-9]{2}))?")
_SECOND = timedelta(seconds=1)
ZONES = {
    "": 0.0, "Z": 0.0, "UTC": 0.0, "GMT": 0.0, "WET": 0.0, "WEST": 1.0, "BST": 1.0, "CET": 1.0, "CEST": 2.0, "EET": 2.0, "EEST": 3.0,
    "MSK": 3.0, "IST": 5.5, "SGT": 8.0, "HKT": 8.0, "JST": 9.0, "KST": 9.0, "AEST": 10.0, "AEDT": 11.0, "NZST": 12.0, "NZDT": 13.0,
    "EST": -5.0, "EDT": -4.0, "CST": -6.0, "CDT": -5.0, "MST": -7.0, "MDT": -6.0, "PST": -8.0, "PDT": -7.0, "AKST": -9.0, "HST": -10.0,
}  # fmt: skip
"""Hours east of Greenwich of the names that people write, as X reads them (`CST` is America's, `IST` India's, `BST` Britain's)."""
X_EPOCH = 1_288_834_974_657  # milliseconds: what X's ids count from
_NAMELESS = "takes a date such as 2024-05-31, a month, a year, or a time such as 2024-05-31T18:00:00Z"


class Span(NamedTuple):
    """From `start` until just before `end`; `name` is what people call it."""

    start: datetime
    end: datetime
    name: str


class Marked(NamedTuple):
    """A post by its id, and the moment at which the id says it was written, if ids of its kind say that."""

    key: str
    moment: datetime | None


def span(value: str, now: datetime) -> Span:
    """What a text names. Raises `ValueError` where it is no time."""
    try:
        return _day_by_name(value, now) or _date(value) or _time(value)
    except (ValueError, OverflowError):
        raise ValueError(_NAMELESS) from None


def _day_by_name(value: str, now: datetime) -> Span | None:
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    ago = {"today": 0, "yesterday": 1}.get(value.lower())
    return None if ago is None else _named(today - timedelta(days=ago), today - timedelta(days=ago - 1))


def _date(value: str) -> Span | None:
    found = _DATE.fullmatch(value)
    if not found:
        return None
    year, month, day = (int(part) if part else None for part in found.groups())
    start = datetime(year or 0, month or 1, day or 1, tzinfo=UTC)
    if day:
        return _named(start, start + timedelta(days=1))
    end = start.replace(year=start.year + 1) if not month or month == 12 else start
    return Span(start, end.replace(month=month % 12 + 1) if month else end, value)


def _named(start: datetime, end: datetime) -> Span:
    return Span(start, end, f"{start:%Y-%m-%d}")


def _time(value: str) -> Span:
    found = _CLOCK.fullmatch(value)
    if not found:
        raise ValueError
    zone = timezone(_offset(found[3].upper()))
    moment = datetime.fromisoformat(f"{found[1]}T{found[2]}").replace(tzinfo=zone).astimezone(UTC)
    return Span(moment, moment.replace(microsecond=0) + _SECOND, f"{moment:%Y-%m-%d %H:%M:%S} UTC")


def _offset(zone: str) -> timedelta:
    if zone in ZONES:
        return timedelta(hours=ZONES[zone])
    found = _OFFSET.fullmatch(zone)
    if not found:
        raise ValueError
    east = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    return east if found[1] == "+" else -east


def _span(value: str, reading: Reading) -> Span:
    return span(value, reading.now)


def _until(value: str, reading: Reading) -> Span:
    """Up to and with a second, but before a day, a month or a year, as on X."""
    named = span(value, reading.now)
    return named._replace(start=named.end) if named.end - named.start <= _SECOND else named


def _epoch(value: str, _reading: Reading) -> Span:
    try:
        start = datetime.fromtimestamp(int(value), UTC) if regex.fullmatch(r"[0-9]{1,12}", value) else None
        if start:
            return Span(start, start + _SECOND, f"{start:%Y-%m-%d %H:%M:%S} UTC")
    except (ValueError, OverflowError):
        pass
    raise ValueError("takes the seconds since 1970, such as 1714521600")


def _ago(value: str, reading: Reading) -> Span:
    found = regex.fullmatch(r"([0-9]{1,6})([smhdw])", value.lower())
    if not found:
        raise ValueError("takes a number and s, m, h, d or w, such as 2d")
    try:
        start = reading.now - timedelta(**{_UNITS[found[2]]: int(found[1])})
    except OverflowError:
        raise ValueError("reaches too far back") from None
    return Span(start, reading.now, f"{int(found[1])} {_UNITS[found[2]]}")


def _marked(value: str, _reading: Reading) -> Marked:
    try:
        milliseconds = (int(value) >> 22) + X_EPOCH if regex.fullmatch(r"[0-9]{15,19}", value) else None
        return Marked(value, None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1_000, UTC))
    except (ValueError, OverflowError):
        raise ValueError("takes the id of a post") from None


def _from(moment: datetime) -> Composable:
    return SQL("p.created_at >= {}").format(Literal(moment))


def _before(moment: datetime) -> Composable:
    return SQL("p.created_at < {}").format(Literal(moment))


def _within(named: Span) -> Composable:
    return SQL("p.created_at >= {} AND p.created_at < {}").format(Literal(named.start), Literal(named.end))


def _later(marked: Marked) -> Composable:
    """Later than a post. Networks give times by the second: within that second, ids of one length are in order."""
    moment = SQL("coalesce((SELECT max(created_at) FROM seen WHERE key = {}), {}::timestamptz)").format(*map(Literal, marked))
    return SQL(
        "p.created_at >= date_trunc('second', {moment}) AND (p.created_at >= date_trunc('second', {moment}) + interval '1 second'"
        " OR (length(p.key) = {length} AND p.key > {key} COLLATE \"C\"))"
    ).format(moment=moment, length=Literal(len(marked.key)), key=Literal(marked.key))


def _up_to(marked: Marked) -> Composable:
    return SQL("NOT ({})").format(_later(marked))


ALL = [
    Operator("since", "since:2024-05-31", "from this day or time on", "time", _span, lambda v: f"from {v.name} on",
             lambda v: _from(v.start), lambda v: f"before {v.name}"),
    Operator("until", "until:2024-06-30", "before this day, or up to this time", "time", _until,
             lambda v: f"{'up to' if v.start == v.end else 'before'} {v.name}", lambda v: _before(v.start),
             lambda v: f"{'after' if v.start == v.end else 'from'} {v.name}{'' if v.start == v.end else ' on'}"),
    Operator("before", "before:2024-06-30", "before this day, month, year or time", "time", _span, lambda v: f"before {v.name}",
             lambda v: _before(v.start), lambda v: f"from {v.name} on"),
    Operator("after", "after:2024-05-31", "after this day, month, year or time", "time", _span, lambda v: f"after {v.name}",
             lambda v: _from(v.end), lambda v: f"up to {v.name}"),
    Operator("during", "during:2024-05", "of this day, month or year", "time", _span, lambda v: f"of {v.name}", _within,
             values=("today", "yesterday")),
    Operator("since_time", "since_time:1714521600", "from this time on, in seconds since 1970", "time", _epoch,
             lambda v: f"from {v.name} on", lambda v: _from(v.start), lambda v: f"before {v.name}"),
    Operator("until_time", "until_time:1714608000", "before this time, in seconds since 1970", "time", _epoch,
             lambda v: f"before {v.name}", lambda v: _before(v.start), lambda v: f"from {v.name} on"),
    Operator("within_time", "within_time:2d", "of the last days (d), hours (h), minutes (m), seconds (s) or weeks (w)", "time", _ago,
             lambda v: f"of the last {v.name}", lambda v: _from(v.start), lambda v: f"older than {v.name}"),
    Operator("since_id", "since_id:1785000000000000000", "later than the post with this id", "time", _marked,
             lambda v: f"later than the post {v.key}", _later),
    Operator("max_id", "max_id:1785000000000000000", "no later than the post with this id", "time", _marked,
             lambda v: f"no later than the post {v.key}", _up_to, lambda v: f"later than the post {v.key}"),
]  # fmt: skip
