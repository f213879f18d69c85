"""`make bench`: every benchmark, one table.

python -m benchmarks --data FOLDER [--only quality|speed|answers]
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from pathlib import Path

from benchmarks import answers, quality, speed
from benchmarks.table import markdown
from benchmarks.vector_cache import embedder

PARTS = {
    "quality": lambda data, model: quality.microblog(data, model) + quality.tweetqa(data, model),
    "answers": lambda data, model: answers.run(data, model),
    "speed": speed.run,
}


def main() -> None:
    """Run what was asked for and print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Speed and quality against peers; see docs/guides/benchmarks.md."
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with the public sets")
    parser.add_argument("--only", choices=PARTS, action="append", help="only this part; again for several")
    chosen = parser.parse_args()
    if not chosen.data.is_dir():
        sys.exit(f"There is no folder {chosen.data}. docs/guides/benchmarks.md says where the public gets each set.")
    model = embedder()
    rows = [row for name in chosen.only or PARTS for row in PARTS[name](chosen.data, model)]
    print(f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}\n")
    print(markdown(rows))


if __name__ == "__main__":
    main()
