"""Who may use which posts for what: the author's choice, the operator's policy and the licence, and why not, in words.

This explains; `view` enforces, by SQL made of `NEEDED` and `UNSET`. A property test holds the two together. What a post's visibility says comes before
all of this (`safety.visibility`). Pure: it is told the facts and looks nothing up.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from oscine.records import Intent, Licence, Purpose, Record, Use

Choice = Literal["bulk", "training", "archive"]
Allowing = Literal["allow", "opt-in"]
BY_PURPOSE: dict[Purpose, Choice] = {"training": "training", "archive": "archive"}
IN_BULK: frozenset[Use] = frozenset({"export", "stream"})
BY_SEARCH: frozenset[Use] = frozenset({"search", "answer"})
SAID: dict[Choice, str] = {"bulk": "exported", "training": "trained on", "archive": "archived"}


class Policy(Record, frozen=True):
    """The operator's word on authors who say nothing: `allow`, or `opt-in`. Archives follow `bulk`."""

    training: Allowing = "allow"
    bulk: Allowing = "allow"

    def silent(self, choice: Choice) -> bool:
        """Whether posts of those who say nothing may be used so."""
        return (self.training if choice == "training" else self.bulk) == "allow"


class Facts(Record, frozen=True):
    """What a decision rests on: the post, its author's word, the operator's, the licence if there is one, and the moment."""

    network: str
    created_at: datetime
    now: datetime
    searchable: bool = True
    intents: dict[str, Intent] = msgspec.field(default_factory=dict)
    policy: Policy = Policy()
    licence: Licence | None = None


def needed(licence: Licence) -> tuple[Choice, ...]:
    """The choices of an author that a licence rests on."""
    bulk: tuple[Choice, ...] = ("bulk",) if licence.uses & IN_BULK else ()
    purpose = BY_PURPOSE.get(licence.purpose)
    return (*bulk, purpose) if purpose else bulk


def seeks(licence: Licence) -> bool:
    """Whether a licence is for a search engine, for which an author's word on search counts at every door."""
    return licence.purpose == "search"


def refusal(use: Use, facts: Facts) -> str:
    """Why a post may not be used so; empty where it may."""
    licence = facts.licence
    if licence is None:
        return _unwilling(facts, ("bulk",) if use in IN_BULK else (), use in BY_SEARCH)
    return _unlicensed(use, licence, facts) or _unwilling(facts, needed(licence), use in BY_SEARCH or seeks(licence))


def ended(licence: Licence, now: datetime) -> bool:
    """Whether a licence has come to its end."""
    return licence.expires_at is not None and licence.expires_at <= now


def _unlicensed(use: Use, licence: Licence, facts: Facts) -> str:
    if ended(licence, facts.now):
        return "the licence has ended"
    if use not in licence.uses:
        return f"the licence does not cover {use}"
    if licence.networks and facts.network not in licence.networks:
        return f"the licence does not cover the network {facts.network}"
    if licence.days is not None and facts.created_at < facts.now - timedelta(days=licence.days):
        return f"the licence reaches {licence.days:g} days back"
    return ""


def _unwilling(facts: Facts, choices: tuple[Choice, ...], sought: bool) -> str:
    if sought and not facts.searchable:
        return "the author asks not to be found by search"
    for choice in choices:
        said = facts.intents.get(choice, "unset")
        if said == "deny":
            return f"the author does not want to be {SAID[choice]}"
        if said != "allow" and not facts.policy.silent(choice):
            return f"the author has not said that their posts may be {SAID[choice]}"
    return ""
