"""OpenAI's own client against a real server: what it asks for is understood, what it is given it can read."""

from __future__ import annotations

import base64
import json
import math
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

import httpx
import jsonschema
import openai
import pytest
from pydantic import BaseModel, ConfigDict, Field

from api.conftest import client_of
from oscine.api import filling
from oscine.app import App

PLAIN = "oa-lighthouse"
HOSTILE = "https://oa.example/@bo/1?x=<b>&y=2"
LIGHTHOUSE = "The Vantorrel lighthouse was painted green by the harbour guild in spring."
MUSEUM = "The Kleptonium museum of spoons opens its doors every Tuesday at nine."
BAKERS = (
    "The Ombrielle bakery sells its plum cake on Thursdays.",
    "On Thursdays the queue is long: it is the day on which the Ombrielle bakery sells plum cake, and nothing else.",
)
POSTS = [
    *({"id": f"oa-baker-{n}", "author": f"oa-baker-{n}", "text": words} for n, words in enumerate(BAKERS)),
    {"id": PLAIN, "author": "oa-ann", "author_name": "Ann Okoro", "text": LIGHTHOUSE},
    {"id": HOSTILE, "author": "oa-bo", "author_name": "Bo Lind", "text": MUSEUM},
]
ABOUT_LIGHTHOUSE = "Who painted the Vantorrel lighthouse green in spring?"
ABOUT_MUSEUM = "When does the Kleptonium museum of spoons open its doors?"
ABSENT = "What is the boiling point of liquid hydrogen in kelvin?"
REFUSAL = "The posts here do not say."


@pytest.fixture(scope="module")
def url(server: Any) -> str:
    """A server whose posts have their vectors."""
    server.write([{"created_at": "2024-05-01T12:00:00Z", "lang": "en", **post} for post in POSTS])
    server.embedded()
    return str(server.url)


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[openai.OpenAI]:
    """OpenAI's client; it insists on a key, which a loopback server does not need."""
    with openai.OpenAI(base_url=url + "/v1", api_key="none", max_retries=0) as made:
        yield made


def ask(client: openai.OpenAI, *questions: str) -> Any:
    return client.chat.completions.create(model="oscine", messages=[{"role": "user", "content": q} for q in questions])


def extra(part: Any) -> dict[str, Any]:
    """Our own field of a reply or a chunk."""
    found = part.model_extra.get("oscine", {})
    assert isinstance(found, dict)
    return found


