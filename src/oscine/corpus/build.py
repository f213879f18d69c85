"""The pipeline is the program: one list of steps, each a function of a batch, and every drop has its reason.

    read      lines or rows → frames, a batch each; what authors say and what is deleted is noted
    judge     each batch through `steps` below, in any process, on any machine
    sort out  doubles, balance, threads and splits, over all batches in their order, by keys and hashes
    write     documents, ledger, report; `corpus.json` last: a folder without one is not a corpus

Same posts, options and seed: same bytes, with any workers. Memory grows with keys and hashes, and with the normalised
texts that `duplicates` compares. It trains nothing and asks no network.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl

from oscine import __version__
from oscine.corpus import posts, shards
from oscine.corpus.cleaning import cleaned, without_names
from oscine.corpus.contamination import Contamination, suites
from oscine.corpus.duplicates import Duplicates
from oscine.corpus.folder import Folder
from oscine.corpus.ledger import Noted
from oscine.corpus.options import Options
from oscine.corpus.permission import Hashes, Permits, Survey, copies, not_consented, permitted, withdrawn_marks
from oscine.corpus.personal import scrub
from oscine.corpus.report import Tally
from oscine.corpus.rules import judged
from oscine.corpus.scores import good_enough, measured, scored
from oscine.corpus.scratch import scratch
from oscine.corpus.shingles import normalise
from oscine.corpus.steps import NOTHING, Batch, drop
from oscine.corpus.threads import balanced, splits, threads
from oscine.corpus.workers import Processes, Workers
from oscine.errors import InputError

Say = Callable[[str], None]
Timed = Callable[[str, float], None]
INDEX = ["key", "parent", "account", "at", "lang"]


@dataclass(frozen=True)
class Reading:
    """What the readers share."""

    network: str
    longest_line: int


@dataclass(frozen=True)
class Judging:
    """What the judges share. `marks` are known hashes of withdrawn texts."""

    options: Options
    permits: Permits
    marks: Hashes
    evaluation: Contamination


class Watch:
    """CPU seconds of this process, from one lap to the next."""

    def __init__(self, told: Timed) -> None:
        self._told = told
        self._last = time.process_time()

    def lap(self, step: str) -> None:
        """Since the last lap this step was done."""
        now = time.process_time()
        self._told(step, now - self._last)
        self._last = now

    def tell(self, seconds: Mapping[str, float]) -> None:
        """These steps were done in the meantime, perhaps elsewhere."""
        for step, spent in seconds.items():
            self._told(step, spent)
        self._last = time.process_time()


def steps(c: Judging, start: int, tally: Tally) -> dict[str, Callable[[pl.DataFrame], Batch]]:
    """What is done with a batch whose first row has the number `start`, in this order."""
    o = c.options
    return {
        "permitted": lambda batch: permitted(batch, c.permits, start),
        "cleaned": lambda batch: copies(cleaned(batch, o.urls), c.marks),
        "judged": lambda batch: judged(measured(batch), o.shortest, o.longest),
        "scrubbed": lambda batch: (_scrubbed(batch, o, tally), NOTHING),
        "scored": lambda batch: good_enough(scored(batch, c.permits.medians), o.toxicity, o.quality),
        "decontaminated": lambda batch: _decontaminated(batch.with_columns(plain=normalise(batch["text"])), c.evaluation),
    }


def _decontaminated(batch: pl.DataFrame, evaluation: Contamination) -> Batch:
    return drop(batch, {"in an evaluation set": pl.lit(evaluation.find(batch["plain"]))})


def _scrubbed(batch: pl.DataFrame, options: Options, tally: Tally) -> pl.DataFrame:
    texts, counts = scrub(batch["text"])
    tally.personal.update(counts)
    return without_names(batch.with_columns(texts.alias("text")), options.handles, options.numbers)


def build(source: Iterable[bytes | list[dict[str, Any]]], out: Folder, options: Options, *,
          workers: Callable[[Path], Workers] = lambda folder: Processes(1, folder), longest_line: int = 1_000_000, origin: str = "files",
          say: Say = lambda words: None, timed: Timed = lambda step, seconds: None) -> dict[str, Any]:  # fmt: skip
    """Build a corpus from blocks of lines or of the store's rows; what `corpus.json` holds.

    `workers` are given a folder of their own; `timed` is told of each step and its CPU seconds; `origin` is noted as where the posts came from.

    Raises `InputError` where nothing is left to train on; the folder is then as it was.
    """
    watch = Watch(timed)
    with scratch(out.parent()) as folder, workers(folder) as pool:
        survey, starts = _read(pool, source, Reading(options.network, longest_line), watch)
        say(f"read {survey.rows:,} posts; {len(survey.refused):,} lines could not be used")
        permits = survey.permits(options)
        marks = _withdrawn(pool, len(starts), permits, options.urls)
        judging = Judging(options, permits, marks, _evaluation(options))
        watch.lap("surveyed")
        tally = Tally(options.seed)
        index = _judge(pool, judging, starts, tally, watch)
        if index.is_empty():
            raise InputError("Nothing is left to train on.", f"Of {survey.rows:,} posts all were dropped: {_told(tally)}.")
        say(f"kept {index.height:,} posts")
        return _write(pool, folder, index, out, judging, tally, survey, watch, origin)


def _read(pool: Workers, source: Iterable[Any], reading: Reading, watch: Watch) -> tuple[Survey, list[int]]:
    """All batches as frames; what was learned of them, and the number of the first row of each."""
    survey, starts = Survey(), []
    for known, said in pool.make(_read_block, reading, source):
        starts.append(survey.rows)
        survey.add(known, said)
    watch.lap("read")
    return survey, starts


def _read_block(reading: Reading, block: Any) -> tuple[pl.DataFrame, tuple[pl.DataFrame, posts.Said]]:
    frame, said = posts.parse(block, reading.network, reading.longest_line) if isinstance(block, bytes) else posts.from_store(block)
    return frame, (frame.select("key", "account", "version", "engagement"), said)


def _withdrawn(pool: Workers, batches: int, permits: Permits, urls: bool) -> Hashes:
    """Marks of all that must not come back by way of others."""
    found = [np.zeros(0, dtype=np.uint64)]
    if len(permits.withdrawn) or len(permits.deleted) or permits.opt_in:
        for number in range(batches):
            gone = pool.frame(number).filter(not_consented(permits))
            found.append(withdrawn_marks(cleaned(gone, urls)["text"]))
    return np.unique(np.concatenate(found))


def _evaluation(options: Options) -> Contamination:
    """What nothing may be trained on: the package's own suites, and the posts of the files given."""
    return Contamination([*suites(), *_posts_of(options)]) if options.decontaminate else _suites()


