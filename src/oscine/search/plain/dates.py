"""Dates in words, as data of a language describes them → stretches of days.

Pure arithmetic on the calendar; which words were meant is `lexicon`'s, whether they restrict a search `plain`'s. Days are those of UTC and
weeks begin on Monday. What has no year is the latest that has begun; seasons are the northern, meteorological ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "winter": 12}
FEASTS = {"christmas": ((12, 24), 3), "halloween": ((10, 31), 1)}  # first day, number of days
DAY = timedelta(days=1)


class Period(NamedTuple):
    """Whole days; `end` is the first day after."""

    start: date
    end: date


Names = Mapping[str, str]  # what a date names: day, month, year, weekday, n, unit, season, feast, decade


def within(n: int, unit: str, today: date) -> str:
    """The last n units as an operator; `within_time:` knows no months and no years."""
    if unit in ("month", "year"):
        return f"since:{_months_on(today, -n * (12 if unit == 'year' else 1)).isoformat()}"
    return f"within_time:{n}{unit}"


def period(kind: str, said: Names, today: date) -> Period:
    """The days that a date means: `kind` is "week -1" (counted from now) or one of `_READERS`, `said` what it names.

    Raises `ValueError` or `OverflowError` for days that no calendar has.
    """
    unit, _, offset = kind.partition(" ")
    if offset.lstrip("-").isdigit():
        return _around(unit, int(offset), today)
    return _READERS[kind](said, today)


def spoken(operators: str) -> str:
    """Dates in English: `since:2024-05-06 until:2024-05-13` is "from 6 to 12 May 2024"; empty for what is none."""
    given = dict(one.partition(":")[::2] for one in operators.split())
    first = _day(given.get("since"))
    last = _day(given.get("until"))
    if first and last:
        last -= DAY
        return f"on {_named(first)}" if first == last else f"from {_short(first, last)} to {_named(last)}"
    return f"from {_named(first)} on" if first else f"before {_named(last)}" if last else ""


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _named(day: date) -> str:
    return f"{day.day} {day:%B} {day.year}"


def _short(first: date, last: date) -> str:
    if first.year != last.year:
        return _named(first)
    return str(first.day) if first.month == last.month else f"{first.day} {first:%B}"


def _around(unit: str, offset: int, today: date) -> Period:
    """The calendar unit that lies `offset` units from today's."""
    if unit == "day":
        return Period(today + offset * DAY, today + (offset + 1) * DAY)
    monday = today - today.weekday() * DAY
    if unit == "week":
        return Period(monday + 7 * offset * DAY, monday + 7 * (offset + 1) * DAY)
    if unit == "weekend":
        saturday = monday + (7 * offset + 5) * DAY
        return Period(saturday, saturday + 2 * DAY)
    months = 12 if unit == "year" else 1
    first = today.replace(day=1, month=1) if unit == "year" else today.replace(day=1)
    return Period(_months_on(first, offset * months), _months_on(first, (offset + 1) * months))


def _months_on(day: date, months: int) -> date:
    """The same day so many months on, or the last of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for shorter in range(4):
        try:
            return date(year, month + 1, day.day - shorter)
        except ValueError:
            if not 1 <= year <= 9999:
                raise
    raise ValueError("no such day")


def _latest(of_year: Callable[[int], Period], said: Names, today: date) -> Period:
    """The period of the year named, or else the latest that has begun."""
    if "year" in said:
        return of_year(int(said["year"]))
    this_year = of_year(today.year)
    return this_year if this_year.start <= today else of_year(today.year - 1)


def _a_day(said: Names, today: date) -> Period:
    def of_year(year: int) -> Period:
        first = date(year, int(said["month"]), int(said["day"]))
        return Period(first, first + DAY)

    return _latest(of_year, said, today)


def _a_month(said: Names, today: date) -> Period:
    def of_year(year: int) -> Period:
        first = date(year, int(said["month"]), 1)
        return Period(first, _months_on(first, 1))

    return _latest(of_year, said, today)


def _a_season(said: Names, today: date) -> Period:
    def of_year(year: int) -> Period:
        first = date(year, SEASONS[str(said["season"])], 1)
        return Period(first, _months_on(first, 3))

    found = _latest(of_year, said, today)
    over = found.end <= today or "year" in said
    return found if over else of_year(found.start.year - 1)


def _a_feast(said: Names, today: date) -> Period:
    def of_year(year: int) -> Period:
        (month, day), days = FEASTS[str(said["feast"])]
        first = date(year, month, day)
        return Period(first, first + days * DAY)

    return _latest(of_year, said, today)


def _last_month(said: Names, today: date) -> Period:
    """`last May`: one that is over."""
    found = _a_month(said, today)
    return found if found.end <= today else _a_month({**said, "year": str(found.start.year - 1)}, today)


def _weekday(said: Names, today: date) -> Period:
    """The latest before today."""
    first = today - ((today.weekday() - int(said["weekday"]) - 1) % 7 + 1) * DAY
    return Period(first, first + DAY)


def _ago(said: Names, today: date) -> Period:
    """The calendar day, week, month or year so long ago. Hours and minutes reach over midnight: whole days hold them."""
    n, unit = int(said["n"]), str(said["unit"])
    if unit in ("h", "m"):
        return Period(today - (n // 24 + 1) * DAY if unit == "h" else today - DAY, today + DAY)
    return _around({"d": "day", "w": "week"}.get(unit, unit), -n, today)


def _year(said: Names, _today: date) -> Period:
    return Period(date(int(said["year"]), 1, 1), date(int(said["year"]) + 1, 1, 1))


def _decade(said: Names, _today: date) -> Period:
    return Period(date(int(said["decade"]), 1, 1), date(int(said["decade"]) + 10, 1, 1))


def _night(_said: Names, today: date) -> Period:
    """From last evening to this morning."""
    return Period(today - DAY, today + DAY)


_READERS: dict[str, Callable[[Names, date], Period]] = {
    "day": _a_day, "month": _a_month, "last month": _last_month, "season": _a_season, "feast": _a_feast, "weekday": _weekday,
    "ago": _ago, "year": _year, "decade": _decade, "night": _night,
}  # fmt: skip
