"""The public sets that labels are learned from and judged by: each text with what its set says of it, of each label 1, 0 or nothing.

    safety/        TweetEval hate and offensive (`…_train`, `…_val`), Davidson: as in the folder of public sets, {"text", "label"} a line
    moderation/    samples-1680.jsonl.gz (OpenAI, MIT)
    sdcnl/         training-set.csv, testing-set.csv (Haque et al. 2021): posts of r/SuicideWatch, posts of r/depression
    sms/           SMSSpamCollection (Almeida et al. 2011)
    smishing/      Dataset_5971.csv (Mishra and Soni 2022): ham, spam, smishing; beside sms/, for copies go about whose labels are shuffled
    tweepfake/     train.csv, test.csv (Fagni et al. 2021): tweets by people and by their bots
    dynahate/      the CSVs of Vidgen et al. 2021, hatemoji/ those of Kirk et al. 2022: made up by people to mislead a machine, near misses beside
    germeval/      germeval2018.training.txt (Wiegand et al. 2018), German; toldbr/ ToLD-BR.csv (Leite et al. 2020), Portuguese
    cold/          test.csv, train.csv (Deng et al. 2022), Chinese; mlma/ fr_dataset.csv, ar_dataset.csv (Ousidhoum et al. 2019)
    communities/   posts.jsonl.gz: taken to be neither spam nor scam nor anything else that is rare
    hatecheck/     test_suite_cases.csv (Röttger et al. 2021), and mhc/ (Röttger et al. 2022): for judging only

Nobody judged most labels of most texts: those are NaN. It downloads nothing, and it does not say how a text is read.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from oscine.engines.labels import LABELS
from oscine.errors import InputError

HELD_OUT = 7  # one text in so many is learned nothing from
MOST = {"davidson": 3_000, "tweepfake": 4_000, "communities": 2_000, "toldbr": 5_000, "cold": 7_000}  # texts of a set, so that none drowns the others
LIGHT = 0.3  # what a text counts where its label is supposed rather than judged, or is another set's notion of it
ELSEWHERE = 0.45  # what a text counts that was made up, or is of a language and a notion of its own: learned from, but no probability is fitted on it
LANGUAGES = {
    "arabic": "ar", "dutch": "nl", "french": "fr", "german": "de", "hindi": "hi", "italian": "it", "mandarin": "zh", "polish": "pl",
    "portuguese": "pt", "spanish": "es",
}  # fmt: skip
AGAINST = ("homophobia", "racism", "misogyny", "xenophobia")  # a group, in ToLD-Br
POSTS = {"germeval": "de", "toldbr": "pt", "cold": "zh", "mlma-fr": "fr", "mlma-ar": "ar"}  # sets of posts in other languages than English
AGREED = 0.9  # of the texts that both sets of text messages hold, whose labels must agree
QUIET = {"spam": 0.0, "scam": 0.0, "self-harm": 0.0, "generated": 0.0}  # what tweets that were gathered for something else are supposed not to be

csv.field_size_limit(10_000_000)


class Judged(NamedTuple):
    """A text of a set. `said` and `counts` are (8,), in the order of `LABELS`."""

    source: str
    text: str
    said: NDArray[np.float32]
    counts: NDArray[np.float32]

    @property
    def held(self) -> bool:
        """Whether nothing is learned from it: one in seven, by the hash of its text, so that copies stay together."""
        return int(hashlib.sha256(self.text.strip().lower().encode("utf-8", "replace")).hexdigest(), 16) % HELD_OUT == 0


class Case(NamedTuple):
    """A functional test of hate: its class (`counter_quote_nh`, `slur_reclaimed_nh`, …), its text, whether it is hateful."""

    kind: str
    text: str
    hateful: bool


def learned(data: Path) -> Iterator[Judged]:
    """All texts for learning that are in a folder, a held seventh among them; none that TweetEval's validation parts or HateCheck hold."""
    judging = {text.strip().lower() for task in ("hate", "offensive") for text, _ in tweets(data, task, "val")}
    judging |= {case.text.strip().lower() for found in cases(data).values() for case in found}
    for name, read in SETS.items():
        yield from (each for each in islice(read(data, name), MOST.get(name, 1_000_000)) if each.text.strip().lower() not in judging)


def tweets(data: Path, name: str, part: str) -> list[tuple[str, bool]]:
    """TweetEval's `hate` or `offensive`: texts, and whether they are."""
    return [(line["text"], not line["label"].startswith("not")) for line in _lines(data / "safety" / f"tweeteval_{name}_{part}.jsonl.gz")]


