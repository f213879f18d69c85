"""The comparison of pretraining, whole, on a slice made here: no figure of it means anything at this size, but each is what it says."""

from __future__ import annotations

import gzip
import json
import lzma
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import gpt2, pretraining, slices


@pytest.fixture(scope="module")
def posts(tmp_path_factory: pytest.TempPathFactory) -> list[slices.Post]:
    dice = np.random.default_rng(0)
    words = [*"the a cat dog river street sat saw ran to from with and of night day 😀 été".split()]
    path = tmp_path_factory.mktemp("set") / "posts.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf8") as file:
        for n in range(1500):
            line = {
                "text": " ".join(dice.choice(words, 6)),
                "author": f"a{n % 90}",
                "created_at": f"20{10 + n // 150}-0{1 + n % 9}-01T00:00:00Z",
            }
            file.write(json.dumps(line) + "\n")
        file.write('{"text": " ", "author": "a", "created_at": "2010-01-01T00:00:00Z"}\n')
    return slices.read(path)


def test_held_posts_are_of_others_or_later(posts: list[slices.Post]) -> None:
    given = slices.split(posts, 10_000)
    by_text = {post.text: post for post in posts}
    held = [by_text[text] for text in given.held]
    unseen = {post.author for post, kind in zip(held, given.kinds, strict=True) if kind != "newest"}
    assert len(by_text) == len(posts) and set(given.kinds) == set(slices.KINDS) and unseen
    assert not unseen & {post.author for post in given.train} and not {post.text for post in given.train} & set(given.held)
    last = max(post.created_at for post in given.train)
    assert all(post.created_at > last for post, kind in zip(held, given.kinds, strict=True) if "newest" in kind)
    assert 9_000 < sum(len(post.text.encode()) for post in given.train) <= 10_000
    assert slices.split(posts, 10_000) == given


def test_compressors_are_told_what_is_more() -> None:
    train, held = ["aaaa bbbb"] * 50, ["zxcv qwer", "été"]
    found = pretraining.compressed(train, held)
    before, after = b"aaaa bbbb\n" * 50, "zxcv qwer\nété\n".encode()
    more = len(lzma.compress(before + after, preset=9 | lzma.PRESET_EXTREME)) - len(lzma.compress(before, preset=9 | lzma.PRESET_EXTREME))
    assert found["xz -9e"] == 8 * more / (9 + 5)


def test_the_rate_is_nanogpts() -> None:
    rates = [gpt2.rate(step, 2000) for step in range(2001)]
    assert rates[0] == pytest.approx(1e-3 / 101) and max(rates) == pytest.approx(1e-3) and rates[2000] == pytest.approx(1e-4)
    assert rates[:100] == sorted(rates[:100]) and rates[100:] == sorted(rates[100:], reverse=True)


def test_gpt2_learns() -> None:
    torch.manual_seed(0)
    model, stream = gpt2.model(8, 1, 16, 2, 8), np.tile(np.arange(8), 50)
    gpt2.train(model.train(), stream, rows=8, length=8, steps=150, seed=0, log=lambda _: None)
    with torch.no_grad():
        logits = model.eval()(input_ids=torch.arange(8)[None]).logits[0]
    assert logits.argmax(-1)[:7].tolist() == [1, 2, 3, 4, 5, 6, 7]


def test_the_whole_comparison(posts: list[slices.Post], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pretraining, "compressed", lambda _train, _held: {"xz -9e": 3.0})
    given = slices.split(posts, 20_000)
    found: dict[str, Any] = pretraining.compare(given, tmp_path, minutes=0.03, peer=True)
    size = sum(len(text.encode()) for text in given.held)
    assert found["held"] == {"posts": len(given.held), "bytes": size}
    for groups in found["bits_per_byte"].values():
        assert groups["all"]["bytes"] == size == sum(groups[kind]["bytes"] for kind in slices.KINDS)
    bits = {name: groups["all"]["value"] for name, groups in found["bits_per_byte"].items()}
    assert found["network_to_kneser_ney"]["value"] == pytest.approx(bits["network"] / bits["Kneser-Ney 5-gram"])
    assert found["mixture"]["bits_per_byte"]["value"] <= min(bits.values()) + 0.05
    assert found["GPT-2"]["parameters"] == pytest.approx(found["network"]["parameters"], rel=0.2)
    assert found["by_minutes"][-1]["tokens"] == found["network"]["tokens"] == found["GPT-2"]["tokens"]
    told = pretraining.markdown("made", found)
    assert f"| Kneser-Ney 5-gram | {bits['Kneser-Ney 5-gram']:.3f}" in told and "| xz -9e | 3.000 |" in told and "at most 0.96" in told
