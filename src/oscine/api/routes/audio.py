"""OpenAI's API for voice, `POST /v1/audio/transcriptions` and `/speech`, by the models of this computer. The name of a model is taken and left alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

import pycountry
from fastapi import APIRouter, File, Form, Request, Response, UploadFile
from pydantic import BaseModel, Field

from oscine.api.guard import Chatter, app_of
from oscine.engines import hearing, sound, speaking
from oscine.engines.hearing import Heard, Segment

router = APIRouter(prefix="/v1/audio", tags=["OpenAI-compatible"])
ANY_VOICE = "alloy"  # what clients of OpenAI's send who do not mind


class SpeechRequest(BaseModel):
    """OpenAI's speech request."""

    model: str = ""
    input: str = Field(min_length=1, max_length=speaking.LONGEST)
    voice: str = Field(ANY_VOICE, max_length=100)
    response_format: Literal["mp3", "opus", "aac", "flac", "wav", "pcm"] = "mp3"
    speed: float = Field(1.0, ge=0.5, le=2.0)


@router.post("/transcriptions", summary="Write down speech", response_model=None)
def transcribe(
    request: Request,
    key: Chatter,
    file: Annotated[UploadFile, File(description="wav, mp3, flac, ogg, webm, mp4 or m4a, up to ten minutes.")],
    model: Annotated[str, Form(description="Any.")] = "",
    language: Annotated[str, Form(max_length=20, description="ISO 639-1, where it is known.")] = "",
    prompt: Annotated[str, Form(max_length=4_000, description="Words that may come.")] = "",
    response_format: Annotated[Literal["json", "text", "srt", "verbose_json", "vtt"], Form()] = "json",
) -> dict[str, Any] | Response:
    """What is said in a sound file."""
    engine = app_of(request).hearing
    heard = engine.transcribe(sound.decode(file.file.read(), hearing.RATE), language, prompt)
    if response_format == "json":
        return {"text": heard.text}
    if response_format == "verbose_json":
        return _verbose(heard)
    texts = {"text": heard.text + "\n", "srt": _srt(heard.segments), "vtt": _vtt(heard.segments)}
    return Response(texts[response_format], media_type="text/plain; charset=utf-8")


@router.post("/speech", summary="Read aloud", response_class=Response)
def speak(request: Request, body: SpeechRequest, key: Chatter) -> Response:
    """Words as a sound file."""
    voice = "" if body.voice == ANY_VOICE else body.voice
    said = app_of(request).speaking.speak(body.input, voice, body.speed)
    return Response(sound.encode(said.samples, said.rate, body.response_format), media_type=sound.FORMS[body.response_format][2])


def _verbose(heard: Heard) -> dict[str, Any]:
    named = pycountry.languages.get(alpha_2=heard.language) if heard.language else None
    segments = [{"id": number, **segment._asdict()} for number, segment in enumerate(heard.segments)]
    return {
        "task": "transcribe", "language": named.name.lower() if named else heard.language, "duration": heard.seconds, "text": heard.text,
        "segments": segments,
    }  # fmt: skip


def _srt(segments: Iterable[Segment]) -> str:
    """SubRip."""
    lines = (f"{n}\n{_clock(s.start, ',')} --> {_clock(s.end, ',')}\n{s.text}\n\n" for n, s in enumerate(segments, 1))
    return "".join(lines)


def _vtt(segments: Iterable[Segment]) -> str:
    """WebVTT, whose text is escaped: what was said is never markup."""
    lines = (f"{_clock(s.start, '.')} --> {_clock(s.end, '.')}\n{_escaped(s.text)}\n\n" for s in segments)
    return "WEBVTT\n\n" + "".join(lines)


def _escaped(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _clock(seconds: float, point: str) -> str:
    milliseconds = round(1000 * seconds)
    return f"{milliseconds // 3_600_000:02}:{milliseconds // 60_000 % 60:02}:{milliseconds // 1000 % 60:02}{point}{milliseconds % 1000:03}"