def test_models(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["oscine"]


@pytest.mark.parametrize(("question", "post", "words"), [(ABOUT_LIGHTHOUSE, PLAIN, LIGHTHOUSE), (ABOUT_MUSEUM, HOSTILE, MUSEUM)])
def test_an_answer_is_cited(client: openai.OpenAI, url: str, question: str, post: str, words: str) -> None:
    reply = ask(client, question)
    message, own = reply.choices[0].message, extra(reply)
    first = own["sentences"][0]
    assert reply.choices[0].finish_reason == "stop"
    assert words in message.content
    assert (own["refused"], own["answer"]) == (False, message.content)
    assert first["posts"] == [post]
    assert post in [seen["id"] for seen in own["posts"]]
    note = message.annotations[0].url_citation
    assert message.content[note.start_index : note.end_index] == first["text"]
    cited = next(seen for seen in own["posts"] if seen["id"] == post)
    assert note.url == url + cited["page"]
    assert parse_qs(urlsplit(note.url).query) == {"id": [post], "network": ["local"]}
    assert httpx.get(note.url).headers["content-type"].startswith("text/html")


def test_every_sentence_has_its_own_stretch(client: openai.OpenAI) -> None:
    reply = ask(client, "On which day does the Ombrielle bakery sell plum cake?")
    content, sentences = reply.choices[0].message.content, extra(reply)["sentences"]
    notes = [note.url_citation for note in reply.choices[0].message.annotations]
    assert len(sentences) > 1, "the question was made for two posts"
    assert [content[n.start_index : n.end_index] for n in notes] == [s["text"] for s in sentences for _ in s["posts"]]
    assert content == "\n\n".join(s["text"] for s in sentences)


def test_a_citation_leads_to_the_right_network(meaning: App, write: Callable[..., Any]) -> None:
    """A post's id is its network's: two networks may have the same."""
    write(
        {"id": "same", "network": "sea", "text": LIGHTHOUSE, "author": "ann"},
        *({"id": "same", "network": f"land{n}", "text": text, "author": "bo"} for n, text in enumerate([MUSEUM, *BAKERS])),
    )
    meaning.embed_all()
    body = {"messages": [{"role": "user", "content": "Was the Vantorrel lighthouse painted green by the harbour guild in spring?"}]}
    [note] = client_of(meaning).post("/v1/chat/completions", json=body).json()["choices"][0]["message"]["annotations"]
    assert note["url_citation"]["url"].endswith("/post?id=same&network=sea")


def test_usage_is_counted(client: openai.OpenAI) -> None:
    usage = ask(client, ABOUT_LIGHTHOUSE).usage
    assert usage.prompt_tokens == len(ABOUT_LIGHTHOUSE.split())
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens > usage.prompt_tokens


@pytest.mark.parametrize("question", [ABOUT_LIGHTHOUSE, ABSENT])
def test_a_stream_says_what_the_whole_says(client: openai.OpenAI, question: str) -> None:
    whole = ask(client, question)
    chunks = list(
        client.chat.completions.create(
            model="oscine", messages=[{"role": "user", "content": question}], stream=True, stream_options={"include_usage": True}
        )
    )
    *told, last = chunks
    content = "".join(chunk.choices[0].delta.content or "" for chunk in told)
    notes = [note for chunk in told for note in (chunk.choices[0].delta.model_extra or {}).get("annotations", [])]
    assert content == whole.choices[0].message.content
    assert [note["url_citation"] for note in notes] == [n.url_citation.model_dump() for n in whole.choices[0].message.annotations]
    assert [chunk.choices[0].finish_reason for chunk in told if chunk.choices[0].finish_reason] == ["stop"]
    assert (last.choices, last.usage) == ([], whole.usage)
    assert {chunk.id for chunk in chunks} == {chunks[0].id}
    assert extra(told[-1]) == extra(whole)
    assert extra(told[1])["posts"], "the posts found come before the first sentence"


def test_a_stream_counts_nothing_unasked(client: openai.OpenAI) -> None:
    chunks = client.chat.completions.create(model="oscine", messages=[{"role": "user", "content": ABOUT_MUSEUM}], stream=True)
    assert all(chunk.choices and chunk.usage is None for chunk in chunks)


def test_a_stream_ends_as_openais_does(url: str) -> None:
    body = {"messages": [{"role": "user", "content": ABOUT_MUSEUM}], "stream": True}
    reply = httpx.post(url + "/v1/chat/completions", json=body, timeout=60)
    events = reply.text.removesuffix("\n\n").split("\n\n")
    assert reply.headers["content-type"].startswith("text/event-stream")
    assert events[-1] == "data: [DONE]"
    assert all(json.loads(event.removeprefix("data: "))["object"] == "chat.completion.chunk" for event in events[:-1])


def test_what_the_posts_do_not_say(client: openai.OpenAI) -> None:
    reply = ask(client, ABSENT)
    own = extra(reply)
    assert reply.choices[0].message.content == own["answer"] == REFUSAL
    assert (own["refused"], own["sentences"], reply.choices[0].message.annotations) == (True, [], [])
    assert own["posts"], "the nearest posts are shown"


def test_a_follow_up_question_leans_on_the_one_before(client: openai.OpenAI) -> None:
    assert extra(ask(client, "And when was it painted?"))["search"] == "And when was it painted?"
    followed = extra(ask(client, ABOUT_LIGHTHOUSE, "And who painted it?"))
    assert {"vantorrel", "lighthouse"} <= set(followed["search"].lower().split())
    assert followed["sentences"][0]["posts"] == [PLAIN]


def test_a_question_in_parts(client: openai.OpenAI) -> None:
    parts: Any = [{"type": "text", "text": ABOUT_LIGHTHOUSE}, {"type": "image_url", "image_url": {"url": "data:,x"}}]
    reply = client.chat.completions.create(model="oscine", messages=[{"role": "user", "content": parts}])
    assert extra(reply)["sentences"][0]["posts"] == [PLAIN]


def test_what_we_have_no_use_for_is_left_alone(client: openai.OpenAI) -> None:
    reply = client.chat.completions.create(
        model="oscine", temperature=0.3, max_tokens=5, n=1, user="u", tools=[],
        messages=[{"role": "system", "content": "Answer in verse."}, {"role": "user", "content": ABOUT_LIGHTHOUSE}],
    )  # fmt: skip
    assert LIGHTHOUSE in (reply.choices[0].message.content or "")


def test_an_unknown_model(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match=r"There is no model 'gpt-9' here") as caught:
        client.chat.completions.create(model="gpt-9", messages=[{"role": "user", "content": "x"}])
    assert caught.value.code == "not_found"


@pytest.mark.parametrize("question", ["", "  \n", [], [{"type": "image_url"}], None])
@pytest.mark.parametrize("stream", [False, True])
def test_an_empty_question(client: openai.OpenAI, question: Any, stream: bool) -> None:
    with pytest.raises(openai.BadRequestError, match="Nothing was asked"):
        client.chat.completions.create(model="oscine", messages=[{"role": "user", "content": question}], stream=stream)


@pytest.mark.parametrize("messages", [[], [{"role": "pope", "content": "x"}], [{"role": "user", "content": 7}], "x"])
def test_a_malformed_conversation(client: openai.OpenAI, messages: Any) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model="oscine", messages=messages)
    assert caught.value.code == "bad_input"


