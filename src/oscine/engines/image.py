"""Image models behind one small protocol: any OpenAI-compatible server by its URL, or a diffusion model run here by `diffusers`.

What a model draws comes back as a PNG and no more: whether it shows what was asked for, and whether it may be shown, is checked elsewhere.
"""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import httpx

from oscine.errors import EngineUnavailable

PNG = b"\x89PNG\r\n\x1a\n"
MOST_BYTES = 40_000_000  # of a server's reply
SECONDS = 180.0
STEP = 8  # diffusion models draw multiples of this many px
STEPS = 28  # of denoising


class ImageModel(Protocol):
    """Something that draws."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    def draw(self, prompt: str, width: int, height: int, seed: int) -> bytes:
        """A PNG of width x height px, as near as the model can. Raises `EngineUnavailable`."""
        ...


class HttpImageModel:
    """Any OpenAI-compatible server: `/images/generations` after `base_url`. Servers differ in the sizes they draw; what comes is cut to the size asked."""

    def __init__(self, base_url: str, model: str, key: str = "", timeout: float = SECONDS) -> None:
        self.name = model
        self._url = base_url.rstrip("/") + "/images/generations"
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = httpx.Client(headers=headers, timeout=httpx.Timeout(timeout, connect=5.0), follow_redirects=False)

    def draw(self, prompt: str, width: int, height: int, seed: int) -> bytes:
        """One picture. An address instead of the picture's bytes is not followed."""
        wanted = {"model": self.name, "prompt": prompt, "n": 1, "size": f"{width}x{height}", "seed": seed, "response_format": "b64_json"}
        try:
            data = self._asked(wanted)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise EngineUnavailable(f"The image server cannot be reached ({error}).", f"Check {self._url}.") from None
        return as_png(data, width, height)

    def _asked(self, wanted: dict[str, Any]) -> bytes:
        with self._client.stream("POST", self._url, json=wanted) as reply:
            body = b""
            for piece in reply.iter_bytes():
                body += piece
                if len(body) > MOST_BYTES:
                    raise EngineUnavailable("The image server sends more than a picture.", f"Check {self._url}.")
        if reply.status_code != 200:
            raise EngineUnavailable(f"The image server answered {reply.status_code}.", f"Check {self._url} and the model's name.")
        try:
            return base64.b64decode(httpx.Response(200, content=body).json()["data"][0]["b64_json"], validate=True)
        except (ValueError, KeyError, IndexError, TypeError, binascii.Error):
            raise EngineUnavailable("The image server's answer holds no picture.", "It must know response_format b64_json.") from None


class DiffusersImageModel:
    """A text-to-image model in a folder that `diffusers` reads, loaded on first use. One picture at a time; slow without a GPU."""

    def __init__(self, folder: Path, device: str = "cpu", log: Callable[[str], None] | None = None) -> None:
        self.name = folder.name
        self._folder = folder
        self._device = device
        self._log = log or (lambda _: None)
        self._loaded: Any = None

    def draw(self, prompt: str, width: int, height: int, seed: int) -> bytes:
        """One picture; the same for the same seed on the same machine."""
        pipeline = self._pipeline()
        import torch

        generator = torch.Generator(self._device).manual_seed(seed)
        size = {"width": -(-width // STEP) * STEP, "height": -(-height // STEP) * STEP}
        with torch.inference_mode():
            made = pipeline(prompt=prompt, generator=generator, num_inference_steps=STEPS, **size).images[0]
        out = io.BytesIO()
        made.save(out, "PNG")
        return as_png(out.getvalue(), width, height)

    def _pipeline(self) -> Any:
        if self._loaded is None:
            try:
                from diffusers import DiffusionPipeline
            except ImportError:
                raise EngineUnavailable("diffusers is not installed.", "Install it, or name an image server.") from None
            self._log(f"loading {self.name}")
            try:
                loaded = DiffusionPipeline.from_pretrained(self._folder, local_files_only=True, use_safetensors=True)
            except (OSError, ValueError) as error:
                raise EngineUnavailable(f"{self._folder} holds no image model that can be read ({error}).", "Check the folder.") from error
            self._loaded = loaded.to(self._device)
            self._loaded.set_progress_bar_config(disable=True)
        return self._loaded


def as_png(data: bytes, width: int, height: int) -> bytes:
    """What a model drew, as a PNG of the size asked: scaled to cover it, its middle kept. Raises `EngineUnavailable`."""
    from PIL import Image, ImageOps

    try:
        image = Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise EngineUnavailable("The image model's answer is not a picture.", "It must be PNG, JPEG or WebP.") from None
    if data.startswith(PNG) and image.size == (width, height):
        return data
    out = io.BytesIO()
    ImageOps.fit(image, (width, height), Image.Resampling.LANCZOS).save(out, "PNG")
    return out.getvalue()
