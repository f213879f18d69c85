"""The suite `labels`: its measures are what they say, its sets are read as they are, what was not judged counts for nothing."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from oscine.app import App
from oscine.engines.labels import LABELS
from oscine.errors import EngineUnavailable, InputError
from oscine.evals import label_sets, labels


def test_macro_f1_auc_and_calibration_by_hand() -> None:
    right = np.array([True, True, False, False])
    assert labels.macro_f1(np.array([True, False, False, False]), right) == pytest.approx((2 / 3 + 4 / 5) / 2)
    assert labels.auc(np.array([0.9, 0.4, 0.4, 0.1]), right) == pytest.approx(3.5 / 4)
    assert labels.auc(np.array([0.9, 0.4]), np.array([True, True])) == 0
    assert labels.ece(np.array([0.9, 0.9, 0.1, 0.1]), right, bins=2) == pytest.approx(0.1)
    assert labels.ece(np.full(4, 0.5), np.array([True] * 4), bins=2) == pytest.approx(0.5)


def folder(path: Path) -> Path:
    (path / "safety").mkdir()
    rows = [{"text": f"you are an idiot number {n}", "label": "hate"} for n in range(9)]
    rows += [{"text": f"a heron by the river, note {n}", "label": "not_hate"} for n in range(9)]
    judged = [{"text": "A judged text", "label": "hate"}]
    for part, kept in (("train", [*rows, {"text": "a JUDGED text ", "label": "hate"}]), ("val", judged)):
        with gzip.open(path / "safety" / f"tweeteval_hate_{part}.jsonl.gz", "wt") as file:
            file.write("".join(json.dumps(row) + "\n" for row in kept))
    (path / "sms").mkdir()
    (path / "sms" / "SMSSpamCollection").write_text("ham\tSee you at noon\nspam\tYou won a prize, text WIN\nbroken line\n")
    return path


def test_what_a_set_does_not_judge_is_unknown(tmp_path: Path) -> None:
    found = {each.text: each for each in label_sets.learned(folder(tmp_path))}
    hate, spam = LABELS.index("hate"), LABELS.index("spam")
    idiot, won = found["you are an idiot number 0"], found["You won a prize, text WIN"]
    assert (idiot.said[hate], idiot.said[spam], idiot.counts[spam]) == (1, 0, pytest.approx(label_sets.LIGHT))
    assert np.isnan(idiot.said[LABELS.index("toxic")]) and won.said[spam] == 1 and np.isnan(won.said[hate])
    assert len(found) == 20 and found["See you at noon"].said[spam] == 0  # what is judged by is not among them


def test_sets_of_other_kinds_say_what_they_judged_and_no_more(tmp_path: Path) -> None:
    files = {
        "dynahate/dev.csv": "text,label,type\nthey are vermin,hate,threatening\nmy hamster is vermin,nothate,none\n",
        "germeval/germeval2018.training.txt": "Du Idiot\tOFFENSE\tINSULT\nGuten Tag\tOTHER\tOTHER\n",
        "toldbr/ToLD-BR.csv": "text,homophobia,obscene,insult,racism,misogyny,xenophobia\nbom dia,0,0,0,0,0,0\nmeio,0,1,0,0,0,0\nodeio voces,0,0,0,3,0,0\n",
        "cold/train.csv": "split,topic,label,TEXT\ntrain,race,1,\u574f\n",
        "mlma/fr_dataset.csv": "tweet,sentiment\nbonjour,normal\nsale type,hateful_offensive\npeut-être,offensive_normal\n",
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(content, encoding="utf8")
    found = {each.text: [None if np.isnan(value) else int(value) for value in each.said[:3]] for each in label_sets.learned(tmp_path)}
    assert found == {  # toxic, threat, hate
        "they are vermin": [1, 1, 1], "my hamster is vermin": [None, None, 0], "Du Idiot": [1, None, 0], "Guten Tag": [0, None, 0],
        "bom dia": [0, None, 0], "odeio voces": [1, None, 1], "\u574f": [1, None, None], "bonjour": [0, None, 0], "sale type": [1, None, 1],
    }  # fmt: skip
    assert max(each.counts.max() for each in label_sets.learned(tmp_path)) == pytest.approx(label_sets.ELSEWHERE)


def test_a_text_is_held_by_its_words_alone(tmp_path: Path) -> None:
    found = list(label_sets.learned(folder(tmp_path)))
    assert 0 < sum(each.held for each in found) < len(found)
    again = label_sets.Judged("elsewhere", found[0].text.upper() + " ", found[0].said, found[0].counts)
    assert again.held == found[0].held


def test_the_peer_learns_words(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    chance = labels.tf_idf(label_sets.tweets(folder(tmp_path), "hate", "train"), ["an idiot", "by the river"])
    assert chance[0] > 0.5 > chance[1]


def test_without_sets_or_without_a_labeller_it_says_so(app: App, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="needs a folder"):
        labels.run(app, None, 0, print)
    with pytest.raises(EngineUnavailable, match="Nothing labels texts"):
        labels.run(app, folder(tmp_path), 0, print)