@pytest.mark.parametrize(
    "question", ["\ud800 lone", "nul \x00 byte", "x" * 20_000, "<|im_start|>system", "'; DROP TABLE posts; --", "🦉" * 50, "((((((", '"']
)
@pytest.mark.parametrize("stream", [False, True])
def test_any_text_is_a_question(url: str, question: str, stream: bool) -> None:
    body = json.dumps({"messages": [{"role": "user", "content": question}], "stream": stream})
    reply = httpx.post(url + "/v1/chat/completions", content=body, headers={"Content-Type": "application/json"}, timeout=60)
    assert reply.status_code == 200, reply.text
    assert "internal_error" not in reply.text
    assert not stream or reply.text.endswith("data: [DONE]\n\n")


@pytest.mark.parametrize("encoding", ["float", "base64"])
def test_embeddings_are_of_unit_length(client: openai.OpenAI, encoding: Any) -> None:
    made = client.embeddings.create(model="any", input=["a lighthouse", "ein Leuchtturm"], encoding_format=encoding)
    vectors = [decoded(item.embedding) for item in made.data]
    assert [item.index for item in made.data] == [0, 1]
    assert [len(vector) for vector in vectors] == [384, 384]
    assert [math.hypot(*vector) for vector in vectors] == pytest.approx([1, 1], abs=1e-3)
    assert made.usage.total_tokens > 0


def decoded(vector: Any) -> list[float]:
    """A vector as numbers; base64 is 32-bit floats, little end first."""
    return vector if isinstance(vector, list) else [x for (x,) in struct.iter_unpack("<f", base64.b64decode(vector))]


def test_both_encodings_are_one_vector(client: openai.OpenAI) -> None:
    plain, packed = (
        client.embeddings.create(model="any", input="a lighthouse", encoding_format=encoding).data[0].embedding
        for encoding in ("float", "base64")
    )  # fmt: skip
    assert decoded(packed) == pytest.approx(plain, abs=1e-6)


def test_the_clients_own_default_gives_numbers(client: openai.OpenAI) -> None:
    vector = client.embeddings.create(model="any", input="a lighthouse").data[0].embedding
    assert len(vector) == 384


def test_a_query_and_a_passage_are_not_the_same(client: openai.OpenAI) -> None:
    query, passage = (
        client.embeddings.create(model="any", input="a lighthouse", encoding_format="float", extra_body={"input_type": kind})
        .data[0]
        .embedding
        for kind in ("query", "passage")
    )
    assert query != passage


@pytest.mark.parametrize(
    ("texts", "status"), [("", 200), ([], 200), (["x"] * 1_001, 400), ([[1, 2]], 400), (7, 400), (["\x00", "\ud800"], 200)]
)
def test_odd_inputs_of_embeddings(url: str, texts: Any, status: int) -> None:
    reply = httpx.post(
        url + "/v1/embeddings", content=json.dumps({"input": texts}), headers={"Content-Type": "application/json"}, timeout=60
    )
    assert reply.status_code == status, reply.text
    assert status == 200 or reply.json()["error"]["code"] == "bad_input"


class Source(BaseModel):
    url: str
    author: str
    time: datetime
    quote: str


class Claim(BaseModel):
    text: str
    sources: list[str]


class Researched(BaseModel):
    model_config = ConfigDict(extra="forbid")
    answer: str
    refused: bool
    claims: list[Claim]
    sources: list[Source]
    post_ids: list[str]
    count: int
    status: Literal["answered", "refused"]
    first: Source | None = Field(alias="citation")
    confidence: float | None
    mood: str | None


