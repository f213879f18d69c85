"""Pictures on request, as OpenAI's clients ask for them, and texts for those who do not see a picture."""

from __future__ import annotations

import base64
import binascii
import time
from typing import Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from oscine.api.guard import Chatter, app_of
from oscine.api.routes.posts import NO_NUL
from oscine.create import alt, picture
from oscine.create.alt import Alt
from oscine.create.picture import LONGEST, MOST, SEEDS, How, Picture, Wish
from oscine.engines.image import ImageModel
from oscine.errors import InputError, NotFound
from oscine.pictures.request import SAYS

router = APIRouter(prefix="/v1")
LONGEST_PICTURE = 28_000_000  # of base64: what a picture of 20 MB comes to
SAID = {True: "A model drew this picture.", False: SAYS}


class ImageRequest(BaseModel):
    """OpenAI's image request; what Oscine has no use for is taken and left alone."""

    model_config = ConfigDict(extra="allow")
    prompt: str = Field(min_length=1, max_length=LONGEST, pattern=NO_NUL)
    model: str = Field("oscine", max_length=200, description="`oscine` (whatever there is), `composed`, or the image model's name.")
    n: int = Field(1, ge=1, le=MOST)
    size: str = Field("auto", max_length=20, description="Width and height in pixels, such as 1080x1080; each side 64 to 2048.")
    response_format: Literal["b64_json"] = "b64_json"
    seed: int | None = Field(None, ge=0, le=SEEDS, description="Makes the same picture again, as far as the engine is exact.")


class AltRequest(BaseModel):
    """A picture to describe."""

    model_config = ConfigDict(extra="forbid")
    image: str = Field(min_length=1, max_length=LONGEST_PICTURE, description="The file in base64: PNG, JPEG, WebP or GIF.")


@router.post("/images/generations", summary="Make a picture", tags=["OpenAI-compatible"])
def generations(request: Request, body: ImageRequest, _key: Chatter) -> dict[str, Any]:
    """Pictures by the image model, where there is one, else composed; each a PNG with a signed C2PA manifest that says so.

    400, with the rule named, for what the policy refuses; 503 where the image model does not answer.
    """
    app = app_of(request)
    wish = Wish(body.prompt, picture.size(body.size), body.n, _how(body.model, app.image_model), body.seed)
    return {"created": int(time.time()), "data": [told(made) for made in app.pictures.make(wish)]}


@router.post("/images/alt", summary="Describe a picture for those who do not see it", tags=["create"])
def describe(request: Request, body: AltRequest, _key: Chatter) -> dict[str, Any]:
    """`alt` by a model that sees, where one is in use; else empty, with `why`, and in `measured` what can be said without looking. Nothing is kept."""
    app = app_of(request)
    return described(alt.describe(_decoded(body.image), lambda: app.drafts.model))


def described(found: Alt) -> dict[str, Any]:
    """A description on the wire, marked as generated where there is one."""
    return {"alt": found.text, "generated": bool(found.text), "model": found.model, "measured": found.measured, "why": found.why,
            "flags": list(found.flags)}  # fmt: skip


def told(made: Picture) -> dict[str, Any]:
    """A picture on the wire: OpenAI's field, and ours."""
    return {"b64_json": base64.b64encode(made.png).decode(), **facts(made)}


def facts(made: Picture) -> dict[str, Any]:
    """What is to be known of a picture; `generated` marks all that a machine made, `composed` what no model drew."""
    return {
        "generated": True, "composed": not made.model, "model": made.model or "composed", "alt": made.alt, "made": list(made.generated),
        "signed": made.signed, "seed": made.seed, "note": SAID[bool(made.model)],
    }  # fmt: skip


def _how(wanted: str, model: ImageModel | None) -> How:
    """How a picture is made, by the model that is asked for. Raises `NotFound`."""
    ways: dict[str, How] = {"oscine": "auto", "composed": "composed", **({model.name: "generated"} if model else {})}
    if wanted not in ways:
        raise NotFound(f"There is no image model {wanted[:100]!r} here.", f"Use {', '.join(ways)}.")
    return ways[wanted]


def _decoded(image: str) -> bytes:
    try:
        return base64.b64decode(image, validate=True)
    except (binascii.Error, ValueError):
        raise InputError("The picture is not base64.", "Send the file's bytes in base64, without a data: prefix.") from None
