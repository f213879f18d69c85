"""Ads: from a page to texts and pictures, each claim tied to its passage. Nothing here is published, charged or kept."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from oscine.ads.creatives.audiences import check as permitted
from oscine.ads.creatives.creative import MOST_VARIANTS, Audience, Wish
from oscine.ads.creatives.page import Page, Passage, from_brief, read
from oscine.ads.creatives.pictures import Look
from oscine.ads.creatives.placements import PLACEMENTS, Placement
from oscine.ads.creatives.studio import EVERYBODY, Studio
from oscine.api import advertising
from oscine.api.guard import Chatter, app_of
from oscine.api.routes.posts import NO_NUL
from oscine.engines.reward import Ad
from oscine.errors import InputError
from oscine.pictures.compose import Art, Words

router = APIRouter(prefix="/v1/ads", tags=["ads"])

MOST_AUDIENCES, MOST_ADS, MOST_PASSAGES = 6, 1_000, 400
LONGEST = 2_000  # characters of one text
LONGEST_PAGE = 4_000_000  # of HTML
LONGEST_PICTURE = 16_000_000  # of base64

Text = Annotated[str, StringConstraints(max_length=LONGEST, pattern=NO_NUL)]
Name = Annotated[str, StringConstraints(max_length=100, pattern=NO_NUL)]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]


class Strict(BaseModel):
    """A request whose misspelt fields are refused."""

    model_config = ConfigDict(extra="forbid")


class AudienceBody(Strict):
    """Whom an ad is for, in plain words."""

    name: Name
    description: Text = ""
    lang: str = Field("", max_length=12)

    def audience(self) -> Audience:
        """As `ads` takes it. Raises `InputError` for one that may not be chosen."""
        audience = Audience(self.name, self.description or self.name, self.lang)
        permitted(audience)
        return audience


class CreativesRequest(Strict):
    """Texts for a page (its `url`, or its `html` as it is) or for a `brief`."""

    url: str = Field("", max_length=2_000, description="The landing page's address; fetched unless `html` is given.")
    html: str = Field("", max_length=LONGEST_PAGE, description="The page itself.")
    brief: str = Field("", max_length=20_000, description="What is offered, in sentences, where there is no page.")
    audiences: list[AudienceBody] = Field([], max_length=MOST_AUDIENCES)
    placement: str = Field("post", max_length=40, description="Where it will stand: sets the longest lengths.")
    count: int = Field(5, ge=1, le=MOST_VARIANTS, description="Variants for each audience.")
    languages: list[Annotated[str, StringConstraints(max_length=12)]] = Field([], max_length=8, description="Default: the page's own.")
    seed: int = Field(0, ge=0)

    def wish(self) -> Wish:
        """What is wanted. Raises `InputError`."""
        audiences = tuple(each.audience() for each in self.audiences) or (EVERYBODY,)
        return Wish(audiences, _placement(self.placement), self.count, tuple(self.languages), self.seed)


class PassageBody(Strict):
    """A passage of the page, as `creatives` gave it."""

    number: int
    text: Text
    heading: Text = ""


class CheckRequest(Strict):
    """A variant that somebody edited, and the passages that it must stand on."""

    passages: list[PassageBody] = Field(max_length=MOST_PASSAGES)
    actions: list[Text] = Field([], max_length=40, description="What the page's buttons say.")
    title: Text = ""
    site: Text = ""
    lang: str = Field("", max_length=12)
    audience: Text = ""
    placement: str = Field("post", max_length=40)
    headline: Text = ""
    body: Text = ""
    action: Text = ""
    hashtags: list[Name] = Field([], max_length=20)


class PicturesRequest(Strict):
    """Pictures of one ad. Photo and logo are base64, or the address of a picture of the page."""

    headline: Text
    body: Text = ""
    action: Text = ""
    brand: Text = ""
    lang: str = Field("", max_length=12)
    topic: Text = Field("", description="What it is about: illustrations are chosen by it.")
    audience: Text = Field("", description="Whom it is for: the look is chosen by it.")
    colours: list[Colour] = Field([], max_length=12, description="Brand colours, the most telling first.")
    photo: str | None = Field(None, max_length=LONGEST_PICTURE)
    logo: str | None = Field(None, max_length=LONGEST_PICTURE)
    photo_url: str = Field("", max_length=2_000)
    logo_url: str = Field("", max_length=2_000)
    background: bool = Field(False, description="Draw a background with the image model that the operator chose; 503 where there is none.")
    sizes: list[str] = Field([], max_length=20, description="Default: all eight.")
    seed: int = Field(0, ge=0, le=2**31, description="Another seed is another look.")


class AdBody(Strict):
    """One wording; texts of one `test` compete."""

    test: Text = ""
    headline: Text
    lede: Text = ""
    excerpt: Text = ""
    image: Text = ""
    audience: Text = ""


class ScoreRequest(Strict):
    """Wordings to rank."""

    ads: list[AdBody] = Field(min_length=1, max_length=MOST_ADS)


def _placement(name: str) -> Placement:
    if name not in PLACEMENTS:
        raise InputError(f"There is no placement {name[:40]!r}.", f"Placements are {', '.join(PLACEMENTS)}.")
    return PLACEMENTS[name]


@router.get("/placements", summary="Where ads stand, and how long their texts may be")
def placements(request: Request, _key: Chatter) -> dict[str, Any]:
    """Longest lengths in characters as a reader counts them; `backgrounds` tells whether an image model can draw them."""
    return {"backgrounds": app_of(request).studio.draws, "data": [placement._asdict() for placement in PLACEMENTS.values()]}


@router.post("/creatives", summary="Ad texts from a page or a brief")
def creatives(request: Request, body: CreativesRequest, _key: Chatter) -> dict[str, Any]:
    """Variants for each audience, the best first, each claim with the passages it stands on; what stands on none is in `dropped`, with the reason.

    400 for a page or an audience that cannot be advertised for, with the rule named; 503 where the page does not answer.
    """
    studio, wish = app_of(request).studio, body.wish()
    page = _page(studio, body)
    return advertising.creatives(studio.writer.write(page, wish), studio.topic(page), wish.placement, wish.audiences)


def _page(studio: Studio, body: CreativesRequest) -> Page:
    if body.html:
        return read(body.html, body.url)
    if body.url:
        return studio.page(body.url)
    if body.brief.strip():
        return from_brief(body.brief)
    raise InputError("There is no page and no brief.", "Give `url`, `html` or `brief`.")


@router.post("/check", summary="Check an edited ad against its page")
def check(request: Request, body: CheckRequest, _key: Chatter) -> dict[str, Any]:
    """The claims of a text and where they stand, what stands nowhere (`dropped`), by how many characters it is too long (`over`), and its reward."""
    passages = tuple(Passage(each.number, each.text, each.heading) for each in body.passages)
    page = Page("", body.site, body.title, "", body.lang, passages, actions=tuple(body.actions))
    told = app_of(request).studio.check(
        page, body.headline, body.body, body.action, body.hashtags, body.audience, _placement(body.placement)
    )
    return {
        "claims": advertising.claims(told.claims),
        "dropped": advertising.dropped(told.dropped),
        "over": told.over,
        **advertising.score(told.score),
    }


@router.post("/pictures", summary="Ad pictures in the standard sizes", response_model=None)
def pictures(request: Request, body: PicturesRequest, _key: Chatter) -> dict[str, Any] | Response:
    """Composed pictures as base64 PNG, each with alt text and a signed C2PA manifest; with `Accept: application/zip` as one file.

    400 for a picture that is not permitted or words that do not fit, with the rule named.
    """
    ads = app_of(request).studio
    photo, photo_note = ads.picture(_bytes(body.photo, "photo"), body.photo_url)
    logo, logo_note = ads.picture(_bytes(body.logo, "logo"), body.logo_url)
    words = Words(body.headline, body.body, body.action, body.brand, body.lang)
    art = Art(photo, logo, None, tuple(body.colours), body.topic, body.audience)
    look = Look(words, art, body.seed)
    drawn, left_out = ads.draw(ads.drawn(look) if body.background else look, body.sizes)
    if "application/zip" in request.headers.get("accept", ""):
        texts = {"headline": body.headline, "body": body.body, "action": body.action}
        headers = {"Content-Disposition": 'attachment; filename="ads.zip"'}
        return Response(advertising.archive(drawn, texts), media_type="application/zip", headers=headers)
    return {
        "pictures": [advertising.picture(each) for each in drawn],
        "notes": [note for note in (photo_note, logo_note, *left_out) if note],
    }


def _bytes(given: str | None, what: Literal["photo", "logo"]) -> bytes | None:
    try:
        return base64.b64decode(given, validate=True) if given else None
    except (binascii.Error, ValueError):
        raise InputError(f"The {what} is not base64.", "Send the file's bytes in base64, without a data: prefix.") from None


@router.post("/score", summary="Rank wordings by the reward model")
def score(request: Request, body: ScoreRequest, _key: Chatter) -> dict[str, Any]:
    """Each wording's reward and how unsure it is, in log-odds of a click; they compare within one story only."""
    scores = app_of(request).studio.scores([Ad(**each.model_dump()) for each in body.ads])
    return {"data": [advertising.score(each) for each in scores]}
