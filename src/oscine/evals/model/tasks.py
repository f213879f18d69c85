"""What a model can tell without being taught: which label or which post it finds likelier. No word of an answer is generated.

Labels (the sets of TweetEval, Barbieri et al. 2020): after a fixed pattern the label's word is chosen whose likelihood rises most over what it is
without the post, since some words are likelier anyway (domain-conditional PMI, Holtzman et al. 2021). Macro-F1, as TweetEval has it for these
sets; chance is about one half, and what always gives the commoner label lies below it.
TweetQA (Xiong et al. 2019): after which of ten posts is the question likeliest, the right one or nine others? Chance is one in ten.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from oscine.evals import metrics, sets

if TYPE_CHECKING:
    from oscine.model.bits import Network

CASES = 200
OTHERS = 9
SEED = 7


class Labels(NamedTuple):
    """A set: its file, the question after a post, and the word for each label."""

    file: str
    question: str
    words: dict[str, str]


SETS = {
    "offensive": Labels("safety/tweeteval_offensive_val.jsonl.gz", "\nIs this offensive?", {"offensive": " yes", "not_offensive": " no"}),
    "hate": Labels("safety/tweeteval_hate_val.jsonl.gz", "\nIs this hateful?", {"hate": " yes", "not_hate": " no"}),
}


def run(network: Network, folder: Path | None, cases: int) -> list[dict[str, Any]]:
    """All tasks at hand: TweetQA's questions come with the package, the sets of labels with a folder."""
    there = {name: known for name, known in SETS.items() if folder and (folder / known.file).is_file()}
    labelled = [_labels(network, name, known, sets.lines(folder / known.file), cases) for name, known in there.items() if folder]
    return [*labelled, tweetqa(network, max(1, cases // 2))]


def _labels(network: Network, name: str, known: Labels, lines: Any, cases: int) -> dict[str, Any]:
    given = [line for line in lines if line["label"] in known.words]
    return {"task": f"TweetEval {name}", **labels(network, known, sets.spread(given, cases)[:cases])}


def labels(network: Network, known: Labels, lines: Sequence[sets.Line]) -> dict[str, Any]:
    """Macro-F1 and accuracy of labels chosen by likelihood; lines have `text` and `label`."""
    names = list(known.words)
    chosen = [names[place] for place in _gains(network, known, [line["text"] for line in lines]).argmax(1)]
    right = [line["label"] for line in lines]
    hits = metrics.wilson(sum(one == other for one, other in zip(chosen, right, strict=True)), len(right))
    return {"macro_f1": macro_f1(chosen, right), "accuracy": hits._asdict(), "cases": len(right), "chance": 1 / len(names)}


def _gains(network: Network, known: Labels, texts: Sequence[str]) -> Any:
    """gains[post, label]: by how much the post raises the logarithm of the label's likelihood."""
    words = list(known.words.values())
    alone = network.likelihood([known.question] * len(words), words)
    contexts = [text + known.question for text in texts for _ in words]
    return network.likelihood(contexts, words * len(texts)).reshape(-1, len(words)) - alone


def macro_f1(chosen: Sequence[str], right: Sequence[str]) -> float:
    """The mean over the right labels of the F1 of each."""
    pairs = list(zip(chosen, right, strict=True))
    scores = []
    for label in sorted(set(right)):
        hits = sum(one == other == label for one, other in pairs)
        scores.append(2 * hits / (sum(one == label for one in chosen) + sum(other == label for other in right)))
    return metrics.mean(scores)


def tweetqa(network: Network, cases: int) -> dict[str, Any]:
    """How often the question is likeliest after the post that it is about."""
    posts = {post["id"]: post["text"] for post in sets.tweets()}
    questions = sets.spread(sets.questions(), cases)[:cases]
    chooser, names = np.random.default_rng(SEED), sorted(posts)
    contexts, endings = [], []
    for question in questions:
        others = [name for name in chooser.permutation(names)[: OTHERS + 1] if name != question["post_id"]][:OTHERS]
        contexts += [posts[name] for name in (question["post_id"], *others)]
        endings += ["\n" + question["question"]] * (OTHERS + 1)
    likely = network.likelihood(contexts, endings).reshape(len(questions), OTHERS + 1)
    hits = metrics.wilson(int((likely.argmax(1) == 0).sum()), len(questions))
    return {
        "task": "TweetQA, the post of a question among ten",
        "accuracy": hits._asdict(),
        "cases": len(questions),
        "chance": 1 / (OTHERS + 1),
    }