@cache
def _suites() -> Contamination:
    return Contamination(suites())


def _posts_of(options: Options) -> Iterator[str]:
    for path in options.decontaminate:
        for block in posts.blocks(path, 1_000_000):
            frame, said = posts.parse(block, options.network, 1_000_000)
            if said.refused and frame.is_empty():
                raise InputError(f"{path} holds no posts ({said.refused[0]}).", "Give Oscine JSONL: id, author, created_at and text.")
            yield from frame["text"]


def _judge(pool: Workers, judging: Judging, starts: list[int], tally: Tally, watch: Watch) -> pl.DataFrame:
    """Every batch through the steps; the index of what is kept, with `file` and `row` where it lies."""
    kept, duplicates = [], Duplicates()
    for number, (found, seconds) in enumerate(pool.remake(_judge_batch, judging, starts)):
        tally.merge(found)
        watch.tell(seconds)
        kept.append(pool.frame(number, INDEX).with_row_index("row").with_columns(file=pl.lit(number)))
        if not judging.options.keep_duplicates:
            duplicates.add(pool.frame(number, ["plain"])["plain"])
        watch.lap("deduplicated")
    index = pl.concat(kept) if kept else pl.DataFrame(schema=dict.fromkeys(INDEX, pl.String))
    if not judging.options.keep_duplicates:
        index = _first_only(pool, index, duplicates.find()["kind"], tally)
    watch.lap("deduplicated")
    stays = balanced(index, judging.options.balance, judging.options.seed)
    tally.add("balanced", index.filter(~stays).select("key", text=pl.lit(""), reason=pl.lit("more of its language than an equal share")))
    return index.filter(stays)


