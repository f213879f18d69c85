"""How fast a corpus is built: `python -m benchmarks.corpus --data FOLDER`.

Files in, shards out, one worker; CPU seconds of the whole process by step, so that a busy machine does not count. The folder holds `communities/` and
`stocknet/`. Language detection of posts that do not tell theirs is a model: it is left out of the rate, as its posts are told one.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from pathlib import Path

from benchmarks.table import Row, markdown
from oscine.corpus.corpora import Corpora
from oscine.corpus.options import Options
from oscine.store.postgres import Database

SETS = ("communities", "stocknet")
AIM = 20_000


def measure(files: list[str]) -> tuple[int, Counter[str]]:
    """Posts read, and CPU seconds by step."""
    seconds: Counter[str] = Counter()

    def timed(step: str, spent: float) -> None:
        seconds[step] += spent

    with tempfile.TemporaryDirectory() as data:
        about = Corpora(Path(data), Options(), 1_000_000, _no_store).build("speed", files, "", {}, timed=timed)
    return about["read"], seconds


def _no_store() -> Database:
    raise AssertionError("the store is not asked")


def main() -> None:
    """Measure and print one table a set."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.corpus", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with the public sets")
    folder = parser.parse_args().data
    for name in SETS:
        posts, seconds = measure([str(folder / name / "posts.jsonl.gz")])
        rows = [Row(step, f"{posts / spent:,.0f} posts/s, {1e6 * spent / posts:.1f} µs") for step, spent in seconds.items() if spent]
        whole = Row("all", f"{posts / seconds.total():,.0f} posts/s", aim=f"at least {AIM:,}")
        print(f"\n{name}: {posts:,} posts, {seconds.total():.1f} CPU s\n\n{markdown([*rows, whole])}")


if __name__ == "__main__":
    main()
