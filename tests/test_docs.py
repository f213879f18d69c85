"""The documents say what the code does: reference pages are as generated, the README's tree is the tree, its figures are the table's."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SPEC = importlib.util.spec_from_file_location("make_reference", ROOT / "docs" / "make_reference.py")
assert SPEC and SPEC.loader
make_reference = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(make_reference)


@pytest.mark.parametrize("name", make_reference.PAGES)
def test_a_reference_page_is_what_the_code_says(name: str) -> None:
    assert (make_reference.REFERENCE / name).read_text(encoding="utf8") == make_reference.PAGES[name](), "run `make docs`"


def test_every_setting_has_help() -> None:
    from oscine.settings import Settings

    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_the_readme_tree_names_every_module_and_nothing_else() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf8")
    tree = readme.split("<!-- tree -->")[1]
    named = set(re.findall(r"^\s*(\w+(?:\.py|/))\s", tree, re.MULTILINE))
    package = ROOT / "src" / "oscine"
    there = {path.name for path in package.glob("*.py")} - {"__init__.py", "__main__.py"}
    there |= {path.name + "/" for path in package.iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    assert there <= named, f"not in the README's tree: {sorted(there - named)}"
    assert {name for name in named if name.endswith(".py")} <= {path.name for path in package.rglob("*.py")}


@pytest.mark.parametrize("document", sorted(p for p in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]), ids=lambda p: p.name)
def test_links_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\((?!https?://|#|mailto:)([^)#]+)", document.read_text(encoding="utf8"))
    missing = [target for target in targets if not (document.parent / target).exists()]
    assert not missing
