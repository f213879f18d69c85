"""The house stands as DESIGN.md draws it: imports point down by floors, rooms do not import each other, torch is where models are."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import oscine

ROOT = Path(oscine.__file__).parent
FLOORS = [
    {"", "records", "errors"},  # "" is the package itself, its version
    {"advertising", "recommendation", "text", "names", "model"},
    {"evidence", "experiments"},
    {"settings", "store", "sources", "engines"},
    {"access", "safety"},
    {"corpus", "ingest", "pictures", "posting", "signin", "view"},
    {"search"},
    {"feed", "ads", "ask", "create"},
    {"home", "teach", "trust"},
    {"sample", "examples", "app"},
    {"web", "doctor", "api", "bots", "evals"},
    {"cli"},
    {"__main__"},
]
HEIGHT = {room: height for height, floor in enumerate(FLOORS) for room in floor}
SAME_FLOOR = {("app", "sample"), ("api", "web"), ("api", "evals"), ("api", "bots"), ("evals", "api")}  # what ships with the package, its reports, and its
# messengers; what is measured through the API itself
TORCH_ROOMS = {"model", "engines"}


def name_of(path: Path) -> str:
    """`search.rank` for `search/rank.py`; `search` for its `__init__.py`; empty for the package's own."""
    return ".".join(part for part in path.relative_to(ROOT).with_suffix("").parts if part != "__init__")


MODULES = {name_of(path): path for path in sorted(ROOT.rglob("*.py"))}


def imports(name: str) -> set[str]:
    """All that a module imports, by full name, wherever in it; what is imported from a package is the module where there is one."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(MODULES[name].read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: imports are absolute"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner.removeprefix("oscine.") in MODULES else str(node.module))
    return found


def ours(name: str) -> set[str]:
    """The modules of the package that a module imports."""
    return {(found + ".").partition("oscine.")[2].rstrip(".") for found in imports(name) if found.partition(".")[0] == "oscine"}


def room(name: str) -> str:
    """The first part of a name: what stands on a floor."""
    return name.partition(".")[0]


def test_every_room_has_a_floor() -> None:
    assert {room(name) for name in MODULES} <= HEIGHT.keys()


@pytest.mark.parametrize("name", MODULES)
def test_imports_point_down(name: str) -> None:
    for other in ours(name):
        here, there = room(name), room(other)
        if here != there and (here, there) not in SAME_FLOOR:
            assert HEIGHT[there] < HEIGHT[here], f"{name} imports {other}"


def test_there_are_no_circles() -> None:
    order = list(TopologicalSorter({name: ours(name) & MODULES.keys() - {name} for name in MODULES}).static_order())
    assert len(order) == len(MODULES)


@pytest.mark.parametrize("name", MODULES)
def test_torch_is_imported_where_models_are(name: str) -> None:
    if room(name) not in TORCH_ROOMS:
        assert not {found for found in imports(name) if found.partition(".")[0] == "torch"}


@pytest.mark.parametrize("name", MODULES)
def test_every_module_says_what_it_is(name: str) -> None:
    assert ast.get_docstring(ast.parse(MODULES[name].read_text()))


def test_settings_are_read_by_those_who_construct_only() -> None:
    assert {name for name in MODULES if "settings" in ours(name) and room(name) != "app"} <= {"cli.base", "doctor"}


def test_products_reach_posts_through_the_view_only() -> None:
    for name in MODULES:
        if room(name) in {"search", "ask", "feed", "ads", "create"}:
            assert not {"store.postgres", "store.posts"} & ours(name), name


def test_the_checks_above_see_what_is_there() -> None:
    assert {"errors", "store.migrations", "store.words_index", "store.embedded"} <= ours("store.postgres")
    assert "" in ours("app") and "psycopg" in imports("store.postgres")


def test_files_of_tests_have_names_of_their_own() -> None:
    """pytest imports them by name where their folder is no package, and ends where two have one."""
    files = [path for path in Path(__file__).parent.rglob("test_*.py") if not (path.parent / "__init__.py").exists()]
    names = [path.name for path in files]
    assert sorted(set(names)) == sorted(names)
    apart = [path.parent for path in Path(__file__).parent.rglob("conftest.py") if not (path.parent / "__init__.py").exists()]
    assert apart == [Path(__file__).parent], "a folder with a conftest is a package"
