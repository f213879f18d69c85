"""X's compliance stream: what must be deleted, hidden or changed because it was on X. One event says one thing.

Shapes: docs.x.com, "Compliance data objects"; `{"delete": {"status": …}}` is the form of API v1.1. A deleted account is deleted here for good, also where X
brings it back. Whom an account that protects its posts still shows them to is not known here, so that nobody else sees them. `scrub_geo` needs
nothing done: no place of a post of X is kept. The results of batch jobs do not tell posts from accounts and are not read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from oscine.records import INACTIVE, Account, AccountChanged, AccountDeleted, AnyEvent, Labelled, PostDeleted, Refused
from oscine.sources.archives.x_tweet import Number, Said, moment

EVERYWHERE = frozenset(("XX", "XY"))  # withheld in all countries; for the sake of a copyright
FIELDS = {"profile.name": "name", "profile.description": "bio", "profile.screen_name": "handle"}

Country = Annotated[str, Meta(pattern=r"^[A-Za-z]{2}\Z")]


class Named(msgspec.Struct):
    """A post or an account, by its id."""

    id: Number


class Status(msgspec.Struct):
    """A post in the form of API v1.1."""

    id_str: Number


class What(msgspec.Struct):
    """What happened, to which post or account."""

    tweet: Named | None = None
    user: Named | None = None
    status: Status | None = None
    event_at: str = ""
    withheld_in_countries: list[Country] = []
    edit_tweet_ids: list[Number] = []
    profile_field: str = ""
    new_value: Said = ""


class Compliance(msgspec.Struct, omit_defaults=True):
    """One event: exactly one of these is there."""

    delete: What | None = None
    withheld: What | None = None
    drop: What | None = None
    undrop: What | None = None
    tweet_edit: What | None = None
    scrub_geo: What | None = None
    user_delete: What | None = None
    user_undelete: What | None = None
    user_withheld: What | None = None
    user_protect: What | None = None
    user_unprotect: What | None = None
    user_suspend: What | None = None
    user_unsuspend: What | None = None
    user_profile_modification: What | None = None


def events(network: str, said: Compliance) -> Iterable[AnyEvent]:
    """What an event of the stream means. Raises `ValueError` for what is none, or does not say of what, or when."""
    for name, meaning in MEANINGS.items():
        what: What | None = getattr(said, name)
        if what is not None:
            return meaning(network, what)
    raise ValueError("it is neither a post nor an event that is known")


def withheld(network: str, post: str, account: str, countries: Iterable[str], at: datetime) -> list[AnyEvent]:
    """Where a post or an account may not be shown, as labels: `withheld-de`; hidden altogether where no country is left."""
    names = [INACTIVE if code in EVERYWHERE else f"withheld-{code.lower()}" for code in sorted(set(countries))]
    return [Labelled(cursor=0, network=network, label=name, by="x withheld", at=at, post=post, account=account) for name in names]


def _deleted(network: str, what: What) -> list[AnyEvent]:
    return [PostDeleted(cursor=0, network=network, id=_post(what))]


def _edited(network: str, what: What) -> list[AnyEvent]:
    """The older versions are gone."""
    newest = max(what.edit_tweet_ids, key=int, default="")
    return [PostDeleted(cursor=0, network=network, id=version) for version in what.edit_tweet_ids if version != newest]


def _put_away(on: bool) -> Meaning:
    return lambda network, what: [
        Labelled(cursor=0, network=network, label=INACTIVE, by="x drop", at=moment(what.event_at), post=_post(what), on=on)
    ]


def _account_put_away(by: str, on: bool) -> Meaning:
    return lambda network, what: [
        Labelled(cursor=0, network=network, label=INACTIVE, by=by, at=moment(what.event_at), account=_account(what), on=on)
    ]


def _account_deleted(network: str, what: What) -> list[AnyEvent]:
    return [AccountDeleted(cursor=0, network=network, id=_account(what))]


def _account_back(network: str, what: What) -> list[AnyEvent]:
    return [Refused(cursor=0, reason=f"X brought account {_account(what)} back: what is deleted here does not come back")]


def _changed(network: str, what: What) -> list[AnyEvent]:
    field = FIELDS.get(what.profile_field)
    if field is None:
        return []
    told: dict[str, Any] = {field: what.new_value}
    account = Account(id=_account(what), network=network, **told)
    return [AccountChanged(cursor=0, account=account, told=frozenset({field}))]


def _post(what: What) -> str:
    if what.tweet is None and what.status is None:
        raise ValueError("it names no post")
    return what.tweet.id if what.tweet else what.status.id_str if what.status else ""


def _account(what: What) -> str:
    if what.user is None:
        raise ValueError("it names no account")
    return what.user.id


Meaning = Callable[[str, What], Iterable[AnyEvent]]
MEANINGS: dict[str, Meaning] = {
    "delete": _deleted,
    "withheld": lambda network, what: withheld(network, _post(what), "", what.withheld_in_countries, moment(what.event_at)),
    "drop": _put_away(True),
    "undrop": _put_away(False),
    "tweet_edit": _edited,
    "scrub_geo": lambda network, what: [],
    "user_delete": _account_deleted,
    "user_undelete": _account_back,
    "user_withheld": lambda network, what: withheld(network, "", _account(what), what.withheld_in_countries, moment(what.event_at)),
    "user_protect": _account_put_away("x protect", True),
    "user_unprotect": _account_put_away("x protect", False),
    "user_suspend": _account_put_away("x suspend", True),
    "user_unsuspend": _account_put_away("x suspend", False),
    "user_profile_modification": _changed,
}
