"""The firehose of a real PDS, written by atproto's own client and read beside it; and frames that no honest server sends."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator
from datetime import UTC
from hashlib import sha256
from threading import Timer
from typing import Any

import httpx
import libipld
import pytest
from atproto import CAR, firehose_models, models, parse_subscribe_repos_message
from hypothesis import given
from hypothesis import strategies as st
from websockets.sync.client import connect

from at_network import AtProto, Person
from oscine.errors import NetworkUnavailable, SetupError
from oscine.records import (
    INACTIVE,
    AccountChanged,
    AccountDeleted,
    AnyEvent,
    Engagement,
    Gap,
    Labelled,
    PostDeleted,
    PostWritten,
    Reached,
    Refused,
    Relation,
    Undone,
)
from oscine.sources.bluesky.firehose import Firehose, Revisions, decode
from oscine.sources.bluesky.identity import Identities

DID = "did:plc:jsffkl3vko7dac6brurilibt"
NOW = "2026-11-22T12:00:00.000Z"
METHOD = "com.atproto.sync.subscribeRepos"


@pytest.fixture
def ann(atproto: AtProto) -> Person:
    """A new account."""
    return atproto.account("ann")


@pytest.fixture
def source(atproto: AtProto) -> Iterator[Firehose]:
    """The network's firehose."""
    with httpx.Client(timeout=30) as http:
        yield Firehose(atproto.ws_url, http, Identities(http, atproto.plc_url, [atproto.pds_url]))


def place(atproto: AtProto) -> str:
    """Where the stream is now."""
    with connect(f"{atproto.ws_url}/xrpc/{METHOD}?cursor=0") as stream:
        seq = 0
        try:
            while True:
                seq = libipld.decode_dag_cbor_multi(stream.recv(timeout=0.3))[1]["seq"]
        except TimeoutError:
            return str(seq)


def until(source: Firehose, start: str, is_last: Callable[[AnyEvent], bool]) -> list[AnyEvent]:
    """What is told from `start` up to an event."""
    told = []
    with contextlib.closing(source.events(start)) as stream:
        for event in stream:
            told.append(event)
            if is_last(event):
                return told
    raise AssertionError(f"the stream ended: {told}")


def frames(atproto: AtProto, start: str) -> list[bytes]:
    """The frames after a place, as they are."""
    found: list[bytes] = []
    with connect(f"{atproto.ws_url}/xrpc/{METHOD}?cursor={start}") as stream:
        try:
            while True:
                found.append(bytes(stream.recv(timeout=0.3)))
        except TimeoutError:
            return found


def test_what_people_do_is_told_in_order(atproto: AtProto, ann: Person, source: Firehose) -> None:
    bob, start = atproto.account("bob"), place(atproto)
    post = ann.client.send_post("hello", langs=["en"])
    quote = models.AppBskyEmbedRecord.Main(record=models.create_strong_ref(post))
    reply_to = models.AppBskyFeedPost.ReplyRef(parent=models.create_strong_ref(post), root=models.create_strong_ref(post))
    reply = bob.client.send_post("hi", reply_to=reply_to, embed=quote)
    like, repost, follow = bob.client.like(post.uri, post.cid), bob.client.repost(post.uri, post.cid), bob.client.follow(ann.did)
    bob.client.unlike(like.uri)
    bob.client.delete_post(reply.uri)
    told = [event for event in until(source, start, lambda event: isinstance(event, PostDeleted)) if not isinstance(event, Reached)]
    kinds = [PostWritten, PostWritten, Engagement, Engagement, Relation, Undone, PostDeleted]
    assert [type(event) for event in told] == kinds
    first, second, liked, reposted, followed, undone, deleted = told
    assert isinstance(first, PostWritten) and isinstance(second, PostWritten)
    assert (first.post.id, first.post.author, first.post.text, first.post.lang, first.post.extra["cid"]) == (
        post.uri,
        ann.did,
        "hello",
        "en",
        post.cid,
    )
    assert (second.post.reply_to, second.post.root, second.post.quote_of) == (post.uri, post.uri, post.uri)
    assert [event.key for event in (liked, reposted, followed)] == [like.uri, repost.uri, follow.uri]  # type: ignore[union-attr]
    assert (undone, deleted) == (
        Undone(cursor=undone.cursor, network="bluesky", key=like.uri), PostDeleted(cursor=deleted.cursor, network="bluesky", id=reply.uri))  # fmt: skip


