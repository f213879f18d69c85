"""What was understood of a search, as chips: taken away, edited in place, or searched as the words are."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlencode, urlparse

import pytest

pytest.importorskip("playwright")

from playwright.sync_api import Locator, Page, expect

from .made import found_with, too_wide, wire

pytestmark = pytest.mark.browser

SAID = "Quarnholm posts since 2023 not in german"
READ = [
    {"text": "last week", "start": 6, "end": 15, "operator": "since:2024-05-06 until:2024-05-13", "means": "from 6 to 12 May 2024"},
    {"text": "by Mara", "start": 16, "end": 23, "operator": "from:mara_k", "means": "written by mara_k"},
]


def box(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Search the posts")


def address(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlparse(page.url).query)


def edit(page: Page, operator: str) -> Locator:
    return page.get_by_role("button", name=f"edit {operator}")


def test_plain_words_become_operators_that_can_be_taken_away(calm: Page, url: str) -> None:
    calm.goto(f"{url}/search?{urlencode({'q': SAID})}")
    expect(calm.locator(".chip")).to_have_count(2)
    expect(calm.locator(".chip .said")).to_have_text(["since 2023", "not in german"])
    expect(box(calm)).to_have_value(SAID)
    calm.get_by_role("button", name="Remove -lang:de").click()
    expect(box(calm)).to_have_value("Quarnholm since:2023-01-01")
    assert address(calm) == {"q": ["Quarnholm since:2023-01-01"], "plain": ["false"]}
    expect(calm.locator(".chip")).to_have_count(1)
    expect(calm.locator(".results .post", has_text="07:40")).to_have_count(1)
    calm.go_back()
    expect(box(calm)).to_have_value(SAID)
    expect(calm.locator(".chip")).to_have_count(2)


def test_a_chip_is_edited_in_place_by_keyboard(calm: Page, url: str) -> None:
    calm.goto(f"{url}/search?{urlencode({'q': SAID})}")
    chip = edit(calm, "since:2023-01-01")
    chip.focus()
    calm.keyboard.press("Enter")
    text = calm.get_by_role("textbox", name="Edit since:2023-01-01")
    expect(text).to_be_focused()
    expect(text).to_have_value("since:2023-01-01")
    calm.keyboard.type("since:1999-01-01")
    calm.keyboard.press("Escape")
    expect(text).to_have_count(0)
    expect(chip).to_be_focused()
    expect(box(calm)).to_have_value(SAID)
    calm.keyboard.press("Enter")
    calm.keyboard.type("from:mara_k")
    calm.keyboard.press("Enter")
    expect(box(calm)).to_have_value("Quarnholm from:mara_k -lang:de")
    expect(calm.locator(".results .post")).to_have_count(2)
    expect(edit(calm, "from:mara_k")).to_be_focused()


def test_an_operator_that_was_typed_is_edited_in_place_too(calm: Page, url: str) -> None:
    calm.goto(f"{url}/search?{urlencode({'q': 'Quarnholm from:mara_k'})}")
    edit(calm, "from:mara_k").click()
    calm.keyboard.type("from:harbour")
    calm.get_by_role("button", name="Apply to from:mara_k").click()
    expect(box(calm)).to_have_value("Quarnholm from:harbour")
    expect(calm.locator(".results .post").first).to_contain_text("07:40")
    expect(calm.locator(".results .post", has_text="Mara K")).to_have_count(0)
    assert address(calm) == {"q": ["Quarnholm from:harbour"]}


def test_operators_of_one_reading_go_together_and_none_is_shown_twice(calm: Page, url: str) -> None:
    operators = ["since:2024-05-06", "until:2024-05-13", "from:mara_k"]
    understood = [{"text": text, "operator": "x", "value": "x", "means": text} for text in [*operators, "lang:en"]]
    query = "ferry since:2024-05-06 until:2024-05-13 from:mara_k lang:en"
    found_with(calm, wire("ada", "A ferry"), reading=READ, understood=understood, query=query)
    calm.goto(f"{url}/search?{urlencode({'q': 'ferry last week by Mara lang:en'})}")
    expect(calm.locator(".chip")).to_have_count(3)
    expect(calm.locator(".chip .said")).to_have_text(["last week", "by Mara"])
    calm.get_by_role("button", name="Remove since:2024-05-06 until:2024-05-13").click()
    expect(box(calm)).to_have_value("ferry from:mara_k lang:en")


def test_the_words_as_they_are_and_plain_language_again(calm: Page, url: str) -> None:
    calm.goto(f"{url}/search?{urlencode({'q': SAID})}")
    calm.get_by_role("button", name="Search these words as they are").click()
    expect(calm.locator(".as-they-are")).to_contain_text("Searched word for word.")
    expect(calm.locator(".chip")).to_have_count(0)
    expect(box(calm)).to_have_value(SAID)
    assert address(calm)["plain"] == ["false"]
    calm.reload()
    expect(calm.locator(".as-they-are")).to_be_visible()
    calm.get_by_role("button", name="Read plain language").click()
    expect(calm.locator(".chip")).to_have_count(2)
    assert "plain" not in address(calm)


def test_other_words_are_read_anew(calm: Page, url: str) -> None:
    calm.goto(f"{url}/search?{urlencode({'q': 'Quarnholm', 'plain': 'false'})}")
    box(calm).fill(SAID)
    calm.keyboard.press("Enter")
    expect(calm.locator(".chip")).to_have_count(2)


def test_chips_fit_a_phone_while_they_are_edited(calm: Page, url: str) -> None:
    calm.set_viewport_size({"width": 360, "height": 740})
    query = "ferry since:2024-05-06 until:2024-05-13 from:mara_k"
    found_with(calm, wire("ada", "A ferry"), reading=READ, query=query, did_you_mean="fairy last week")
    calm.goto(f"{url}/search?{urlencode({'q': 'ferry last week by Mara'})}")
    edit(calm, "since:2024-05-06").click()
    expect(calm.locator(".chip.editing input")).to_be_focused()
    assert too_wide(calm) == []
    meant: dict[str, Any] = {"q": "fairy last week"}
    expect(calm.get_by_role("link", name="fairy last week")).to_have_attribute("href", f"/search?{urlencode(meant)}")
