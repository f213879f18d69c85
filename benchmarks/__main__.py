"""`make bench`: how fast, one table. How well is `oscine eval`'s.

python -m benchmarks --data FOLDER
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from pathlib import Path

from benchmarks import speed
from benchmarks.table import markdown
from benchmarks.vector_cache import embedder


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Speed beside a peer; see docs/guides/benchmarks.md.")
    parser.add_argument("--data", type=Path, required=True, help="folder with the public sets")
    chosen = parser.parse_args()
    if not chosen.data.is_dir():
        sys.exit(f"There is no folder {chosen.data}. docs/guides/benchmarks.md says where the public gets each set.")
    rows = speed.run(chosen.data, embedder())
    print(f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}\n")
    print(markdown(rows))


if __name__ == "__main__":
    main()
