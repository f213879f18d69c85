"""Writes `docs/reference/` from the code itself: `make docs`. A test fails where the files are not what this writes."""

from __future__ import annotations

import sys
from pathlib import Path

from pydantic_core import PydanticUndefined

from oscine.search.operators import FILTERS, OPERATORS
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
        "Read from the environment. `oscine up --port 8421` and `--data`, `--host` override three of them. Lists are JSON: `'[\"spam\"]'`.", "",
        "| variable | default | what it is |", "| --- | --- | --- |", *rows, "",
        "The data directory is `/var/lib/oscine` for root, else `$XDG_DATA_HOME/oscine` or `~/.local/share/oscine`.", "",
    ])  # fmt: skip


def _shown(value: object) -> str:
    if isinstance(value, frozenset):
        return ", ".join(f"`{item}`" for item in sorted(value))
    return f"`{value}`" if value not in ("", None) else "none"


def search() -> str:
    """Every operator: an example and its meaning."""
    rows = [f"| `{operator.example}` | posts {_meaning(operator.help)} |" for operator in OPERATORS.values()]
    kinds = [f"| `filter:{name}`, `-filter:{name}` | {meaning}; the others |" for name, (meaning, _) in FILTERS.items()]
    return "\n".join([
        "# The search language", "",
        "Any text is a query. What is not understood is searched as words, and the reply's `ignored` says so.", "",
        "| written | found |", "| --- | --- |",
        "| `storm warning` | the best posts about it, by words and by meaning; with `sort=latest`, posts that hold every word |",
        '| `"storm warning"` | posts with exactly these words next to each other |',
        "| `storm -sandy` | no post with the word; `-` works before phrases, operators and parentheses too |",
        "| `rain OR snow` | one or the other; OR binds tighter than the space between words, as on X |",
        "| `(rain snow) OR hail` | parentheses group; inside them, and under OR and `-`, words must hold |",
        *rows, "", "## Kinds", "", "| written | found |", "| --- | --- |", *kinds, "",
        "Words are found in any of their forms (`running` finds *run*), in whatever language Snowball stems; accents, case and width do not count. "
        "`#ClimateAction` is found by `climate action`. Times: a date means its first moment in UTC; `until:` with a date is before that day, with a "
        "time it includes that second.", "",
    ])  # fmt: skip


def _meaning(help_text: str) -> str:
    return help_text.removeprefix("only posts ")


PAGES = {"settings.md": settings, "search.md": search}


def main() -> None:
    """Write the pages."""
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page(), encoding="utf8")


if __name__ == "__main__":
    sys.exit(main())
