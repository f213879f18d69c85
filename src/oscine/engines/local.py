"""Which engine runs a GGUF file on this machine: OpenVINO where that was measured to be faster and is installed, else llama.cpp.

It knows the processor's name for what it can by Linux's list alone; elsewhere it is llama.cpp.
"""

from __future__ import annotations

import sys
from pathlib import Path

from oscine.engines import openvino
from oscine.engines.language import Form, LanguageModel
from oscine.engines.llamacpp import LocalLanguageModel
from oscine.errors import OscineError

CAN = "avx512_bf16"  # all with AMX have it; held to less than that, OpenVINO's pipeline failed (docs/LOG.md)
PROCESSOR = Path("/proc/cpuinfo")
FAMILY = "llama"  # the one whose logits were compared
LARGEST = 512 << 20  # bytes; no larger file was measured, and one of four bits would be twice as large in eight


def gains(form: str) -> bool:
    """Whether a model that answers would read faster by OpenVINO on this processor."""
    try:
        return form in ("chat", "answers") and CAN in PROCESSOR.read_text().split()
    except OSError:
        return False


def load(
    name: str, path: Path, threads: int, context: int, form: Form, adapters: openvino.Adapters, prepared: Path | None = None
) -> LanguageModel:
    """The model in a verified file; `prepared` is where the file may be kept as another engine wants it. Raises `EngineUnavailable`."""
    if prepared and gains(form) and openvino.installed() and _fits(path):
        try:
            return openvino.OpenVinoLanguageModel(name, openvino.prepare(name, path, adapters, prepared), threads, context, form)
        except (OscineError, OSError) as error:
            print(f"{error} llama.cpp runs it.", file=sys.stderr)
    return LocalLanguageModel(name, path, threads, context, form, adapters)


def _fits(path: Path) -> bool:
    from oscine.model import gguf_header

    return path.stat().st_size <= LARGEST and gguf_header.read(path).get("general.architecture") == FAMILY
