"""The language models that people made or brought, each in a folder of its own under the data directory, and which one is in use.

A folder is whole or not there: it is made beside and moved. It knows the registry's models by name, and nothing of what is written with any.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from oscine import names
from oscine.engines import local, registry
from oscine.engines.language import Form, LanguageModel
from oscine.errors import EngineUnavailable, InputError, NotFound

GGUF, ADAPTER, FOLDER, ENTRY = "model.gguf", "adapter.gguf", "folder", "entry.json"
TAKEN = ("none", "auto", "http", "in-use")  # words of the setting that names a model, and of this folder
_KEPT = ("*.json", "*.jinja", "*.safetensors")


class Entry(NamedTuple):
    """A model that is kept. `kind` is how its weights are stored, `context` in tokens, `files` the SHA-256 of each by its path in the folder."""

    name: str
    form: Form
    kind: str
    context: int
    source: str
    added_at: str
    measured: str
    files: dict[str, str]


class Fault(NamedTuple):
    """A file that is not as it was added."""

    name: str
    file: str
    what: str


class Library:
    """The models in `data/language-models`; runs are looked for in `data/runs`."""

    def __init__(self, data: Path) -> None:
        self._folder, self._runs, self._prepared = data / "language-models", data / "runs", data / "models"
        self._chosen = self._folder / "in-use"

    def entries(self) -> list[Entry]:
        """All that are kept, by name."""
        return [self.entry(file.parent.name) for file in sorted(self._folder.glob(f"[!.]*/{ENTRY}"))]

    def entry(self, name: str) -> Entry:
        """The one of that name. Raises `NotFound`."""
        if not self.keeps(name):
            raise NotFound(f"There is no language model {name!r}.", "`oscine models list` shows which there are.")
        return Entry(**json.loads(self.path(name, ENTRY).read_text(encoding="utf8")))

    def keeps(self, name: str) -> bool:
        """Whether a model of that name is kept here."""
        return names.fits(name) and (self._folder / name / ENTRY).is_file()

    def free(self, name: str) -> str:
        """The name itself. Raises `InputError` where a model has it, or nothing may be called so."""
        if self.keeps(names.checked(name)) or name in registry.MODELS or name in TAKEN:
            raise InputError(f"There is a model {name} already.", "Give another name with --name, or remove that one.")
        return name

    def described(self) -> list[dict[str, Any]]:
        """All, the registry's among them, as plain values."""
        kept = [
            {**entry._asdict(), "bytes": sum(self.path(entry.name, file).stat().st_size for file in entry.files)}
            for entry in self.entries()
        ]
        return [{**one, "in_use": one["name"] == self.in_use()} for one in [*kept, *map(_registered, registry.MODELS.values())]]

    def add(self, source: str, name: str = "", kind: str = "", adapter: Path | None = None, form: Form | None = None) -> Entry:
        """Keep a run's model, a Hugging Face folder, a .gguf file or, under another name, the registry's; `kind` is one of `model.gguf.KINDS`, and
        `form` what its adapter taught it.

        Raises `NotFound` where there is none, `InputError` where it cannot be kept or the name is taken, `SetupError` without the extra `train`.
        """
        path, told = self._found(source)
        name = self.free(name or told)
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._folder, prefix=".") as beside:
            made = Path(beside) / name
            made.mkdir()
            entry = _kept(path, made, kind, adapter)._replace(name=name, source=source)
            entry = entry._replace(form=form or entry.form)
            (made / ENTRY).write_text(json.dumps(entry._asdict(), indent=2), encoding="utf8")
            made.rename(self._folder / name)
        return entry

    def find(self, source: str) -> Path:
        """Where the files of a model lie that is kept, known by name, a run's, or at a path. Raises `NotFound`, `EngineUnavailable`."""
        if self.keeps(source):
            folder = self.path(source, FOLDER)
            return folder if folder.is_dir() else self.path(source, GGUF)
        return self._found(source)[0]

    def _found(self, source: str) -> tuple[Path, str]:
        """Where a model lies, and what it would be called."""
        path, run = Path(source), self._runs / source
        if source in registry.MODELS and registry.MODELS[source].adapter:
            raise InputError(f"{source} is an adapter over another model.", "Begin with that model: `oscine models list` shows it.")
        if source in registry.MODELS:
            return registry.find(registry.MODELS[source]), source
        if names.fits(source) and (run / "model").is_dir():
            return run / "model", source
        if path.is_file() or (path / "config.json").is_file():
            path = path.resolve()
            return path, (path.parent.name if path.name == "model" else path.stem if path.is_file() else path.name).lower()
        if (path / "model" / "config.json").is_file():
            return path / "model", path.resolve().name.lower()
        raise NotFound(f"There is no run {source!r} and no model at that path.", "Name a run, a Hugging Face folder or a .gguf file.")

    def verify(self, name: str = "") -> Iterator[Fault]:
        """Each file of one model, or of all, that is missing or has changed."""
        for entry in [self.entry(name)] if name else self.entries():
            for file, expected in entry.files.items():
                path = self.path(entry.name, file)
                if not path.is_file():
                    yield Fault(entry.name, file, "is missing")
                elif _digest(path) != expected:
                    yield Fault(entry.name, file, "has changed")

    def in_use(self) -> str:
        """The name that was chosen, `none`, or nothing where nothing was."""
        try:
            return self._chosen.read_text(encoding="utf8").strip()
        except FileNotFoundError:
            return ""

    def stamp(self) -> tuple[int, int] | None:
        """What changes when another model is chosen."""
        try:
            found = self._chosen.stat()
        except FileNotFoundError:
            return None
        return found.st_mtime_ns, found.st_ino

    def use(self, name: str) -> None:
        """Choose one, or `none`. Raises `NotFound`."""
        if name != "none" and name not in registry.MODELS:
            self.entry(name)
        self._folder.mkdir(parents=True, exist_ok=True)
        beside = self._folder / ".in-use"
        beside.write_text(name + "\n", encoding="utf8")
        beside.replace(self._chosen)

    def remove(self, name: str) -> None:
        """Forget one; where it is in use, none was chosen. Raises `NotFound`."""
        if name in registry.MODELS:
            raise InputError(f"{name} comes from a Python package.", f"Uninstall {registry.MODELS[name].package}.")
        self.entry(name)
        if self.in_use() == name:
            self._chosen.unlink()
        with tempfile.TemporaryDirectory(dir=self._folder, prefix=".") as beside:
            (self._folder / name).rename(Path(beside) / name)

    def export(self, name: str, out: Path) -> None:
        """Copy the GGUF file to `out` where that ends in .gguf, else the Hugging Face folder. Raises `NotFound`, `InputError`."""
        self.entry(name)
        if out.exists():
            raise InputError(f"{out} is there already.", "Name another place.")
        if out.suffix == ".gguf":
            shutil.copy(self.path(name, GGUF), out)
            return
        if not self.path(name, FOLDER).is_dir():
            raise InputError(f"{name} was brought as a .gguf file.", "Export it to a path that ends in .gguf.")
        shutil.copytree(self.path(name, FOLDER), out)
        for card in (self._folder / name).glob("*.md"):
            shutil.copy(card, out)

    def form(self, name: str) -> str:
        """What a model was taught; nothing where that is not known here."""
        return self.entry(name).form if self.keeps(name) else registry.MODELS[name].form if name in registry.MODELS else ""

    def tokens(self, name: str, text: str) -> list[int]:
        """Plain text as a model's tokens, no special ones among them. Raises `NotFound` where its tokenizer is not kept."""
        import tokenizers

        file = self.path(name, FOLDER) / "tokenizer.json"
        if not self.keeps(name) or not file.is_file():
            raise NotFound(f"The tokenizer of {name} is not here.", "Name a model that was added from a Hugging Face folder with --model.")
        reading = tokenizers.Tokenizer.from_file(str(file))
        reading.encode_special_tokens = True
        return list(reading.encode(text, add_special_tokens=False).ids)

    def path(self, name: str, file: str) -> Path:
        """Where a file of a model lies."""
        return self._folder / name / file

    def choice(self, wanted: str) -> tuple[str, str]:
        """Which model `wanted` (a setting) comes to, and why: a name or `none`, and one sentence."""
        chosen = self.in_use() if wanted == "auto" else ""
        if chosen == "none":
            return "none", "No language model, by `oscine models use none`; answers are quoted from the posts."
        return (chosen, "Chosen by `oscine models use`.") if chosen else registry.choice(wanted)

    def load(self, name: str, threads: int = 1, watermark: str = "") -> LanguageModel:
        """The model of that name, its file verified. Raises `SetupError` for a name that is not here, `EngineUnavailable` where it cannot run."""
        if watermark:
            return self._marking(name, watermark)
        if not self.keeps(name):
            return registry.load(name, threads, self._prepared)
        entry, adapter = self.entry(name), self.path(name, ADAPTER)
        for fault in self.verify(name):
            if fault.file in (GGUF, ADAPTER):
                raise EngineUnavailable(f"{fault.file} of {name} {fault.what} since it was added.", "Remove the model and add it again.")
        adapters = [(adapter, 1.0)] if adapter.is_file() else []
        context = min(entry.context, registry.LONGEST)
        return local.load(name, self.path(name, GGUF), threads, context, entry.form, adapters, self._prepared)

    def _marking(self, name: str, secret: str) -> LanguageModel:
        """The model of that name with a watermark in all that it writes."""
        from oscine.engines.transformers import TorchLanguageModel
        from oscine.engines.watermark import Watermark

        if not self.path(name, FOLDER).is_dir() or self.path(name, ADAPTER).is_file():
            raise unmarkable(name)
        return TorchLanguageModel(name, self.path(name, FOLDER), self.entry(name).form, Watermark(secret))


