"""Sound files ↔ samples, by FFmpeg (PyAV, which comes with the extra `voice`): of a few formats only, and never more than a length.

A file is opened as what its first bytes say, so that nothing in it can make FFmpeg open another. It knows neither speech nor models.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from oscine.errors import InputError, TooLarge

Samples = NDArray[np.float32]  # one channel, from -1 to 1
LONGEST = 600.0  # seconds
FORMS = {  # what one may ask for: FFmpeg's container and codec, and the media type; `pcm` is the bare samples
    "mp3": ("mp3", "libmp3lame", "audio/mpeg"), "opus": ("ogg", "libopus", "audio/ogg"), "aac": ("adts", "aac", "audio/aac"),
    "flac": ("flac", "flac", "audio/flac"), "wav": ("wav", "pcm_s16le", "audio/wav"), "pcm": ("", "", "audio/pcm"),
}  # fmt: skip


def decode(data: bytes, rate: int, longest: float = LONGEST) -> Samples:
    """The sound of a file at `rate` samples a second. Raises `InputError` for what is none of the formats, `TooLarge` beyond `longest` seconds."""
    import av

    form = _form(data)
    if not form:
        raise InputError("This is no sound file that can be read.", "Send wav, mp3, flac, ogg, webm, mp4 or m4a.")
    pieces: list[Samples] = []
    room = int(rate * longest)
    try:
        with av.open(io.BytesIO(data), format=form) as file:
            for frame in _resampled(file, av.AudioResampler(format="flt", layout="mono", rate=rate)):
                pieces.append(frame.to_ndarray().reshape(-1))
                room -= len(pieces[-1])
                if room < 0:
                    raise TooLarge(f"The sound is longer than {longest / 60:.0f} minutes.", "Send it in parts.")
    except InputError:
        raise
    except (av.FFmpegError, ValueError, IndexError):
        raise InputError("The sound file cannot be read.", "Check that it is whole.") from None
    return np.concatenate(pieces) if pieces else np.zeros(0, np.float32)


def _resampled(file: Any, resampler: Any) -> Iterator[Any]:
    for frame in file.decode(audio=0):
        frame.pts = None
        yield from resampler.resample(frame)
    yield from resampler.resample(None)


def _form(data: bytes) -> str:
    """FFmpeg's name for the format that a file begins as; empty for none of ours."""
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return "wav"
    if data[4:8] == b"ftyp":
        return "mp4"
    begins = {b"fLaC": "flac", b"OggS": "ogg", b"\x1aE\xdf\xa3": "matroska", b"ID3": "mp3"}
    named = next((form for magic, form in begins.items() if data.startswith(magic)), "")
    return named or ("mp3" if data[:1] == b"\xff" and len(data) > 1 and data[1] & 0xE6 == 0xE2 else "")


def encode(samples: Samples, rate: int, form: str) -> bytes:
    """A file of one of `FORMS`."""
    import av

    integers = (np.clip(samples, -1, 1) * 32_767).astype("<i2")
    container, codec, _ = FORMS[form]
    if not container:
        return integers.tobytes()
    made = io.BytesIO()
    with av.open(made, "w", format=container) as file:
        stream: Any = file.add_stream(codec, rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray(integers.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = rate
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            file.mux(packet)
    return made.getvalue()