def cases(data: Path) -> dict[str, list[Case]]:
    """HateCheck by language, those that are there."""
    paths = {"en": data / "hatecheck" / "test_suite_cases.csv"}
    paths |= {lang: data / "mhc" / f"hatecheck_cases_final_{name}.csv" for name, lang in LANGUAGES.items()}
    found = {lang: [Case(row["functionality"], row["test_case"], row["label_gold"] == "hateful") for row in _rows(path)] for lang, path in paths.items()}
    return {lang: rows for lang, rows in found.items() if rows}


def _judged(source: str, text: str, said: dict[str, float], supposed: dict[str, float] | None = None, counts: float = 1.0) -> Judged:
    known, supposed = np.full(len(LABELS), np.nan, np.float32), supposed or {}
    weight = np.zeros(len(LABELS), np.float32)
    for number, label in enumerate(LABELS):
        if label in said:
            known[number], weight[number] = said[label], counts
        elif label in supposed:
            known[number], weight[number] = supposed[label], LIGHT * counts
    return Judged(source, text, known, weight)


def _tweeteval(data: Path, name: str) -> Iterator[Judged]:
    which, label = ("hate", "hate") if name == "hate" else ("offensive", "toxic")
    for text, is_so in tweets(data, which, "train"):
        yield _judged(name, text, {label: float(is_so)}, QUIET)


def _davidson(data: Path, name: str) -> Iterator[Judged]:
    """Its notion of `offensive` takes in most swearing among friends: it counts little."""
    said = {"hate": {"hate": 1.0, "toxic": 1.0}, "offensive": {"toxic": 1.0}, "neither": {"hate": 0.0, "toxic": 0.0}}
    taken = {"hate": 1, "offensive": 5, "neither": 1}  # every so manieth of a class
    seen = dict.fromkeys(taken, 0)
    for line in _lines(data / "safety" / "davidson.jsonl.gz"):
        kind = line["label"]
        seen[kind] = seen.get(kind, 0) + 1
        if kind in said and seen[kind] % taken[kind] == 0:
            yield _judged(name, line["text"], said[kind], QUIET, LIGHT)


def _moderation(data: Path, name: str) -> Iterator[Judged]:
    whole = {"sexual": ("S", "S3"), "hate": ("H", "H2"), "threat": ("V", "V2"), "self-harm": ("SH",), "toxic": ("H", "HR", "H2")}
    for line in _lines(data / "moderation" / "samples-1680.jsonl.gz"):
        said = {label: float(max(line[part] for part in parts if part in line)) for label, parts in whole.items() if any(part in line for part in parts)}
        yield _judged(name, line["prompt"], said, {"spam": 0.0, "scam": 0.0})


def _sdcnl(data: Path, name: str) -> Iterator[Judged]:
    """Whoever writes of depression is not said to speak of harming themselves, nor not to."""
    for part in ("training-set.csv", "testing-set.csv"):
        for row in _rows(data / "sdcnl" / part):
            if row.get("is_suicide") in ("0", "1"):
                said = {"self-harm": 1.0} if row["is_suicide"] == "1" else {}
                yield _judged(name, f"{row['title']}. {row['selftext']}"[:600], said, {"spam": 0.0, "scam": 0.0, "sexual": 0.0}, 0.7)


def _sms(data: Path, name: str) -> Iterator[Judged]:
    path = data / "sms" / "SMSSpamCollection"
    for line in path.read_text(encoding="utf8", errors="replace").splitlines() if path.is_file() else ():
        kind, _, text = line.partition("\t")
        if kind in ("ham", "spam") and text:
            rest = {"threat": 0.0, "sexual": 0.0, "self-harm": 0.0} if kind == "ham" else {}
            yield _judged(name, text, {"spam": float(kind == "spam")} | ({"scam": 0.0} if kind == "ham" else {}), rest)


def _smishing(data: Path, name: str) -> Iterator[Judged]:
    """Raises `InputError` for a copy whose labels are not those of its texts."""
    known = {" ".join(each.text.lower().split()): float(each.said[LABELS.index("spam")]) for each in _sms(data, "sms")}
    rows = [(row["TEXT"], row["LABEL"].strip().lower()) for row in _rows(data / "smishing" / "Dataset_5971.csv")]
    alike = [(kind != "ham") == known[text] for text, kind in ((" ".join(text.lower().split()), kind) for text, kind in rows) if text in known]
    if alike and sum(alike) < AGREED * len(alike):
        raise InputError(f"Dataset_5971.csv disagrees with SMSSpamCollection on {len(alike) - sum(alike):,} of {len(alike):,} texts.", "Use another copy.")
    for text, kind in rows:
        if kind in ("spam", "smishing"):
            yield _judged(name, text, {"spam": 1.0, "scam": float(kind == "smishing")})