def test_an_edited_post_keeps_when_it_was_made(atproto: AtProto, ann: Person, source: Firehose) -> None:
    start = place(atproto)
    post = ann.client.send_post("helo")
    record = ann.client.get_post(post.uri.rpartition("/")[2], ann.did).value
    record.text = "hello"
    ann.client.com.atproto.repo.put_record(models.ComAtprotoRepoPutRecord.Data(
        collection="app.bsky.feed.post", repo=ann.did, rkey=post.uri.rpartition("/")[2], record=record))  # fmt: skip
    told = until(source, start, lambda event: isinstance(event, PostWritten) and event.post.text == "hello")
    first, second = (event.post for event in told if isinstance(event, PostWritten))
    assert (second.id, second.created_at, first.edited_at) == (first.id, first.created_at, None)
    assert second.edited_at is not None and second.edited_at > second.created_at


def test_profiles_handles_and_intents(atproto: AtProto, ann: Person, source: Firehose) -> None:
    start = place(atproto)
    put = ann.client.com.atproto.repo.put_record
    put({"repo": ann.did, "collection": "app.bsky.actor.profile", "rkey": "self", "record": {"displayName": "Ann", "description": "Birds"}})
    declared = {"$type": "org.user-intents.declaration", "updatedAt": NOW, "syntheticContentGeneration": {"allow": False, "updatedAt": NOW}}
    put({"repo": ann.did, "collection": "org.user-intents.declaration", "rkey": "self", "record": declared, "validate": False})
    ann.client.com.atproto.identity.update_handle({"handle": f"new-{ann.handle}"})
    told = [event for event in until(source, start, _renamed) if isinstance(event, AccountChanged)]
    assert [event.told for event in told] == [{"name", "bio", "bot"}, {"intents"}, {"handle"}]
    assert (told[0].account.name, told[1].account.intents["training"], told[2].account.handle) == ("Ann", "deny", f"new-{ann.handle}")


def _renamed(event: AnyEvent) -> bool:
    return isinstance(event, AccountChanged) and event.told == {"handle"}


def test_an_account_is_put_away_and_comes_back_and_goes_for_good(atproto: AtProto, ann: Person, source: Firehose) -> None:
    start = place(atproto)
    ann.client.com.atproto.server.deactivate_account({})
    ann.client.com.atproto.server.activate_account()
    subject = {"$type": "com.atproto.admin.defs#repoRef", "did": ann.did}
    atproto.admin("com.atproto.admin.updateSubjectStatus", {"subject": subject, "takedown": {"applied": True, "ref": "1"}})
    count = itertools.count(1)
    labels = [
        event
        for event in until(source, start, lambda event: isinstance(event, Labelled) and next(count) == 3)
        if isinstance(event, Labelled)
    ]
    assert [(event.label, event.account, event.on) for event in labels] == [(INACTIVE, ann.did, on) for on in (True, False, True)]
    atproto.admin("com.atproto.admin.deleteAccount", {"did": ann.did})  # with it the server forgets what came before
    deleted = until(source, start, lambda event: isinstance(event, AccountDeleted))[-1]
    assert isinstance(deleted, AccountDeleted) and deleted.id == ann.did


def test_a_new_account_is_no_gap(atproto: AtProto, source: Firehose) -> None:
    start = place(atproto)
    bob = atproto.account("bob")
    post = bob.client.send_post("hello")
    told = until(source, start, lambda event: isinstance(event, PostWritten) and event.post.id == post.uri)
    assert not [event for event in told if isinstance(event, Gap)]
    assert any(isinstance(event, AccountChanged) and event.account.handle == bob.handle for event in told)


def test_every_record_is_what_the_official_client_reads(atproto: AtProto, ann: Person) -> None:
    start = place(atproto)
    for number in range(5):
        ann.client.send_post(f"post {number}", langs=["en"])
    told, theirs = [], []
    for frame in frames(atproto, start):
        told += [event.post for event in decode(frame) if isinstance(event, PostWritten)]
        theirs += list(_theirs(frame))
    assert [(post.id, post.extra["cid"], post.text) for post in told] == theirs and len(theirs) >= 5


def _theirs(frame: bytes) -> Iterator[tuple[str, str, Any]]:
    """The posts of a frame as atproto's client reads them."""
    message = parse_subscribe_repos_message(firehose_models.MessageFrame(*_parts(frame)))
    if isinstance(message, models.ComAtprotoSyncSubscribeRepos.Commit):
        blocks = CAR.from_bytes(message.blocks).blocks
        for op in message.ops:
            if op.action == "create" and op.path.startswith("app.bsky.feed.post/"):
                yield f"at://{message.repo}/{op.path}", str(op.cid), blocks[op.cid]["text"]


