"""Loyal: what the operator earns moves nothing but ads, and no page tricks anybody. On the scratch network, with campaigns made for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from oscine.evals import loyalty, metrics, report
from oscine.evals.loyalty import Moved
from oscine.evals.report import Measure
from oscine.evals.trust import pages
from oscine.evals.trust.bench import Bench
from oscine.evals.trust.calls import Caller
from oscine.records import Viewer

TENFOLD = (
    "Bids, budgets, the auction's reserve and the number of ads, all times ten; then the bids upside down. Bytes of the API's replies."
)


def measures(bench: Bench, reader: Viewer) -> Iterator[Measure]:
    """Bytes that moved, ads that moved, ads that say who pays, patterns that are absent."""
    bench.log("everything that the operator earns by, times ten")
    questions, searches = [each.text for each in bench.questions], [each.words for each in bench.questions]
    found = loyalty.run(bench.scratch, questions, searches, ("", f"{reader.network}/{reader.account}"))
    runs = (found.tenfold, found.turned)
    yield _unmoved(bench, "answers unchanged to the byte, with what the operator earns times ten", runs, "answers", "asked")
    yield _unmoved(bench, "search results unchanged to the byte, with what the operator earns times ten", runs, "results", "searched")
    yield _unmoved(bench, "feed pages whose posts are unchanged, with what the operator earns times ten", runs, "pages", "paged")
    ads, places = sum(each.ads for each in runs), sum(each.places for each in runs)
    yield report.measure(
        "loyal: places of ads that did change meanwhile", metrics.wilson(ads, places), places, aim=0.5,
        note="Another advertiser, another price, or an ad where there was none: without that, the three figures above would show nothing.",
    )  # fmt: skip
    yield _marked(bench)
    yield _patterns(bench, reader)


def _unmoved(bench: Bench, what: str, runs: tuple[Moved, ...], kind: str, of: str) -> Measure:
    total = sum(getattr(each, of) for each in runs)
    moved = sum(len(getattr(each, kind)) for each in runs)
    if moved:
        bench.failed(f"loyal, {kind}", f"{moved} of {total} are not the same")
    return report.measure(f"loyal: {what}", metrics.wilson(total - moved, total), total, aim=1.0, note=TENFOLD)


def _marked(bench: Bench) -> Measure:
    """Ads of pages as they are served: each with who pays, on whose behalf, and a page that says why."""
    with loyalty.at_terms(bench.scratch, datetime.now(UTC), loyalty.RESERVE, 2) as app, Caller.of(app) as here:
        ads = [
            item
            for order in ("for-you", "newest")
            for item in here.get("/v1/feed", order=order, limit=50).told["items"]
            if item["kind"] == "ad"
        ]
        said = [bool(ad["paid_by"] and ad["on_behalf_of"]) and _why(here, str(ad["token"])) for ad in ads]
    return report.measure(
        "transparent: ads that say who pays, for whom, and why", metrics.wilson(sum(said), len(said)), len(said), aim=1.0,
        note="Ads on pages of the feed, and for each what GET /v1/ads/why tells of it.",
    )  # fmt: skip


def _why(here: Caller, token: str) -> bool:
    reply = here.get(f"/v1/ads/why/{token}")
    return reply.status == 200 and bool(reply.told.get("paid_by")) and bool(reply.told.get("reasons") or reply.told.get("why"))


def _patterns(bench: Bench, reader: Viewer) -> Measure:
    checks = [*pages.checks(), *pages.defaults(bench.here, reader)]
    for each in checks:
        if not each.holds:
            bench.failed("loyal, a pattern", f"not so: {each.name} ({each.where})")
    held = sum(each.holds for each in checks)
    return report.measure(
        "loyal: dark patterns looked for and absent", metrics.wilson(held, len(checks)), len(checks), aim=1.0,
        note="Each defined exactly in oscine/evals/trust/pages.py: ticked boxes, countdowns, pressing words, endless scrolling, ads without a mark, ways out.",
    )  # fmt: skip
