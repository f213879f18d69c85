"""Answers in clients' schemas: what a name and a type mean, what is never made up, and what no schema can do to the server."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oscine.api import filling
from oscine.errors import InputError

SOURCE = {
    "kind": "source", "as_text": "https://n/1", "id": "1", "network": "n", "author": "ann", "author_name": "Ann", "time": "2024-05-01T12:00:00Z",
    "url": "https://n/1", "text": "It is open.",
}  # fmt: skip
FACTS = {
    "kind": "answer", "as_text": "Ann: “It is open.”", "answer": "Ann: “It is open.”", "short": "yes", "verdict": True, "refused": False, "answered": True,
    "status": "answered", "question": "Is it open?", "search": "open", "model": "extractive", "count": 1, "sources": [SOURCE],
    "sentences": [{"kind": "sentence", "as_text": "Ann: “It is open.”", "text": "Ann: “It is open.”", "stage": "quoted", "posts": ["1"], "sources": [SOURCE]}],
    "posts": [{**SOURCE, "as_text": "1"}], "quotes": [{**SOURCE, "as_text": "It is open."}], "authors": [{**SOURCE, "as_text": "ann"}], "confidence": None,
}  # fmt: skip
STRING, STRINGS, BOOLEAN = {"type": "string"}, {"type": "array", "items": {"type": "string"}}, {"type": "boolean"}


def shape(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def filled(schema: dict[str, Any]) -> Any:
    return filling.fill(filling.check(schema), FACTS)


@pytest.mark.parametrize(("name", "part", "value"), [
    ("answer", STRING, FACTS["answer"]), ("finalAnswer", STRING, FACTS["answer"]), ("Final Answer", STRING, FACTS["answer"]),
    ("answer", BOOLEAN, True), ("answer", {"enum": ["yes", "no"]}, "yes"), ("verdict", {"enum": ["No", "Yes"]}, "Yes"),
    ("answer", {"type": "string", "maxLength": 5}, "yes"), ("short_answer", STRING, "yes"), ("refused", BOOLEAN, False), ("answered", BOOLEAN, True),
    ("status", {"enum": ["answered", "refused"]}, "answered"), ("question", STRING, "Is it open?"), ("count", {"type": "integer"}, 1),
    ("sources", STRINGS, ["https://n/1"]), ("urls", STRINGS, ["https://n/1"]), ("post_ids", STRINGS, ["1"]), ("quotes", STRINGS, ["It is open."]),
    ("authors", STRINGS, ["ann"]), ("source", STRING, "https://n/1"), ("sentences", STRINGS, [FACTS["answer"]]),
    ("sources", {"type": "array", "items": shape(date={"type": "string", "format": "date"}, handle=STRING)}, [{"date": "2024-05-01", "handle": "ann"}]),
    ("claims", {"type": "array", "items": shape(claim=STRING, citations=STRINGS)}, [{"claim": FACTS["answer"], "citations": ["https://n/1"]}]),
    ("result", shape(answer=STRING), {"answer": FACTS["answer"]}), ("confidence", {"type": ["number", "null"]}, None),
    ("mood", {"anyOf": [STRING, {"type": "null"}]}, None), ("sources", {**STRINGS, "maxItems": 0}, []),
])  # fmt: skip
def test_what_a_field_means(name: str, part: dict[str, Any], value: Any) -> None:
    assert filled(shape(**{name: part})) == {name: value}


@pytest.mark.parametrize(("part", "where"), [
    (shape(mood=STRING), r"\$\.mood"), (shape(confidence={"type": "number"}), r"\$\.confidence"), (shape(answer={"type": "integer"}), r"\$\.answer"),
    (shape(sources={**STRINGS, "minItems": 2}), r"\$\.sources"), (shape(answer={"enum": ["red", "green"]}), r"\$\.answer"),
    (shape(sources={"type": "array", "items": shape(rating=STRING)}), r"\$\.sources\[0\]\.rating"), (shape(result={"type": "object"}), r"\$\.result"),
    (shape(answer={"type": "string", "minLength": 1_000}), r"\$\.answer"),
])  # fmt: skip
def test_what_cannot_be_filled_is_named(part: dict[str, Any], where: str) -> None:
    with pytest.raises(InputError, match=where):
        filled(part)


def test_what_is_not_required_is_left_out() -> None:
    assert filled({"type": "object", "properties": {"answer": STRING, "mood": STRING}, "required": ["answer"]}) == {
        "answer": FACTS["answer"]
    }


def test_no_schema_is_our_own() -> None:
    assert filled({"type": "object"}).keys() == {"answer", "short", "refused", "sentences", "sources"}


BIG = {f"d{n}": {"anyOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(40)} | {"d40": {"type": "integer"}}


@pytest.mark.parametrize("schema", [
    None, [], {"type": "nonsense"}, {"type": "object", "properties": 3}, shape(answer={"type": "string", "pattern": "(a+)+$"}),
    shape(answer={"$ref": "https://elsewhere.example/schema.json"}), shape(answer={"$ref": "file:///etc/passwd"}), shape(answer={"$ref": "#/nowhere"}),
    {"$ref": "#"}, {"$defs": BIG, **shape(answer={"$ref": "#/$defs/d0"})}, {"allOf": [shape(answer=STRING)]}, {"anyOf": [{"$ref": "#"}, {"$ref": "#"}]},
    shape(**{f"answer{n}": {"anyOf": [STRING] * 50} for n in range(50)}),
])  # fmt: skip
def test_a_schema_that_is_not_taken(schema: Any) -> None:
    with pytest.raises(InputError):
        filled(schema)


def test_a_schema_that_holds_itself() -> None:
    node = {**shape(text=STRING, children={"type": "array", "items": {"$ref": "#/$defs/node"}}), "required": ["text"]}
    assert filled({"$defs": {"node": node}, "$ref": "#/$defs/node"}) == {"text": FACTS["answer"]}
    both = {
        "type": "object",
        "properties": {"result": {"$ref": "#/$defs/n"}, "data": {"$ref": "#/$defs/n"}, "answer": STRING},
        "required": ["result", "data"],
    }
    with pytest.raises(InputError):
        filled({"$defs": {"n": both}, "$ref": "#/$defs/n"})


LEAVES = st.sampled_from(
    [STRING, BOOLEAN, {"type": "integer"}, {"type": ["string", "null"]}, STRINGS, {"enum": ["yes", "no", None]}, {"type": "null"}]
)
NAMES = st.sampled_from(
    sorted({name for meanings in filling.MEANINGS.values() for names in meanings.values() for name in names.split()} | {"mood", "x"})
)
SCHEMAS = st.recursive(LEAVES, lambda part: st.one_of(
    st.builds(lambda properties: {"type": "object", "properties": properties}, st.dictionaries(NAMES, part, max_size=4)),
    st.builds(lambda items: {"type": "array", "items": items}, part), st.builds(lambda choices: {"anyOf": choices}, st.lists(part, min_size=1, max_size=3)),
), max_leaves=12)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(NAMES, SCHEMAS, min_size=1, max_size=5))
def test_what_is_filled_fits_and_is_never_made_up(properties: dict[str, Any]) -> None:
    schema = {"type": "object", "properties": properties}
    made = filled(schema)
    jsonschema.validate(made, schema)
    assert set(leaves(made)) <= set(leaves(FACTS)) | {"yes", "no"}, "yes and no are how an enum says true and false"


def leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for part in value.values() for leaf in leaves(part)]
    return [leaf for part in value for leaf in leaves(part)] if isinstance(value, list) else [value]
