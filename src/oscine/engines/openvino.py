"""A model prepared from a GGUF file and run by OpenVINO (`pip install 'oscine[fast]'`), whose kernels are chosen on the processor where it runs.

It reads prompts several times faster than llama.cpp's wheel, which is built for AVX2 (benchmarks/prompting.py). It answers messages only:
no continuations of posts, no watermark. Which engine runs a file is `local`'s to say.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import importlib.util
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from oscine.engines.language import Form, Message, require
from oscine.errors import EngineUnavailable

PACKAGES = ("openvino_genai", "gguf")
FILE = "openvino_model.xml"
_CONTROL = 3  # GGUF's number of a special token
_MADE_AS = "1"  # another number where files are prepared in another way

Adapters = Sequence[tuple[Path, float]]  # LoRA in GGUF, each with its scale
Pieces = SimpleQueue[str | Exception | None]


def installed() -> bool:
    """Whether the extra `fast` is here."""
    return all(importlib.util.find_spec(package) for package in PACKAGES)


def prepare(name: str, path: Path, adapters: Adapters, data: Path) -> Path:
    """The folder, under `data`, of a GGUF file as OpenVINO loads it quickest, made first where it is not there: as Q8_0, its adapters merged.

    A folder that is there is whole, and is called by the hash of what it was made from. Those made from other files under that name go.
    Raises `InputError`, `EngineUnavailable`, `OSError`.
    """
    kept = data / "openvino" / name
    folder = kept / _digest(path, adapters)
    if not (folder / FILE).is_file():
        print(f"Preparing {name} for this processor, once.", file=sys.stderr)
        kept.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept, prefix=".") as beside:
            _convert(name, path, adapters, Path(beside) / folder.name)
            with contextlib.suppress(OSError):  # another process may have finished first: its folder is as good
                (Path(beside) / folder.name).rename(folder)
        for other in set(kept.glob("[!.]*")) - {folder}:
            shutil.rmtree(other, ignore_errors=True)
    return folder


def _digest(path: Path, adapters: Adapters) -> str:
    whole = hashlib.sha256(_MADE_AS.encode())
    for file, scale in [(path, 1.0), *adapters]:
        with file.open("rb") as opened:
            whole.update(hashlib.file_digest(opened, "sha256").digest() + str(scale).encode())
    return whole.hexdigest()[:32]


def _convert(name: str, path: Path, adapters: Adapters, folder: Path) -> None:
    """Fill `folder` with OpenVINO's own files. Raises `EngineUnavailable` where it would not read the chat template's marks as its tokens."""
    from oscine.model import gguf_header, requantise

    folder.mkdir()
    middle = folder / "model.gguf"
    requantise.write(path, middle, adapters)
    tokenizer = _pipeline(name, middle, enable_save_ov_model=True).get_tokenizer()
    for mark, number in _marks(gguf_header.read(middle)).items():
        if tokenizer.encode(mark, add_special_tokens=False).input_ids.data.tolist() != [[number]]:
            raise EngineUnavailable(f"OpenVINO does not read {mark} of {name} as a token.", "Leave it to llama.cpp.")
    middle.unlink()


def _marks(told: dict[str, Any]) -> dict[str, int]:
    """The special tokens that stand in a model's chat template."""
    kinds = zip(told["tokenizer.ggml.tokens"], told["tokenizer.ggml.token_type"], strict=True)
    template = str(told.get("tokenizer.chat_template", ""))
    return {token: number for number, (token, kind) in enumerate(kinds) if kind == _CONTROL and token in template}


def _pipeline(name: str, path: Path, **options: Any) -> Any:
    try:
        return _library().LLMPipeline(str(path), "CPU", **options)
    except RuntimeError as error:
        raise EngineUnavailable(f"OpenVINO could not load {name} ({error}).", f"Check the file {path}.") from None


def _library() -> Any:
    """OpenVINO without its telemetry, which tells Google Analytics of every import, unasked; it has a stub for where that is missing."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    try:
        return importlib.import_module("openvino_genai")
    except ImportError:
        raise EngineUnavailable("OpenVINO is not installed.", "Run `pip install 'oscine[fast]'`.") from None


class OpenVinoLanguageModel:
    """The model in a prepared folder. It writes one text at a time, the likeliest: the same messages give the same answer."""

    def __init__(self, name: str, folder: Path, threads: int = 1, context: int = 4096, form: Form = "chat") -> None:
        self.name, self.form, self._context = name, form, context
        self._writing = threading.Lock()
        # The backend of plain attention loads in a quarter of the time of the paged one, and writes a little faster.
        options = {"INFERENCE_NUM_THREADS": threads, "ENABLE_CPU_PINNING": False, "ATTENTION_BACKEND": "SDPA"}
        self._pipeline: Any = _pipeline(name, folder, CACHE_DIR=str(folder / "compiled"), **options)
        for _ in self._written(self._tokens([{"role": "user", "content": "?"}]), 1):
            pass  # a processor that it cannot compute on shows with the first token

    def write(self, messages: Sequence[Message], max_tokens: int = 300) -> Iterator[str]:
        """The reply to messages, by the file's chat template. Whoever stops reading stops the writing."""
        require(self.form, self.name, "chat")
        tokens = self._tokens(messages)
        room = self._context - tokens.shape[1]
        if room < 1:
            raise EngineUnavailable(
                f"{self.name} looks back on {self._context} tokens, and was given more.", "Ask with fewer or shorter posts."
            )
        yield from self._written(tokens, min(max_tokens, room))

    def _tokens(self, messages: Sequence[Message]) -> Any:
        tokenizer = self._pipeline.get_tokenizer()
        prompt = tokenizer.apply_chat_template(list(messages), add_generation_prompt=True)
        return tokenizer.encode(prompt, add_special_tokens=False).input_ids

    def _written(self, tokens: Any, most: int) -> Iterator[str]:
        """Text as it is generated in a thread of its own. Raises `EngineUnavailable`."""
        pieces: Pieces = SimpleQueue()
        unread = threading.Event()
        thread = threading.Thread(target=self._generate, args=(self._pipeline, tokens, most, pieces, unread), daemon=True)
        thread.start()
        try:
            while (piece := pieces.get()) is not None:
                if isinstance(piece, Exception):
                    raise EngineUnavailable(f"{self.name} could not answer ({piece}).", "Ask again, or use another model.")
                yield piece
        finally:
            unread.set()
            thread.join()

    def _generate(self, pipeline: Any, tokens: Any, most: int, pieces: Pieces, unread: threading.Event) -> None:
        """Put each piece of the reply, then None."""
        status = _library().StreamingStatus

        def take(piece: str) -> Any:
            pieces.put(piece)
            return status.CANCEL if unread.is_set() else status.RUNNING

        try:
            with self._writing:
                if not unread.is_set():
                    pipeline.generate(tokens, streamer=take, max_new_tokens=most, do_sample=False)
        except RuntimeError as error:
            pieces.put(error)
        finally:
            pieces.put(None)

    def complete(self, prompt: Sequence[str], *, max_tokens: int = 120, temperature: float = 0.8, seed: int = 0) -> Iterator[str]:
        """Nothing: models that continue posts are llama.cpp's. Raises `EngineUnavailable`."""
        raise EngineUnavailable(
            f"{self.name} answers messages and does not continue posts.", "Choose another model with `oscine models use`."
        )

    def close(self) -> None:
        """Let go of the model; a text that is being written is written to its end."""
        self._pipeline = None
