"""Reviews of ads: ask for one, look at one's own, appeal; an admin decides. Every step is kept, none is edited."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field, StringConstraints

from oscine.access import Key
from oscine.ads.creatives import review
from oscine.ads.creatives.creative import Audience
from oscine.ads.creatives.page import Page, from_brief, read
from oscine.ads.creatives.review import Texts
from oscine.api import schemas
from oscine.api.guard import Admin, Chatter, app_of
from oscine.api.routes.ads import LONGEST_PAGE, LONGEST_PICTURE, Name, Strict, Text
from oscine.errors import InputError
from oscine.pictures import check
from oscine.store.reviews import LONGEST, MOST, Review, State, Step

router = APIRouter(prefix="/v1/ads/reviews", tags=["ads"])
MOST_PICTURES = 8

Words = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST, pattern=r"^[^\x00]*$")]


class ForWhom(Strict):
    """Whom an ad is for; what may not be aimed at is a reason, not an error."""

    name: Name
    description: Text = ""


class ReviewRequest(Strict):
    """An ad as it is to run, with the page that it leads to: its `html`, or its text as a `brief`."""

    headline: Text
    body: Text = ""
    action: Text = ""
    hashtags: list[Name] = Field([], max_length=20)
    link: str = Field("", max_length=2_000, description="The address that the ad leads to.")
    lang: str = Field("", max_length=12)
    html: str = Field("", max_length=LONGEST_PAGE, description="The landing page. Without one, a person must look.")
    brief: str = Field("", max_length=20_000, description="What the landing page says, where there is no HTML.")
    audience: ForWhom | None = None
    pictures: list[Annotated[str, StringConstraints(max_length=LONGEST_PICTURE)]] = Field(
        [], max_length=MOST_PICTURES, description="Base64."
    )

    def texts(self) -> Texts:
        """The ad itself."""
        return Texts(self.headline, self.body, self.action, tuple(self.hashtags), self.link, self.lang)

    def page(self) -> Page | None:
        """The landing page, if it was given."""
        return read(self.html, self.link) if self.html else from_brief(self.brief) if self.brief.strip() else None


class AppealRequest(Strict):
    """Why the refusal is wrong."""

    words: Words


class DecisionRequest(Strict):
    """What a person decides, and why."""

    decision: Literal["accept", "refuse"]
    reason: Words


@router.post("", summary="Have an ad reviewed", status_code=201)
def add(request: Request, body: ReviewRequest, key: Chatter) -> dict[str, Any]:
    """A machine's verdict with its reasons: `accept`, `refer` (a person looks) or `refuse`, which can be appealed. The review is kept, the pictures are not."""
    app = app_of(request)
    audience = Audience(body.audience.name, body.audience.description) if body.audience else None
    scores = [check.nsfw(check.opened(_decoded(picture))) for picture in body.pictures]
    verdict = review.review(body.texts(), body.page(), audience, scores, app.settings.ad_blocked_hosts)
    ad = body.model_dump(exclude={"html", "brief", "pictures"}) | {"pictures": [round(score, 3) for score in scores]}
    return told(app.reviews.add(key.id, ad, verdict.decision, [each._asdict() for each in verdict.reasons], verdict.lang))


@router.get("", summary="Reviews of ads")
def listed(
    request: Request, key: Chatter, state: Annotated[State | None, Query()] = None, before: Annotated[int | None, Query(ge=1)] = None
) -> dict[str, Any]:
    """Those that this key asked for, the newest first, a hundred at a time; an admin key sees everybody's. `open` are those that wait for a person."""
    found = app_of(request).reviews.of(_whose(key), state, before)
    return {"reviews": [told(each) for each in found], "before": found[-1].id if len(found) == MOST else None}


@router.get("/{number}", summary="One review")
def one(request: Request, number: int, key: Chatter) -> dict[str, Any]:
    """A review with all its steps; 404 for another key's."""
    return told(app_of(request).reviews.one(number, _whose(key)))


@router.post("/{number}/appeal", summary="Appeal a refusal")
def appeal(request: Request, number: int, body: AppealRequest, key: Chatter) -> dict[str, Any]:
    """Ask a person to look at one's own refused ad again, once."""
    return told(app_of(request).reviews.appeal(number, key.id, body.words))


@router.post("/{number}/decision", summary="Decide a review")
def decide(request: Request, number: int, body: DecisionRequest, key: Admin) -> dict[str, Any]:
    """A person's decision, which counts from then on: a campaign's ad runs, or stops, at once. It takes an admin key."""
    app = app_of(request)
    kept = app.reviews.decide(number, key.id, body.decision, body.reason)
    app.desk.decided(kept, key.id, body.reason)
    app.ads.running.forget()
    return told(kept)


def told(kept: Review) -> dict[str, Any]:
    """A review on the wire."""
    return {
        "id": kept.id, "state": kept.state, "asked_at": schemas.time(kept.asked_at), "ad": kept.ad, "lang": kept.lang,
        "verdict": {"decision": kept.decision, "by": "machine", "reasons": kept.reasons}, "steps": [_step(step) for step in kept.steps],
    }  # fmt: skip


def _step(step: Step) -> dict[str, Any]:
    decision = {"decision": step.decision} if step.decision else {}
    return {"kind": step.kind, "at": schemas.time(step.at), "words": step.words, **decision}


def _whose(key: Key) -> str:
    return "" if key.is_admin else key.id


def _decoded(picture: str) -> bytes:
    try:
        return base64.b64decode(picture, validate=True)
    except (binascii.Error, ValueError):
        raise InputError("A picture is not base64.", "Send the file's bytes in base64, without a data: prefix.") from None