def parse(client: openai.OpenAI, shape: type[BaseModel], question: str = ABOUT_LIGHTHOUSE) -> Any:
    """What OpenAI's client makes of the reply, in a shape of the client's own."""
    return client.beta.chat.completions.parse(model="oscine", messages=[{"role": "user", "content": question}], response_format=shape)


def test_an_answer_in_a_shape_of_the_clients(client: openai.OpenAI, url: str) -> None:
    reply = parse(client, Researched)
    made, own = reply.choices[0].message.parsed, extra(reply)
    assert (made.answer, made.refused, made.status) == (own["answer"], False, "answered")
    assert [claim.text for claim in made.claims] == [sentence["text"] for sentence in own["sentences"]]
    cited = next(post for post in own["posts"] if post["id"] == PLAIN)
    assert made.claims[0].sources == [url + cited["page"]]
    source = made.sources[0]
    assert (source.url, source.author, source.quote) == (url + cited["page"], "oa-ann", LIGHTHOUSE)
    assert source.time == datetime(2024, 5, 1, 12, tzinfo=UTC)
    assert made.post_ids[0] == PLAIN and made.count == len(made.sources) and made.first == source
    assert (made.confidence, made.mood) == (None, None), "what nobody knows is null"


def test_a_refusal_in_a_shape_of_the_clients(client: openai.OpenAI) -> None:
    made = parse(client, Researched, ABSENT).choices[0].message.parsed
    assert (made.answer, made.refused, made.status, made.sources, made.first) == (REFUSAL, True, "refused", [], None)


class Cited(BaseModel):
    answer: str
    source: str


def test_where_a_shape_has_no_place_for_a_refusal_the_message_has(client: openai.OpenAI, url: str) -> None:
    made = parse(client, Cited).choices[0].message.parsed
    assert made.source.startswith(url + "/post?")
    message = parse(client, Cited, ABSENT).choices[0].message
    assert (message.parsed, message.content, message.refusal) == (None, None, REFUSAL)


class Moody(BaseModel):
    answer: str
    mood: str


def test_what_cannot_be_filled_is_named(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match=r"cannot fill \$\.mood"):
        parse(client, Moody)


def test_json_without_a_schema(client: openai.OpenAI) -> None:
    asked: Any = {
        "model": "oscine",
        "messages": [{"role": "user", "content": ABOUT_LIGHTHOUSE}],
        "response_format": {"type": "json_object"},
    }
    reply = client.chat.completions.create(**asked)
    made = json.loads(reply.choices[0].message.content or "")
    assert made.keys() == {"answer", "short", "refused", "sentences", "sources"}
    assert made["sentences"][0] == {"text": extra(reply)["sentences"][0]["text"], "posts": [PLAIN]}
    assert made["sources"][0].keys() == {"id", "network", "author", "author_name", "time", "url", "text"}
    *told, _last = client.chat.completions.create(**asked, stream=True)
    streamed = json.loads("".join(chunk.choices[0].delta.content or "" for chunk in told))
    assert streamed == made


def test_a_stream_in_a_shape_of_the_clients(client: openai.OpenAI) -> None:
    with client.beta.chat.completions.stream(
        model="oscine", messages=[{"role": "user", "content": ABOUT_LIGHTHOUSE}], response_format=Cited
    ) as stream:
        made = stream.get_final_completion().choices[0].message.parsed
    assert made == parse(client, Cited).choices[0].message.parsed


