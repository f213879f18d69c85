"""An answer in a client's JSON Schema: each field is filled by what its name means and its type allows, or not at all.

`MEANINGS` is the whole mapping, and it is published (docs/guides/api.md). Nothing is made up: a field that has no meaning here is left out where
it may be, null where it may be, and otherwise the schema cannot be filled. It reads facts as plain values and knows no post and no protocol.
Of JSON Schema it takes what OpenAI's structured outputs take, without `pattern`, which could be made to run for ever.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

import jsonschema
import regex
from referencing import Registry
from referencing.exceptions import Unresolvable

from oscine.errors import InputError

Schema = Mapping[str, Any]
Facts = Mapping[str, Any]

KEYWORDS = frozenset(
    "type properties required additionalProperties items enum const anyOf $ref $defs definitions title description default examples format minItems"
    " maxItems uniqueItems minLength maxLength minimum maximum exclusiveMinimum exclusiveMaximum multipleOf $schema".split()
)
LARGEST = 2_000  # parts of a schema, its references followed; and parts of what is filled in

MEANINGS: dict[str, dict[str, str]] = {
    "answer": {
        "verdict": "answer short short_answer verdict yes_or_no",
        "answer": "answer response reply text content message result output completion final_answer full_answer explanation reasoning rationale details"
                  " summary",
        "short": "short short_answer brief headline tldr answer response reply result summary",
        "question": "question query prompt", "search": "search", "model": "model",
        "refused": "refused unanswered unknown not_found insufficient", "answered": "answered found supported has_answer is_answered",
        "status": "status",
        "sentences": "sentences statements claims points key_points bullets answers findings",
        "sources": "sources citations references evidence urls links posts source citation reference url link post",
        "posts": "posts post_ids ids", "quotes": "quotes quotations excerpts snippets", "authors": "authors handles accounts people",
        "count": "count total source_count sources_count num_sources number_of_sources post_count", "confidence": "confidence",
    },
    "sentence": {
        "text": "text sentence statement claim content point answer finding",
        "sources": "sources citations references evidence urls links source citation url link",
        "posts": "posts post_ids ids", "stage": "stage kind",
    },
    "source": {
        "url": "url link page href uri source citation", "id": "id post_id post", "text": "text content quote snippet excerpt body passage",
        "author": "author handle username account author_handle", "author_name": "author_name name display_name",
        "time": "time date created_at published published_at timestamp datetime", "network": "network",
    },
}  # fmt: skip


_TEXT, _TEXTS = {"type": "string"}, {"type": "array", "items": {"type": "string"}}
_SENTENCE = {"text": _TEXT, "posts": _TEXTS}
_SOURCE = dict.fromkeys("id network author author_name time url text".split(), _TEXT)
DEFAULT: Schema = {  # where a client asks for JSON and says no more
    "type": "object",
    "properties": {
        "answer": _TEXT, "short": _TEXT, "refused": {"type": "boolean"},
        "sentences": {"type": "array", "items": {"type": "object", "properties": _SENTENCE}},
        "sources": {"type": "array", "items": {"type": "object", "properties": _SOURCE}},
    },
}  # fmt: skip


class _Unfillable(Exception):
    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


def check(schema: object) -> Schema:
    """The schema, if it is one that may be filled. Raises `InputError`."""
    if not isinstance(schema, Mapping):
        raise InputError("response_format: json_schema.schema is missing.", "Give a JSON Schema for an object.")
    try:
        jsonschema.Draft202012Validator.check_schema(schema)
        size = _size(schema, schema, {})
    except (jsonschema.SchemaError, RecursionError):
        raise InputError("response_format: the schema is no JSON Schema.", "See https://json-schema.org.") from None
    if size > LARGEST:
        raise InputError(f"response_format: the schema has more than {LARGEST:,} parts.", "Ask for less.")
    return schema if schema.keys() & {"properties", "$ref", "anyOf"} else DEFAULT


def fill(schema: Schema, facts: Facts) -> Any:
    """What `schema` asks for, from `facts`. Raises `InputError` that names the field which they cannot fill."""
    try:
        filled = _Filler(schema).fit(facts, schema, "$")
        jsonschema.Draft202012Validator(schema, registry=Registry()).validate(filled)
    except _Unfillable as error:
        where = error.path
    except jsonschema.ValidationError as error:
        where = error.json_path
    except (RecursionError, Unresolvable):
        where = "$"
    else:
        return filled
    raise InputError(
        f"response_format: an answer made of posts cannot fill {where}.",
        "Let the field be null or leave it out of `required`, or give it one of the names in the API guide.",
    )


class _Filler:
    """Fills one schema; counts its steps, so that no schema keeps it for long."""

    def __init__(self, root: Schema) -> None:
        self._root = root
        self._steps = count()

    def fit(self, value: Any, schema: Schema | bool, path: str) -> Any:
        """`value` in the shape of `schema`. Raises `_Unfillable`."""
        if next(self._steps) > LARGEST or not isinstance(schema, Mapping):
            raise _Unfillable(path)
        if "$ref" in schema:
            return self.fit(value, _target(self._root, schema["$ref"]), path)
        if "anyOf" in schema:
            return self._first(value, schema["anyOf"], path)
        if "enum" in schema or "const" in schema:
            return _chosen(value, schema.get("enum", [schema.get("const")]), path)
        kinds = schema.get("type", "object" if "properties" in schema else "string")
        if isinstance(kinds, list):
            return self._first(value, [{**schema, "type": kind} for kind in kinds], path)
        return self._typed(value, kinds, schema, path)

    def _first(self, value: Any, choices: list[Schema], path: str) -> Any:
        """The first choice that can be filled; null last."""
        for choice in sorted(choices, key=_is_null):
            try:
                return self.fit(value, choice, path)
            except _Unfillable as error:
                failed = error
        raise failed

    def _typed(self, value: Any, kind: str, schema: Schema, path: str) -> Any:
        if kind == "null":
            return None
        if kind == "object" and isinstance(value, Mapping) and "properties" in schema:
            return self._object(value, schema, path)
        if kind == "array" and isinstance(value, list):
            items = schema.get("items", {})
            return [self.fit(part, items, f"{path}[{at}]") for at, part in enumerate(value[: schema.get("maxItems")])]
        if isinstance(value, Mapping):
            value = value.get("as_text")
        if kind == "string" and isinstance(value, str) and len(value) <= schema.get("maxLength", len(value)):
            return value[:10] if schema.get("format") == "date" else value
        if kind == "boolean" and isinstance(value, bool):
            return value
        if kind in ("number", "integer") and isinstance(value, int | float) and not isinstance(value, bool):
            return value
        raise _Unfillable(path)

    def _object(self, facts: Facts, schema: Schema, path: str) -> dict[str, Any]:
        filled = {}
        for name, part in schema.get("properties", {}).items():
            try:
                filled[name] = self._field(facts, name, part, f"{path}.{name}")
            except _Unfillable:
                if name in schema.get("required", ()):
                    raise
        return filled

    def _field(self, facts: Facts, name: str, schema: Schema, path: str) -> Any:
        """The first meaning of a name that fits its type; an object of another name is filled with the same facts; else null where it may be."""
        failed: list[_Unfillable] = []
        for value in _meant(facts, name):
            try:
                return self.fit(value, _without_null(schema), path)
            except _Unfillable as error:
                failed.append(error)
        try:
            return self.fit(facts if _holds_object(self._root, schema) else _Nothing, schema, path)
        except _Unfillable as error:
            raise (failed or [error])[0] from None


class _Nothing:
    """Fits null only."""


def _meant(facts: Facts, name: str) -> Iterator[Any]:
    plain = regex.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+", "_", name).strip("_").lower()
    for meaning, names in MEANINGS[facts["kind"]].items():
        value = facts.get(meaning)
        if plain in names.split() and value is not None:
            yield value
            if isinstance(value, list) and value:  # `source` may be one
                yield value[0]


def _chosen(value: Any, choices: list[Any], path: str) -> Any:
    """The choice that a value is; yes and no are said in several ways."""
    said = {True: ("true", "yes"), False: ("false", "no")}[value] if isinstance(value, bool) else (str(value).casefold(),)
    for choice in choices:
        if choice is not None and (choice is value or (isinstance(choice, str) and choice.casefold() in said)):
            return choice
    if None in choices and value is _Nothing:
        return None
    raise _Unfillable(path)


def _target(root: Schema, reference: object) -> Any:
    """What a reference within the schema leads to. Raises `InputError`."""
    part: Any = root
    try:
        if not isinstance(reference, str) or not reference.startswith("#"):
            raise KeyError
        for step in reference[1:].strip("/").split("/") if reference != "#" else []:
            part = part[step.replace("~1", "/").replace("~0", "~")]
    except (KeyError, TypeError):
        raise InputError(f"response_format: the reference {reference!r} leads nowhere in the schema.", "Refer to its own $defs.") from None
    return part


def _size(schema: object, root: Schema, known: dict[int, int]) -> int:
    """How many parts a schema has, its references followed. Raises `InputError` for a keyword that is not taken."""
    if not isinstance(schema, Mapping) or id(schema) in known:
        return known.get(id(schema), 1)
    if unknown := sorted(schema.keys() - KEYWORDS):
        raise InputError(f"response_format: the keyword {unknown[0]!r} is not taken.", f"There are {', '.join(sorted(KEYWORDS))}.")
    known[id(schema)] = 1  # where it leads back to itself
    parts = [*schema.get("properties", {}).values(), *schema.get("anyOf", []), schema.get("items"), schema.get("additionalProperties")]
    parts += [_target(root, schema["$ref"])] if "$ref" in schema else []
    known[id(schema)] = 1 + sum(_size(part, root, known) for part in parts if isinstance(part, Mapping))
    return known[id(schema)]


def _is_null(schema: Schema) -> bool:
    return isinstance(schema, Mapping) and schema.get("type") == "null"


def _without_null(schema: Any) -> Any:
    """The schema with null not allowed, so that the next meaning is tried before it."""
    if isinstance(schema, Mapping) and "anyOf" in schema:
        return {**schema, "anyOf": [part for part in schema["anyOf"] if not _is_null(part)] or schema["anyOf"]}
    if isinstance(schema, Mapping) and isinstance(schema.get("type"), list):
        return {**schema, "type": [kind for kind in schema["type"] if kind != "null"] or schema["type"]}
    return schema


def _holds_object(root: Schema, schema: Any) -> bool:
    if isinstance(schema, Mapping) and "$ref" in schema:
        schema = _target(root, schema["$ref"])
    return isinstance(schema, Mapping) and schema.get("type") == "object" and "properties" in schema
