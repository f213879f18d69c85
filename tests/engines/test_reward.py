"""The reward that ships: it tells clickable wordings from dull ones, says how sure it is, and learns a network's own clicks."""

from __future__ import annotations

import hashlib
import re
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from oscine.engines import reward
from oscine.engines.reward import Ad, E5Reward, Score
from oscine.errors import InputError
from oscine.teach.pairs import Arm

# Made up for this test, as Upworthy's readers clicked: the second of each is the dull one.
PLAIN = [
    ("She Thought Nobody Was Watching. What She Did Next Made The Whole Room Cry.", "A Woman Does A Kind Deed"),
    ("A Boy Is Bullied For His Shoes. You'll Love What His Classmates Did About It.", "Statistics On Bullying In Schools"),
    ("Ella pensaba que nadie la veía. Lo que hizo después hizo llorar a todos.", "Informe anual de la asociación"),
]
ODD = ["👩‍👩‍👧‍👦🇮🇹", "\ud800 lone", "\x00\u202e", "a" * 5_000, "日本語の文です。", "é" * 300, "<s> </s> <pad>", "?"]


@pytest.fixture(scope="module")
def judge(models: Path) -> E5Reward:
    return E5Reward(models)


@pytest.mark.parametrize(("better", "worse"), PLAIN)
def test_it_tells_a_clickable_wording_from_a_dull_one(judge: E5Reward, better: str, worse: str) -> None:
    one, other = judge.scores([Ad(better), Ad(worse)])
    assert one.mean > other.mean
    assert judge.wins(one, other) > 0.6


def test_a_score_does_not_depend_on_what_is_scored_beside_it(judge: E5Reward) -> None:
    texts = [text for pair in PLAIN for text in pair]
    alone = [judge.scores([Ad(text)])[0] for text in texts]
    together = judge.scores([Ad(text) for text in [*texts, *ODD]])[: len(texts)]
    assert np.allclose(alone, together, atol=1e-4)


def test_what_it_does_not_read_changes_nothing(judge: E5Reward) -> None:
    plain, told = judge.scores([Ad("A boy and his dog"), Ad("A boy and his dog", "A lede.", "An excerpt.", "image", "parents", "test")])
    assert plain == pytest.approx(told)


def test_any_text_has_a_score(judge: E5Reward) -> None:
    for found in judge.scores([Ad(text) for text in ODD]):
        assert np.isfinite(found.mean)
        assert found.spread > 0


def test_no_ads_have_no_scores(judge: E5Reward) -> None:
    assert judge.scores([]) == []


@pytest.mark.parametrize("headline", ["", "  ", "\n"])
def test_an_empty_headline_is_refused(judge: E5Reward, headline: str) -> None:
    with pytest.raises(InputError, match="empty"):
        judge.scores([Ad("A boy"), Ad(headline)])


def test_probabilities_add_up_and_heed_the_spread(judge: E5Reward) -> None:
    better, worse, unsure = Score(0.4, 0.2), Score(0.0, 0.2), Score(0.4, 2.0)
    assert judge.wins(better, worse) + judge.wins(worse, better) == pytest.approx(1)
    assert judge.wins(worse, worse) == 0.5
    assert judge.wins(better, worse) > judge.wins(unsure, worse) > 0.5


def arms(tests: int, better: float) -> list[Arm]:
    """Tests in which a question is clicked more or less often than a statement, the rest of its words being the same."""
    topics = ["trains", "bread", "winter", "music", "gardens", "taxes", "rivers", "cats", "schools", "bridges"]
    found = []
    for number in range(tests):
        about = topics[number % len(topics)]
        for text, clicks in ((f"Did you know this about {about}?", 100 * better), (f"We tell you this about {about}.", 100)):
            found.append(Arm(f"test {number}", "image", (), text, 5_000, round(clicks)))
    return found


def lead(judge: E5Reward) -> float:
    one, other = judge.scores([Ad("Did you know this about apples?"), Ad("We tell you this about apples.")])
    return one.mean - other.mean


def test_it_learns_what_a_network_clicks_on_by_as_much_as_it_saw(judge: E5Reward) -> None:
    before = lead(judge)
    little, much = (lead(judge.adapted(arms(tests, 1.6))) for tests in (1, 10))
    less = lead(judge.adapted(arms(10, 1 / 1.6)))
    assert less < before < much
    assert abs(little - before) < abs(much - before)
    assert lead(judge) == before, "the reward itself stays as it was"


def test_outcomes_that_cannot_be_are_refused(judge: E5Reward) -> None:
    with pytest.raises(InputError, match="clicked more often"):
        judge.adapted([Arm("test", "image", (), "A boy", 10, 11)])
    with pytest.raises(InputError, match="nothing to learn"):
        judge.adapted([])


def test_the_card_names_the_file_beside_it() -> None:
    folder = resources.files("oscine.engines")
    digest = hashlib.sha256(folder.joinpath("reward.npz").read_bytes()).hexdigest()
    assert re.findall(r"\b[0-9a-f]{64}\b", folder.joinpath("reward.md").read_text(encoding="utf8")) == [digest]


def test_the_head_reads_each_of_its_layers() -> None:
    heads = reward.adapters.load("reward").arrays["heads"]
    assert all(part.any() for part in np.split(heads[0], 2 * len(reward.LAYERS)))
