"""`oscine ads score`: JSON lines of ads in, the same lines with the reward's score out. It opens no database and asks no server."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import IO, Annotated, Any, NamedTuple

import msgspec
import typer

from oscine.cli import base
from oscine.cli.base import AsJson, Data
from oscine.engines.reward import Ad, E5Reward, Score
from oscine.errors import InputError

LONGEST = 1_000_000  # bytes of a line
TOGETHER = 256  # lines
BOM = b"\xef\xbb\xbf"


class AdLine(msgspec.Struct):
    """What is read of a line; its other keys are kept and not looked at."""

    headline: str
    lede: str | None = None
    excerpt: str | None = None
    image: str | None = None
    audience: str | None = None
    test: str | int | None = None

    @property
    def ad(self) -> Ad:
        """As the reward takes it."""
        return Ad(self.headline, self.lede or "", self.excerpt or "", self.image or "", self.audience or "", str(self.test or ""))


class Given(NamedTuple):
    """A line's fields as given, and the ad that they tell of."""

    fields: dict[str, Any]
    ad: Ad


def score(
    context: typer.Context,
    file: Annotated[str, typer.Argument(help="JSON lines, each with a `headline`; `-` for standard input.", metavar="FILE")],
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Tell which wording of one story would win more clicks: the higher score. Across stories it says nothing."""
    refused = list[str]()
    with _opened(file) as stream:
        reward, lines = E5Reward(base.settings(context, data).data / "models", log=base.say), _read(stream, refused)
        while given := list(islice(lines, TOGETHER)):
            for each, found in zip(given, reward.scores([each.ad for each in given]), strict=True):
                typer.echo(_json(each, found) if as_json else _row(each, found))
    if refused:
        base.say(f"{len(refused)} of the lines left out; the others are scored.")
        raise typer.Exit(1)


def _opened(file: str) -> IO[bytes]:
    if file == "-":
        return sys.stdin.buffer
    try:
        return Path(file).open("rb")
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}.", "Give the path of a file, or `-` for standard input.") from None


def _read(stream: IO[bytes], refused: list[str]) -> Iterator[Given]:
    """The ads of lines that can be used; what is wrong with the others is said at once, and noted in `refused`."""
    number = 0
    while line := stream.readline(LONGEST + 1):
        number += 1
        try:
            if line.strip(b" \t\r\n" + BOM):
                yield _given(line.removeprefix(BOM))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, InputError) as error:
            refused.append(str(error))
            base.say(f"Line {number} is left out: {error or 'it cannot be read'}.".replace("..", "."))
        while len(line) > LONGEST and not line.endswith(b"\n"):
            line = stream.readline(LONGEST)


def _given(line: bytes) -> Given:
    if len(line) > LONGEST:
        raise InputError(f"it is longer than {LONGEST:,} bytes")
    fields = msgspec.json.decode(line, type=dict[str, Any])
    ad = msgspec.convert(fields, AdLine).ad
    if not ad.headline.strip():
        raise InputError("its headline is empty")
    return Given(fields, ad)


def _json(given: Given, found: Score) -> str:
    told = json.dumps({**given.fields, "score": round(found.mean, 4), "spread": round(found.spread, 4)}, ensure_ascii=False)
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in told)


def _row(given: Given, found: Score) -> str:
    return base.printable(f"{found.mean:+.2f} ± {found.spread:.2f}  {' '.join(given.ad.headline.split())}")
