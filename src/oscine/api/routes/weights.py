"""`/v1/feed/weights` and `/v1/feed/tests`: the table that orders feeds, public with its history; changed, judged and tested by an admin, with a reason."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import Field

from oscine.api import judging
from oscine.api.guard import Admin, app_of
from oscine.api.ordering import Strict
from oscine.store.weights import LONGEST

router = APIRouter(prefix="/v1/feed", tags=["feed"])

Number = Annotated[int, Path(ge=0, le=2**31 - 1)]
Group = Annotated[dict[str, float], Field(default_factory=dict, max_length=100)]


class Reasoned(Strict):
    """A change, and why: all who read the history read it."""

    why: str = Field(min_length=1, max_length=LONGEST)


class WeightsBody(Reasoned):
    """What is to change of the live table; what is left out stays."""

    actions: Group
    also: Group
    dials: Group
    wishes: Group
    diversity: float | None = None
    author: float | None = None

    def changes(self) -> dict[str, float]:
        """By name, as `judging.changed` takes them."""
        grouped = {f"{group}.{name}": value for group in judging.GROUPS for name, value in getattr(self, group).items()}
        return grouped | {name: value for name in judging.SINGLE if (value := getattr(self, name)) is not None}


class TestBody(Reasoned):
    """A version to be tested against the live one, on a share of the people who have an account."""

    name: str = Field(min_length=1, max_length=100)
    treatment: int = Field(ge=0, le=2**31 - 1, description="The version that is tested.")
    share: float = Field(0.5, gt=0, lt=1, description="Of the people, who are given it.")


@router.get("/weights", summary="By which weights posts are ordered")
def tables(request: Request) -> dict[str, Any]:
    """The table in use, every version with who made it and why, and which was made live when. Anybody may read it."""
    return judging.tables(app_of(request))


@router.post("/weights", summary="Propose other weights", status_code=201)
def propose(request: Request, body: WeightsBody, key: Admin) -> dict[str, Any]:
    """A new version: the live one with what is given changed. It is not live."""
    app = app_of(request)
    return judging.weights(app.weight_tables.propose(judging.changed(app.weight_tables.live(), body.changes()), key.id, body.why))


@router.post("/weights/{number}/estimate", summary="What other weights would have brought")
def estimate(request: Request, number: Number, _key: Admin) -> dict[str, Any]:
    """From pages that the live table dealt partly by chance: each outcome a page, with intervals, beside the live one's. Nobody is shown anything."""
    return judging.estimated(app_of(request).estimate_weights(number), number)


@router.post("/weights/{number}/live", summary="Use other weights")
def live(request: Request, number: Number, body: Reasoned, key: Admin) -> dict[str, Any]:
    """Order all feeds by a version from now on; 0 is the one that ships. Not while a test runs."""
    return judging.weights(app_of(request).weight_tables.make_live(number, key.id, body.why))


@router.post("/tests", summary="Test other weights", status_code=201)
def start(request: Request, body: TestBody, key: Admin) -> dict[str, Any]:
    """Give a share of the people another version, until it is ended, or ends itself because it does harm."""
    return judging.test(app_of(request).judge.start(body.name, body.treatment, body.share, key.id, body.why))


@router.get("/tests", summary="Tests of weights")
def tests(request: Request, _key: Admin) -> dict[str, Any]:
    """All, the newest first."""
    return {"tests": [judging.test(each) for each in app_of(request).feed_tests.all()]}


@router.get("/tests/{number}", summary="What came of a test of weights")
def test(request: Request, number: Number, _key: Admin) -> dict[str, Any]:
    """What each arm did, with intervals that may be looked at every day, and the guardrails."""
    app = app_of(request)
    return judging.judged(app.judged_feed_test(number))


@router.post("/tests/{number}/end", summary="End a test of weights")
def end(request: Request, number: Number, body: Reasoned, key: Admin) -> dict[str, Any]:
    """Everybody is given the live version again."""
    return judging.test(app_of(request).feed_tests.end(number, key.id, body.why))
