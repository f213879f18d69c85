"""What the software goes by, for everyone to read: prompts, weights, rules, word lists, cards of its models, as they lie in the package that runs.

The table `published.toml` names every such file; nothing is read that it does not name. It knows nothing of what an operator adds in the data directory
or in the settings, nor of tables of weights that were changed in the database: those have routes of their own.
"""

from __future__ import annotations

import hashlib
import tomllib
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal
from urllib.parse import quote

from oscine.errors import InputError, NotFound
from oscine.records import Record

PACKAGE = "oscine"
ADDRESS = "/v1/trust/published/"
LEFT_OUT = (
    "web/static/",
    "sample/",
    "evals/suites/",
    "py.typed",
)  # served as they are; data; what the software is measured on; a mark for type checkers
CODE = (".py", ".pyc")

Kind = Literal["prompt", "weights", "rules", "card"]


class Entry(Record, frozen=True):
    """A line of the table; a `binary` file is told with its hash, and not shown."""

    kind: Kind
    says: str
    binary: bool = False


class Published(Record, frozen=True):
    """A file of the package: `name` is its path there, `sha256` the hash of its bytes, `url` where its text is read (empty for a binary one)."""

    name: str
    kind: Kind
    says: str
    sha256: str
    bytes: int
    url: str


@cache
def table() -> dict[str, Entry]:
    """All that is published, by name, in the order that it is listed in."""
    read: dict[str, dict[str, Any]] = tomllib.loads(_file("trust/published.toml").decode())
    return {name: Entry(**entry) for name, entry in read.items()}


def published() -> list[Published]:
    """Every file of the table with its hash, as it lies in the package now; weights that an installation lacks are not listed: nothing goes by them."""
    return [_told(name, entry) for name, entry in table().items() if _place(name).is_file()]


def text(name: str) -> str:
    """A file of the table, word for word. Raises `NotFound` for a name that is not in it, `InputError` for one that is no text."""
    entry = table().get(name)
    if entry is None or not _place(name).is_file():
        raise NotFound("Nothing of this name is published.", "GET /v1/trust lists what is.")
    if entry.binary:
        raise InputError(f"{name} is not text.", f"It lies in the package, as {PACKAGE}/{name}; its hash stands in GET /v1/trust.")
    return _file(name).decode()


def sha256(name: str) -> str:
    """The hash of a file of the package, hexadecimal."""
    return _measured(name)[0]


def missing() -> list[str]:
    """Files of the package that decide something and are not in the table: none, or somebody forgot."""
    root = files(PACKAGE)
    found: list[str] = []
    waiting = [("", root)]
    while waiting:
        above, folder = waiting.pop()
        for each in folder.iterdir():
            name = f"{above}{each.name}"
            if each.is_dir():
                waiting += [(f"{name}/", each)] if each.name != "__pycache__" else []
            elif not name.startswith(LEFT_OUT) and not name.endswith(CODE) and name not in table():
                found.append(name)
    return sorted(found)


def _told(name: str, entry: Entry) -> Published:
    return Published(name, entry.kind, entry.says, sha256(name), _measured(name)[1], "" if entry.binary else ADDRESS + quote(name))


def _file(name: str) -> bytes:
    return _place(name).read_bytes()


@cache
def _measured(name: str) -> tuple[str, int]:
    """Hash and size, taken once a process, as the rest of the software reads its files once."""
    read = _file(name)
    return hashlib.sha256(read).hexdigest(), len(read)


def _place(name: str) -> Traversable:
    return files(PACKAGE).joinpath(*name.split("/"))
