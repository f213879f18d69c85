"""Writes `docs/reference/` from the code itself: `make docs`. A test fails where the files are not what this writes."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from pydantic_core import PydanticUndefined

from oscine.search.operators import FAMILIES, FILTERS, LEFT_OUT, OPERATORS, SYNTAX, UNANSWERED, Operator
from oscine.search.operators.texts import LANGUAGE_CODES
from oscine.settings import Settings

REFERENCE = Path(__file__).parent / "reference"


def settings() -> str:
    """Every setting: its variable, its default, its help."""
    rows = []
    for name, field in Settings.model_fields.items():
        default = "see below" if field.default is PydanticUndefined else _shown(field.default)
        rows.append(f"| `OSCINE_{name.upper()}` | {default} | {field.description} |")
    return "\n".join([
        "# Settings", "",
        "Read from the environment; `oscine up --port 8421`, `--data` and `--host` override three of them. Lists are parted by commas, or JSON.", "",
        "| variable | default | what it is |", "| --- | --- | --- |", *rows, "",
        "The data directory is `/var/lib/oscine` for root, else `$XDG_DATA_HOME/oscine` or `~/.local/share/oscine`.", "",
    ])  # fmt: skip


def _shown(value: object) -> str:
    if isinstance(value, frozenset):
        return ", ".join(f"`{item}`" for item in sorted(value))
    return f"`{value}`" if value not in ("", None) else "none"


def search() -> str:
    """The search language: what is written without operators, every operator by family, every kind, and what cannot be answered."""
    families = [part for family, title in FAMILIES.items() for part in _family(family, title)]
    return "\n".join([
        "# The search language", "",
        "Any text is a query. What is not understood is searched as words, what cannot be answered is left out, and the reply's `ignored` says so. "
        "`understood` says in words what every operator was taken to mean, negated or not. There may be as many operators as fit.", "",
        "| written | found |", "| --- | --- |", *(f"| `{example}` | {found} |" for example, found in SYNTAX), *families,
        "", "## What cannot be answered", "", "| written | why |", "| --- | --- |",
        *(f"| `filter:{name}` | {why} |" for name, why in UNANSWERED.items()),
        *(f"| `{name}:` | {why} |" for name, why in LEFT_OUT.items()),
        "| `near:me` | where you are is not known here |",
        "| `from:me`, `filter:follows`, `in:likes` and their like, without an account | the search has no account behind it to say who that is |", "",
        "## How it is read", "",
        "Words are found in any of their forms (`running` finds *run*), in whatever language Snowball stems; accents, case and width do not count. "
        "`#ClimateAction` is found by `climate action`.", "",
        "A time is a year, a month, a day, `today`, `yesterday`, or a moment: `2024-05-31T18:00:00Z`, `2024-05-31_20:00:00_CEST`, with an offset or "
        "a common name of a zone; without one it is UTC. `until:` with a date is before that day, with a time it includes that second, as on X.", "",
        "Whoever is named is named by handle or by the network's id. `list:` looks at lists that are public and at your own. An operator that looks "
        "at another post (whose post is answered or quoted, what a conversation hangs on) sees only posts that you may see yourself; likes are "
        "searchable by who liked, reposts by everybody.", "",
    ])  # fmt: skip


def _family(family: str, title: str) -> list[str]:
    rows = [_row(operator) for operator in OPERATORS.values() if operator.family == family]
    kinds = [
        f"| `filter:{name}` | {kind.says(False)} | {kind.says(True)} | {_names(kind.synonyms)} |" for name, kind in FILTERS.items()
    ]
    codes = [f"| `lang:{code}` | {means} |  |" for code, (means, _) in LANGUAGE_CODES.items()] if family == "text" else []
    table = ["", "| kind | found | with `-`, or `exclude:` | also |", "| --- | --- | --- | --- |", *kinds] if family == "kind" else []
    return ["", f"## {title}", "", "| written | posts | also |", "| --- | --- | --- |", *rows, *codes, *table]


def _row(operator: Operator) -> str:
    values = f": {', '.join(f'`{value}`' for value in operator.values)}" if operator.values and operator.name not in ("filter", "exclude") else ""
    return f"| `{operator.example}` | {operator.help}{values} | {_names(name + ':' for name in operator.synonyms)} |"


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


PAGES = {"settings.md": settings, "search.md": search}


def main() -> None:
    """Write the pages."""
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page(), encoding="utf8")


if __name__ == "__main__":
    sys.exit(main())
