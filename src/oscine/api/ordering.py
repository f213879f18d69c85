"""What an advertiser sends, and how campaigns look on the wire. Times are RFC 3339, money whole micro-units. It shapes and decides nothing."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import msgspec
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from oscine.ads.creatives.page import Page, from_brief, read
from oscine.ads.creatives.review import Texts
from oscine.ads.creatives.texts import Audience
from oscine.ads.desk import Sent
from oscine.advertising import Advertiser, Campaign, Caps, Creative, Entry, Flight, Objective, Pace, Step, Targeting, Tier
from oscine.api import schemas
from oscine.errors import InputError
from oscine.store.terms import LONGEST_REASON, MOST_CREATIVES, MOST_ENTRIES, MOST_FLIGHTS, MOST_PICTURES, Picture, Terms

LONGEST = 2_000  # characters of one text
LONGEST_PAGE = 4_000_000  # of HTML
LONGEST_PICTURE = 6_000_000  # of base64
NO_NUL = r"^[^\x00]*$"

Text = Annotated[str, StringConstraints(max_length=LONGEST, pattern=NO_NUL)]
Name = Annotated[str, StringConstraints(max_length=200, pattern=NO_NUL)]
Why = Annotated[str, StringConstraints(max_length=LONGEST_REASON, pattern=NO_NUL)]
Words = Annotated[list[Name], Field(max_length=MOST_ENTRIES)]
Money = Annotated[int, Field(ge=0, strict=True)]


class Strict(BaseModel):
    """A request whose misspelt fields are refused."""

    model_config = ConfigDict(extra="forbid")


class AdvertiserBody(Strict):
    """On whose behalf, and who pays."""

    name: Name
    payer: Name = ""
    currency: str = Field("EUR", max_length=3)
    account: Name = Field("", description="Its account on the network, as NETWORK/ACCOUNT.")


class CapsBody(Strict):
    """At most so many impressions to one person within so many hours; 0 is no cap."""

    impressions: Annotated[int, Field(ge=0)] = 0
    hours: Annotated[int, Field(ge=1)] = 24


class TargetingBody(Strict):
    """Whom and where; what is left out matches everybody. See the guide on advertising."""

    topics: Words = []
    query: Text = ""
    langs: Words = []
    places: Words = []
    hours: Annotated[list[int], Field(max_length=168)] = []
    interests: Words = []
    like: Words = []
    not_topics: Words = []
    not_query: Text = ""
    not_langs: Words = []
    not_places: Words = []
    not_interests: Words = []

    def targeting(self) -> Targeting:
        """As a campaign has it."""
        return msgspec.convert(dict(self), Targeting)


class FlightBody(Strict):
    """A period with a budget. `id` names the flight to be changed; 0 adds one."""

    id: int = 0
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    budget: Money
    daily: Money = 0
    bid: Money = Field(0, description="For a thousand impressions, a click or a conversion; 0 bids by itself.")

    def flight(self) -> Flight:
        """As a campaign has it."""
        return Flight(campaign=0, **dict(self))


class PictureBody(Strict):
    """A picture in a standard size."""

    size: str = Field(max_length=11)
    png: str = Field(max_length=LONGEST_PICTURE, description="Base64.")
    alt: Text = ""

    def picture(self) -> Picture:
        """Its bytes. Raises `InputError`."""
        try:
            return Picture(size=self.size, png=base64.b64decode(self.png, validate=True), alt=self.alt)
        except (binascii.Error, ValueError):
            raise InputError("A picture is not base64.", "Send the file's bytes in base64, without a data: prefix.") from None


class ForWhom(Strict):
    """Whom an ad is written for."""

    name: Name
    description: Text = ""


class CreativeBody(Strict):
    """An ad, and the page that it leads to: its `html`, or its text as a `brief`; without either a person must look."""

    headline: Text
    body: Text = ""
    action: Text = ""
    hashtags: list[Name] = Field([], max_length=20)
    link: Text
    brand: Name = ""
    lang: str = Field("", max_length=12)
    generated: bool = False
    by: Name = Field("", description="`composed`, a model's name, or empty for what a person wrote.")
    score: float = Field(0.0, ge=-20, le=20)
    html: str = Field("", max_length=LONGEST_PAGE)
    brief: str = Field("", max_length=20_000)
    audience: ForWhom | None = None
    pictures: list[PictureBody] = Field([], max_length=MOST_PICTURES)

    def sent(self) -> Sent:
        """As the desk takes it. Raises `InputError`."""
        texts = Texts(self.headline, self.body, self.action, tuple(self.hashtags), self.link, self.lang)
        audience = Audience(self.audience.name, self.audience.description) if self.audience else None
        pictures = tuple(each.picture() for each in self.pictures)
        return Sent(texts, self.brand, self.generated, self.by, self.score, pictures, self._page(), audience)

    def _page(self) -> Page | None:
        return read(self.html, self.link) if self.html else from_brief(self.brief) if self.brief.strip() else None


class TermsBody(Strict):
    """A campaign's terms."""

    name: Name
    objective: Objective = "impressions"
    placements: list[Name] = Field(["post"], max_length=20)
    tier: Tier = "standard"
    targeting: TargetingBody = TargetingBody()
    caps: CapsBody = CapsBody()
    pace: Pace = "even"
    holdout: float = Field(0.0, ge=0, le=0.5)

    def terms(self) -> Terms:
        """As a campaign has them."""
        return Terms(
            name=self.name, objective=self.objective, placements=tuple(self.placements), tier=self.tier, targeting=self.targeting.targeting(),
            caps=Caps(**dict(self.caps)), pace=self.pace, holdout=self.holdout,
        )  # fmt: skip