def _tweepfake(data: Path, name: str) -> Iterator[Judged]:
    path = data / "tweepfake" / "train.csv"
    for row in _rows(path, ";") if path.is_file() else ():
        if row.get("account.type") in ("bot", "human") and row.get("text"):
            yield _judged(name, row["text"], {"generated": float(row["account.type"] == "bot")}, QUIET, 0.7)


def _made_up(data: Path, name: str) -> Iterator[Judged]:
    """DynaHate and HatemojiBuild: hate as people can write it, and what looks like it and is none. Attacks are rude as well, whatever else they are."""
    for path in sorted((data / name).glob("*.csv")):
        for row in _rows(path):
            hateful = row.get("label", row.get("label_gold")) in ("hate", "1")
            said = {"hate": float(hateful)} | ({"threat": 1.0} if row["type"].startswith("threatening") else {})
            yield _judged(name, row["text"], said, QUIET | ({"toxic": 1.0} if hateful else {}), ELSEWHERE)


def _germeval(data: Path, name: str) -> Iterator[Judged]:
    """Its `ABUSE` is what degrades people for a group that they belong to."""
    path = data / name / "germeval2018.training.txt"
    for line in path.read_text(encoding="utf8").splitlines() if path.is_file() else ():
        text, offense, kind = line.rsplit("\t", 2)
        yield _judged(name, text, {"toxic": float(offense == "OFFENSE"), "hate": float(kind == "ABUSE")}, QUIET, ELSEWHERE)


def _toldbr(data: Path, name: str) -> Iterator[Judged]:
    """Three people judged each; what only one of them called rude is left open."""
    for row in _rows(data / name / "ToLD-BR.csv"):
        rude = max(float(row[kind]) for kind in ("obscene", "insult", *AGAINST))
        if rude != 1:
            hateful = max(float(row[kind]) for kind in AGAINST)
            yield _judged(name, row["text"], {"toxic": float(rude > 1)} | ({} if hateful == 1 else {"hate": float(hateful > 1)}), QUIET, ELSEWHERE)


def _cold(data: Path, name: str) -> Iterator[Judged]:
    """The test part tells attacks on a group from those on a person, and what speaks against prejudice; the training part, rude or not."""
    for part in ("test", "train"):
        for row in _rows(data / name / f"{part}.csv"):
            kind = row.get("fine-grained-label")
            yield _judged(name, row["TEXT"], {"toxic": float(row["label"])} | ({"hate": float(kind == "2")} if kind else {}), QUIET, ELSEWHERE)


def _mlma(data: Path, name: str) -> Iterator[Judged]:
    """What some called normal and others not is left out."""
    for row in _rows(data / "mlma" / f"{name[-2:]}_dataset.csv"):
        kinds = set(row["sentiment"].split("_"))
        if kinds == {"normal"} or "normal" not in kinds:
            yield _judged(name, row["tweet"], {"toxic": float(kinds != {"normal"}), "hate": float("hateful" in kinds)}, QUIET, ELSEWHERE)


def _communities(data: Path, name: str) -> Iterator[Judged]:
    for line in islice(_lines(data / "communities" / "posts.jsonl.gz"), 0, None, 31):
        yield _judged(name, line["text"][:600], {}, {"generated": 0.0, "threat": 0.0, "sexual": 0.0, "spam": 0.0, "scam": 0.0, "self-harm": 0.0, "hate": 0.0})


SETS = {"hate": _tweeteval, "offensive": _tweeteval, "davidson": _davidson, "moderation": _moderation, "sdcnl": _sdcnl, "sms": _sms, "smishing": _smishing,
        "tweepfake": _tweepfake, "dynahate": _made_up, "hatemoji": _made_up, "germeval": _germeval, "toldbr": _toldbr, "cold": _cold, "mlma-fr": _mlma,
        "mlma-ar": _mlma, "communities": _communities}  # fmt: skip


def _lines(path: Path) -> Iterator[dict[str, str]]:
    if path.is_file():
        with gzip.open(path, "rt", encoding="utf8") as file:
            yield from map(json.loads, file)


def _rows(path: Path, delimiter: str = ",") -> Iterator[dict[str, str]]:
    if path.is_file():
        with path.open(encoding="utf8", errors="replace", newline="") as file:
            yield from csv.DictReader(file, delimiter=delimiter)
