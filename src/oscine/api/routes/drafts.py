"""The model in use writes: `POST /v1/drafts`, and as OpenAI's clients ask, `POST /v1/completions` and `GET /v1/models`."""

from __future__ import annotations

from contextlib import suppress
from itertools import chain
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from oscine.api import chat, writing
from oscine.api.doors import Door
from oscine.api.guard import Chatter, Reader, app_of, viewer
from oscine.api.routes.posts import LONGEST_ID, LONGEST_NETWORK, NO_NUL
from oscine.api.schemas import StreamOptions
from oscine.api.streaming import Standing, guarded
from oscine.create import rewrite, voice
from oscine.create.clean import LONGEST
from oscine.create.drafts import HOTTEST, MOST, SEEDS, Wish, drawn
from oscine.engines.heard import heard
from oscine.engines.language import LanguageModel, Special
from oscine.errors import EngineUnavailable, InputError, NotFound
from oscine.model.tokenizer import POST

router = APIRouter(prefix="/v1")
Temperature = Annotated[float, Field(ge=0, le=HOTTEST, description="0 takes the likeliest word each time; the higher, the more daring.")]
Seed = Annotated[
    int | None,
    Field(ge=0, le=SEEDS, description="Draws the same text again, as far as the engine is exact; without one each call gives another."),
]


class DraftRequest(BaseModel):
    """Drafts of a post, or of a reply to the post `reply_to`."""

    model_config = ConfigDict(extra="forbid")
    beginning: str = Field("", max_length=LONGEST, description="How each draft begins; may be empty.")
    reply_to: str = Field("", max_length=LONGEST_ID, pattern=NO_NUL, description="The id of the post that is answered.")
    network: str = Field(
        "", max_length=LONGEST_NETWORK, pattern=NO_NUL, description="That post's network, where two have posts of that id."
    )
    drafts: int = Field(3, ge=1, le=MOST, description="How many.")
    temperature: Temperature = 0.8
    seed: Seed = None
    own_voice: bool = Field(False, description="As the person writes whom the key acts for, learned from their own posts.")


class RewriteRequest(BaseModel):
    """A text to say otherwise."""

    model_config = ConfigDict(extra="forbid")
    text: str = Field(min_length=1, max_length=rewrite.LONGEST, pattern=NO_NUL)
    style: rewrite.Style
    tone: str = Field(
        "", max_length=rewrite.LONGEST_TONE, pattern=NO_NUL, description="For the style `tone`: a few words, such as cheerful."
    )
    lang: str = Field("", max_length=12, description="For the style `language`: its ISO 639-1 code.")


class CompletionRequest(BaseModel):
    """OpenAI's completion request, for one prompt; what Oscine has no use for is taken and left alone."""

    model_config = ConfigDict(extra="allow")
    model: str
    prompt: str | list[str] = Field("", max_length=20_000)
    max_tokens: int = Field(16, ge=1, le=2_000)
    temperature: Temperature = 1.0
    seed: Seed = None
    stop: str | list[str] | None = Field(None, max_length=200)
    echo: bool = False
    stream: bool = False
    stream_options: StreamOptions | None = None

    @property
    def text(self) -> str:
        """The prompt. Raises `InputError` where there are several."""
        if isinstance(self.prompt, str):
            return self.prompt
        if len(self.prompt) != 1:
            raise InputError(f"There are {len(self.prompt)} prompts.", "Send one at a time, as text.")
        return self.prompt[0]

    @property
    def stops(self) -> list[str]:
        """Where the text ends before its end."""
        return [stop for stop in ([self.stop] if isinstance(self.stop, str) else self.stop or []) if stop]


@router.post("/drafts", summary="Draft a post or a reply", tags=["create"])
def drafts(request: Request, body: DraftRequest, key: Chatter) -> dict[str, Any]:
    """Texts by the model in use, for a person to read and edit: nothing is posted. `dropped` counts what was left out and why.

    400 for what the policy refuses, and for one's own voice where the key acts for no account; 404 for a post to reply to that does not exist or is not
    for this viewer; 503 where no model is in use.
    """
    app = app_of(request)
    view = app.view(viewer(request, key))
    answered = view.post(body.reply_to, body.network) if body.reply_to else None
    own = voice.posts(view, bool(answered)) if body.own_voice else ()
    wish = Wish(body.beginning, answered, body.drafts, body.temperature, body.seed, own)
    return writing.drafts(app.drafts.write(view, wish))


@router.post("/rewrite", summary="Say a text otherwise", tags=["create"])
def rewritten(request: Request, body: RewriteRequest, _key: Chatter) -> dict[str, Any]:
    """The text shorter, clearer, kinder, in a tone or in another language, by a model that answers messages. `changes` are facts that it added, lost or
    turned round, as far as numbers, names, links and denials tell; `missed` is what was wanted and did not come about. 503 where no such model is in use.
    """
    wish = rewrite.Wish(body.style, body.tone, body.lang)
    return writing.rewritten(app_of(request).rewriter.rewrite(body.text, wish))


@router.post("/completions", summary="Continue a text, as OpenAI's clients do", tags=["OpenAI-compatible"], response_model=None)
def completions(request: Request, body: CompletionRequest, key: Chatter) -> dict[str, Any] | StreamingResponse:
    """The model's own words after the prompt, unchecked. The prompt is the beginning of a post, and nothing in it is a special token."""
    model = _continuing(app_of(request).drafts.model, body.model)
    reply = writing.Completion(model.name, body.text, body.max_tokens, body.echo)
    prompt = [Special(POST), body.text]
    written = model.complete(prompt, max_tokens=body.max_tokens, temperature=body.temperature, seed=drawn(body.seed))
    pieces = writing.until(heard(written), body.stops)
    if not body.stream:
        return reply.whole(pieces)
    first = list(next(([piece] for piece in pieces), []))  # what is wrong is an error, not a stream
    counted = bool(body.stream_options and body.stream_options.include_usage)
    app = app_of(request)
    events = guarded(app, Standing(app, key, Door(None)), reply.events(chain(first, pieces), counted), chat.ended)
    return StreamingResponse(events, media_type="text/event-stream", headers={"Cache-Control": "no-store"})


@router.get("/models", summary="The models that answer and write", tags=["OpenAI-compatible"])
def models(request: Request, _key: Reader) -> dict[str, Any]:
    """OpenAI's list: `oscine` answers from the posts; beside it the model in use, whose `form` says whether it answers (`chat`) or continues posts."""
    listed = [{"id": chat.MODEL, "object": "model", "created": 0, "owned_by": "oscine"}]
    with suppress(EngineUnavailable):
        model = app_of(request).drafts.model
        listed.append({"id": model.name, "object": "model", "created": 0, "owned_by": "oscine", "form": model.form})
    return {"object": "list", "data": listed}


def _continuing(model: LanguageModel, wanted: str) -> LanguageModel:
    """The model in use, if it is the one that is wanted and continues posts."""
    if wanted != model.name:
        raise NotFound(f"There is no model {wanted!r} here that continues texts.", f"Use model {model.name!r}.")
    if model.form != "post":
        raise InputError(f"{model.name} answers messages and does not continue posts.", "Choose another model with `oscine models use`.")
    return model
