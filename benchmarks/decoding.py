"""How fast frames of a firehose become events, on one core, beside atproto's own client and beside a bare decoder.

python -m benchmarks.decoding [--records N] [--keep FILE] [--frames FILE]

A real PDS and PLC directory are started (`make networks`), eight people write `--records` records (of the sample network's texts: posts, replies, likes,
reposts, follows), and the frames of the PDS are recorded as they come. Each reader then reads all of them, five times; the best counts, in CPU time.
`--keep` writes the frames into a file, `--frames` reads them from there.

ours        `oscine.sources.bluesky.firehose.decode`: blocks checked against their CIDs, records against their lexicons, events made
client      `atproto` as its documents have it: the message, the CAR file, each record as a model
bare        `libipld` alone: the frame and the CAR file as dictionaries, nothing checked
"""

from __future__ import annotations

import argparse
import gzip
import json
import pickle
import random
import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import libipld
from atproto import CAR, firehose_models, models, parse_subscribe_repos_message
from websockets.sync.client import connect

from benchmarks.table import Row, markdown
from oscine import sample
from oscine.records import Reached
from oscine.sources.bluesky.firehose import METHOD, Revisions, decode

PEOPLE, TIMES = 8, 5
AIM = 12_000  # frames a second


def recorded(records: int) -> list[bytes]:
    """The frames of a real PDS on which people write."""
    sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
    import at_network

    dice = random.Random(1)
    with at_network.running() as network:
        people, posts = [network.account() for _ in range(PEOPLE)], []
        for _ in range(records):
            posts += _written(dice, dice.choice(people).client, posts, [person.did for person in people])
        with connect(f"{network.ws_url}/xrpc/{METHOD}?cursor=0") as stream:
            return list(_until_quiet(stream))


def _until_quiet(stream: Any) -> Iterator[bytes]:
    try:
        while True:
            yield stream.recv(timeout=2)
    except TimeoutError:
        return


def _written(dice: random.Random, client: Any, posts: list[Any], dids: list[str]) -> list[Any]:
    """Something that one of them does; the new post, if it is one."""
    what, post = dice.random(), dice.choice(posts) if posts else None
    if post is None or what < 0.4:
        return [client.send_post(dice.choice(TEXTS), langs=["en"])]
    if what < 0.5:
        to = models.create_strong_ref(post)
        return [client.send_post(dice.choice(TEXTS), reply_to=models.AppBskyFeedPost.ReplyRef(parent=to, root=to))]
    if what < 0.85:
        client.like(post.uri, post.cid)
    elif what < 0.95:
        client.repost(post.uri, post.cid)
    else:
        client.follow(dice.choice(dids))
    return []


def ours(frames: list[bytes]) -> int:
    """Events of all frames."""
    revisions = Revisions()
    return sum(not isinstance(event, Reached) for frame in frames for event in decode(frame, revisions))


def client(frames: list[bytes]) -> int:
    """Records of all frames, as its documents read them."""
    found = 0
    for frame in frames:
        commit = parse_subscribe_repos_message(firehose_models.Frame.from_bytes(frame))
        if not isinstance(commit, models.ComAtprotoSyncSubscribeRepos.Commit) or not commit.blocks:
            continue
        blocks = CAR.from_bytes(commit.blocks).blocks
        for op in commit.ops:
            if op.cid and (raw := blocks.get(op.cid)):
                found += models.get_or_create(raw, strict=False) is not None
    return found


def bare(frames: list[bytes]) -> int:
    """Blocks of all frames."""
    found = 0
    for frame in frames:
        _, body = libipld.decode_dag_cbor_multi(frame)
        if blocks := body.get("blocks"):
            found += len(libipld.decode_car(blocks)[1])
    return found


def best(read: Callable[[list[bytes]], int], frames: list[bytes]) -> float:
    """Frames a second."""
    times = []
    for _ in range(TIMES):
        start = time.process_time()
        read(frames)
        times.append(time.process_time() - start)
    return len(frames) / min(times)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.decoding", description="Frames of a firehose, decoded.")
    parser.add_argument("--records", type=int, default=1_500)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--frames", type=Path)
    chosen = parser.parse_args()
    frames = pickle.loads(chosen.frames.read_bytes()) if chosen.frames else recorded(chosen.records)  # noqa: S301 - our own file
    if chosen.keep:
        chosen.keep.write_bytes(pickle.dumps(frames))
    rates = {read.__name__: best(read, frames) for read in (ours, client, bare)}
    size = sum(map(len, frames)) / len(frames)
    print(f"{len(frames):,} frames, {size:,.0f} bytes each, {ours(frames):,} events\n")
    print(markdown([
        Row("frames to events, checked", f"{rates['ours']:,.0f} frames/s", f"{rates['client']:,.0f} frames/s (atproto)", f"{AIM:,}"),
        Row("bytes to dictionaries, unchecked", "", f"{rates['bare']:,.0f} frames/s (libipld)"),
    ]))  # fmt: skip


def _texts() -> Iterator[str]:
    """Of the sample network, as long as Bluesky allows."""
    for file in sample.files():
        with gzip.open(file, "rt") as lines:
            yield from (post["text"][:290] for post in map(json.loads, lines) if post.get("text"))


TEXTS = list(islice(_texts(), 3_000))

if __name__ == "__main__":
    main()