def _parts(frame: bytes) -> tuple[Any, Any]:
    header, body = libipld.decode_dag_cbor_multi(frame)
    return firehose_models.MessageFrameHeader(**header), body


def test_it_goes_on_after_its_place(atproto: AtProto, ann: Person, source: Firehose) -> None:
    start = place(atproto)
    posts = [ann.client.send_post(str(number)).uri for number in range(4)]
    first = until(source, start, lambda event: isinstance(event, Reached))
    rest = until(source, first[-1].place, lambda event: isinstance(event, PostWritten) and event.post.id == posts[-1])  # type: ignore[union-attr]
    assert [event.post.id for event in first + rest if isinstance(event, PostWritten)] == posts
    assert isinstance(first[-1], Reached) and first[-1].at is not None and first[-1].at.tzinfo is UTC


def test_a_place_that_the_server_does_not_know(atproto: AtProto, source: Firehose) -> None:
    stream = source.events("999999999999")
    gap, reached = next(stream), next(stream)
    assert isinstance(gap, Gap) and (gap.account, isinstance(reached, Reached) and reached.place) == ("", "0")


def test_a_wrong_address_is_no_use(atproto: AtProto) -> None:
    with httpx.Client() as http:
        identities = Identities(http, atproto.plc_url)
        with pytest.raises(SetupError, match="404"):
            next(Firehose(atproto.plc_url, http, identities).events())
        with pytest.raises(NetworkUnavailable):
            next(Firehose("ws://127.0.0.1:9", http, identities).events())
        with pytest.raises(SetupError, match="not the address"):
            Firehose("ftp://x", http, identities)


# Frames that no honest server sends.


def made(kind: str, body: dict[str, Any]) -> bytes:
    """A frame."""
    return libipld.encode_dag_cbor({"op": 1, "t": kind}) + libipld.encode_dag_cbor(body)


def commit(number: int = 1, rev: str = "3kaaaaaaaaa2a", since: str | None = None, **fields: Any) -> bytes:
    """A commit of one account, without records."""
    return made(
        "#commit", {"seq": number, "repo": DID, "rev": rev, "since": since, "time": NOW, "ops": [], "blocks": b"", "tooBig": False} | fields
    )


def accounts_with_gaps(*several: bytes) -> list[str]:
    """Of which accounts something is missing after some frames."""
    revisions = Revisions()
    return [event.account for frame in several for event in decode(frame, revisions) if isinstance(event, Gap)]


def test_missing_commits_are_a_gap() -> None:
    first, second, third = (
        commit(rev="3kaaaaaaaaa2a"),
        commit(rev="3kaaaaaaaaa2b", since="3kaaaaaaaaa2a"),
        commit(rev="3kaaaaaaaaa2c", since="3kaaaaaaaaa2b"),
    )
    assert accounts_with_gaps(first, second, third) == []
    assert accounts_with_gaps(first, second, second, third) == []  # told again
    assert accounts_with_gaps(first, third) == [DID]
    assert accounts_with_gaps(commit(tooBig=True)) == [DID]
    sync = made("#sync", {"seq": 2, "did": DID, "rev": "3kaaaaaaaaa2a", "time": NOW, "blocks": b""})
    assert (accounts_with_gaps(sync), accounts_with_gaps(first, sync), accounts_with_gaps(second, sync)) == ([DID], [], [DID])


def test_revisions_are_forgotten_in_time() -> None:
    revisions = Revisions(most=10)
    for number in range(100):
        revisions.moved(str(number), "x")
    assert revisions.of("99") == "x" and revisions.of("0") is None


def test_what_the_stream_says_of_itself() -> None:
    (gap,) = decode(made("#info", {"name": "OutdatedCursor", "message": "long ago"}))
    assert isinstance(gap, Gap) and gap.account == ""
    assert list(decode(made("#info", {"name": "Else"}))) == list(decode(made("#later", {}))) == []
    with pytest.raises(NetworkUnavailable, match="ConsumerTooSlow"):
        list(decode(libipld.encode_dag_cbor({"op": -1}) + libipld.encode_dag_cbor({"error": "ConsumerTooSlow", "message": "slow"})))


def test_anybody_may_claim_a_handle() -> None:
    frame = made("#identity", {"seq": 1, "did": DID, "time": NOW, "handle": "president.example"})
    (claimed, _), (given, _) = decode(frame), decode(frame, None, (".example",))
    (spoiled, _) = decode(made("#identity", {"seq": 1, "did": DID, "time": NOW, "handle": "<b>.example"}), None, (".example",))
    assert isinstance(spoiled, AccountChanged) and spoiled.account.handle == DID
    assert isinstance(claimed, AccountChanged) and isinstance(given, AccountChanged)
    assert (claimed.account.handle, given.account.handle) == (DID, "president.example")


