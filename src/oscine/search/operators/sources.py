"""Operators that fit in no other family: the program that a post was written with, and the order of what is found."""

from __future__ import annotations

from typing import Literal, get_args

from psycopg import sql

from oscine.search.operators.base import Operator, Reading

Order = Literal["top", "latest", "likes", "reposts", "replies"]
_ORDERS: dict[str, str] = {
    "top": "the best first",
    "latest": "the newest first",
    "likes": "the most liked first",
    "reposts": "the most reposted first",
    "replies": "the most answered first",
}


def _order(value: str, _reading: Reading) -> str:
    if value.lower() not in get_args(Order):
        raise ValueError(f"takes one of {', '.join(get_args(Order))}")
    return value.lower()


def _program(value: str, _reading: Reading) -> str:
    return value.lower().replace(" ", "_")


def _written_with(program: str) -> sql.Composable:
    return sql.SQL("p.source <> '' AND lower(replace(p.source, ' ', '_')) = {}").format(sql.Literal(program))


ALL = [
    Operator("source", "source:twitter_for_iphone", "written with this program; `_` stands for a space", "other", _program,
             lambda v: f"written with {v.replace('_', ' ')}", _written_with),
    Operator("sort", "sort:latest", "in this order", "other", _order, lambda v: _ORDERS[v], values=get_args(Order)),
]  # fmt: skip
