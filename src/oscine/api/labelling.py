"""What is sent about labels, and how labels, appeals and what waits for a person look on the wire. It shapes and decides nothing."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from oscine.api import schemas
from oscine.api.ordering import NO_NUL, Strict
from oscine.app.labelling import Found, OfPost, Queue, Said, Span
from oscine.store.appeals import LONGEST, LONGEST_WHY, Appeal, Open
from oscine.store.machine_labels import LABELS, Uncertain

MOST_TEXTS = 100
LONGEST_TEXT = 10_000  # characters

Id = Annotated[str, StringConstraints(min_length=1, max_length=2_000, pattern=NO_NUL)]
Network = Annotated[str, StringConstraints(max_length=200, pattern=NO_NUL)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=NO_NUL)]
Why = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_WHY, pattern=NO_NUL, strip_whitespace=True)]


class TextsBody(Strict):
    """Texts to read; names are not looked at, and nothing is kept."""

    texts: list[Annotated[str, StringConstraints(max_length=LONGEST_TEXT)]] = Field(min_length=1, max_length=MOST_TEXTS)
    reason: Label | None = Field(None, description="Tell the reason for this label too, though the machine would not say it: of one text.")


class AppealBody(Strict):
    """Why a label on one's own post is wrong."""

    post: Id
    network: Network
    label: Label
    words: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST, pattern=NO_NUL, strip_whitespace=True)]


class DecisionBody(Strict):
    """What a person says of a label of a post, and why."""

    post: Id
    network: Network
    label: Label
    is_so: bool = Field(alias="is", description="Whether the post is what the label says.")
    why: Why


class JudgementBody(Strict):
    """Whether a label that was appealed against stays, and why."""

    uphold: bool
    why: Why


def found(texts: list[Found], model: str, thresholds: dict[str, float]) -> dict[str, Any]:
    """What the machine finds in texts, in their order."""
    results = [
        {"labels": {label: round(one.probabilities[label], 4) for label in LABELS}, "said": one.said,
         "reasons": {label: span(reason) for label, reason in one.reasons.items()}}
        for one in texts
    ]  # fmt: skip
    return {"model": model, "thresholds": {label: thresholds[label] for label in LABELS}, "results": results}


def of_post(told: OfPost) -> dict[str, Any]:
    """What is said of a post."""
    post = told.seen.post
    return {"post": post.id, "network": post.network, "mine": told.mine, "labels": [_said(one) for one in told.said],
            "appeals": [appeal(one) for one in told.appeals]}  # fmt: skip


def queue(waiting: Queue) -> dict[str, Any]:
    """What waits for a person."""
    appeals, uncertain = [open_appeal(one) for one in waiting.appeals], [_uncertain(one) for one in waiting.uncertain]
    return {"model": waiting.model or None, "appeals": appeals, "uncertain": uncertain}


def appeal(made: Appeal) -> dict[str, Any]:
    """An appeal and how it stands, as its author gets it: who decided is told to nobody."""
    return {"id": made.id, "network": made.network, "post": made.post, "label": made.label, **appealed(made)}


def appealed(made: Appeal) -> dict[str, Any]:
    """The same, beside the label that it is about."""
    return {"id": made.id, "at": schemas.time(made.at), "words": made.words, "decided_at": made.decided_at and schemas.time(made.decided_at),
            "upheld": made.upheld, "why": made.why}  # fmt: skip


def span(reason: Span) -> dict[str, Any]:
    """Where the words stand, in characters (code points), and the words."""
    return reason._asdict()


def open_appeal(one: Open) -> dict[str, Any]:
    """An open appeal with what it is about, for whoever decides."""
    probability = dict(zip(LABELS, one.probabilities, strict=True)).get(one.label) if one.probabilities else None
    return {
        "id": one.id, "network": one.network, "post": one.post, "label": one.label, "account": one.account, "words": one.words,
        "at": schemas.time(one.at), "text": one.text, "author_handle": one.author_handle, "by": one.by,
        "probability": None if probability is None else round(probability, 4),
    }  # fmt: skip


def _said(one: Said) -> dict[str, Any]:
    return {
        "label": one.label, "by": one.by, "about": one.about, "probability": None if one.probability is None else round(one.probability, 4),
        "at": schemas.time(one.at), "why": one.why, "reason": one.reason and span(one.reason), "appeal": one.appeal and appealed(one.appeal),
    }  # fmt: skip


def _uncertain(one: Uncertain) -> dict[str, Any]:
    return {"network": one.network, "post": one.post, "text": one.text, "author_handle": one.author_handle, "label": one.label,
            "probability": round(one.probability, 4), "at": schemas.time(one.at)}  # fmt: skip
