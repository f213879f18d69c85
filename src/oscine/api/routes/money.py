"""`/v1/ads/ledger` and `/v1/ads/reach`: what was charged, refunded and corrected; and what a targeting would reach before anything is."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field

from oscine.ads.audience.reach import reach as reached
from oscine.ads.server import now
from oscine.advertising import Tier
from oscine.api import ordering
from oscine.api.guard import Admin, Advertising, app_of
from oscine.api.ordering import Strict, TargetingBody, plain, told
from oscine.api.routes.campaigns import Before, whose
from oscine.store.entries import MOST

router = APIRouter(prefix="/v1/ads", tags=["campaigns"])


class MoveBody(Strict):
    """Money given back, or a sum put right; neither changes an entry, each is one."""

    flight: int
    kind: Literal["refund", "correction"]
    amount: int = Field(
        strict=True, description="Micro-units. A refund is positive here; a correction adds to what was spent, or takes off."
    )
    why: str = Field(min_length=1, max_length=2_000)


class ReachBody(Strict):
    """Whom and where, beside what posts."""

    targeting: TargetingBody = TargetingBody()
    tier: Tier = "standard"


@router.get("/ledger", summary="What was charged")
def entries(
    request: Request, key: Advertising, campaign: Annotated[int | None, Query(ge=1)] = None, before: Before = None
) -> dict[str, Any]:
    """Entries, the newest first, and the sums of all of them by currency."""
    ledger = app_of(request).ledger
    found = ledger.entries(whose(key), campaign, before)
    return {
        "data": [ordering.entry(each) for each in found],
        "before": found[-1].id if len(found) == MOST else None,
        "totals": [plain(each) | {"sum": each.spent} for each in ledger.totals(whose(key), campaign)],
    }


@router.post("/ledger", summary="Refund or correct", status_code=201)
def move(request: Request, body: MoveBody, key: Admin) -> dict[str, Any]:
    """It takes an admin key. Never more than was spent, never beyond a budget."""
    ledger = app_of(request).ledger
    do = ledger.refund if body.kind == "refund" else ledger.correct
    return ordering.entry(do(body.flight, body.amount, key.id, body.why))


@router.post("/reach", summary="Whom a targeting would reach")
def reach(request: Request, body: ReachBody, _key: Advertising) -> dict[str, Any]:
    """People, and places a day, with intervals; by which rule others would be left out; 400 names the rule that the targeting breaks."""
    app = app_of(request)
    targeting = body.targeting.targeting()
    app.check_targeting(targeting)
    return told(reached(targeting, app.vocabulary, now(), tier=body.tier, views=app.asked_for.a_day(now())))
