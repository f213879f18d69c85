"""What a real labeler (Ozone) says, and what a real AppView knows of accounts: `make test-networks`, beside `app_view.py`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from itertools import islice
from typing import Any

import httpx
import pytest
from app_view import Whole, whole  # noqa: F401 - a fixture

from oscine.records import Labelled
from oscine.sources.bluesky.identity import Identities
from oscine.sources.bluesky.labels import Labels
from oscine.sources.bluesky.profiles import Profiles

MODERATOR = ("admin", "admin-pass")  # of the network's own Ozone


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    """Calls the network's servers."""
    with httpx.Client(timeout=30) as client:
        yield client


def says(whole: Whole, labeler: str, subject: dict[str, Any], label: str, on: bool = True) -> None:  # noqa: F811
    """Let the labeler say something, or take it back."""
    event = {"$type": "tools.ozone.moderation.defs#modEventLabel", "createLabelVals": [label] * on, "negateLabelVals": [label] * (not on)}
    body = {"event": event, "subject": subject, "createdBy": labeler}
    httpx.post(f"{whole.ozone}/xrpc/tools.ozone.moderation.emitEvent", auth=MODERATOR, json=body, timeout=30).raise_for_status()


def test_what_a_labeler_says_is_signed_by_it(whole: Whole, http: httpx.Client) -> None:  # noqa: F811
    eve = whole.account("eve")
    post = eve.client.send_post("Buy now")
    labeler = httpx.get(f"{whole.ozone}/.well-known/ozone-metadata.json").json()["did"]
    first, second = (
        {"$type": "com.atproto.repo.strongRef", "uri": post.uri, "cid": post.cid},
        {"$type": "com.atproto.admin.defs#repoRef", "did": eve.did},
    )
    says(whole, labeler, first, "spam")
    says(whole, labeler, second, "rude")
    says(whole, labeler, first, "spam", on=False)
    source = Labels(labeler, Identities(http, whole.plc), lambda _: None)
    with contextlib.closing(source.events()) as stream:
        told = {event.label: event for event in islice((event for event in stream if isinstance(event, Labelled)), 2)}
    assert (told["spam"].post, told["spam"].on, told["rude"].account, told["rude"].on) == (post.uri, False, eve.did, True)


def test_an_app_view_knows_handles_and_names(whole: Whole, http: httpx.Client) -> None:  # noqa: F811
    fay = whole.account("fay")
    record = {"$type": "app.bsky.actor.profile", "displayName": "Fay", "description": "Birds"}
    fay.client.com.atproto.repo.put_record({"repo": fay.did, "collection": "app.bsky.actor.profile", "rkey": "self", "record": record})
    profiles = Profiles(http, Identities(http, whole.plc, [whole.view]), whole.view)
    for _ in range(100):  # the AppView reads its firehose in its own time
        accounts = [event.account for event in profiles.of([fay.did])]
        if accounts and accounts[0].name:
            break
    assert [(account.handle, account.name, account.bio) for account in accounts] == [(fay.handle, "Fay", "Birds")]
