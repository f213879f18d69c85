"""Model card (Mitchell et al. 2019) and data card (Pushkarna et al. 2022), written out of a run's own files; no figure stands there that was not measured.

`model_card` and `data_card` are pure: dictionaries in, Markdown out; what a dictionary does not have is left out. `write` reads and writes files.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

MODEL_CARD, DATA_CARD = "MODEL_CARD.md", "DATA_CARD.md"
Facts = Mapping[str, Any]
USE = (
    "It continues posts in the language of its network. It is not made to answer questions, knows nothing of what is true, and writes what people of "
    "the network write, the bad with the good; what it writes is to be marked as generated."
)


def write(run: Path, evaluation: Facts, table: str, corpus: Path | None) -> None:
    """Write both cards into a run's folder, `table` being the evaluation as Markdown; the data card where the corpus is there."""
    log = [json.loads(line) for line in _lines(run / "log.jsonl")]
    (run / MODEL_CARD).write_text(model_card(_read(run / "config.json"), log, evaluation, table), encoding="utf8")
    if corpus:
        (run / DATA_CARD).write_text(data_card(_read(corpus / "corpus.json")), encoding="utf8")


def model_card(config: Facts, log: Sequence[Facts], evaluation: Facts, table: str) -> str:
    """A model card: what it is, how it was trained, how it was measured. `config` and `log` are the run's, `table` the evaluation's as Markdown."""
    last: dict[str, Any] = {}
    for line in log:
        last |= {name: value for name, value in line.items() if isinstance(value, int | float | str)}
    shape = [("parameters", evaluation["parameters"])] if "parameters" in evaluation else []
    parts = [
        f"# Model card: {evaluation.get('model', 'a model')}",
        "A language model trained from the posts of a network by Oscine.",
        *_section("Shape and training", [*shape, *_flat(config)]),
        *_section("At the end of training", list(last.items())),
        "## Measured",
        table,
        "## Meant for",
        USE,
    ]
    return "\n\n".join(parts) + "\n"


def data_card(corpus: Facts) -> str:
    """A data card out of a corpus's `corpus.json`: what went in, what was left out and why."""
    told = {name: value for name, value in corpus.items() if name not in ("parts", "sha256")}
    groups = {name: value for name, value in told.items() if isinstance(value, Mapping)}
    plain = [(name, value) for name, value in told.items() if name not in groups]
    parts = [f"# Data card: {corpus.get('name', 'a corpus')}", *_section("The corpus", plain)]
    for name, value in groups.items():
        parts += _section(name.replace("_", " ").capitalize(), list(_flat(value)))
    return "\n\n".join(parts) + "\n"


def _section(title: str, rows: Sequence[tuple[str, Any]]) -> list[str]:
    """A heading with a table, or nothing where there is no row."""
    lines = [f"| {_cell(name)} | {_cell(value)} |" for name, value in rows]
    return [f"## {title}", "\n".join(["| what | value |", "| --- | --- |", *lines])] if lines else []


def _flat(facts: Facts, before: str = "") -> Iterator[tuple[str, Any]]:
    """Names and values, those of inner mappings with their way there."""
    for name, value in facts.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{name}, ")
        else:
            yield f"{before}{name}", value


def _cell(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        shown = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    else:
        shown = f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"
    return " ".join(shown.split()).replace("|", r"\|").replace("<", "&lt;")


def _read(path: Path) -> dict[str, Any]:
    found = json.loads(path.read_text(encoding="utf8")) if path.is_file() else {}
    return found if isinstance(found, dict) else {}


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf8").splitlines() if path.is_file() else []
