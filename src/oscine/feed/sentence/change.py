"""What a sentence changes of a steering, in records that can be shown, and a steering with it changed.

"More" and "less" go on from what stands there: a wish said twice is a stronger wish. A rule is said once. It does not know in which words.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

import msgspec

from oscine import text
from oscine.errors import InputError
from oscine.recommendation import DIALS, UNSTEERED, Dial, Order, Rule, Steering, Wish

MOST_WISHES, MOST_RULES = 50, 100
DIALS_SAID: dict[Dial, str] = {
    "followed": "from people you follow", "fresh": "from authors whom few know", "popular": "of what many like", "recent": "of what is new",
    "varied": "variety", "talk": "conversations",
}  # fmt: skip
_FORMS = {"picture": "posts with pictures", "link": "posts with links", "reply": "replies", "long": "long posts", "short": "short posts"}
_TONES = {
    "outrage": "outrage",
    "sad": "sad posts",
    "funny": "funny posts",
    "kind": "kind posts",
    "news": "news",
    "ads": "posts that advertise",
}


class Turn(NamedTuple):
    """A dial, turned by so much."""

    dial: Dial
    by: float


class Switch(NamedTuple):
    """What is one or the other: the order, whether what one did is read, or (`reset`) all of it back to nothing."""

    to: Literal["for-you", "newest", "personal", "impersonal", "reset"]


Change = Wish | Rule | Turn | Switch
_SWITCHES = {
    "for-you": "ranked for you", "newest": "the newest first", "personal": "ranked by what you did", "impersonal": "nothing that you did is read",
    "reset": "everything as it was at first",
}  # fmt: skip


def spoken(change: Change) -> str:
    """A change in a few words of English."""
    if isinstance(change, Switch):
        return _SWITCHES[change.to]
    if isinstance(change, Turn):
        return f"{_degree(change.by)} {DIALS_SAID[change.dial]}"
    how = change.mode if isinstance(change, Rule) else _degree(change.weight)
    return f"{how} {named(change)}"


def named(said: Wish | Rule) -> str:
    """What a wish or a rule is about, in a few words of English."""
    value = said.value
    told = {"topic": f"“{value}”", "word": f"the word “{value}”", "tag": f"#{value}", "author": f"@{(value.partition('/')[2] or value).removeprefix('@')}",
            "lang": f"posts in the language {value}", "tone": _TONES.get(value, value), "form": _FORMS.get(value, value)}  # fmt: skip
    return told[said.kind]


def _degree(weight: float) -> str:
    size = "a bit " if abs(weight) <= 0.25 else "much " if abs(weight) > 0.6 else ""
    return f"{size}{'more' if weight > 0 else 'less'}"


def changed(steering: Steering, changes: Iterable[Change]) -> Steering:
    """The steering with changes made, in their order. Raises `InputError` where it would hold more than a steering may."""
    said_now: set[tuple[str, str]] = set()
    for change in changes:
        steering = _made(steering, change, said_now)
    return checked(steering)


def checked(steering: Steering) -> Steering:
    """The same. Raises `InputError` where it holds more than a steering may."""
    if len(steering.wishes) > MOST_WISHES or len(steering.rules) > MOST_RULES:
        raise InputError(f"A feed is steered by at most {MOST_WISHES} wishes and {MOST_RULES} rules.", "Take some away.")
    return steering


def _made(steering: Steering, change: Change, said_now: set[tuple[str, str]]) -> Steering:
    replace = msgspec.structs.replace
    if isinstance(change, Wish):
        return _wished(steering, change)
    if isinstance(change, Rule):
        return _ruled(steering, change, said_now)
    if isinstance(change, Turn):
        at = _bounded(steering.dials.get(change.dial, 0.0) + change.by)
        dials = {**steering.dials, change.dial: at}
        return replace(steering, dials={dial: dials[dial] for dial in DIALS if dials.get(dial)})
    if change.to == "reset":
        return UNSTEERED
    if change.to in ("personal", "impersonal"):
        return replace(steering, personal=change.to == "personal")
    order: Order = "newest" if change.to == "newest" else "for-you"
    return replace(steering, order=order)


def _wished(steering: Steering, wish: Wish) -> Steering:
    """Who wishes for more or less of something no longer forbids it, nor all else."""
    before = sum(old.weight for old in steering.wishes if _about(old) == _about(wish))
    weight = _bounded(before + wish.weight)
    wishes = tuple(old for old in steering.wishes if _about(old) != _about(wish))
    made = (msgspec.structs.replace(wish, weight=weight),) if weight else ()
    return msgspec.structs.replace(steering, wishes=wishes + made, rules=_without(steering.rules, wish))


def _ruled(steering: Steering, rule: Rule, said_now: set[tuple[str, str]]) -> Steering:
    """A rule takes the place of wishes and rules on the same; an `only` also of every `only` of its kind that was not said in one breath with it."""
    kept = _without(steering.rules, rule)
    if rule.mode == "only":
        kept = tuple(old for old in kept if (old.kind, old.mode) != (rule.kind, "only") or _about(old) in said_now)
        said_now.add(_about(rule))
    wishes = tuple(wish for wish in steering.wishes if _about(wish) != _about(rule))
    return msgspec.structs.replace(steering, wishes=wishes, rules=(*kept, rule))


def _without(rules: tuple[Rule, ...], said: Wish | Rule) -> tuple[Rule, ...]:
    return tuple(rule for rule in rules if _about(rule) != _about(said))


def _about(said: Wish | Rule) -> tuple[str, str]:
    return said.kind, text.fold(said.value)


def _bounded(weight: float) -> float:
    return round(max(-1.0, min(1.0, weight)), 2)
