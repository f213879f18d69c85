"""Examples of declining, and examples as lines."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from oscine.safety.injection import steers
from oscine.teach import example
from oscine.teach.example import Example
from oscine.teach.refusals import WHO, refusals
from oscine.text import language


def test_every_request_about_everybody_in_seven_languages() -> None:
    made = list(refusals())
    assert Counter(each.source for each in made) == {f"Oscine's own, {lang}": 18 for lang in WHO}
    assert len({each.messages[0]["content"] for each in made}) == len(made) == 126
    for each in made:
        assert [message["role"] for message in each.messages] == ["user", "assistant"] and each.form == "chat"
        assert "{" not in each.messages[0]["content"]


def test_each_is_declined_in_its_own_language() -> None:
    told = {each.source[-2:]: each.messages[-1]["content"] for each in refusals()}
    assert len(set(told.values())) == len(WHO)
    assert {lang: language(words) for lang, words in told.items()} == {lang: lang for lang in WHO}


def test_no_request_and_no_refusal_steers() -> None:
    assert not [message["content"] for each in refusals() for message in each.messages if steers(message["content"])]


def test_examples_are_lines(tmp_path: Path) -> None:
    said = Example(({"role": "user", "content": "Chi è?"}, {"role": "assistant", "content": "Lei 😀"}), "post 1", "answers")
    assert example.write([said, said], tmp_path / "out.jsonl") == 2
    told = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf8").splitlines()]
    assert told == 2 * [{"messages": list(said.messages), "source": "post 1", "form": "answers"}]
    assert "Lei 😀" in (tmp_path / "out.jsonl").read_text(encoding="utf8")
