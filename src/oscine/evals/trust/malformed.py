"""Requests that nobody should send: of every route what it plausibly takes, by its own OpenAPI schema, with one value in it that does not belong there.

Drawn with a fixed seed, the routes in turn. It looks for what breaks a route, not for what gets through.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

NOT_INSTALLED = 503
LEFT_OUT = (
    "/v1/audio",
    "/v1/images",
    "/v1/models",
    "/v1/stream",
    "/v1/export",
    "/v1/sign-in",
)  # which load models, draw, go on for ever, call others
SEED = 10
DEEP = 6  # of schemas within schemas
NO_JSON = 0.15  # of bodies
LONGEST = 2_000  # bytes in an address
NASTY: tuple[Any, ...] = (
    "", " ", "\x00", "\ud800", "a" * 10_000, "'; DROP TABLE posts; --", "%", "%00", "../../etc/passwd", "{{7*7}}", "<script>", "\u202e\u200b\ufeff",
    "\U0001d56c" * 300, '"', "((((((((((", "NOT NOT OR AND", "from:", "since:99999-99-99", "-1", "0", "1e400", "NaN", str(2**63), str(-(2**63) - 1), "9" * 400,
    "null", "[]", "{}", "\\", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", None, True, 0, -1, 2**31, 2**63, 1e308, [], {}, [[]], {"": ""}, ["\x00"],
    {"a": {"b": {"c": []}}},
)  # fmt: skip
BODIES: tuple[bytes, ...] = (
    b"", b"{", b"[]", b"null", b"\xff\xfe", b"{}", b'{"a":1e999}', b'"\\ud800"', b"[" * 2_000, b'{"model": 1}', b"\x00", b'{"' + b"a" * 5_000 + b'": 1}',
)  # fmt: skip
PLAUSIBLE = {"string": "p1", "integer": 1, "number": 0.5, "boolean": True, "null": None}

Route = tuple[str, str, dict[str, Any]]  # the method, the path with its names in braces, what is described of it


class Sent(NamedTuple):
    """A request, and the route that it is for."""

    method: str
    route: str
    path: str
    body: bytes
    headers: dict[str, str]


def routes(described: dict[str, Any]) -> list[Route]:
    """Every route of the API that is asked."""
    return [
        (method.upper(), path, told) for path, methods in described["paths"].items() for method, told in methods.items()
        if path.startswith("/v1/") and not path.startswith(LEFT_OUT)
    ]  # fmt: skip


def requests(described: dict[str, Any], doors: Sequence[Route], total: int) -> Iterator[Sent]:
    """So many, over all routes in turn."""
    drawn, schemas = random.Random(SEED), described.get("components", {}).get("schemas", {})
    for number in range(total):
        yield _request(drawn, schemas, *doors[number % len(doors)])


def _request(drawn: random.Random, schemas: dict[str, Any], method: str, route: str, told: dict[str, Any]) -> Sent:
    """One with everything plausible but for one value."""
    params = told.get("parameters", [])
    content = told.get("requestBody", {}).get("content", {})
    schema: dict[str, Any] | None = next(iter(content.values())).get("schema", {}) if content else None
    spoilt = drawn.randrange(len(params) + (2 if content else 0) or 1)
    path, query = route, []
    for place, each in enumerate(params):
        value = drawn.choice(NASTY) if place == spoilt else plausible(each.get("schema", {}), schemas)
        if each["in"] == "path":
            path = path.replace("{" + each["name"] + "}", _encoded(value) or "%00")
        elif each["in"] == "query" and (place == spoilt or each.get("required") or drawn.random() < 0.3):
            query.append(f"{each['name']}={_encoded(value)}")
    body = _body(drawn, schema, schemas, spoil=spoilt >= len(params)) if schema is not None else b""
    headers = {"content-type": next(iter(content))} if content else {}
    return Sent(method, route, f"{path}?{'&'.join(query)}" if query else path, body, headers)


def _encoded(value: Any) -> str:
    said = value if isinstance(value, str) else json.dumps(value)
    return quote(said.encode("utf-8", "surrogatepass")[:LONGEST], safe="")


def _body(drawn: random.Random, schema: dict[str, Any], schemas: dict[str, Any], spoil: bool) -> bytes:
    if spoil and drawn.random() < NO_JSON:
        return drawn.choice(BODIES)
    body = plausible(schema, schemas)
    return json.dumps(spoilt_once(drawn, body) if spoil else body).encode()


def spoilt_once(drawn: random.Random, value: Any) -> Any:
    """The same with one thing in it, anywhere, that does not belong there."""
    if isinstance(value, dict) and value and drawn.random() < 0.9:
        name = drawn.choice(sorted(value))
        return {**value, name: spoilt_once(drawn, value[name])}
    if isinstance(value, list) and value and drawn.random() < 0.7:
        return [spoilt_once(drawn, value[0]), *value[1:]]
    return drawn.choice(NASTY)


def plausible(schema: dict[str, Any], schemas: dict[str, Any], deep: int = 0) -> Any:
    """A value that a schema of OpenAPI takes, roughly."""
    if "$ref" in schema:
        return plausible(schemas.get(schema["$ref"].rsplit("/", 1)[-1], {}), schemas, deep + 1)
    for several in ("anyOf", "oneOf", "allOf"):
        if schema.get(several):
            return plausible(schema[several][0], schemas, deep + 1)
    if "const" in schema or schema.get("enum"):
        return schema["const"] if "const" in schema else schema["enum"][0]
    if schema.get("default") is not None:
        return schema["default"]
    kind = schema.get("type", "string")
    if kind == "object":
        return {name: plausible(each, schemas, deep + 1) for name, each in schema.get("properties", {}).items()} if deep < DEEP else {}
    if kind == "array":
        return [plausible(schema.get("items", {}), schemas, deep + 1)] if deep < DEEP else []
    if kind in ("integer", "number"):
        return max(PLAUSIBLE[kind], schema.get("minimum", PLAUSIBLE[kind]))
    return _dated(schema) or PLAUSIBLE.get(kind, "p1")


def _dated(schema: dict[str, Any]) -> str:
    return {"date-time": "2024-05-01T12:00:00Z", "date": "2024-05-01"}.get(schema.get("format", ""), "")
