"""`oscine label FILE`: what texts are labelled as, a line each. What posts of this network are labelled as, and what people decide, is `labels`'s."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from itertools import islice
from pathlib import Path
from typing import IO, Annotated, Any

import msgspec
import typer

from oscine.app.labelling import Found
from oscine.cli import base
from oscine.cli.base import AsJson, Data
from oscine.errors import InputError

AT_ONCE = 64  # texts

Line = dict[str, Any]


def label(
    context: typer.Context,
    file: Annotated[str, typer.Argument(help='Lines of JSON, each {"text": "…"}; - for standard input.', show_default=False)],
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Say how probable each label is of each text, and which words it rests on. Other keys of a line are kept."""
    with base.app(context, data) as app, _opened(file) as stream:
        app.required_reading()
        lines = _lines(stream, app.settings.max_line_bytes)
        while some := list(islice(lines, AT_ONCE)):
            for line, found in zip(some, app.read_labels([line["text"] for line in some]), strict=True):
                typer.echo(json.dumps(line | told(found)) if as_json else base.printable(shown(line["text"], found)))


def told(found: Found) -> Line:
    """What was found, as JSON's types: `labels` with probabilities, those `said`, and the `reasons` of these."""
    reasons = {name: {"start": span.start, "end": span.end, "text": span.text} for name, span in found.reasons.items()}
    return {"labels": {name: round(chance, 4) for name, chance in found.probabilities.items()}, "said": list(found.said), "reasons": reasons}


def shown(text: str, found: Found) -> str:
    """A line for people: what is said, or how far the text is from it, and the text."""
    name, chance = max(found.probabilities.items(), key=lambda each: each[1])
    said = ", ".join(f"{label} {found.probabilities[label]:.0%} (“{found.reasons[label].text}”)" for label in found.said if label in found.reasons)
    return f"{said or f'nothing; nearest {name} {chance:.0%}'}: {' '.join(text.split())[:120]}"


def _opened(file: str) -> Any:
    """Raises `InputError` where it cannot be read."""
    if file == "-":
        return nullcontext(sys.stdin.buffer)
    try:
        return Path(file).open("rb")
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}.", "Give a file of JSON lines, or - for standard input.") from None


def _lines(stream: IO[bytes], longest: int) -> Iterator[Line]:
    """The usable lines; of the others it is told which they are, and why."""
    for number, raw in enumerate(iter(lambda: stream.readline(longest + 1), b""), 1):
        if len(raw) > longest and not raw.endswith(b"\n"):
            while (rest := stream.readline(longest)) and not rest.endswith(b"\n"):
                pass
            base.say(f"line {number}: longer than {longest:,} bytes")
            continue
        if not raw.strip():
            continue
        try:
            line = msgspec.json.decode(raw, type=dict[str, Any])
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            base.say(f"line {number}: {error}")
            continue
        if isinstance(line.get("text"), str):
            yield line
        else:
            base.say(f"line {number}: there is no text in it")
