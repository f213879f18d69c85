"""What was done, counted by step and reason, with samples of what was dropped. Samples show no personal data, and nothing of what was not permitted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import polars as pl

from oscine.corpus.cleaning import cleaned, without_names
from oscine.corpus.personal import scrub

SAMPLES = 5
SHOWN = 160  # characters of a sample


class Tally:
    """Dropped posts by step and reason, with samples that depend on the seed and the posts alone."""

    def __init__(self, seed: int) -> None:
        self.dropped: dict[str, Counter[str]] = {}
        self.personal: Counter[str] = Counter()
        self._samples: dict[tuple[str, str], pl.DataFrame] = {}
        self._seed = seed

    def add(self, step: str, dropped: pl.DataFrame) -> None:
        """Count what a step dropped of a batch."""
        counter = self.dropped.setdefault(step, Counter())
        for (reason,), posts in dropped.partition_by("reason", as_dict=True, maintain_order=True).items():
            counter[reason] += posts.height
            self._keep(step, str(reason), posts.select("key", "text"))

    def merge(self, other: Tally) -> None:
        """Take over another tally's counts and samples."""
        for step, counter in other.dropped.items():
            self.dropped.setdefault(step, Counter()).update(counter)
        self.personal.update(other.personal)
        for (step, reason), posts in other._samples.items():
            self._keep(step, reason, posts)

    def _keep(self, step: str, reason: str, posts: pl.DataFrame) -> None:
        before = self._samples.get((step, reason))
        known = posts.filter(pl.col("text") != "") if before is None else pl.concat([before, posts.filter(pl.col("text") != "")])
        self._samples[step, reason] = known.with_columns(lot=pl.col("key").hash(self._seed)).sort("lot", "key").head(SAMPLES).drop("lot")

    def samples(self, step: str, reason: str) -> list[str]:
        """Up to five texts, on one line each."""
        posts = self._samples[step, reason]
        if posts.is_empty():
            return []
        plain = cleaned(posts.select("text"))
        plain = without_names(plain.with_columns(scrub(plain["text"])[0].alias("text")), handles=True, numbers=False)
        return [_line(text) for text in plain["text"]]


def _line(text: str) -> str:
    shown = " ".join("".join(c if c.isprintable() else " " for c in text).split()).replace("`", "'")
    return shown if len(shown) <= SHOWN else shown[:SHOWN] + "…"


def markdown(about: Mapping[str, Any], tally: Tally) -> str:
    """The report."""
    lines = [
        f"# Corpus {about['name']}", "",
        f"{about['posts']:,} posts of {about['authors']:,} authors in {about['documents']:,} documents, {about['bytes']:,} bytes of text.",
        f"Read: {about['read']:,} posts; lines that could not be used: {about['refused']:,}.", "",
        "## Dropped, by step and reason", "", "| step | reason | posts |", "| --- | --- | ---: |",
        *(f"| {step} | {reason} | {count:,} |" for step, reasons in about["dropped"].items() for reason, count in reasons.items()), "",
        "## Personal data replaced", "", "| kind | times |", "| --- | ---: |",
        *(f"| {kind} | {count:,} |" for kind, count in about["personal"].items()), "",
        "## Splits and languages", "", "| | documents | posts | bytes |", "| --- | ---: | ---: | ---: |",
        *(f"| {name} | {n['documents']:,} | {n['posts']:,} | {n['bytes']:,} |" for kind in ("splits", "languages") for name, n in about[kind].items()),
        "", "## Samples of what was dropped", "",
        "Personal data is replaced; of posts that were not permitted nothing is shown.", "",
    ]  # fmt: skip
    for step, reasons in about["dropped"].items():
        for reason in reasons:
            if samples := tally.samples(step, reason):
                lines += [f"**{reason}**", "", *(f"- `{text}`" for text in samples), ""]
    return "\n".join(lines)
