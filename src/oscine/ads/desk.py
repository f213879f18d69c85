"""The desk where campaigns are ordered: what was sent is checked and reviewed, ad by ad, and a campaign runs as soon as one of its ads may.

A machine's review sorts; what it refers waits for a person, whose decision is followed at once. It knows no face and moves no money.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from msgspec.structs import replace

from oscine.ads.creatives import review
from oscine.ads.creatives.page import Page
from oscine.ads.creatives.review import Texts
from oscine.ads.creatives.texts import Audience
from oscine.advertising import Campaign, Flight, State, Targeting
from oscine.errors import InputError
from oscine.pictures import check
from oscine.store.campaigns import Campaigns
from oscine.store.reviews import Review, Reviews
from oscine.store.terms import Ad, Picture, Terms, check_ad

Verified = Callable[[bytes], bool]
LONGEST_BRIEF = 2_000  # characters of a page that are kept with its review


class Sent(NamedTuple):
    """An ad as it was sent. `page` is what it leads to, as a reader of it sees it; without it, a person must look."""

    texts: Texts
    brand: str = ""
    generated: bool = False
    by: str = ""
    score: float = 0.0
    pictures: tuple[Picture, ...] = ()
    page: Page | None = None
    audience: Audience | None = None


class Desk:
    """Orders of campaigns; `key` "" is everybody's.

    `permitted` raises `InputError` for a targeting that may not be; `verified` tells a picture whose manifest holds, which is kept as it is; any other is
    made anew, without what a camera tells.
    """

    def __init__(
        self, campaigns: Campaigns, reviews: Reviews, permitted: Callable[[Targeting], None], verified: Verified, blocked: Iterable[str]
    ) -> None:
        self.campaigns, self.reviews, self._permitted = campaigns, reviews, permitted
        self._verified, self._blocked = verified, tuple(blocked)

    def order(self, advertiser: int, terms: Terms, flights: Sequence[Flight], ads: Sequence[Sent], by: str, key: str = "") -> Campaign:
        """A draft, with its ads reviewed. Raises `InputError` for what may not be ordered, with the rule named, before anything is kept."""
        self._permitted(terms.targeting)
        made = [self._ad(sent) for sent in ads]
        campaign = self.campaigns.add(advertiser, terms, flights, by, key)
        return self._reviewed(campaign, ads, made, by) if ads else campaign

    def change(self, number: int, by: str, terms: Terms | None, flights: Sequence[Flight], why: str = "", key: str = "") -> Campaign:
        """New terms or flights. Raises as `order`."""
        if terms:
            self._permitted(terms.targeting)
        return self.campaigns.change(number, by, terms, flights, why, key)

    def add(self, number: int, ads: Sequence[Sent], by: str, key: str = "") -> Campaign:
        """More ads of a campaign, reviewed. Raises `InputError`, `NotFound`."""
        campaign, made = self.campaigns.one(number, key), [self._ad(sent) for sent in ads]
        return self._reviewed(campaign, ads, made, by)

    def launch(self, number: int, by: str, why: str = "", key: str = "") -> Campaign:
        """Have it run: at once where an ad may, else when a person has decided; refused where every ad is. Raises `InputError`, `NotFound`."""
        return self._followed(self.campaigns.step(number, "review", by, why, key))

    def resume(self, number: int, by: str, why: str = "", key: str = "") -> Campaign:
        """Have it run again. Raises `InputError` where it is not paused, `NotFound`."""
        if (state := self.campaigns.one(number, key).state) != "paused":
            raise InputError(
                f"Campaign {number} is not paused but in the state {state}.", "Launch a draft, or one that was refused and changed."
            )
        return self.campaigns.step(number, "running", by, why, key)

    def decided(self, kept: Review, by: str, why: str) -> None:
        """A person decided on a review: its ads run, or stop, from now on."""
        for campaign in self.campaigns.reviewed(kept.id, kept.state == "accepted", by, why):
            self._followed(campaign)

    def _followed(self, campaign: Campaign) -> Campaign:
        """The campaign in the state that its reviews allow, if it waits for them."""
        states = {self._state(ad.review, ad.accepted) for ad in campaign.creatives}
        if campaign.state == "running" and states == {"refused"}:
            return self.campaigns.step(campaign.id, "refused", "system", "None of its ads may run.")
        if campaign.state != "review":
            return campaign
        then: State = "running" if "accepted" in states else "refused" if states == {"refused"} else "review"
        why = {"running": "An ad of it was accepted.", "refused": "Each of its ads was refused."}.get(then, "")
        return campaign if then == "review" else self.campaigns.step(campaign.id, then, "system", why)

    def _state(self, number: int, accepted: bool) -> str:
        return "accepted" if accepted else self.reviews.one(number).state

    def _ad(self, sent: Sent) -> Ad:
        """An ad as it is kept, before its review. Raises `InputError`."""
        texts = sent.texts
        return check_ad(Ad(
            headline=texts.headline, body=texts.body, action=texts.action, link=texts.link, brand=sent.brand, lang=texts.lang,
            generated=sent.generated, review=0, accepted=False, hashtags=texts.hashtags, by=sent.by, score=sent.score, pictures=self._pictures(sent),
        ))  # fmt: skip

    def _reviewed(self, campaign: Campaign, sent: Sequence[Sent], ads: Sequence[Ad], by: str) -> Campaign:
        reviews = [self._review(campaign, one, ad.pictures, by) for one, ad in zip(sent, ads, strict=True)]
        told = [
            replace(ad, lang=kept.lang or ad.lang, review=kept.id, accepted=kept.state == "accepted")
            for ad, kept in zip(ads, reviews, strict=True)
        ]
        return self.campaigns.add_creatives(campaign.id, told, by)

    def _review(self, campaign: Campaign, sent: Sent, pictures: Sequence[Picture], by: str) -> Review:
        scores = [check.nsfw(check.opened(picture.png)) for picture in pictures]
        verdict = review.review(sent.texts, sent.page, sent.audience, scores, self._blocked)
        ad: dict[str, Any] = sent.texts._asdict() | {
            "audience": sent.audience._asdict() if sent.audience else None, "brand": sent.brand, "campaign": campaign.id,
            "pictures": [round(score, 3) for score in scores], "sizes": [picture.size for picture in pictures], "brief": _brief(sent.page),
        }  # fmt: skip
        return self.reviews.add(by, ad, verdict.decision, [each._asdict() for each in verdict.reasons], verdict.lang)

    def _pictures(self, sent: Sent) -> tuple[Picture, ...]:
        """As they are kept: of the size that they are said to be, without what a camera tells, and signed ones as they were signed."""
        found = []
        for given in sent.pictures:
            seen = check.checked(given.png)
            if given.size != f"{seen.width}x{seen.height}":
                raise InputError(f"The picture of {given.size[:20]!r} measures {seen.width}x{seen.height}.", "Name the size that it has.")
            found.append(Picture(size=given.size, png=given.png if self._verified(given.png) else seen.png, alt=given.alt))
        return tuple(found)


def _brief(page: Page | None) -> str:
    """What the page says, as far as a person who decides needs it."""
    return " ".join(passage.text for passage in page.passages)[:LONGEST_BRIEF] if page else ""
