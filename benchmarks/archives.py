"""How long an archive takes to come in, and in how much memory: an X archive beside the same posts as Oscine JSONL, each by `oscine import` in a process and
a database of its own. Memory is the largest that the process ever held (VmHWM), PostgreSQL's aside.

python -m benchmarks.archives [--posts 100000]
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.table import Row, markdown
from oscine import sample

ME = "783214"
BEGAN = datetime(2015, 1, 1, tzinfo=UTC)
LONG = 50  # every so-manieth post is a long one
POLL_SECONDS = 0.02


class Imported(NamedTuple):
    """What `oscine import` said; how long its reading and writing took, by the clock and in the process's own CPU time; the most memory that it held."""

    told: dict[str, Any]
    seconds: float
    cpu: float
    peak: int


def run(posts: int) -> list[Row]:
    """The figures for so many posts, and for a tenth of them."""
    with tempfile.TemporaryDirectory(prefix="oscine-archives-") as made:
        folder = Path(made)
        return [row for count in (posts // 10, posts) for row in _rows(folder, count)]


def _rows(folder: Path, count: int) -> Iterator[Row]:
    archive, lines = folder / f"{count}.zip", folder / f"{count}.jsonl"
    size = _x_archive(archive, count)
    _jsonl(lines, count)
    beside, taken = _import(lines, folder / f"jsonl{count}"), _import(archive, folder / f"x{count}")
    stored = taken.told["accepted"]
    assert stored > count + count // LONG and beside.told["accepted"] == count and not taken.told["refused"], (taken.told, beside.told)
    yield Row(
        f"{count:,} posts: an X archive whose tweets.js is {size / 1e6:,.0f} MB",
        _told(taken, count),
        _told(beside, count),
        "≤ 60 s for 100,000",
    )


def _told(done: Imported, count: int) -> str:
    return f"{done.seconds:.1f} s ({count / done.seconds:,.0f} posts/s; {done.cpu:.1f} s of CPU), {done.peak / 1e6:,.0f} MB"


def _import(file: Path, data: Path) -> Imported:
    command = [sys.executable, "-m", "oscine", "import", "--json", str(file), "--data", str(data)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "OSCINE_EMBEDDING": "none"})
    peak, cpu = 0, 0.0
    while process.poll() is None:
        peak, cpu = max(peak, _high_water(process.pid)), max(cpu, _cpu(process.pid))
        time.sleep(POLL_SECONDS)
    told = json.loads(process.communicate()[0])
    return Imported(told, told["seconds"], cpu, peak)


def _high_water(process: int) -> int:
    """Bytes; 0 where the process has ended."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)


def _cpu(process: int) -> float:
    """Seconds of the process itself, its children aside; 0 where it has ended."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _said(count: int) -> Iterator[tuple[int, str, datetime]]:
    """Posts out of the sample network, over and over, each a minute later and with its number."""
    texts = []
    for file in sample.files():
        with gzip.open(file, "rt") as lines:
            texts += [text for line in lines if (text := json.loads(line).get("text")) and not text.startswith("RT @")]
    for number, text in enumerate(islice(cycle(texts), count)):
        yield number, f"{text} ({number})", BEGAN + timedelta(minutes=number)


def _jsonl(file: Path, count: int) -> None:
    with file.open("w") as out:
        for number, text, at in _said(count):
            post = {
                "id": str(10**18 + number),
                "author": ME,
                "created_at": at.isoformat(),
                "text": text if number % LONG else f"{text} {'more ' * 200}",
            }
            out.write(json.dumps(post) + "\n")


def _x_archive(file: Path, count: int) -> int:
    """An X archive with long posts, likes and direct messages, as X lays it out; the size of its `tweets.js`."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        account = {
            "account": {
                "accountId": ME,
                "username": "ann",
                "accountDisplayName": "Ann",
                "createdAt": "2007-02-20T14:35:54.000Z",
                "email": "x@example",
            }
        }
        parts = {
            "account": ("account", iter([account])),
            "tweets": ("tweets", ({"tweet": _tweet(number, text, at)} for number, text, at in _said(count))),
            "noteTweet": ("note-tweet", (_note(text, at) for number, text, at in _said(count) if not number % LONG)),
            "like": ("like", ({"like": {"tweetId": str(10**18 + number), "fullText": "liked"}} for number in range(count // 10))),
            "directMessages": ("direct-messages", ({"dmConversation": {"messages": [text]}} for _, text, _ in _said(count // 10))),
        }
        types = {}
        for part, (stem, items) in parts.items():
            types[part] = {"files": [{"fileName": f"data/{stem}.js", "count": str(_script(archive, stem, items))}]}
        told = {
            "userInfo": {"accountId": ME, "userName": "ann"},
            "archiveInfo": {"generationDate": "2023-03-01T08:00:00.000Z"},
            "dataTypes": types,
        }
        archive.writestr("data/manifest.js", "window.__THAR_CONFIG = " + json.dumps(told))
        return archive.getinfo("data/tweets.js").file_size


def _script(archive: zipfile.ZipFile, stem: str, items: Iterator[Any]) -> int:
    number = -1
    with archive.open(f"data/{stem}.js", "w", force_zip64=True) as out:
        out.write(f"window.YTD.{stem.replace('-', '_')}.part0 = [\n".encode())
        for number, item in enumerate(items):
            out.write((", " if number else "").encode() + json.dumps(item, indent=2).encode())
        out.write(b"\n]")
    return number + 1


def _tweet(number: int, text: str, at: datetime) -> dict[str, Any]:
    identity = str(10**18 + number)
    picture = {
        "url": f"https://t.co/p{number:09}", "media_url_https": f"https://pbs.example/{number}.jpg", "type": "photo", "id_str": identity,
        "sizes": {name: {"w": "900", "h": "1200", "resize": "fit"} for name in ("thumb", "small", "medium", "large")}, "indices": ["1", "2"],
    }  # fmt: skip
    return {
        "edit_info": {"initial": {"editTweetIds": [identity], "editableUntil": "x", "editsRemaining": "5", "isEditEligible": True}},
        "retweeted": False, "source": '<a href="https://mobile.twitter.com" rel="nofollow">Twitter Web App</a>',
        "entities": {
            "hashtags": [{"text": "birds", "indices": ["1", "2"]}], "symbols": [], "user_mentions": [],
            "urls": [{"url": f"https://t.co/l{number:09}", "expanded_url": f"https://birds.example/{number}", "display_url": "birds.example"}],
            "media": [picture],
        },
        "extended_entities": {"media": [picture]}, "display_text_range": ["0", "100"], "favorite_count": str(number % 9), "retweet_count": "0",
        "id_str": identity, "id": identity, "truncated": False, "created_at": f"{at:%a %b %d %H:%M:%S +0000 %Y}", "favorited": False, "lang": "en",
        "full_text": f"{text}{'' if number % LONG else '…'} https://t.co/l{number:09} https://t.co/p{number:09}",
    }  # fmt: skip


def _note(text: str, at: datetime) -> dict[str, Any]:
    core = {"text": f"{text} {'more ' * 200}", "urls": [], "mentions": [], "hashtags": [], "cashtags": [], "styletags": []}
    return {
        "noteTweet": {
            "noteTweetId": "1",
            "createdAt": at.isoformat(),
            "updatedAt": at.isoformat(),
            "lifecycle": {"name": "Active"},
            "core": core,
        }
    }


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.archives", description=__doc__)
    parser.add_argument("--posts", type=int, default=100_000)
    print(markdown(run(parser.parse_args().posts)))


if __name__ == "__main__":
    main()
