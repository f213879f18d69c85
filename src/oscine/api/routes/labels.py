"""`/v1/labels`: what a text or a post is labelled as, what people decide of it, appeals."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request

from oscine.api import labelling
from oscine.api.guard import Admin, Reader, app_of, viewer
from oscine.api.labelling import AppealBody, DecisionBody, JudgementBody, TextsBody
from oscine.api.routes.posts import PostId
from oscine.errors import InputError
from oscine.records import Viewer
from oscine.store.machine_labels import LABELS

router = APIRouter(prefix="/v1/labels", tags=["trust"])

Number = Annotated[int, Path(ge=0, le=2**63 - 1)]
Network = Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")]


def _seen_by(request: Request, key: Reader) -> Viewer:
    return viewer(request, key)


Who = Annotated[Viewer, Depends(_seen_by)]


@router.post("", summary="Label texts")
def read(request: Request, body: TextsBody, key: Reader) -> dict[str, Any]:
    """How probable each label is of each text (calibrated), which the machine would say of it (`said`), and the words that each of these rests on most."""
    if body.reason and (len(body.texts) > 1 or body.reason not in LABELS):
        raise InputError("A reason is told for one label of one text.", f"Send one text, and one of {', '.join(LABELS)}.")
    app = app_of(request)
    found = app.read_labels(body.texts, frozenset({body.reason} if body.reason else ()))
    reading = app.required_reading()
    return labelling.found(found, reading.labeller.name, dict(reading.thresholds))


@router.get("/posts/{post_id:path}", summary="What is said of a post")
def of_post(request: Request, post_id: PostId, who: Who, network: Network = "") -> dict[str, Any]:
    """Each label with who says it (`machine`, `operator`, `author`, or a labeler), the machine's probability and reason; to the author, the appeal."""
    app = app_of(request)
    return labelling.of_post(app.labels_of(app.view(who), post_id, network))


@router.get("/appeals", summary="My appeals")
def appeals(request: Request, who: Who) -> dict[str, Any]:
    """The account's own, the newest first, each with how it was decided and why."""
    return {"appeals": [labelling.appeal(one) for one in app_of(request).appeals.of_account(who.network, who.account)] if who.account else []}


@router.post("/appeals", summary="Appeal against a label on my post", status_code=201)
def appeal(request: Request, body: AppealBody, who: Who) -> dict[str, Any]:
    """A person of this network decides. Only the author of a post can; to everybody else it is as if the post were not there."""
    return labelling.appeal(app_of(request).appeal(who, body.network, body.post, body.label, body.words))


@router.get("/queue", summary="What waits for a person")
def queue(request: Request, _key: Admin) -> dict[str, Any]:
    """Open appeals, the oldest first; and up to 50 labels that the machine is least sure of, the newest first."""
    return labelling.queue(app_of(request).label_queue())


@router.post("/decisions", summary="Decide a label")
def decide(request: Request, body: DecisionBody, key: Admin) -> dict[str, Any]:
    """A person's word counts at once and outranks the machine's for this label of this post, for good. An open appeal against it is decided with it."""
    app_of(request).decide(body.network, body.post, body.label, body.is_so, body.why, key.id)
    return {"post": body.post, "network": body.network, "label": body.label, "is": body.is_so, "why": body.why}


@router.post("/appeals/{number}", summary="Decide an appeal")
def judge(request: Request, number: Number, body: JudgementBody, key: Admin) -> dict[str, Any]:
    """`uphold` keeps the label, as a person's word; else it is taken off. The author reads why."""
    return labelling.appeal(app_of(request).judge_appeal(number, body.uphold, body.why, key.id))
