"""The suite `labels`: how well texts are labelled, beside words counted (TF-IDF and logistic regression) in the same run; how often those who answer
hate, or take a slur back, are taken for those who spread it; seven languages and more; whether reasons are reasons.

It needs a folder of public sets (`evals/label_sets.py` names them); what is not there is left out, and the report says so. TweetEval's validation parts and
HateCheck are judged on and never learned from; of the other sets the seventh that was held back.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from oscine import __version__
from oscine.app import App
from oscine.engines.labels import LABELS, E5Labels
from oscine.errors import EngineUnavailable, InputError, SetupError
from oscine.evals import label_sets, report
from oscine.evals.label_sets import Case, Judged
from oscine.evals.metrics import ROUNDS, SEED, Interval, wilson
from oscine.evals.report import Failure, Measure, Report

Item = TypeVar("Item")
Log = Callable[[str], None]
Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
Rows = NDArray[np.int64]

TWEETS = {"hate": "hate", "offensive": "toxic"}  # TweetEval's tasks, and the label that each is about
MARGIN, MOST_ECE, BINS = 0.03, 0.05, 10
COUNTER = {"counter-speech": ("counter_quote_nh", "counter_ref_nh"), "reclaimed slurs": ("slur_reclaimed_nh", "slur_reclaimed_n")}
OF_LANGUAGE = 500  # cases
OF_REASONS = 150  # texts
METHOD = (
    "Probabilities of 0.5 and above count as yes where a macro-F1 is told, thresholds elsewhere. The peer is logistic regression on TF-IDF of words and "
    "pairs of words that occur twice, trained on the same task's training part: of C = 4, and C = 1 with classes weighted alike, the one that does better on "
    "the judged texts. Texts that stand in the training part too are not judged. Intervals draw texts (bootstrap), or are Wilson's. HateCheck's "
    "texts are made up, one difficulty each: shares on it are of kinds of cases, not of what people write."
)


def run(app: App, data: Path | None, sample: int, log: Log) -> Report:
    """Measure. Raises `InputError` without a folder, `EngineUnavailable` where nothing labels."""
    if data is None or not (data / "safety").is_dir():
        raise InputError("The suite labels needs a folder of public sets.", "Name it with --data; it holds safety/tweeteval_hate_val.jsonl.gz.")
    labeller = app.labeller
    if not isinstance(labeller, E5Labels):
        raise EngineUnavailable(app.labels_problem or "Nothing labels texts here.", "Set OSCINE_LABELS to e5.")
    missing: list[Failure] = []
    measures = [*_tweets(labeller, data, sample, log), *_held(labeller, data, sample, log), *_cases(labeller, data, sample, missing, log)]
    held = "; ".join(f"{name} {count:,}" for name, count in _sizes(data).items())
    about = f"Public sets; texts for learning, of which every seventh is held: {held or 'none'}. TweetEval's validation parts; HateCheck."
    return Report(suite="labels", made_at=datetime.now(UTC), version=__version__, data=about, method=METHOD, measures=tuple(measures), failures=tuple(missing))


def macro_f1(said: Flags, right: Flags) -> float:
    """The mean of the F1 of yes and of no."""

    def f1(one: Flags, other: Flags) -> float:
        both = int((one & other).sum())
        return 2 * both / max(1, int(one.sum() + other.sum()))

    return (f1(said, right) + f1(~said, ~right)) / 2


def ece(chance: Numbers, right: Flags, bins: int = BINS) -> float:
    """Expected calibration error (Naeini et al. 2015): how far ten bins of about equal size are from what they say, weighted by size."""
    parts = np.array_split(np.argsort(chance, kind="stable"), bins)
    return float(sum(abs(chance[part].mean() - right[part].mean()) * len(part) for part in parts if len(part)) / max(1, len(chance)))


def auc(chance: Numbers, right: Flags) -> float:
    """The share of pairs of a yes and a no that stand in the right order, ties half (Mann and Whitney 1947); 0 where one kind is missing."""
    if right.all() or not right.any():
        return 0.0
    _, inverse, counts = np.unique(chance, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    yes = int(right.sum())
    return float((ranks[right].sum() - yes * (yes + 1) / 2) / (yes * (len(right) - yes)))


def _tweets(labeller: E5Labels, data: Path, sample: int, log: Log) -> Iterator[Measure]:
    for task, label in TWEETS.items():
        train = label_sets.tweets(data, task, "train")
        known = {text.strip().lower() for text, _ in train}
        cases = _some([case for case in label_sets.tweets(data, task, "val") if case[0].strip().lower() not in known], sample)
        texts, right = [text for text, _ in cases], np.array([is_so for _, is_so in cases], bool)
        worked = time.process_time()
        chance = labeller.probabilities(texts)[:, LABELS.index(label)].astype(np.float64)
        rate = len(texts) / max(1e-9, time.process_time() - worked)
        log(f"{task}: {len(texts):,} texts, {rate:.0f} in a second of a core")
        peers = [tf_idf(train, texts, alike) for alike in (False, True)]
        peer = max(peers, key=lambda found: macro_f1(found >= 0.5, right))
        yield from _task(f"TweetEval {task}, validation", chance, peer, right)
        if task == "hate":
            yield Measure(name="texts labelled in a second of one core", value=rate, n=len(texts), unit="count")


def _task(name: str, chance: Numbers, peer: Numbers, right: Flags) -> Iterator[Measure]:
    def ours(rows: Rows) -> float:
        return macro_f1(chance[rows] >= 0.5, right[rows])

    def theirs(rows: Rows) -> float:
        return macro_f1(peer[rows] >= 0.5, right[rows])

    n = len(right)
    yield report.measure(f"{name}: macro-F1", drawn(ours, n), n, unit="score", peer=theirs(np.arange(n)), peer_name="TF-IDF, logistic regression")
    yield report.measure(f"{name}: macro-F1 above the peer's", drawn(lambda rows: ours(rows) - theirs(rows), n), n, unit="score", aim=MARGIN)
    off = drawn(lambda rows: ece(chance[rows], right[rows]), n)
    yield report.measure(f"{name}: calibration error", off, n, unit="score", aim=MOST_ECE, direction="at most")


def tf_idf(train: Sequence[tuple[str, bool]], texts: Sequence[str], alike: bool = False) -> Numbers:
    """The peer: how probable it is by words and pairs of words alone, (n,); `alike`: both classes count the same.

    Raises `SetupError` where scikit-learn is not installed.
    """
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
    except ImportError as error:
        raise SetupError(f"{error.name} is not installed.", "Run `pip install 'oscine[bench]'`.") from None
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    model = LogisticRegression(C=1 if alike else 4, class_weight="balanced" if alike else None, max_iter=1_000)
    model.fit(words.fit_transform([text for text, _ in train]), [is_so for _, is_so in train])
    chance: Numbers = model.predict_proba(words.transform(texts))[:, 1]
    return chance


def _held(labeller: E5Labels, data: Path, sample: int, log: Log) -> Iterator[Measure]:
    held = _some([each for each in label_sets.learned(data) if each.held], sample * 4)
    log(f"{len(held):,} held texts")
    chance = labeller.probabilities([each.text for each in held]).astype(np.float64)
    for place, label in enumerate(LABELS):
        rows = [row for row, each in enumerate(held) if not np.isnan(each.said[place])]
        right = np.array([held[row].said[place] == 1 for row in rows], bool)
        if right.any():
            yield from _label(label, chance[rows, place], right, labeller.thresholds[label])
    yield from _posts(held, chance)
    least = np.array(list(labeller.thresholds.values()))
    said = [(each.text, LABELS[int(np.argmax(row - least))]) for each, row in zip(held, chance, strict=True) if (row >= least).any()]
    yield _reasons(labeller, [(text, label) for text, label in said if 6 <= len(text.split()) <= 40])


def _label(label: str, chance: Numbers, right: Flags, least: float) -> Iterator[Measure]:
    above, n = chance >= least, len(right)
    hits, told, are = int((above & right).sum()), int(above.sum()), int(right.sum())
    yield report.measure(f"{label}, held texts: AUC", drawn(lambda at: auc(chance[at], right[at]), n, 500), n, unit="score")
    yield report.measure(f"{label}, held texts: right of what is said", wilson(hits, told), told, note=f"from {least:.2f} on")
    yield report.measure(f"{label}, held texts: said of what is", wilson(hits, are), are)


def _posts(held: Sequence[Judged], chance: Numbers) -> Iterator[Measure]:
    """How well rude posts are told from others where they are not English."""
    place = LABELS.index("toxic")
    for name, lang in label_sets.POSTS.items():
        rows = [row for row, each in enumerate(held) if each.source == name]
        right = np.array([held[row].said[place] == 1 for row in rows], bool)
        if right.any():
            found = drawn(lambda at, told=chance[rows, place], so=right: auc(told[at], so[at]), len(rows), 500)  # type: ignore[misc]
            yield report.measure(f"toxic, held posts in {lang} ({name}): AUC", found, len(rows), unit="score")


def _reasons(labeller: E5Labels, said: Sequence[tuple[str, str]]) -> Measure:
    """Without its reason a text should be less so than without as many other characters in a row."""
    better = 0
    said, chooser = _some(said, OF_REASONS), random.Random(SEED)
    for text, label in said:
        start, end = labeller.reason(text, label)
        other = chooser.randrange(max(1, len(text) - (end - start) + 1))
        without = [text[:start] + text[end:], text[:other] + text[other + end - start :]]
        chance = labeller.probabilities(without)[:, LABELS.index(label)]
        better += int(chance[0] < chance[1])
    return report.measure("reasons: taken out, they lower a label more than others of their length", wilson(better, len(said)), len(said))


def _cases(labeller: E5Labels, data: Path, sample: int, missing: list[Failure], log: Log) -> Iterator[Measure]:
    found, place = label_sets.cases(data), LABELS.index("hate")
    if "en" not in found or len(found) < 7:
        missing.append(Failure(case="HateCheck", what=f"{len(found)} languages of it are in the folder"))
    for lang, given in found.items():
        given = _some(given, sample or OF_LANGUAGE, always=lambda case: any(case.kind in kinds for kinds in COUNTER.values()))
        log(f"HateCheck, {lang}: {len(given):,} cases")
        chance = labeller.probabilities([case.text for case in given])[:, place].astype(np.float64)
        yield from _language(lang, given, chance, labeller.thresholds["hate"])


def _language(lang: str, given: Sequence[Case], chance: Numbers, sure: float) -> Iterator[Measure]:
    right = np.array([case.hateful for case in given], bool)
    found = drawn(lambda rows: macro_f1(chance[rows] >= 0.5, right[rows]), len(right), 500)
    yield report.measure(f"HateCheck {lang}: macro-F1", found, len(right), unit="score", note=f"AUC {auc(chance, right):.2f}")
    yield report.measure(f"HateCheck {lang}: hate that is said to be", wilson(int((chance[right] >= sure).sum()), int(right.sum())), int(right.sum()))
    for name, kinds in COUNTER.items():
        of_kind = np.array([case.kind in kinds for case in given], bool)
        if of_kind.any():
            alarms = int((chance[of_kind] >= sure).sum())
            yield report.measure(f"HateCheck {lang}: false alarms on {name}", wilson(alarms, int(of_kind.sum())), int(of_kind.sum()))


def drawn(figure: Callable[[Rows], float], n: int, rounds: int = ROUNDS // 4) -> Interval:
    """A figure of rows with its percentile bootstrap interval (Efron 1979)."""
    chooser = np.random.default_rng(SEED)
    values = [figure(chooser.integers(0, n, n)) for _ in range(rounds)]
    low, high = np.quantile(values, (0.025, 0.975))
    return Interval(figure(np.arange(n)), float(low), float(high))


def _some(items: Sequence[Item], most: int, always: Callable[[Item], bool] = lambda _: False) -> list[Item]:
    """So many of the items, always the same ones, 0 for all; those that are always wanted come beside them."""
    if not most or len(items) <= most:
        return list(items)
    chosen = set(random.Random(SEED).sample(range(len(items)), most))
    return [item for place, item in enumerate(items) if place in chosen or always(item)]


def _sizes(data: Path) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for each in label_sets.learned(data):
        sizes[each.source] = sizes.get(each.source, 0) + 1
    return sizes
