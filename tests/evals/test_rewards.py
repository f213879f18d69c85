"""The cross-validation of the reward: what is compared, what must not be learned from, and how figures are made of it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from oscine.evals import headlines, rewards
from oscine.evals.headlines import Trials
from oscine.evals.rewards import Foretold
from oscine.model.reward import Calibration, Config

WORDS = "river bread winter music garden tax cat school bridge train".split()


def line(test: str, headline: str, clicks: int, image: str = "i", lede: str = "", impressions: int = 3_000) -> dict[str, Any]:
    return {"test": test, "headline": headline, "lede": lede or f"of {test}", "image": image, "impressions": impressions, "clicks": clicks}


def written(folder: Path, lines: list[dict[str, Any]]) -> Trials:
    (folder / "upworthy").mkdir()
    with gzip.open(folder / "upworthy" / "tests.jsonl.gz", "wt", encoding="utf8") as file:
        file.writelines(json.dumps(each) + "\n" for each in lines)
    return headlines.trials(folder)


def questions_win(tests: int) -> list[dict[str, Any]]:
    """In each test a question wins by about half, whatever it is about."""
    chooser, found = np.random.default_rng(1), list[dict[str, Any]]()
    for number in range(tests):
        about, usual = f"{WORDS[number % 10]} {number}", chooser.uniform(30, 90)
        for text, share in ((f"Have you seen this {about}?", 1.5), (f"We write about this {about}.", 1.0)):
            found.append(line(str(number), text, int(chooser.poisson(usual * share))))
    return found


def test_pairs_are_of_one_test_and_image_and_other_words(tmp_path: Path) -> None:
    given = written(tmp_path, [
        line("a", "one", 60), line("a", "two", 30), line("a", "one", 20), line("a", "three", 99, image="j"),
        line("b", "one", 70), line("b", "never shown", 0, impressions=0),
    ])  # fmt: skip
    found = headlines.pairs(given)
    told = {(given.texts[given.text[one]], given.texts[given.text[other]]) for one, other in zip(found.won, found.lost, strict=True)}
    assert told == {("one", "two"), ("two", "one")}
    assert (given.clicks[found.won] > given.clicks[found.lost]).all()
    assert (found.z > 0).all()


def test_tests_that_share_a_text_are_in_one_fold(tmp_path: Path) -> None:
    given = written(tmp_path, [
        line("a", "one", 1), line("a", "two", 2), line("b", "two", 3), line("b", "three", 4), line("c", "four", 5, lede="shared"),
        line("d", "five", 6, lede="shared"), line("e", "six", 7),
    ])  # fmt: skip
    assert len(set(given.stories[given.tests <= 1].tolist())) == 1, "by a headline"
    assert given.stories[4] == given.stories[5], "by a lede"
    assert len(set(given.stories.tolist())) == 3
    parts = rewards.folded(given, 3, seed=0)
    assert sorted(set(parts.tolist())) == [0, 1, 2]
    assert all(len(set(parts[given.stories == story].tolist())) == 1 for story in set(given.stories.tolist()))


def test_what_wins_everywhere_is_found_in_tests_not_learned_from(tmp_path: Path) -> None:
    given = written(tmp_path, questions_win(60))
    judged = headlines.pairs(given)
    parts = rewards.folded(given, 3, seed=0)
    foretold = rewards.crossed(rewards.words(given.texts), given, judged, parts, Config())
    significant = judged.z > 1.96
    assert significant.sum() > 10
    assert (foretold.means[significant] > 0).mean() > 0.95
    sure = rewards.crossed_chances(foretold, rewards.seen(given, judged), parts[judged.won], with_chance=False)
    assert ((sure > 0.5) == (foretold.means > 0)).all()


def test_a_share_of_whole_stories_is_less_sure_than_one_of_single_pairs() -> None:
    right = rewards.halved(np.repeat(0.7 - np.random.default_rng(2).random(40), 25))
    found = rewards.share(right, np.repeat(np.arange(40), 25))
    assert 0.5 < found["right"] == pytest.approx(right.mean())
    assert rewards.halved(np.array([0.3, -0.3, 0.0])).tolist() == [1, 0, 0.5]
    assert found["by_story"][0] < found["wilson"][0] < found["wilson"][1] < found["by_story"][1]


def test_reliability_tells_how_often_the_one_foretold_to_win_did() -> None:
    sure = np.array([0.9] * 7 + [0.1] * 3 + [0.5] * 4)
    low, high = rewards.reliability(sure, sure)
    assert (low.pairs, low.seen, low.foretold) == (4, 0.0, 0.5)
    assert (high.pairs, high.seen, high.foretold) == (10, pytest.approx(0.7), pytest.approx(0.9))


def test_chance_brings_a_probability_nearer_to_a_half() -> None:
    foretold, calibration = Foretold(np.array([0.5, -0.5]), np.zeros(2)), Calibration(1.0, 0.2, 1.0)
    plain, noisy = rewards.chances(foretold, calibration), rewards.chances(foretold, calibration, np.full(2, 0.5))
    assert plain[0] > noisy[0] > 0.5 > noisy[1] > plain[1]
    assert plain.sum() == pytest.approx(1)
