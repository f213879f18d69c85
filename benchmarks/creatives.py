"""Ad texts composed from the twenty pages of the tests, measured page by page: `python -m benchmarks.creatives [--json FILE] [--models FOLDER]`.

Variants, how distinct they are (1 - mean similarity of pairs, by words and by vectors), how much nearer they are to their own audience than to the
others, how readable (LIX), what was dropped and why, and the reward's log-odds: of the chosen against the mean of all candidates and against the page's own
title. It tells what the software makes of pages written for the purpose, not what people click.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from oscine.ads.creatives import page
from oscine.ads.creatives.choose import Reward
from oscine.ads.creatives.creative import Audience, Creatives, Wish, Writer
from oscine.ads.creatives.placements import PLACEMENTS
from oscine.engines.e5 import E5Embedder
from oscine.engines.reward import Ad, E5Reward, Score

TESTS = Path(__file__).parent.parent / "tests/ads"
HEAD = "page, variants, distinct (words), distinct (vectors), fit, LIX, left out, best of n, mean of n, own title".split(", ")


class Listening:
    """A reward that keeps what it was asked."""

    def __init__(self, reward: E5Reward) -> None:
        self.reward = reward
        self.means: list[float] = []

    def scores(self, ads: Sequence[Ad]) -> list[Score]:
        """As the reward's."""
        found = self.reward.scores(ads)
        self.means += [score.mean for score in found]
        return found


def measured(name: str, audiences: Sequence[Audience], embedder: E5Embedder, reward: E5Reward) -> dict[str, Any]:
    """One page: five variants for each audience of a feed, chosen by the reward."""
    shown, heard = page.read((TESTS / f"pages/{name}.html").read_bytes()), Listening(reward)
    ranker: Reward = heard
    creatives = Writer(embedder=lambda: embedder, reward=lambda: ranker).write(shown, Wish(tuple(audiences), PLACEMENTS["post"], 5))
    told: Any = creatives.measures
    firsts = [max(one.score for one in creatives.variants if one.audience == audience.name) for audience in audiences]
    return {
        "page": name, "variants": len(creatives.variants), "candidates": len(heard.means), "distinct": told["distinctness"],
        "fit": told["fit"], "readability": told["readability"], "dropped": _reasons(creatives),
        "best": fmean(firsts), "chosen": fmean(one.score for one in creatives.variants), "mean": fmean(heard.means),
        "title": reward.scores([Ad(shown.title or shown.passages[0].text)])[0].mean,
    }  # fmt: skip


def _reasons(creatives: Creatives) -> dict[str, int]:
    return dict(Counter(drop.reason for drop in creatives.dropped))


def table(rows: Sequence[dict[str, Any]]) -> str:
    """The rows in Markdown, their means last."""
    lines = [HEAD, ["---"] * len(HEAD), *(_cells(row) for row in rows), _cells(_means(rows))]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cells(row: dict[str, Any]) -> list[str]:
    numbers = [row["distinct"]["words"], row["distinct"]["vectors"], row["fit"]]
    rewards = [f"{row[name]:+.2f}" for name in ("best", "mean", "title")]
    lix = "" if row["readability"] is None else f"{row['readability']:.0f}"
    return [
        row["page"],
        f"{row['variants']:g}",
        *(f"{number:.2f}" for number in numbers),
        lix,
        f"{sum(row['dropped'].values()):g}",
        *rewards,
    ]


def _means(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    means: dict[str, Any] = {name: fmean(row[name] for row in rows) for name in ("variants", "fit", "best", "chosen", "mean", "title")}
    distinct = {kind: fmean(row["distinct"][kind] for row in rows) for kind in ("words", "vectors")}
    readable = fmean(row["readability"] for row in rows if row["readability"] is not None)
    dropped = {"all": sum(sum(row["dropped"].values()) for row in rows)}
    return {**means, "page": "**mean** (left out: sum)", "distinct": distinct, "readability": readable, "dropped": dropped}


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.creatives", description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--json", type=Path, help="write the figures there")
    parser.add_argument("--models", type=Path, default=Path.home() / ".cache/oscine-bench", help="folder for the converted models")
    given = parser.parse_args()
    listed = json.loads((TESTS / "audiences.json").read_text(encoding="utf8"))
    embedder, reward = E5Embedder(given.models), E5Reward(given.models)
    rows = [measured(name, [Audience(*told) for told in audiences], embedder, reward) for name, audiences in listed.items()]
    if given.json:
        given.json.write_text(json.dumps(rows, indent=1, ensure_ascii=False), encoding="utf8")
    print(table(rows))


if __name__ == "__main__":
    main()
