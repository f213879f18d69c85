"""The web app keeps its own rules: no HTML from strings, nothing inline, nothing from elsewhere, nothing missing."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from oscine.api import server
from oscine.web import ROOT

PAGES = sorted(ROOT.glob("*.html"))
SCRIPTS = sorted(ROOT.glob("*.js"))
STYLES = sorted(ROOT.glob("*.css"))
ALL = sorted(path for path in ROOT.rglob("*") if path.is_file())

SINKS = re.compile(
    r"(inner|outer)HTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser|setHTML|parseHTML|srcdoc"
    r"|\beval\(|new Function\b|setAttributeNS|javascript:"
)
IMPORTS = re.compile(r'^import\s(?:[^"]*\sfrom\s)?"([^"]+)"', re.M)
PLACES = {"/openapi.json", *server.PAGES}
ALONE = {"dom.js", "tag.js"}  # the one maker of elements, and the one script that runs on other people's pages, without any other


def named(path: Path) -> str:
    return path.name


class Tags(HTMLParser):
    """Every tag of a page with its attributes, and the text inside script and style."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inline: list[str] = []
        self._raw = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._raw = tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._raw = False

    def handle_data(self, data: str) -> None:
        if self._raw and data.strip():
            self.inline.append(data)


def test_the_pages_are_there() -> None:
    assert {path.name for path in PAGES} == set(server.PAGES.values())
    assert (ROOT / "icon.svg").is_file()


@pytest.mark.parametrize("script", SCRIPTS, ids=named)
def test_no_script_makes_html_of_text(script: Path) -> None:
    assert SINKS.search(script.read_text("utf-8")) is None


@pytest.mark.parametrize("script", SCRIPTS, ids=named)
def test_only_one_module_makes_elements(script: Path) -> None:
    if script.name not in ALONE:
        assert "createElement(" not in script.read_text("utf-8")


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_nothing_is_inline(page: Path) -> None:
    tags = Tags(page.read_text("utf-8"))
    assert tags.inline == []
    for tag, attributes in tags.tags:
        assert tag != "style"
        assert not [name for name in attributes if name.startswith("on") or name == "style"], (tag, attributes)
        if tag == "script":
            assert attributes.get("src"), "a script without src is inline"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_reference_of_a_page_exists(page: Path) -> None:
    for tag, attributes in Tags(page.read_text("utf-8")).tags:
        for name in ("src", "href", "action", "poster", "srcset"):
            address = attributes.get(name)
            if address is None or address.startswith("#") or address in PLACES:
                continue
            assert address.startswith("/static/"), (tag, address)
            assert (ROOT / address.removeprefix("/static/")).is_file(), address


@pytest.mark.parametrize("script", SCRIPTS, ids=named)
def test_every_import_exists(script: Path) -> None:
    source = script.read_text("utf-8")
    assert source.count("import(") == source.count('import("')  # in JSDoc, with a name that can be checked
    for module in IMPORTS.findall(source) + re.findall(r'import\("([^"]+)"\)', source):
        assert module.startswith("./"), module
        assert (script.parent / module).is_file(), module


def test_every_file_is_used() -> None:
    text = "".join(path.read_text("utf-8") for path in ALL)
    unused = [path.name for path in ALL if path not in PAGES and not re.search(rf'["/]{re.escape(path.name)}"', text)]
    assert unused == []


@pytest.mark.parametrize("path", ALL, ids=named)
def test_nothing_comes_from_elsewhere(path: Path) -> None:
    text = path.read_text("utf-8")
    if path.suffix == ".js":  # comments may name an address; code may not
        text = re.sub(r"/\*.*?\*/|//[^\n]*", lambda found: "" if found[0][:3] != "://" else found[0], text, flags=re.S)
    foreign = [found for found in re.findall(r"https?://[\w.-]+", text) if found != "http://www.w3.org"]  # the SVG namespace
    assert foreign == []
    if path.suffix == ".css":
        assert "@import" not in text
        assert "url(" not in text


@pytest.mark.parametrize("path", ALL, ids=named)
def test_files_are_small(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) < 250


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_pages_name_their_parts(page: Path) -> None:
    """Language, title, one main, one h1, named navigation, a way to skip to the content."""
    source = page.read_text("utf-8")
    tags = Tags(source).tags
    names = [tag for tag, _ in tags]
    assert ("html", {"lang": "en"}) in tags
    assert names.count("main") == names.count("h1") == names.count("title") == 1
    assert all(attributes.get("aria-label") for tag, attributes in tags if tag == "nav")
    assert any(attributes.get("href") == "#main" for tag, attributes in tags if tag == "a")
    assert all("alt" in attributes for tag, attributes in tags if tag == "img")


def test_every_id_that_scripts_ask_for_is_in_the_pages_that_load_them() -> None:
    def modules(name: str, seen: set[str]) -> set[str]:
        if name not in seen:
            seen.add(name)
            for module in IMPORTS.findall((ROOT / name).read_text("utf-8")):
                modules(module.removeprefix("./"), seen)
        return seen

    for page in PAGES:
        tags = Tags(page.read_text("utf-8")).tags
        ids = {attributes["id"] for _, attributes in tags if "id" in attributes}
        for entry in [attributes["src"] for tag, attributes in tags if tag == "script"]:
            assert entry
            for module in modules(entry.removeprefix("/static/"), set()):
                source = (ROOT / module).read_text("utf-8")
                assert set(re.findall(r'byId\("([^"]+)"\)', source)) <= ids, (page.name, module)
