"""Every search operator once: how its value is read, what it means, its condition in SQL (`p` is the post), its help.

The parser, the completion in the web app and `docs/reference/search.md` are made from this table. An operator's `read` raises
`ValueError` with half a sentence for a value that it cannot take; the grammar then searches the text as words and says so.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import regex
from psycopg.sql import SQL, Composable, Literal

from oscine import text


class Operator(NamedTuple):
    """One operator. `read` turns its text into a value, `condition` the value into SQL, `means` the value into words."""

    name: str
    example: str
    help: str
    read: Callable[[str, datetime], Any]
    condition: Callable[[Any], Composable]
    means: Callable[[Any], str]
    values: tuple[str, ...] = ()


FILTERS: dict[str, tuple[str, Composable]] = {
    "links": ("with links", SQL("p.urls <> '{}'")),
    "media": ("with pictures, sound or film", SQL("p.media <> '[]'")),
    "replies": ("that are replies", SQL("p.reply_to IS NOT NULL")),
    "quote": ("that quote another post", SQL("p.quote_of IS NOT NULL")),
}
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DAY = regex.compile(r"\d{4}-\d\d-\d\d")
_X_TIME = regex.compile(r"(\d{4}-\d\d-\d\d)_(\d\d:\d\d:\d\d)_UTC")


def lexeme(found: str) -> Composable:
    """The condition that a post holds a lexeme."""
    return SQL("p.lexemes @@ {}::tsquery").format(Literal(text.quote(found)))


def _name(value: str, _now: datetime) -> str:
    name = text.fold(value.lstrip("@").rstrip(".,;:!?"))
    if not name:
        raise ValueError("names nobody")
    return name


def _sign(kind: str, sign: str) -> Callable[[str, datetime], str]:
    """A reader of mentions, hashtags and cash tags: what the analyzer takes for one."""

    def read(value: str, _now: datetime) -> str:
        found = [token.exact for token in text.tokens(sign + value) if token.kind == kind and token.start == 0]
        if not found:
            raise ValueError("is followed by letters")
        return found[0]

    return read


def _accounts(name: str) -> Composable:
    return SQL("ANY (ARRAY(SELECT id FROM accounts WHERE lower(handle) = {name} OR lower(key) = {name}))").format(name=Literal(name))


def _from(name: str) -> Composable:
    return SQL("p.author = {}").format(_accounts(name))


def _to(name: str) -> Composable:
    return SQL(
        "p.reply_to IS NOT NULL AND ({mentioned} OR EXISTS (SELECT FROM posts r"
        " WHERE (r.network, r.key) = (p.network, p.reply_to) AND r.author = {who}))"
    ).format(mentioned=lexeme("@" + name), who=_accounts(name))


def _language(value: str, _now: datetime) -> str:
    code = value.lower().partition("-")[0]
    if not regex.fullmatch(r"[a-z]{2,3}", code):
        raise ValueError("takes a language code such as en or fr")
    return code


def _time(value: str) -> tuple[datetime, bool]:
    """A moment, and whether only its day was given."""
    try:
        if _DAY.fullmatch(value):
            return datetime.fromisoformat(value).replace(tzinfo=UTC), True
        if found := _X_TIME.fullmatch(value):
            return datetime.fromisoformat(f"{found[1]}T{found[2]}+00:00"), False
        moment = datetime.fromisoformat(value.upper())
        if not regex.search(r"\d[Tt ]\d", value):
            raise ValueError
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC), False
    except (ValueError, OverflowError):
        raise ValueError("takes a date such as 2024-05-31 or a time such as 2024-05-31T18:00:00Z") from None


def _since(value: str, _now: datetime) -> datetime:
    return _time(value)[0]


def _until(value: str, _now: datetime) -> datetime:
    """The first moment that is too late: a day's beginning, or the second after the one named."""
    moment, whole_day = _time(value)
    try:
        return moment if whole_day else moment.replace(microsecond=0) + timedelta(seconds=1)
    except OverflowError:
        raise ValueError("takes an earlier time") from None


def _ago(value: str, now: datetime) -> datetime:
    found = regex.fullmatch(r"(\d{1,6})([smhdw])", value.lower())
    if not found:
        raise ValueError("takes a number and s, m, h, d or w, such as 2d")
    try:
        return now - timedelta(**{_UNITS[found[2]]: int(found[1])})
    except OverflowError:
        raise ValueError("reaches too far back") from None


