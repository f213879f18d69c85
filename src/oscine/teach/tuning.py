"""Makes examples by their kind, and a new model out of one that is kept, examples or pairs, and a budget.

What comes of it lies in `DATA/finetunes/NAME` and is kept in the library, from where it is put to use. How learning goes is `model/finetune`'s
and `model/preference`'s.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from oscine import names
from oscine.access import licences
from oscine.engines.library import ADAPTER, Library
from oscine.errors import InputError, SetupError
from oscine.search.search import Search
from oscine.teach import answers, documents, example, refusals, statements
from oscine.teach.example import Example
from oscine.view import View

Say = Callable[[str], None]
Reading = Callable[[], tuple[Search, View]]  # the posts, opened by those examples alone that are made of them
CORPUS = {"replies": documents.replies, "posts": documents.posts}
FILE = ("answers", "headlines")
FULL_RATE = 2e-5  # where all weights are learned
KINDS = ("answers", "replies", "posts", "headlines", "refusals")


class Wanted(NamedTuple):
    """Which examples: their kind, and what they are made of."""

    kind: str
    corpus: Path | None = None
    file: Path | None = None
    author: str = ""
    most: int = 10_000
    seed: int = 0


class Tuning:
    """Finetuning in a data directory."""

    def __init__(self, data: Path, library: Library) -> None:
        self._data, self._library = data, library

    def write(self, wanted: Wanted, out: Path, reading: Reading) -> int:
        """Write examples; how many. Raises `InputError` for a kind that is none, or where what it is made of is missing."""
        if not out.absolute().parent.is_dir():
            raise InputError(f"There is no folder {out.parent}.", "Make it, or write to another.")
        found = list(islice(self._examples(wanted, reading), wanted.most))
        if not found:
            raise InputError(f"No example of {wanted.kind} could be made.", "Give a corpus or a file with more in it.")
        return example.write(found, out)

    def _examples(self, wanted: Wanted, reading: Reading) -> Iterator[Example]:
        if wanted.kind not in KINDS:
            raise InputError(f"There is no kind {wanted.kind!r}.", f"Take one of {', '.join(KINDS)}.")
        if wanted.kind in CORPUS:
            if wanted.corpus is None:
                raise InputError(f"{wanted.kind} are made of a corpus.", "Name one with --corpus.")
            return CORPUS[wanted.kind](wanted.corpus, wanted.author)
        if wanted.kind in FILE:
            if wanted.file is None:
                raise InputError(f"{wanted.kind} are made of a file.", "Name it with --from.")
            _there(wanted.file)
            return documents.headlines(wanted.file) if wanted.kind == "headlines" else _answers(wanted, reading)
        return refusals.refusals()

    def learn(self, model: str, files: Sequence[Path], name: str, budget: str, epochs: float, full: bool, say: Say) -> dict[str, Any]:
        """Teach a model, keep what comes of it under `name`, and tell what was learned. Raises `InputError`, `NotFound`, `SetupError`."""
        try:
            from oscine.model import budget as dial
            from oscine.model import launch
        except ImportError as error:
            raise SetupError(f"{error.name} is not installed.", "Run `pip install 'oscine[train]'`.") from None
        minutes = dial.seconds(budget) / 60
        launch.again("oscine", sys.argv[1:], 1)
        _there(*files)
        out = self._data / "finetunes" / self._library.free(name)
        if out.exists():
            raise InputError(f"{out} is there already, of a model that was removed.", "Give another name, or remove that folder.")
        begin, before = self._begin(model)
        result = _learned(begin, before, files, out, minutes, epochs, full, say)
        told = {"base": str(begin), "model": model, **result}
        (out / "oscine.json").write_text(json.dumps(told, indent=2), encoding="utf8")
        entry = self._library.add(str(out) if full else str(begin), name, adapter=None if full else out, form=result["form"])
        return {"name": entry.name, **told}

    def _begin(self, model: str) -> tuple[Path, Path | None]:
        """The model's files, and the adapter to go on from where it was taught here before."""
        made = self._data / "finetunes" / model if names.fits(model) else None
        if made and (made / "adapter_config.json").is_file():
            return Path(json.loads((made / "oscine.json").read_text(encoding="utf8"))["base"]), made
        if self._library.keeps(model) and self._library.path(model, ADAPTER).is_file():
            raise InputError(f"{model} has an adapter that was not learned here.", "Begin with the model beneath it.")
        return self._library.find((made and made.is_dir() and str(made)) or model), None


def _learned(
    begin: Path, before: Path | None, files: Sequence[Path], out: Path, minutes: float, epochs: float, full: bool, say: Say
) -> dict[str, Any]:
    try:
        from oscine.model import base, finetune, preference
    except ImportError as error:
        raise SetupError(f"{error.name} is not installed.", "Run `pip install 'oscine[train]'`.") from None
    if _pairs(files[0]):
        pairs = [pair for file in files for pair in preference.read(file)]
        found = preference.learn(base.open_base(begin), pairs, out, preference.Config(minutes=minutes, epochs=epochs), say, before)
        return {"pairs": len(pairs), "form": _form(begin, before), **found._asdict()}
    given = [each for file in files for each in finetune.read(file)]
    if full and before:
        raise InputError("An adapter cannot be learned in full.", "Leave out --full, or begin with the model beneath it.")
    config = finetune.Config(minutes, epochs, rank=0, rate=FULL_RATE) if full else finetune.Config(minutes, epochs)
    curve = finetune.learn(base.open_base(begin, full), [each.messages for each in given], out, config, say, before)
    form = "answers" if all(each.form == "answers" for each in given) else "chat"
    return {"examples": len(given), "form": form, "curve": [point._asdict() for point in curve]}


def _form(begin: Path, before: Path | None) -> str:
    from oscine.model import base

    return str(json.loads((before / "oscine.json").read_text(encoding="utf8"))["form"]) if before else base.form(begin)


def _pairs(file: Path) -> bool:
    """Whether a file holds pairs, by its first line."""
    try:
        with file.open(encoding="utf8") as lines:
            return "chosen" in json.loads(lines.readline())
    except (OSError, ValueError, TypeError) as error:
        raise InputError(f"{file} cannot be read ({error}).", "Give JSON lines: examples or pairs.") from None


def _answers(wanted: Wanted, reading: Reading) -> Iterator[Example]:
    assert wanted.file
    asked, (search, view) = answers.read(wanted.file), reading()
    return answers.examples(asked, search, view.under(licences.own("training", "search")), statements.statement, wanted.seed)


def _there(*files: Path) -> None:
    for file in files:
        if not file.is_file():
            raise InputError(f"There is no file {file}.", "Give JSON lines: docs/guides/finetune.md has their fields.")