class CampaignBody(TermsBody):
    """An order, whole."""

    advertiser: int
    flights: list[FlightBody] = Field([], max_length=MOST_FLIGHTS)
    creatives: list[CreativeBody] = Field([], max_length=MOST_CREATIVES)


class ChangeBody(Strict):
    """What is to be different; what is left out stays."""

    name: Name | None = None
    objective: Objective | None = None
    placements: list[Name] | None = Field(None, max_length=20)
    tier: Tier | None = None
    targeting: TargetingBody | None = None
    caps: CapsBody | None = None
    pace: Pace | None = None
    holdout: float | None = Field(None, ge=0, le=0.5)
    flights: list[FlightBody] = Field([], max_length=MOST_FLIGHTS)
    why: Why = ""

    def terms(self, campaign: Campaign) -> Terms | None:
        """The campaign's terms with these changes; None where there are none."""
        changes = {name: value for name, value in self if name in TermsBody.model_fields and value is not None}
        if not changes:
            return None
        whole = TermsBody(**{name: msgspec.to_builtins(getattr(campaign, name)) for name in TermsBody.model_fields})
        return whole.model_copy(update=changes).terms()


class CreativesBody(Strict):
    """More ads."""

    creatives: list[CreativeBody] = Field(min_length=1, max_length=MOST_CREATIVES)


class StepBody(Strict):
    """Why, for the trail."""

    why: Why = ""


def advertiser(kept: Advertiser) -> dict[str, Any]:
    """An advertiser, without whose key it is."""
    return {name: getattr(kept, name) for name in ("id", "name", "payer", "currency", "account")} | {
        "created_at": schemas.time(kept.created_at)
    }


def campaign(kept: Campaign, by: Advertiser, alts: Mapping[tuple[int, str], str] | None = None) -> dict[str, Any]:
    """A campaign, whole."""
    return told(kept) | {
        "advertiser_name": by.name, "payer": by.payer, "currency": by.currency,
        "creatives": [creative(each, alts or {}) for each in kept.creatives],
    }  # fmt: skip


def creative(kept: Creative, alts: Mapping[tuple[int, str], str]) -> dict[str, Any]:
    """An ad, with its pictures' sizes and what they show."""
    return told(kept) | {"pictures": [{"size": size, "alt": alts.get((kept.id, size), "")} for size in kept.pictures]}


def step(kept: Step) -> dict[str, Any]:
    """A line of a trail."""
    return told(kept)


def entry(kept: Entry) -> dict[str, Any]:
    """A line of the ledger; of an ad's token only its beginning, by which the log knows it."""
    return told(kept) | {"token": kept.token[:6]}


def told(record: Any) -> dict[str, Any]:
    """A record as JSON has it: see `plain`."""
    found: dict[str, Any] = plain(record)
    return found


def plain(record: Any) -> Any:
    """A record as JSON has it, every field there, times as everywhere on the wire."""
    if isinstance(record, datetime):
        return schemas.time(record)
    if isinstance(record, msgspec.Struct):
        return {name: plain(getattr(record, name)) for name in record.__struct_fields__}
    if isinstance(record, tuple) and hasattr(record, "_asdict"):
        return {name: plain(value) for name, value in record._asdict().items()}
    if isinstance(record, Mapping):
        return {str(name): plain(value) for name, value in record.items()}
    return [plain(each) for each in record] if isinstance(record, list | tuple | frozenset) else record
