"""`/v1/feed/…`: what came of a page's posts, what one missed, what one might want more of, the best of a time."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from oscine.api import feed as wire
from oscine.api import schemas
from oscine.api.guard import Reader, app_of, base_url, viewer
from oscine.api.routes.posts import LONGEST_ID, LONGEST_NETWORK, NO_NUL
from oscine.home import digest as digests
from oscine.home.outcomes import Told
from oscine.recommendation import Outcome

router = APIRouter(prefix="/v1/feed", tags=["feed"])
MOST = 100  # events told at a time
Form = Literal["json", "text", "markdown"]
WRITTEN = {"text": digests.text, "markdown": digests.markdown}
TYPES = {"text": "text/plain", "markdown": "text/markdown"}
Language = Annotated[str | None, Query(pattern="^[a-z]{2,3}$", description="What Oscine's own words are in; by default as the posts.")]
Steering = Annotated[str, Query(description="Of whoever has no account: what they ask of their feed, as JSON.")]
Token = Annotated[str, Field(max_length=64, pattern=NO_NUL)]


class EventBody(BaseModel):
    """Something that came of a post of a page."""

    model_config = ConfigDict(extra="forbid")
    page: Token = Field("", description="The page's token; left out where it stands beside `events`.")
    post: str = Field(min_length=1, max_length=LONGEST_ID, pattern=NO_NUL)
    network: str = Field(max_length=LONGEST_NETWORK, pattern=NO_NUL)
    kind: Outcome


class EventsBody(BaseModel):
    """One event, or several as `events`."""

    model_config = ConfigDict(extra="forbid")
    page: Token = ""
    post: str = Field("", max_length=LONGEST_ID, pattern=NO_NUL)
    network: str = Field("", max_length=LONGEST_NETWORK, pattern=NO_NUL)
    kind: Outcome | None = None
    events: list[EventBody] = Field([], max_length=MOST)

    @model_validator(mode="after")
    def _one_or_several(self) -> EventsBody:
        if bool(self.events) == bool(self.page and self.post and self.kind):
            raise ValueError("give `page`, `post`, `network` and `kind`, or `events`")
        return self

    def told(self) -> list[Told]:
        """What is told."""
        if self.kind:
            return [Told(self.page, self.post, self.network, self.kind)]
        return [Told(event.page or self.page, event.post, event.network, event.kind) for event in self.events]


@router.post("/events", summary="What came of posts of a page")
def events(request: Request, body: EventsBody, key: Reader) -> dict[str, Any]:
    """Seen, liked, hidden and the like: counted once, for pages that were served to whoever tells. Of a person with an account it is written down as done
    by them, and what they hide is gone from their feeds at once."""
    return {"counted": app_of(request).feed_outcomes.tell(viewer(request, key), body.told())}


@router.get("/catch-up", summary="Since you were away")
def catch_up(
    request: Request,
    key: Reader,
    since: Annotated[AwareDatetime | None, Query(description="By default the end of the visit before this one, else a day ago.")] = None,
    lang: Language = None,
    steering: Steering = "",
) -> dict[str, Any]:
    """Who answered and named you, what went on in conversations, what people wrote about more than before: each line with the posts that it quotes."""
    app, who = app_of(request), viewer(request, key)
    return wire.missed(app.missed(who, wire.steered(app, who, steering), since, lang))


@router.get("/proposals", summary="What you might want more of")
def proposals(request: Request, key: Reader, limit: Annotated[int, Query(ge=1, le=20)] = 6, steering: Steering = "") -> dict[str, Any]:
    """Topics, accounts to follow and conversations, each with its reason; nobody whom one follows, blocks or mutes, or who does not want to be found."""
    app, who = app_of(request), viewer(request, key)
    return wire.proposals(app.proposals(who, wire.steered(app, who, steering), limit))


@router.get("/digest", summary="The best of some days", response_model=None)
def digest(
    request: Request,
    key: Reader,
    days: Annotated[float, Query(gt=0, le=31, description="How far back.")] = 1,
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
    form: Annotated[Form, Query(description="How it is written.")] = "json",
    lang: Language = None,
    steering: Steering = "",
) -> dict[str, Any] | Response:
    """The posts that rank highest for you, seen before or not, and what went on; as JSON, text or Markdown."""
    app, who, base = app_of(request), viewer(request, key), base_url(request)
    made = app.digest(who, wire.steered(app, who, steering), days, limit, lang)
    if form == "json":
        return wire.digest(made)
    return Response(WRITTEN[form](made, lambda seen: base + schemas.page(seen)), media_type=f"{TYPES[form]}; charset=utf-8")