def unmarkable(name: str) -> EngineUnavailable:
    """What is said of a model whose tokens cannot be marked as they are drawn."""
    return EngineUnavailable(
        f"{name} cannot write with a watermark.", "Add its Hugging Face folder with `oscine models add`, or unset OSCINE_WATERMARK."
    )


def _kept(path: Path, made: Path, kind: str, adapter: Path | None) -> Entry:
    """Fill the folder `made` with a model; the entry has no name yet."""
    from oscine.model import gguf, lora_gguf

    if path.is_file():
        if kind:
            raise InputError("A .gguf file is kept as it is.", "Leave out --as, or add the Hugging Face folder that it was made of.")
        told = gguf.about(path)
        shutil.copy(path, made / GGUF)
    else:
        parts = [file for pattern in _KEPT for file in path.glob(pattern)]
        cards = [*path.glob("*.md"), *(path.parent.glob("*.md") if path.name == "model" else ())]
        for file in (*parts, *cards):
            _own(file)
        gguf.export(path, made / GGUF, gguf.kind(kind or "f16"))
        told = gguf.about(made / GGUF)
        (made / FOLDER).mkdir()
        for file in parts:
            shutil.copy(file, made / FOLDER)
        for card in cards:
            shutil.copy(card, made)
    if adapter:
        lora_gguf.export(adapter, made / ADAPTER, told)
    files = {str(file.relative_to(made)): _digest(file) for file in sorted(made.rglob("*")) if file.is_file()}
    return Entry("", told.form, kind or ("gguf" if path.is_file() else "f16"), told.context, "", _now(), _measured(path), files)


def _own(file: Path) -> None:
    """Raise `InputError` for what is no file of its folder: one that leads elsewhere would be kept, and given on by `export`.

    Hugging Face's cache keeps a snapshot as links to `../../blobs`; those are its files.
    """
    home, real = file.parent.resolve(), file.resolve()
    if not real.is_file() or not any(real.is_relative_to(place) for place in (home, home.parent.parent / "blobs")):
        raise InputError(f"{file} is no file of its folder.", "Leave it out, or put there what it leads to.")


def _measured(path: Path) -> str:
    """What its maker measured, where the folder says it."""
    try:
        return str(json.loads((path / "oscine.json").read_text(encoding="utf8")).get("measured", ""))
    except (OSError, ValueError, AttributeError):
        return ""


def _registered(model: registry.RegisteredModel) -> dict[str, Any]:
    """A model of the registry in the shape of an entry; its bytes are 0 where it is not installed."""
    try:
        size = registry.find(model).stat().st_size
    except (EngineUnavailable, OSError):
        size = 0
    entry = Entry(model.name, model.form, "gguf", registry.LONGEST, model.source, "", model.measured, {model.file: model.sha256})
    return {**entry._asdict(), "bytes": size}


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
