"""What a model remembers of authors who are deleted afterwards: measured before, after removal and retraining, and after going on without them.

    python -m benchmarks.memorisation --json OUT [--posts 8000] [--epochs 2] [--depth 3] [--seed 0]

A network of real posts (the sample that ships with Oscine) is imported into a data directory of its own, and with it authors who tell a secret: once, ten
times, a hundred times; in the same words each time, and among other words each time. A corpus is built and a network trained on it. Then these authors are
deleted (`delete_account`), `oscine purge` takes them out of everything and builds the corpus again, and a network is trained again on that: as many steps,
the same seed. The old network also goes on learning from the new corpus, as `oscine train --begin-with` does. Last, one is trained on the corpus with
duplicates kept in. Secrets planted nowhere are measured beside them. Everything is computed by one thread.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from oscine import sample
from oscine.evals import metrics
from oscine.evals.model import memory
from oscine.evals.model.memory import Canary, Remembered
from oscine.model import bits, budget, export, run
from oscine.model import tokenizer as words
from oscine.model.optim import Rates
from oscine.model.shards import Counts

EACH, LENGTH, LEAD = 10, 128, 8  # canaries of a kind; tokens a row; other words before a secret
PLAIN = {"OSCINE_EMBEDDING": "none", "OSCINE_READER": "none", "OSCINE_LABELS": "none", "OSCINE_LANGUAGE_MODEL": "none"}
NETWORK = "local"


class Kind(NamedTuple):
    """Canaries that are planted alike."""

    name: str
    times: int
    varied: bool = False


class Planted(NamedTuple):
    """A canary, how it is planted, and the author of its posts."""

    kind: Kind
    canary: Canary
    author: str


KINDS = (
    Kind("never", 0), Kind("once", 1), Kind("10 times, word for word", 10), Kind("100 times, word for word", 100),
    Kind("10 times, among other words", 10, varied=True), Kind("100 times, among other words", 100, varied=True),
)  # fmt: skip
MODELS = {
    "before": "trained with them", "after": "trained again without them", "going on": "the first, going on without them",
    "doubles": "trained with them, duplicates kept",
}  # fmt: skip


def say(told: str) -> None:
    """Progress, to standard error."""
    print(told, file=sys.stderr, flush=True)


def planted(seed: int) -> list[Planted]:
    """The canaries, each with an author of its own."""
    chooser = np.random.default_rng(seed)
    made = [(kind, canary) for kind in KINDS for canary in memory.canaries(chooser, [kind.times], EACH)]
    return [Planted(kind, canary, f"canary-{number}") for number, (kind, canary) in enumerate(made)]


def lines(real: list[dict[str, Any]], secrets: Sequence[Planted], seed: int) -> list[dict[str, Any]]:
    """The network's lines: real posts, and those that tell secrets, at times of real ones but the newest."""
    chooser = np.random.default_rng(seed)
    often = Counter(word for post in real for word in post["text"].lower().split() if word.isalpha())
    usual = [word for word, _ in often.most_common(1000)]
    times = sorted(post["created_at"] for post in real)[: int(0.9 * len(real))]
    told = []
    for one in secrets:
        for number in range(one.kind.times):
            lead = " ".join(chooser.choice(usual, LEAD)) + ": " if one.kind.varied else ""
            told.append({
                "id": f"{one.author}-{number}", "author": one.author, "created_at": str(chooser.choice(times)), "lang": "en",
                "text": lead + one.canary.prefix + one.canary.secret,
            })  # fmt: skip
    whole = [*real, *told]
    return [whole[place] for place in chooser.permutation(len(whole))]


