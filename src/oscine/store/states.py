"""The states of a campaign, and which may follow which. Pure; who may ask for what is not its matter."""

from __future__ import annotations

from oscine.advertising import State
from oscine.errors import InputError

NEXT: dict[State, tuple[State, ...]] = {
    "draft": ("review",),
    "review": ("running", "refused", "ended"),
    "running": ("paused", "refused", "ended"),
    "paused": ("running", "refused", "ended"),
    "refused": ("review", "ended"),
    "ended": (),
}


def follow(now: State, then: State, changed: bool = True) -> State:
    """The state that follows; `changed` says whether a refused campaign was changed since. Raises `InputError` for a step that is not allowed."""
    if then not in NEXT[now]:
        raise InputError(f"A campaign cannot go from {now} to {then}.", _after(now))
    if now == "refused" and then == "review" and not changed:
        raise InputError(
            "This campaign was refused, and nothing of it has changed since.", "Change what the review names, then launch it again."
        )
    return then


def _after(now: State) -> str:
    allowed = NEXT[now]
    return f"After {now} comes {' or '.join(allowed)}." if allowed else "One that has ended stays as it is: make another."
