"""What is made for people to use, as an `App` has it: drafts, pictures, ads."""

from __future__ import annotations

import sys
from functools import cached_property
from pathlib import Path

from oscine.ads.creatives.creative import Writer
from oscine.ads.creatives.studio import Studio
from oscine.app.engines import Engines
from oscine.create.drafts import Drafts
from oscine.create.picture import Pictures, Unsigned
from oscine.create.rewrite import Rewriter
from oscine.engines.image import DiffusersImageModel, HttpImageModel, ImageModel
from oscine.engines.reward import E5Reward
from oscine.errors import SetupError
from oscine.pictures import check, provenance, request
from oscine.pictures.nearness import Nearness
from oscine.pictures.provenance import Credentials, Made
from oscine.pictures.sizes import Size
from oscine.records import ANONYMOUS


class Making(Engines):
    """What writes and draws."""

    _near: Nearness | None = None

    @cached_property
    def drafts(self) -> Drafts:
        """Drafts of posts by the model in use."""
        return Drafts(lambda: self.language_model[0], self.view(ANONYMOUS), bool(self.settings.watermark))

    @cached_property
    def rewriter(self) -> Rewriter:
        """Texts said otherwise by the model in use."""
        return Rewriter(lambda: self.drafts.model, bool(self.settings.watermark))

    @cached_property
    def image_model(self) -> ImageModel | None:
        """What draws pictures on request; None where they are composed. Raises `SetupError`."""
        named = self.settings.image_model
        if named == "none":
            return None
        if named != "http":
            return DiffusersImageModel(Path(named), log=_log)
        if not (self.settings.image_model_url and self.settings.image_model_name):
            raise SetupError("No server is named for the image model.", "Set OSCINE_IMAGE_MODEL_URL and OSCINE_IMAGE_MODEL_NAME.")
        return HttpImageModel(self.settings.image_model_url, self.settings.image_model_name, self.settings.image_model_key)

    @cached_property
    def pictures(self) -> Pictures:
        """Pictures on request."""
        return Pictures(lambda: self.image_model, self._composed, lambda png: check.checked(png).png, self._signed)

    def _composed(self, prompt: str, size: Size, seed: int) -> Unsigned:
        made = request.picture(prompt, size, seed, self.near())
        return Unsigned(made.png, made.alt, made.generated)

    def _signed(self, made: Unsigned) -> bytes:
        return self.sign(made.png, Made("generated" if made.model else "composed", model=made.model))

    @cached_property
    def reward(self) -> E5Reward | None:
        """What ranks ad texts; None where none is wanted."""
        if self.settings.reward not in ("e5", "none"):
            raise SetupError(f"There is no reward {self.settings.reward!r}.", "OSCINE_REWARD takes e5 or none.")
        return E5Reward(self.settings.data / "models", log=_log) if self.settings.reward == "e5" else None

    @cached_property
    def studio(self) -> Studio:
        """Ads from pages."""
        writer = Writer(lambda: self.language_model[0], self.embedder, lambda: self.reward)
        return Studio(writer, lambda: self.reward, lambda: self.sign, self.near, lambda: self.image_model)

    def near(self) -> Nearness | None:
        """How near texts are in meaning; None where there is no embedder."""
        embedder = self.embedder()
        if embedder and self._near is None:
            self._near = Nearness(embedder, self.settings.data / "models")
        return self._near if embedder else None

    def sign(self, png: bytes, made: Made) -> bytes:
        """A picture with its manifest, by the certificate in the data directory. Raises `SetupError`."""
        return provenance.sign(png, made, self._credentials)

    @cached_property
    def _credentials(self) -> Credentials:
        return provenance.credentials(self.settings.data / "c2pa")


def _log(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