def _judge_batch(judging: Judging, start: int, batch: pl.DataFrame) -> tuple[pl.DataFrame, tuple[Tally, dict[str, float]]]:
    tally, seconds, last = Tally(judging.options.seed), dict[str, float](), time.process_time()
    for name, step in steps(judging, start, tally).items():
        batch, dropped = step(batch)
        tally.add(name, dropped)
        seconds[name] = -last + (last := time.process_time())
    return batch, (tally, seconds)


def _first_only(pool: Workers, index: pl.DataFrame, kinds: pl.Series, tally: Tally) -> pl.DataFrame:
    dropped = index.with_columns(reason=kinds + " duplicate").filter(kinds.is_not_null())
    for (number,), rows in dropped.partition_by("file", as_dict=True, maintain_order=True).items():
        texts = pool.frame(number, ["text"])["text"]
        tally.add("deduplicated", rows.select("key", "reason", text=texts.gather(rows["row"])))
    return index.filter(kinds.is_null())


def _write(pool: Workers, folder: Path, index: pl.DataFrame, out: Folder, judging: Judging, tally: Tally, survey: Survey,
           watch: Watch, origin: str) -> dict[str, Any]:  # fmt: skip
    options, noted, sorter = judging.options, Noted(), shards.Sorter(folder)
    documents = threads(index)
    split = splits(index, documents, options.hold_authors, options.hold_newest, options.seed)
    plan = shards.plan(index, documents, split)
    watch.lap("threads, splits")
    for (number,), rows in plan.partition_by("file", as_dict=True, maintain_order=True).items():
        batch = pool.frame(number)
        sorter.add(batch[rows["row"]].with_columns(rows[list(shards.PLAN)]))
    watch.lap("sorted")
    with out.writing(folder) as target:
        parts, counts = [], []
        for made in sorter.parts():
            parts.append(target.part(made))
            noted.add(made)
            counts.append(made.select("split", "lang", "bytes", posts=pl.col("posts").list.len()))
            watch.lap("written")
        about = _about(out.name, options, tally, survey, pl.concat(counts)) | {"from": origin}
        done = target.finish(about, parts, noted.entries(judging.permits.allowed), tally)
        watch.lap("ledger, report")
        return done


def _about(name: str, options: Options, tally: Tally, survey: Survey, documents: pl.DataFrame) -> dict[str, Any]:
    told = msgspec.json.decode(msgspec.json.encode(options))
    told["without"] = len(options.without)  # how many, not who
    return {
        "name": name, "made_at": datetime.now(UTC).isoformat(timespec="seconds"), "version": __version__, "seed": options.seed, "options": told,
        "read": survey.rows, "refused": len(survey.refused), "refused_because": survey.refused[:20],
        "dropped": {step: dict(sorted(reasons.items())) for step, reasons in tally.dropped.items() if reasons},
        "personal": dict(sorted(tally.personal.items())),
        "posts": int(documents["posts"].sum()), "documents": documents.height, "bytes": int(documents["bytes"].sum()),
        "splits": _counted(documents, "split"), "languages": _counted(documents, "lang"),
    }  # fmt: skip


def _counted(documents: pl.DataFrame, by: str) -> dict[str, dict[str, int]]:
    sums = (
        documents.group_by(by)
        .agg(pl.len().alias("documents"), pl.col("posts").sum(), pl.col("bytes").sum())
        .sort("documents", by, descending=True)
    )
    return {row[0] or "unknown": dict(zip(("documents", "posts", "bytes"), row[1:], strict=True)) for row in sums.iter_rows()}


def _told(tally: Tally) -> str:
    return ", ".join(f"{reason} {count:,}" for reasons in tally.dropped.values() for reason, count in reasons.items()) or "there were none"
