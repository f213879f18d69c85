"""What the faces hold: pages fetched, texts written, checked and ranked, pictures drawn. It keeps nothing and publishes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from oscine.ads.creatives import claims, fetch, pictures
from oscine.ads.creatives.creative import Audience, Claim, Dropped, Writer
from oscine.ads.creatives.page import Page
from oscine.ads.creatives.pictures import Drawn, Look, Signer
from oscine.ads.creatives.placements import Placement, length
from oscine.engines.image import ImageModel
from oscine.engines.reward import Ad, E5Reward, Score
from oscine.errors import EngineUnavailable, OscineError
from oscine.pictures.moods import Near
from oscine.safety import policy

EVERYBODY = Audience("Everybody")
SIDE = 1024  # px of a background


class Checked(NamedTuple):
    """An edited text: its claims, what stands on no passage, by how many characters each part is too long, and its reward."""

    claims: tuple[Claim, ...]
    dropped: tuple[Dropped, ...]
    over: Mapping[str, int]
    score: Score | None


class Studio:
    """Ads from pages. The others give what ranks, signs, tells how near texts are, and draws backgrounds, or None where there is none."""

    def __init__(
        self,
        writer: Writer,
        reward: Callable[[], E5Reward | None],
        sign: Callable[[], Signer | None],
        near: Callable[[], Near | None],
        image_model: Callable[[], ImageModel | None],
    ) -> None:
        self.writer = writer
        self._reward = reward
        self._sign = sign
        self._near = near
        self._image_model = image_model

    def page(self, url: str) -> Page:
        """The page at an address. Raises `InputError` for an address that may not be called, `Unavailable` where nothing answers."""
        return fetch.page(url)

    def topic(self, page: Page) -> str:
        """What a page's pictures illustrate."""
        return pictures.topic(page, self._near())

    def picture(self, data: bytes | None, url: str) -> tuple[bytes | None, str]:
        """A picture that was given, checked, or else the one at an address of the page; a note where that one cannot be used.

        Raises `InputError` for a given picture that is not permitted.
        """
        if data or not url:
            return pictures.given(data), ""
        try:
            return pictures.given(fetch.picture(url)), ""
        except OscineError as error:
            return None, f"The page's picture was left out: {error}"

    def check(
        self, page: Page, headline: str, body: str, action: str, hashtags: Sequence[str], audience: str, placement: Placement
    ) -> Checked:
        """A text as somebody edited it, against the page."""
        said = [headline, body] if action in page.actions else [headline, body, action]
        found, dropped = claims.claimed(said, page)
        over = {part: by for part, text in {"headline": headline, "body": body, "action": action}.items()
                if (by := length(text) - getattr(placement, part)) > 0}  # fmt: skip
        if (extra := len(hashtags) - placement.hashtags) > 0:
            over["hashtags"] = extra
        reward = self._reward() if headline.strip() else None
        score = reward.scores([Ad(headline, body, audience=audience)])[0] if reward else None
        return Checked(tuple(found), tuple(dropped), over, score)

    @property
    def draws(self) -> bool:
        """Whether backgrounds can be drawn."""
        return self._image_model() is not None

    def drawn(self, look: Look) -> Look:
        """The look on a background that the image model draws. Raises `InputError` where the policy or the check refuses it, `EngineUnavailable`."""
        model = self._image_model()
        if model is None:
            raise EngineUnavailable("No image model is in use.", "Set OSCINE_IMAGE_MODEL, or give a photo.")
        wanted = f"A calm photograph to stand behind words, without any letters: {look.art.topic}. For {look.art.audience or 'everybody'}."
        policy.refuse(wanted, "picture")
        background = pictures.given(model.draw(wanted, SIDE, SIDE, look.seed))
        return look._replace(art=look.art._replace(background=background), model=model.name)

    def draw(self, look: Look, sizes: Sequence[str]) -> tuple[list[Drawn], list[str]]:
        """Pictures in these sizes (all where none is named), and notes on those left out. Raises `InputError`, also for an unknown size."""
        return pictures.draw(look, pictures.sizes(sizes), self._sign(), self._near())

    def scores(self, ads: Sequence[Ad]) -> list[Score]:
        """Rewards, in log-odds of a click. Raises `EngineUnavailable` where nothing ranks."""
        reward = self._reward()
        if reward is None:
            raise EngineUnavailable("There is no reward to rank by.", "Set OSCINE_REWARD=e5.")
        return reward.scores(ads)
