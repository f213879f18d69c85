"""Bits of posts: every token once, every byte counted, whatever the batch and however long the post."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from oscine.errors import InputError
from oscine.model import bits, tokenizer
from oscine.model.bits import Words, open_model, own_words
from tiny import TEXTS, tiny_model

POSTS = [*TEXTS[:9], "", "x", "\n two  spaces \t", "<|end|> is no end, ‹url› is a link", "e\u0301 and é, 日本語 👩‍👩‍👧 \x00"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def network(folder: Path) -> bits.Network:
    return open_model(folder)


def _one_by_one(network: bits.Network, text: str) -> float:
    """Bits of a post, each token predicted by itself from what stands before it."""
    document = network.words.posts([text])[0]
    total = 0.0
    for place in range(1, len(document)):
        with torch.no_grad():
            logits = network.model(input_ids=torch.tensor([document[:place]])).logits[0, -1]
        total -= float(torch.log_softmax(logits, -1)[document[place]]) / math.log(2)
    return total


def test_bits_are_those_of_each_post_alone(network: bits.Network) -> None:
    found = network.score(POSTS)
    assert found.bits == pytest.approx([_one_by_one(network, text) for text in POSTS], rel=1e-4)
    assert found.bytes.tolist() == [len(text.encode()) for text in POSTS]
    assert bits.bits_per_byte(found) == pytest.approx(found.bits.sum() / sum(len(text.encode()) for text in POSTS))
    assert found.ends == pytest.approx([-each[-1] / math.log(2) for each in found.logs])


def test_begin_and_end_are_a_runs_own(folder: Path, network: bits.Network) -> None:
    own = tokenizer.load(folder)
    assert (network.words.begin, network.words.end) == (own.ids[tokenizer.POST], own.end)
    assert network.words.encode(POSTS) == [own.encode_text(text) for text in POSTS] == own_words(folder).encode(POSTS)
    assert own.end not in network.words.encode(["<|end|>"])[0]


def test_a_long_post_loses_nothing(network: bits.Network) -> None:
    """In windows: the first as it is alone, then each token from half a context at least, each once."""
    text = " ".join(TEXTS)
    document = network.words.posts([text])[0]
    logs = network.score([text]).logs[0]
    assert len(logs) == len(document) - 1 > 5 * network.context and (logs < 0).all()
    assert logs[: network.context] == pytest.approx(
        bits.token_logs(network.logits, [document[: network.context + 1]], 99, 300)[0], rel=1e-4
    )
    for window in bits._windows(0, 100, 32):
        assert window.stop - window.start <= 32 and window.first <= window.stop
        assert window.start == 0 or window.first - window.start >= 16
    assert [place for each in bits._windows(0, 100, 32) for place in range(each.first, each.stop)] == list(range(100))


def test_batches_change_nothing(network: bits.Network, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = network.score(POSTS)
    monkeypatch.setattr(bits, "LOGITS", 1)
    assert network.score(POSTS).bits == pytest.approx(whole.bits, rel=1e-4)
    monkeypatch.setattr(bits, "CHUNK", 3)
    assert len(network.score(POSTS, seconds=1e-9).bits) == 3
    assert len(network.score(POSTS, seconds=1000).bits) == len(POSTS)


def test_likelihood_of_an_ending(network: bits.Network) -> None:
    found = network.likelihood(["the cat", "the cat"], [" sat on", " saw"])
    alone = [network.likelihood(["the cat"], [ending])[0] for ending in (" sat on", " saw")]
    assert found == pytest.approx(alone, rel=1e-4) and (found < 0).all()


def test_greedy_and_drawn(network: bits.Network) -> None:
    start = network.words.posts(["the cat"])[0][:-1]
    after = network.greedy([start, start], 3)
    with torch.no_grad():
        first = int(network.model(input_ids=torch.tensor([start])).logits[0, -1].argmax())
    assert after[0] == after[1] and after[0][0] == first and len(after[0]) == 3
    assert network.samples(3, seed=1) == network.samples(3, seed=1) != network.samples(3, seed=2)


def test_what_a_tokenizer_does_not_keep_is_refused(network: bits.Network) -> None:
    with pytest.raises(InputError, match="no Unicode text"):
        network.score(["half \ud800 a pair"])
    inner = Tokenizer(models.BPE(vocab={chr(c): c - 97 for c in range(97, 123)} | {"?": 26}, merges=[], unk_token="?"))
    assert Words(inner, 0, 1).encode(["a"]) == [[0]]
    with pytest.raises(InputError, match="does not come back"):
        Words(inner, 0, 1).encode(["ab", "é"])
    folding = Tokenizer.from_str(network.words.inner.to_str())
    folding.normalizer = normalizers.NFC()
    folding.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    assert len(Words(folding, 0, 1).encode(["é"])) == 1
    with pytest.raises(InputError, match="does not come back"):
        Words(folding, 0, 1).encode(["e\u0301"])


def test_bounds_of_open_models() -> None:
    assert bits._bounds({bits.BETWEEN: 5}.get, 1, 2) == (5, 5)
    assert bits._bounds({}.get, 1, 2) == (1, 2)
    assert bits._bounds({tokenizer.POST: 0, tokenizer.END: 1, bits.BETWEEN: 5}.get, 7, 8) == (0, 1)


def test_no_model(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no language model"):
        open_model(tmp_path)
    with pytest.raises(InputError, match="There is no byte"):
        bits.bits_per_byte(bits.scored([""], [np.array([-1.0])]))
