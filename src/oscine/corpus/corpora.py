"""The corpora of a data directory: built from the store or from files, listed, opened. What goes into one is `build`'s."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from oscine import names
from oscine.corpus import posts
from oscine.corpus.build import Say, Timed, build
from oscine.corpus.folder import Folder
from oscine.corpus.options import Options
from oscine.corpus.workers import Processes, Workers
from oscine.errors import InputError, SetupError
from oscine.store.postgres import Database
from oscine.store.posts import scan
from oscine.store.signing import FILE, signing_key

Built = Callable[[str, dict[str, Any]], None]  # a corpus's name, and what its `corpus.json` holds
ROWS = 10_000  # of the store at a time


class Corpora:
    """Those under `data`; `usual` is what holds for every build of this installation; `built` is told of those that are made of the store."""

    def __init__(self, data: Path, usual: Options, longest_line: int, database: Callable[[], Database], built: Built = lambda name, about: None) -> None:
        self._data = data
        self._usual = usual
        self._longest_line = longest_line
        self._database = database
        self._built = built

    def path(self, name: str, out: str = "") -> str:
        """Where a corpus is, or would be."""
        return out or str(self._data / "corpora" / names.checked(name))

    def build(self, name: str, files: Sequence[str], out: str, chosen: dict[str, Any], *, workers: int = 1, ray: str = "", replace: bool = False,
              say: Say = lambda words: None, timed: Timed = lambda step, seconds: None) -> dict[str, Any]:  # fmt: skip
        """Build one from files, or from the store where there are none; what its `corpus.json` holds. Raises `InputError`, `SetupError`.

        By so many processes, or on the Ray cluster at the address `ray`.
        """
        if ray and workers > 1:
            raise InputError("--workers is for one machine.", "Leave it out beside --ray, which takes all cores of the cluster.")
        options = msgspec.structs.replace(self._usual, **chosen)
        folder = self._folder(name, out, replace)
        folder.prepare()
        source = self._blocks(files) if files else self._rows()
        hands = _on_cluster(ray) if ray else partial(Processes, workers)
        origin = "files" if files else "store"
        about = build(source, folder, options, workers=hands, longest_line=self._longest_line, say=say, timed=timed, origin=origin)
        if not files:
            self._built(name, about)
        return about

    def again(self, name: str, about: dict[str, Any]) -> dict[str, Any]:
        """Build one again from the store by the options that its `corpus.json` told, in place of what is there. Raises `InputError`, `SetupError`."""
        fields = {name for name in Options.__struct_fields__ if name not in ("policy", "hidden_labels", "without")}  # those are the operator's of today
        chosen = {field: value for field, value in about["options"].items() if field in fields}
        return self.build(name, [], "", {**chosen, "decontaminate": tuple(chosen.get("decontaminate", ()))}, replace=True)

    def all(self) -> list[dict[str, Any]]:
        """What is told of every corpus in the data directory, by name."""
        found = sorted(path.parent.name for path in (self._data / "corpora").glob("*/corpus.json"))
        return [self._folder(name).about() for name in found]

    def open(self, name: str, out: str = "") -> Folder:
        """A corpus that is there. Raises `NotFound`."""
        folder = self._folder(name, out)
        folder.about()
        return folder

    def _folder(self, name: str, out: str = "", replace: bool = False) -> Folder:
        return Folder(self.path(name, out), names.checked(name), signing_key(self._data / FILE), replace)

    def _blocks(self, files: Sequence[str]) -> Iterator[bytes]:
        for file in files:
            yield from posts.blocks(file, self._longest_line)

    def _rows(self) -> Iterator[list[dict[str, Any]]]:
        with self._database().connection() as connection:
            yield from scan(connection, ROWS)


def _on_cluster(address: str) -> Callable[[Path], Workers]:
    """Raises `SetupError` where Ray is not installed."""
    try:
        from oscine.corpus.ray_workers import RayWorkers
    except ImportError as error:
        raise SetupError(f"{error.name} is not installed.", "Run `pip install 'oscine[cluster]'`.") from None
    return lambda _: RayWorkers(address)
