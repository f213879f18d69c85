"""Trustworthy: what is promised can be checked. The log, signatures, certificates and deletions of this installation itself, read only."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime

from oscine.app.reporting import found
from oscine.errors import OscineError
from oscine.evals import metrics, report
from oscine.evals.report import Measure
from oscine.evals.trust.bench import Bench
from oscine.store import deletions
from oscine.store.access_chain import verify_lines
from oscine.trust import certificate, lineage

DAY = 86_400.0
SEED, NEWLINE = 3, 10
LEAST_TRIES, MOST_TRIES, WORK = 5, 100, 200_000  # changes tried; lines read for all of them
CERTIFICATES = 100  # the newest


def measures(bench: Bench) -> Iterator[Measure]:
    """The log, corpora, certificates, deletions."""
    bench.host.tell("evaluated", door="eval")  # so that there is an entry at the least; one for each run
    yield _log(bench)
    yield _changed(bench)
    yield from _corpora(bench)
    yield from _certificates(bench)
    yield from _waiting(bench)


def _log(bench: Bench) -> Measure:
    verdict = bench.host.verify_access_log()
    if verdict.broken:
        bench.failed("trustworthy, the log", f"place {verdict.broken.place}: {verdict.broken.why}")
    return Measure(
        name="trustworthy: the log of accesses holds together", value=float(verdict.verified), n=verdict.entries, aim=1.0,
        note="All entries sealed, every hash worked out again, every signature checked; n counts entries.",
    )  # fmt: skip


def _changed(bench: Bench) -> Measure:
    """The log as it is exported, with one byte in it changed, again and again: whether that is found."""
    whole = b"".join(bench.host.access_log.export())
    drawn, tries = random.Random(SEED), max(LEAST_TRIES, min(MOST_TRIES, WORK // max(1, whole.count(b"\n"))))
    places = [place for place in (drawn.randrange(len(whole)) for _ in range(tries)) if whole[place] != NEWLINE]
    noticed = [not _verified(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]) for place in places]
    if not _verified(whole):
        bench.failed("trustworthy, the log", "its export does not verify as it is")
        noticed = [False]
    return report.measure(
        "trustworthy: changed bytes of an exported log that are found", metrics.wilson(sum(noticed), len(noticed)), len(noticed), aim=1.0,
        note="One bit of one byte at a time, anywhere in the file; unchanged it must verify.",
    )  # fmt: skip


def _verified(exported: bytes) -> bool:
    try:
        return verify_lines(exported.splitlines(keepends=True)).verified
    except OscineError:
        return False


def _corpora(bench: Bench) -> Iterator[Measure]:
    """Of corpora with a ledger: whether its signed root is that of its lines. Polars reads them (the extra `train`)."""
    try:
        from oscine.corpus import ledger
        from oscine.corpus.folder import Folder
    except ImportError:
        return
    held = []
    for each in lineage.corpora(bench.host.settings.data):
        if each.known:
            folder = Folder(each.folder, each.corpus)
            signature = folder.signature()
            held.append(signature.valid() and ledger.root(ledger.leaves(folder.entries())).hex() == signature.root)
            if not held[-1]:
                bench.failed("trustworthy, a corpus", f"the signature of {each.folder.name} does not hold")
    if held:
        how = "The signed root of each ledger beside the one worked out from its lines."
        yield report.measure(
            "trustworthy: corpora whose signature holds", metrics.wilson(sum(held), len(held)), len(held), aim=1.0, note=how
        )


def _certificates(bench: Bench) -> Iterator[Measure]:
    rows = bench.host.database.rows("SELECT certificate FROM certificates ORDER BY at DESC LIMIT %s", [CERTIFICATES])
    if not rows:
        return
    valid = [certificate.valid(row["certificate"]) for row in rows]
    how = "The signature of each over what it says; the newest hundred."
    yield report.measure(
        "trustworthy: certificates of deletion that verify", metrics.wilson(sum(valid), len(valid)), len(valid), aim=1.0, note=how
    )
    traces = found(rows[0]["certificate"])
    if traces is not None:
        yield Measure(
            name="trustworthy: traces found by the newest purge", value=traces, n=1, unit="count", aim=0, direction="at most",
            note="Places in files where something deleted still stood, by the certificate.",
        )  # fmt: skip


def _waiting(bench: Bench) -> Iterator[Measure]:
    """The oldest deletion that is not purged yet."""
    waits, bound = deletions.waiting(bench.host.database), bench.host.settings.purge_days
    days = (datetime.now(UTC) - waits.oldest).total_seconds() / DAY if waits.oldest else 0.0
    yield Measure(
        name="trustworthy: days that the oldest deletion waits for its purge", value=days, n=sum(waits.kinds.values()), unit="score", aim=bound or None,
        direction="at most", note="n counts deletions that wait; the aim is the operator's bound." if bound else "No bound is set: purges are by hand.",
    )  # fmt: skip