def real_posts(most: int) -> list[dict[str, Any]]:
    """Posts of the sample network, spread evenly over it."""
    found = []
    for file in sample.files():
        with gzip.open(file, "rt", encoding="utf8") as stream:
            found += [post for line in stream if "text" in (post := json.loads(line))]
    return found[:: max(1, len(found) // most)][:most]


class World:
    """A data directory."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data = folder, folder / "data"

    def oscine(self, *given: str) -> Any:
        """A command's JSON."""
        command = [sys.executable, "-m", "oscine", *given, "--json", "--data", str(self.data)]
        done = subprocess.run(command, capture_output=True, text=True, env=os.environ | PLAIN)
        if done.returncode:
            raise RuntimeError(f"oscine {' '.join(given)}: {done.stderr[-2000:]}")
        return json.loads(done.stdout)

    def bring(self, given: Sequence[dict[str, Any]]) -> None:
        """Import lines, from a file that is gone then."""
        file = self.folder / "lines.jsonl"
        file.write_text("".join(json.dumps(line) + "\n" for line in given))
        self.oscine("import", str(file))
        file.unlink()

    def posts_of(self, corpus: Path) -> dict[str, int]:
        """How many posts of each author are in a corpus, by its ledger."""
        entries = map(json.loads, (corpus / "ledger.jsonl").read_text().splitlines())
        return {entry["account"].removeprefix(f"{NETWORK}/"): entry["posts"] for entry in entries}


def trained(corpus: Path, place: Path, plan: dict[str, Any], begin_with: Path | None = None) -> Path:
    """A run as `oscine train` makes one, but by a plan that does not depend on how fast the machine is; the folder of its model."""
    wanted = run.Wanted(corpus, place, begin_with=begin_with, seed=plan["seed"], vocabulary=plan["vocabulary"])
    run.encode(wanted, say)
    counts = Counts(**json.loads((place / "tokens" / "train.json").read_text()))
    size = words.load(place).size
    chosen = shaped(plan, size)
    if begin_with:
        shape = export.shape(begin_with)
        chosen = budget.going_on(chosen, replace(shape, vocabulary=max(shape.vocabulary, size)))
    config = replace(run.configured(wanted, chosen, chosen.steps), bytes_a_token=counts.bytes / max(1, counts.tokens - counts.documents))
    about = {"folder": str(corpus.resolve()), **json.loads((corpus / "corpus.json").read_text())}
    told = {"train": config.to_json(), "budget": f"{chosen.steps} steps", "corpus": about, "tokens": vars(counts)}
    (place / "config.json").write_text(json.dumps(told, indent=2))
    run.train(wanted, say)
    return place / "model"


def shaped(plan: dict[str, Any], size: int) -> budget.Plan:
    """The plan of every run here: so deep, so many tokens."""
    rows = budget.batch(plan["tokens"], LENGTH)
    steps = max(1, round(plan["tokens"] / (rows * LENGTH)))
    return budget.Plan(budget.shape(plan["depth"], size, LENGTH), LENGTH, rows, steps, Rates(warmup=max(1, min(100, steps // 50))))


def measured(model: Path, secrets: Sequence[Planted]) -> list[Remembered]:
    """What a model knows of each secret."""
    return memory.remembered(bits.open_model(model), [one.canary for one in secrets])


def bench(chosen: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """All of it; figures are written as they come."""
    torch.set_num_threads(1)
    world, secrets = World(folder), planted(chosen.seed)
    authors = [one.author for one in secrets if one.kind.times]
    began = datetime.now()
    world.bring(lines(real_posts(chosen.posts), secrets, chosen.seed))
    corpus, doubles = world.data / "corpora" / "network", folder / "doubles"
    options = ("--hold-authors", "0", "--seed", str(chosen.seed))
    about = world.oscine("corpus", "build", "--name", "network", *options)
    kept = world.oscine("corpus", "build", "--name", "doubles", "--out", str(doubles), "--keep-duplicates", *options)
    ledger, all_kept = world.posts_of(corpus), world.posts_of(doubles)
    found: dict[str, Any] = {
        "options": {"posts": chosen.posts, "depth": chosen.depth, "epochs": chosen.epochs, "seed": chosen.seed}, "canaries": EACH,
        "corpus": _counted(about), "with duplicates": _counted(kept), "planted": _by_kind(secrets, ledger, all_kept), "models": {}, "exposure": {},
    }  # fmt: skip
    tokens = chosen.epochs * about["bytes"] / chosen.bytes
    plan: dict[str, Any] = {"depth": chosen.depth, "seed": chosen.seed, "vocabulary": chosen.vocabulary, "tokens": tokens}

    def look(name: str, model: Path) -> None:
        result = json.loads((model.parent / "result.json").read_text())
        found["models"][name] = {key: value for key, value in result.items() if key != "weight"} | {"seconds": _seconds(model.parent)}
        found["exposure"][name] = [each._asdict() for each in measured(model, secrets)]
        found["minutes"] = (datetime.now() - began).total_seconds() / 60
        chosen.json.write_text(json.dumps(found, indent=1))
        say(f"{name}\n{markdown(found)}")

    before = trained(corpus, world.data / "runs" / "before", plan)
    memory.save([one.canary for one in secrets], before.parent)
    look("before", before)
    world.bring([{"delete_account": author} for author in authors])
    certificate = world.oscine("purge")
    left = set(authors) & world.posts_of(corpus).keys()
    if left:
        raise RuntimeError(f"{len(left)} deleted authors are in the corpus that the purge left.")
    found["certificate"] = {name: certificate[name] for name in ("found", "seconds", "corpora", "models")}
    look("after", trained(corpus, world.data / "runs" / "after", plan))
    look("going on", trained(corpus, world.data / "runs" / "on", plan, before))
    look("doubles", trained(doubles, folder / "run-doubles", plan))
    return found


def _counted(about: dict[str, Any]) -> dict[str, Any]:
    return {name: about[name] for name in ("read", "posts", "bytes", "dropped")}


def _seconds(place: Path) -> float:
    return float(json.loads((place / "log.jsonl").read_text().splitlines()[-1])["seconds"])


def _by_kind(secrets: Sequence[Planted], ledger: dict[str, int], kept: dict[str, int]) -> dict[str, Any]:
    """How many posts of a kind were imported, and how many came into the corpora."""
    told = {}
    for kind in KINDS:
        mine = [one.author for one in secrets if one.kind == kind]
        told[kind.name] = {
            "imported": kind.times * len(mine), "corpus": sum(ledger.get(author, 0) for author in mine),
            "with duplicates": sum(kept.get(author, 0) for author in mine),
        }  # fmt: skip
    return told


def markdown(found: dict[str, Any]) -> str:
    """The tables."""
    names = [name for name in MODELS if name in found["exposure"]]
    rows = [["a secret told", *(MODELS[name] for name in names), *(["before − after"] if "after" in names else [])]]
    rows += [[kind.name, *(_shown(_of(found, name, kind)) for name in names), *_fell(found, kind)] for kind in KINDS]
    return _table(rows)


def told(found: dict[str, Any]) -> str:
    """All that was found: the networks, the posts of each kind that came into the corpora, exposure."""
    rows = [["network", "parameters", "tokens learned from", "s", "bits per byte of held posts"]]
    for name, each in found["models"].items():
        rate = each.get("bits_per_byte", {}).get("network", math.nan)
        rows.append([MODELS[name], f"{each['parameters']:,}", f"{each['tokens']:,}", f"{each['seconds']:.0f}", f"{rate:.3f}"])
    posts = [["a secret told", "posts imported", "in the corpus", "with duplicates kept"]]
    posts += [[name, *(f"{count:,}" for count in each.values())] for name, each in found["planted"].items()]
    return "\n\n".join([_table(posts), _table(rows), markdown(found)])


def _table(rows: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in [rows[0], ["---"] * len(rows[0]), *rows[1:]])


def _of(found: dict[str, Any], model: str, kind: Kind) -> list[Remembered]:
    given, start = found["exposure"][model], KINDS.index(kind) * EACH
    return [Remembered(**each) for each in given[start : start + EACH]]


def _shown(given: list[Remembered]) -> str:
    told = memory.told(0, given)
    out = f"; written out {told['extracted']}, drawn {told['drawn']} of {len(given)}"
    return f"{told['exposure']:.2f} ({told['low']:.2f} to {told['high']:.2f}){out}"


def _fell(found: dict[str, Any], kind: Kind) -> Iterator[str]:
    if "after" in found["exposure"]:
        one, other = ([each.exposure for each in _of(found, name, kind)] for name in ("before", "after"))
        fell = metrics.paired(one, other)
        yield f"{fell.value:+.2f} ({fell.low:+.2f} to {fell.high:+.2f})"


def main() -> None:
    """Measure, print the table, write the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memorisation", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", type=Path, help="where the figures go")
    parser.add_argument("--posts", type=int, default=8000, help="real posts in the network")
    parser.add_argument("--epochs", type=float, default=2, help="times that a post is learned from")
    parser.add_argument("--depth", type=int, default=3, help="layers of the network")
    parser.add_argument("--vocabulary", type=int, default=2048, help="tokens of its tokenizer")
    parser.add_argument("--bytes", type=float, default=2.9, help="of a token, about: how many tokens an epoch is")
    parser.add_argument("--seed", type=int, default=0, help="of everything")
    parser.add_argument("--show", type=Path, help="print the tables of figures that were kept, and measure nothing")
    chosen = parser.parse_args()
    if chosen.show:
        print(told(json.loads(chosen.show.read_text())))
        return
    if not chosen.json:
        parser.error("give --json")
    with tempfile.TemporaryDirectory(prefix="oscine-memorisation-") as folder:
        Path(folder).chmod(0o755)
        print(told(bench(chosen, Path(folder))))


if __name__ == "__main__":
    main()