OURS = {"type": "function", "function": {"name": "search_posts", "parameters": {"type": "object", "properties": {}}}}
THEIRS = {
    "type": "function",
    "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}


@pytest.mark.parametrize(("tools", "choice"), [
    ([THEIRS], "auto"), ([THEIRS], "none"), ([THEIRS, OURS], "required"), ([OURS], {"type": "function", "function": {"name": "search_posts"}}),
    ([{"type": "web_search"}], "auto"), ([], "none"),
])  # fmt: skip
def test_tools_that_are_offered_do_not_stop_an_answer(client: openai.OpenAI, tools: Any, choice: Any) -> None:
    reply = client.chat.completions.create(
        model="oscine", messages=[{"role": "user", "content": ABOUT_LIGHTHOUSE}], tools=tools, tool_choice=choice
    )
    assert LIGHTHOUSE in (reply.choices[0].message.content or "")
    assert (reply.choices[0].finish_reason, reply.choices[0].message.tool_calls) == ("stop", None)


@pytest.mark.parametrize(("tools", "choice", "sentence"), [
    ([THEIRS], "required", "demands a call of get_weather"),
    ([THEIRS, OURS], {"type": "function", "function": {"name": "get_weather"}}, "demands a call of get_weather"),
    ([OURS], {"type": "function", "function": {"name": "absent"}}, "'absent', which is not among the tools"),
    ([], "required", "demands a call of a tool"), ([OURS], "sometimes", "tool_choice"),
])  # fmt: skip
def test_a_call_that_is_demanded_and_not_made(client: openai.OpenAI, tools: Any, choice: Any, sentence: str) -> None:
    with pytest.raises(openai.BadRequestError, match=sentence):
        client.chat.completions.create(model="oscine", messages=[{"role": "user", "content": "x"}], tools=tools, tool_choice=choice)


def test_the_tools_are_there_for_any_model(client: openai.OpenAI, url: str) -> None:
    """As a program does that gives them to another model: list, pass on, run what that model calls."""
    listed = httpx.get(url + "/v1/tools").json()["data"]
    names = [tool["function"]["name"] for tool in listed]
    assert {"search_posts", "get_thread", "ask_posts"} <= set(names)
    for tool in listed:
        jsonschema.Draft202012Validator.check_schema(tool["function"]["parameters"])
    client.chat.completions.create(model="oscine", messages=[{"role": "user", "content": ABOUT_LIGHTHOUSE}], tools=listed)
    found = httpx.post(url + "/v1/tools/search_posts", json={"query": "Vantorrel lighthouse", "limit": 1}).json()
    assert found["result"]["posts"][0]["id"] == PLAIN and LIGHTHOUSE in found["text"] and "never instructions" in found["text"]
    asked = httpx.post(url + "/v1/tools/ask_posts", json={"question": ABOUT_LIGHTHOUSE}).json()
    assert asked["result"]["posts"][0]["id"] == PLAIN
    assert httpx.post(url + "/v1/tools/get_thread", json={"post": PLAIN}).json()["result"]["posts"][0]["id"] == PLAIN


@pytest.mark.parametrize(("name", "body", "status"), [
    ("fly", {}, 404), ("search_posts", {}, 400), ("search_posts", [], 400), ("search_posts", {"query": "x", "colour": 1}, 400),
    ("get_thread", {"post": "no"}, 404),
])  # fmt: skip
def test_a_tool_that_cannot_run(url: str, name: str, body: Any, status: int) -> None:
    reply = httpx.post(f"{url}/v1/tools/{name}", json=body)
    assert reply.status_code == status and reply.json()["error"]["message"]


def test_a_tool_needs_its_right(app: App, key: Any) -> None:
    outside = client_of(app, address="10.0.0.9")
    assert outside.get("/v1/tools").status_code == 401
    reading = [tool["function"]["name"] for tool in outside.get("/v1/tools", headers=key("read")).json()["data"]]
    assert "search_posts" in reading and "ask_posts" not in reading
    assert outside.post("/v1/tools/ask_posts", json={"question": "x"}, headers=key("read")).status_code == 403
    assert outside.post("/v1/tools/search_posts", json={"query": "x"}, headers=key("chat")).status_code == 403


GUIDE = Path(__file__).parents[2] / "docs/guides/api.md"


@pytest.mark.parametrize("number", range(3))
def test_the_guides_programs_run(url: str, number: int, tmp_path: Path) -> None:
    """Word for word but for the address and what is asked."""
    programs = [part.split("```")[0] for part in GUIDE.read_text(encoding="utf8").split("```python\n")[1:]]
    assert len(programs) == 3
    script = tmp_path / "program.py"
    program = programs[number].replace("http://127.0.0.1:8420", url)
    for asked in ("What did Cory Booker say about Tim Kaine?", "Who is going to a galaxy far far away?", "galaxy far far away"):
        program = program.replace(asked, ABOUT_LIGHTHOUSE)
    script.write_text(program)
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert LIGHTHOUSE in done.stdout and url + "/post?" in done.stdout


def test_the_guide_tells_every_meaning() -> None:
    rows = [
        f"| {kind} | {meaning} | {', '.join(f'`{name}`' for name in names.split())} |"
        for kind, meanings in filling.MEANINGS.items()
        for meaning, names in meanings.items()
    ]
    assert GUIDE.read_text(encoding="utf8").split("<!-- meanings -->")[1].strip().splitlines()[2:] == rows
