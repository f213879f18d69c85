"""What is left of deleted authors in the files of a data directory: searched with grep, not with our own search, before and after `oscine purge`.

A network is imported, a corpus built and a model trained on it, examples and an export are made in the data directory. Then 5% of the authors are deleted,
three times over: purged with nothing else running, beside `oscine up` with people searching, and after the purge was killed (-9) at random moments.
Looked for are pieces of letters and spaces that only deleted authors wrote, as they stand in the import: in all files as they lie, in whatever case, and in
what gzip, zstd, zip, Parquet and token shards read as. Before the purge they must be found, so that this can fail.

python -m benchmarks.purge --data FOLDER
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from benchmarks.table import Row, markdown
from conftest import Server

PIECE = re.compile(r"[A-Za-z][A-Za-z ]{28,58}[A-Za-z]")  # the same in a text, in JSON, in HTML, and among a post's words but for case
SHARE = 0.05
EVERY = 11  # of the communities' posts, so that many authors are among them
LAST = 0.75  # of the seconds of a purge, until when it is killed: one that came to its end leaves nothing to the next
SPEAKING = {"LC_ALL": "C"}


class Round(NamedTuple):
    """One deletion and its purge."""

    how: str
    authors: int
    posts: int
    pieces: int
    before: list[str]  # where pieces were found before the purge
    after: list[str]
    seconds: float
    certificate: dict[str, Any]
    note: str = ""


class World:
    """A data directory with a network in it. `posts` are lines of the import."""

    def __init__(self, folder: Path, posts: list[dict[str, Any]], environment: dict[str, str], seed: int) -> None:
        self.folder, self.posts, self.chance = folder, posts, random.Random(seed)
        self.environment = os.environ | environment
        self.here = sorted({post["author"] for post in posts})
        self.share = max(1, round(SHARE * len(self.here)))

    def oscine(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run([sys.executable, "-m", "oscine", "--data", str(self.folder), *words], capture_output=True, text=True, env=self.environment)

    def run(self, *words: str) -> str:
        """The same; what it printed. Raises where it fails."""
        done = self.oscine(*words)
        if done.returncode:
            raise RuntimeError(f"oscine {' '.join(words)}: {done.stderr[-2000:]}")
        return done.stdout

    def brought(self, posts: list[dict[str, Any]]) -> None:
        """Import lines, from a file elsewhere."""
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
            file.write("".join(json.dumps(post) + "\n" for post in posts))
            file.flush()
            self.run("import", file.name)

    def leave(self) -> tuple[list[str], list[str], int]:
        """Delete 5% of the authors: their names, pieces that only they wrote, and how many posts they had."""
        gone = set(self.chance.sample(self.here, self.share))
        self.here = [author for author in self.here if author not in gone]
        staying = set(self.here)
        kept = "\n".join(post["text"] for post in self.posts if post["author"] in staying)
        lower = re.sub(r"[^a-z0-9]+", " ", kept.lower())
        theirs = [post["text"] for post in self.posts if post["author"] in gone]
        pieces = {piece for text in theirs for piece in PIECE.findall(text) if "  " not in piece}
        unique = sorted(piece for piece in pieces if piece not in kept and piece.lower() not in lower)
        self.brought([{"delete_account": author} for author in sorted(gone)])
        return sorted(gone), unique, len(theirs)


def found(folder: Path, pieces: list[str]) -> list[str]:
    """The files in which a piece stands, by grep; of packed ones and of tokens also what they read as, marked so."""
    with tempfile.NamedTemporaryFile("w") as patterns:
        patterns.write("\n".join(pieces))
        patterns.flush()
        raw = subprocess.run(["grep", "-rlaiF", "-f", patterns.name, str(folder)], capture_output=True, text=True, env=os.environ | SPEAKING)
        files = [str(Path(line).relative_to(folder)) for line in raw.stdout.splitlines()]
        for path, read, data in _unpacked(folder):
            inside = subprocess.run(["grep", "-qaiF", "-f", patterns.name], input=data, env=os.environ | SPEAKING)
            files += [f"{path.relative_to(folder)} ({read})"] if inside.returncode == 0 else []
    return sorted(files)


def _unpacked(folder: Path) -> Iterator[tuple[Path, str, bytes]]:
    import pyarrow.parquet as parquet
    import tokenizers
    import zstandard

    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.is_symlink() or "postgres" in path.relative_to(folder).parts[:1]:
            continue
        if path.name.endswith(".gz"):
            yield path, "gzip", gzip.decompress(path.read_bytes())
        elif path.name.endswith(".zst"):
            yield path, "zstd", zstandard.ZstdDecompressor().stream_reader(path.open("rb")).read()
        elif path.suffix in (".zip", ".npz"):
            with zipfile.ZipFile(path) as packed:
                yield path, "zip", b"\n".join(packed.read(name) for name in packed.namelist())
        elif path.suffix == ".parquet":
            yield path, "parquet", json.dumps(parquet.read_table(path).to_pylist(), default=str).encode()
        elif path.name.endswith(".tokens.npy"):
            words = tokenizers.Tokenizer.from_file(str(path.parent.parent / "tokenizer.json"))
            yield path, "tokens", words.decode(np.load(path).tolist(), skip_special_tokens=False).encode()


class Searching(threading.Thread):
    """Somebody who searches all the time; how long each search took, and which failed."""

    def __init__(self, url: str, words: list[str]) -> None:
        super().__init__(daemon=True)
        self.took: list[float] = []
        self.failed: list[str] = []
        self.done = threading.Event()
        self._url, self._words = url, words

    def run(self) -> None:
        """Until `done`."""
        for word in itertools.cycle(self._words):
            if self.done.is_set():
                return
            began = time.monotonic()
            reply = httpx.get(f"{self._url}/v1/search", params={"q": word}, timeout=120)
            self.took.append(time.monotonic() - began)
            if reply.status_code != 200:
                self.failed.append(f"{reply.status_code} {reply.text[:200]}")
            time.sleep(0.02)


def alone(world: World) -> Round:
    """Nothing else runs."""
    gone, pieces, posts = world.leave()
    before = found(world.folder, pieces)
    began = time.monotonic()
    told = json.loads(world.run("purge", "--json"))
    seconds = time.monotonic() - began
    return Round("alone", len(gone), posts, len(pieces), before, found(world.folder, pieces), seconds, told)


def beside(world: World, words: list[str]) -> Round:
    """`oscine up` runs, and somebody searches; also how long a deleted post could still be found."""
    server = Server(world.folder, environment={name: world.environment[name] for name in world.environment if name.startswith("OSCINE_")}).wait(300)
    try:
        gone, pieces, posts = world.leave()
        word = f'"{pieces[0]}"'
        at_once = not httpx.get(f"{server.url}/v1/search", params={"q": word}, timeout=60).json()["posts"]
        before = found(world.folder, pieces)
        person = Searching(server.url, words)
        person.start()
        began = time.monotonic()
        told = json.loads(world.run("purge", "--json"))
        seconds = time.monotonic() - began
        person.done.set()
        person.join(120)
        after = found(world.folder, pieces)
        again = [bool(httpx.get(f"{server.url}/v1/search", params={"q": word}, timeout=60).json()["posts"]) for word in words]
    finally:
        server.stop()
    note = (f"not found any more at once: {at_once}; {len(person.took)} searches meanwhile, longest {max(person.took):.1f} s, failed {len(person.failed)}"
            f"{' ' + str(person.failed[:2]) if person.failed else ''}; kept posts found after: {sum(again)} of {len(again)}")  # fmt: skip
    return Round("beside `oscine up`", len(gone), posts, len(pieces), before, after, seconds, told, note)


def killed(world: World, kills: int, within: float) -> Round:
    """Killed again and again, at any moment of the seconds that a purge takes, then left to run."""
    gone, pieces, posts = world.leave()
    before = found(world.folder, pieces)
    began = time.monotonic()
    command = [sys.executable, "-m", "oscine", "--data", str(world.folder), "purge"]
    done = 0
    for number in range(kills):
        process = subprocess.Popen(command, env=world.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(LAST * within * world.chance.uniform((number + 0.2) / kills, (number + 1) / kills))
        done += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
    told = json.loads(world.run("purge", "--json"))
    return Round("after kill -9", len(gone), posts, len(pieces), before, found(world.folder, pieces), time.monotonic() - began, told, f"killed {done} times")


def prepare(world: World, train: str) -> None:
    """Everything in which a post may stand."""
    world.brought(world.posts)
    world.run("corpus", "build", "--name", "tiny")
    made = world.folder / "exports"
    made.mkdir()
    world.run("finetune", "examples", "posts", "--corpus", "tiny", "--out", str(made / "examples.jsonl"))
    with gzip.open(made / "posts.jsonl.gz", "wt") as file:
        file.write("".join(json.dumps(post) + "\n" for post in world.posts))
    (world.folder / "service.log").write_text("".join(f"somebody posted {post['text']!r}\n" for post in world.posts[::100]))
    if train:
        world.run("train", "tiny", "--budget", train, "--depth", "2")


def again(world: World) -> None:
    """Between two rounds: a corpus that holds everybody who is here, and their export."""
    if not (world.folder / "corpora" / "tiny").exists():
        world.run("corpus", "build", "--name", "tiny")


def rows(each: Round) -> Iterator[Row]:
    """The table of a round."""
    searched, what = each.certificate["search"], f"{each.authors} authors, {each.posts:,} posts deleted; {each.pieces:,} pieces looked for"
    yield Row(f"{each.how}: files with a piece, before ({what})", f"{len(each.before)}", "", "> 0")
    yield Row(f"{each.how}: files with one, after", f"{len(each.after)}", "", "0")
    yield Row(f"{each.how}: the certificate found", f"{each.certificate['found']}", "", "0")
    looked = f"{searched['bytes'] / 1e6:.0f} MB in {searched['files']:,} files {searched['seconds']:.0f}"
    yield Row(f"{each.how}: seconds", f"{each.seconds:.0f}, of which the search of {looked}")
    if each.note:
        yield Row(f"{each.how}: noted", each.note)


def show(each: Round) -> None:
    """A round, and where it found what."""
    print(f"{markdown(rows(each))}\n\nbefore: {', '.join(sorted({re.sub(r'[0-9A-F]{24}|[0-9]+', '*', name) for name in each.before}))}")
    print(f"after: {each.after}; skipped: {each.certificate['search']['skipped']}; models: {json.dumps(each.certificate['models'])}")
    print("; ".join(f"{place['place']}: {place['did']} {place['trouble']}" for place in each.certificate["places"] if place["did"] != "written anew"))
    longest = sorted(each.certificate["places"], key=lambda place: -place["seconds"])[:4]
    print("longest: " + ", ".join(f"{place['place']} {place['seconds']} s" for place in longest))
    print(json.dumps(each.certificate["corpora"]) + "\n", flush=True)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.purge", description="What is left of deleted authors, searched by bytes.")
    parser.add_argument("--data", type=Path, required=True, help="folder with the public sets (`communities`)")
    parser.add_argument("--posts", type=int, default=30_000)
    parser.add_argument("--train", default="", help="train a model first, for so long: 1m")
    parser.add_argument("--vectors", action="store_true", help="make vectors too (e5)")
    parser.add_argument("--kills", type=int, default=4)
    chosen = parser.parse_args()
    with gzip.open(chosen.data / "communities" / "posts.jsonl.gz", "rt") as lines:
        posts = [json.loads(line) for line in itertools.islice(lines, 0, EVERY * chosen.posts, EVERY)]
    environment = {"OSCINE_EMBEDDING": "e5" if chosen.vectors else "none", "OSCINE_READER": "none", "OSCINE_LANGUAGE_MODEL": "none",
                   "OSCINE_LABELS": "none", "OSCINE_REQUESTS_PER_MINUTE": "1000000"}  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="oscine-purge-") as folder:
        Path(folder).chmod(0o755)
        world = World(Path(folder), posts, environment, seed=0)
        prepare(world, chosen.train)
        words = [post["text"].split()[0] for post in posts[:400:20] if post["text"].split()]
        rounds = list[Round]()
        for each in (lambda: alone(world), lambda: beside(world, words), lambda: killed(world, chosen.kills, rounds[0].seconds)):
            again(world)
            rounds.append(each())
            show(rounds[-1])
    if any(each.after or each.certificate["found"] or not each.before for each in rounds):
        sys.exit(1)


if __name__ == "__main__":
    main()