def _number(value: str, _now: datetime) -> int:
    if not regex.fullmatch(r"[0-9]{1,9}", value):
        raise ValueError("takes a whole number")
    return int(value)


def _filter(value: str, _now: datetime) -> str:
    if value.lower() not in FILTERS:
        raise ValueError(f"takes one of {', '.join(FILTERS)}")
    return value.lower()


def _link(value: str, _now: datetime) -> tuple[str, ...]:
    parts = tuple("u:" + text.fold(part) for part in regex.findall(r"[\p{L}\p{N}]+", value.partition("://")[2] or value))
    if not parts:
        raise ValueError("takes a part of an address, such as bbc.co.uk")
    return parts


def _linked(parts: tuple[str, ...]) -> Composable:
    return SQL("p.lexemes @@ {}::tsquery").format(Literal(" <-> ".join(map(text.quote, parts))))


def _text(value: str, _now: datetime) -> str:
    return value


def _conversation(key: str) -> Composable:
    """The post itself and all that hangs below it, whether its network names the root or only each reply's parent."""
    return SQL(
        "p.id IN (WITH RECURSIVE thread AS (SELECT id, network, key FROM posts WHERE key = {key} OR root = {key}"
        " UNION SELECT c.id, c.network, c.key FROM posts c JOIN thread t ON (c.network, c.reply_to) = (t.network, t.key))"
        " SELECT id FROM thread)"
    ).format(key=Literal(key))


def _moment(value: datetime) -> str:
    return f"{value:%Y-%m-%d}" if (value.hour, value.minute, value.second) == (0, 0, 0) else f"{value:%Y-%m-%d %H:%M:%S} UTC"


def _minimum(name: str, column: str, what: str) -> Operator:
    return Operator(name, f"{name}:10", f"with at least so many {what}", _number,
                    lambda n: SQL(f"p.{column} >= {{}}").format(Literal(n)), lambda n: f"with at least {n} {what}")  # fmt: skip


def _after(moment: datetime) -> Composable:
    return SQL("p.created_at >= {}").format(Literal(moment))


def _before(moment: datetime) -> Composable:
    return SQL("p.created_at < {}").format(Literal(moment))


_ALL = [
    Operator("from", "from:nasa", "written by this account", _name, _from, lambda v: f"written by {v}"),
    Operator("to", "to:nasa", "in reply to this account", _name, _to, lambda v: f"in reply to {v}"),
    Operator("@", "@nasa", "that mention this account", _sign("mention", "@"), lexeme, lambda v: f"that mention {v[1:]}"),
    Operator("#", "#climate", "with this hashtag", _sign("tag", "#"), lexeme, lambda v: f"with the hashtag {v}"),
    Operator("$", "$AAPL", "with this cash tag", _sign("cash", "$"), lexeme, lambda v: f"with the cash tag {v}"),
    Operator("lang", "lang:fr", "in this language", _language, lambda v: SQL("p.lang = {}").format(Literal(v)), lambda v: f"in the language {v}"),
    Operator("since", "since:2024-05-31", "from this day or time on", _since, _after, lambda v: f"from {_moment(v)} on"),
    Operator("until", "until:2024-06-30", "before this day, or up to this time", _until, _before, lambda v: f"before {_moment(v)}"),
    Operator("within_time", "within_time:2d", "of the last days (d), hours (h), minutes (m), seconds (s) or weeks (w)", _ago, _after,
             lambda v: f"since {_moment(v)}"),
    _minimum("min_faves", "likes", "likes"),
    _minimum("min_retweets", "reposts", "reposts"),
    _minimum("min_replies", "replies", "replies"),
    Operator("filter", "filter:links", "only posts of a kind", _filter, lambda v: FILTERS[v][1], lambda v: FILTERS[v][0], tuple(FILTERS)),
    Operator("url", "url:bbc.co.uk", "with a link that holds this", _link, _linked,
             lambda v: f"with a link that holds {'.'.join(part[2:] for part in v)}"),
    Operator("conversation_id", "conversation_id:123", "of the conversation that this post began", _text, _conversation,
             lambda v: f"of the conversation under {v}"),
]  # fmt: skip
OPERATORS: dict[str, Operator] = {operator.name: operator for operator in _ALL}
