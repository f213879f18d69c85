"""Operators of links and cards. The hosts of news and of films stand in `domains.json`, to be edited."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import msgspec
import regex
from psycopg.sql import SQL, Composable, Literal

from oscine import text
from oscine.search.operators.base import Operator, Reading, matching, pattern

DOMAINS: dict[str, list[str]] = msgspec.json.decode((Path(__file__).parent / "domains.json").read_bytes())


def parts(address: str) -> tuple[str, ...]:
    """The parts of an address, as the analyzer names them, next to each other."""
    return tuple("u:" + text.fold(part) for part in regex.findall(r"[\p{L}\p{N}]+", address.partition("://")[2] or address))


def linked(*addresses: str) -> str:
    """A tsquery: a link that holds the parts of one of these addresses, next to each other."""
    return " | ".join(f"({' <-> '.join(map(text.quote, parts(address)))})" for address in addresses)


def to_hosts(*hosts: str) -> Composable:
    """The condition that a post links to one of these hosts or below it: an index finds their parts, the addresses decide."""
    return SQL("({} AND EXISTS (SELECT FROM unnest(p.urls) AS link WHERE link ~* {}))").format(
        matching(linked(*hosts)), Literal(at_hosts(*hosts))
    )


def at_hosts(*hosts: str) -> str:
    """A regular expression for addresses at one of these hosts or below it."""
    return rf"^(https?://)?([^/?#]*[.@])?({'|'.join(map(re.escape, hosts))})([:/?#]|$)"


def _address(value: str, _reading: Reading) -> str:
    if not parts(value):
        raise ValueError("takes a part of an address, such as bbc.co.uk")
    return value


def _host(value: str, _reading: Reading) -> str:
    name = regex.split(r"[/?#:]", value.partition("://")[2] or value)[0].lower().removeprefix("www.")
    if not regex.fullmatch(r"[\p{L}\p{N}_](?:[\p{L}\p{N}_.-]*[\p{L}\p{N}])?", name):
        raise ValueError("takes a host, such as bbc.co.uk")
    return name


def _card(field: str, test: str, value: Callable[[str], str]) -> Callable[[str], Composable]:
    """A condition on a field of a post's card."""
    return lambda given: SQL(f"p.card IS NOT NULL AND lower(p.card ->> '{field}') {test} {{}}").format(Literal(value(given)))


def _text(value: str, _reading: Reading) -> str:
    return value.lower()


ALL = [
    Operator("url", "url:bbc.co.uk/news", "with a link that holds this", "links", _address, lambda v: f"with a link that holds {v}",
             lambda v: matching(linked(v))),
    Operator("domain", "domain:bbc.co.uk", "with a link to this host or one below it", "links", _host, lambda v: f"with a link to {v}", to_hosts),
    Operator("card_name", "card_name:poll*", "with a card of this kind; `*` stands for anything", "links", _text,
             lambda v: f"with a card of the kind {v}", _card("name", "LIKE", pattern)),
    Operator("card_domain", "card_domain:bbc.co.uk", "with a card that leads to this host or one below it", "links", _host,
             lambda v: f"with a card that leads to {v}", _card("url", "~", at_hosts)),
    Operator("card_url", "card_url:bbc.co.uk/news", "with a card whose address holds this", "links", _text,
             lambda v: f"with a card whose address holds {v}", _card("url", "LIKE", lambda v: pattern(f"*{v}*"))),
]  # fmt: skip