def test_one_broken_path_spoils_nothing_else() -> None:
    block = libipld.encode_dag_cbor({"$type": "app.bsky.feed.post", "text": "good", "createdAt": NOW})
    cid = b"\x01\x71\x12\x20" + sha256(block).digest()
    ops = [
        {"action": "delete", "path": "app.bsky.feed.post/<b>", "cid": None},
        {"action": "create", "path": "app.bsky.feed.post/1", "cid": cid},
        {"action": "delete", "path": "app.bsky.feed.post/2", "cid": None},
    ]
    told = list(decode(commit(ops=ops, blocks=_car([(cid, block)]))))
    assert [type(event) for event in told] == [Refused, PostWritten, PostDeleted, Reached]
    assert [type(event) for event in decode(commit(ops=ops, blocks=b"broken"))] == [Refused, Refused, PostDeleted, Reached]
    assert told[1].cursor != told[2].cursor  # the store tells posts by them


def test_a_block_that_is_not_what_its_cid_says_is_refused() -> None:
    block = libipld.encode_dag_cbor({"$type": "app.bsky.feed.post", "text": "forged", "createdAt": NOW})
    cid = b"\x01\x71\x12\x20" + bytes(32)
    car = _car([(cid, block)])
    frame = commit(ops=[{"action": "create", "path": "app.bsky.feed.post/1", "cid": cid}], blocks=car)
    refused, reached = decode(frame)
    assert isinstance(refused, Refused) and isinstance(reached, Reached)
    assert "not what its CID says" in refused.reason and refused.raw == frame


def _car(blocks: list[tuple[bytes, bytes]]) -> bytes:
    header = libipld.encode_dag_cbor({"roots": [blocks[0][0]], "version": 1})
    sections = itertools.chain([header], (cid + block for cid, block in blocks))
    return b"".join(_number(len(section)) + section for section in sections)


def _number(value: int) -> bytes:
    return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + _number(value >> 7)


@pytest.mark.parametrize("ops", [
    [{"action": "create", "path": "app.bsky.feed.post/1", "cid": None}],
    [{"action": "create", "path": "app.bsky.feed.post/../1", "cid": b"\x01\x71\x12\x20" + bytes(32)}],
    [{"action": "delete", "path": "app.bsky.feed.post/<b>", "cid": None}],
    [{"action": "create", "path": "app.bsky.feed.post/1", "cid": b"\x01\x71\x12\x20" + bytes(32)}],
])  # fmt: skip
def test_what_a_commit_cannot_mean_is_refused(ops: list[dict[str, Any]]) -> None:
    refused, _ = decode(commit(ops=ops, blocks=b""))
    assert isinstance(refused, Refused)


@pytest.mark.parametrize("frame", [
    b"", b"\xff", b"text", libipld.encode_dag_cbor({"op": 1, "t": "#commit"}), libipld.encode_dag_cbor(5) * 2, libipld.encode_dag_cbor([]) * 2,
    made("#commit", {}), made("#commit", {"seq": -1}), commit(time="yesterday"), commit(time="0001-01-01T00:00:00+09:00"), commit(repo="did:web:<b>"),
    commit(number=2**62), b"\x81" * 100_000, commit() + commit(), libipld.encode_dag_cbor({"op": 1, "t": []}) * 2,
])  # fmt: skip
def test_a_broken_frame_is_refused_with_itself(frame: bytes) -> None:
    (refused,) = decode(frame)
    assert isinstance(refused, Refused) and refused.raw == frame


@given(st.binary(max_size=300), st.integers(0, 400))
def test_no_frame_breaks_the_reader(noise: bytes, at: int) -> None:
    frame = commit(ops=[{"action": "create", "path": "app.bsky.feed.post/1", "cid": b"\x01\x71\x12\x20" + bytes(32)}], blocks=noise)
    for broken in (noise, frame[:at] + noise + frame[at + len(noise) :], frame[:at]):
        try:
            for event in decode(broken, Revisions()):
                assert event
        except NetworkUnavailable:
            pass


def test_a_refused_frame_can_be_tried_again(source: Firehose) -> None:
    assert list(source.again(commit())) == []
    (refused,) = source.again(b"broken")
    assert isinstance(refused, Refused) and refused.raw == b"broken"


def test_closing_ends_a_quiet_stream(source: Firehose) -> None:
    Timer(0.3, source.close).start()
    assert all(isinstance(event, AnyEvent) for event in source.events())  # it ends
    assert list(source.events()) == []
