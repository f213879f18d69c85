"""The elements of a JSON file of any size, one at a time: of an array (a script's name before it or not), or one after the other.

Memory is bounded by the largest element that is taken. An element that is not JSON or not UTF-8 is refused alone, and reading goes on at the
next object that begins. It does not know what the elements mean: a `msgspec` type does.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from typing import IO, Any, TypeVar

import msgspec

from oscine.errors import InputError
from oscine.records import Refused
from oscine.sources.jsonl import without_nul

CHUNK = 1 << 18  # characters read at a time
HEAD = 1 << 20  # an array begins within so many
_BETWEEN = re.compile(r"[\s,;]*")
_NEXT = re.compile(r"\}\s*+,?\s*+(?=\{)|\n(?=\{)")  # where, after what cannot be read, an object probably begins
_JSON = json.JSONDecoder(strict=False)  # finds where an element ends, in C; what it makes of it is not used

Kind = TypeVar("Kind")


def decoded(stream: IO[bytes], kind: type[Kind], largest: int, begins: str = "") -> Iterator[Kind | Refused]:
    """The elements of a stream as `kind`; those that are none are `Refused`, with cursor 0. Numbers may stand as strings, as X writes them.

    `begins` is a regular expression of what comes before the elements. Raises `InputError` where it is not there, and what the stream raises.
    """
    decoder: msgspec.json.Decoder[Kind] = msgspec.json.Decoder(kind, strict=False)
    for element in elements(stream, largest, begins):
        if isinstance(element, Refused):
            yield element
            continue
        try:
            value = decoder.decode(_without_nul(element))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            yield Refused(cursor=0, reason=_why(error))
        else:
            yield value


def elements(stream: IO[bytes], largest: int, begins: str = "") -> Iterator[bytes | Refused]:
    """The elements as their bytes, up to `largest` characters each; see `decoded`."""
    text = io.TextIOWrapper(stream, "utf-8-sig", errors="surrogateescape", newline="")
    buffer = _after(begins, text)
    array, at = bool(begins), 0
    while True:
        at = _BETWEEN.match(buffer, at).end()  # type: ignore[union-attr]  # it matches anywhere
        if not array and buffer[at : at + 1] == "[":
            array, at = True, at + 1
            continue
        if array and buffer[at : at + 1] == "]":
            while text.read(CHUNK):
                pass  # at its very end a zip tells whether it is whole
            return
        problem, end = _end(buffer, at)
        room = len(buffer) - at < largest
        if end is None or end == len(buffer):  # a number may go on beyond the buffer
            more = text.read(CHUNK) if room else ""
            if more:
                buffer, at = buffer[at:] + more, 0
                continue
            if at == len(buffer):
                if array:
                    yield Refused(cursor=0, reason="it breaks off: the end is missing")
                return
        if end is None:
            yield Refused(cursor=0, reason=f"not JSON{'' if room else f', or longer than {largest:,} characters'}: {problem}")
            at = _resumed(buffer, at)
        else:
            yield buffer[at:end].encode("utf-8", "surrogateescape")
            at = end


def _after(begins: str, text: io.TextIOWrapper) -> str:
    """What follows the beginning. Raises `InputError`."""
    head = text.read(CHUNK)
    if not begins:
        return head
    found = re.search(begins, head)
    while not found and len(head) < HEAD and (more := text.read(CHUNK)):
        head += more
        found = re.search(begins, head)
    if not found:
        raise InputError("It does not begin as it should, or is not UTF-8.")
    return head[found.end() :]


def _end(buffer: str, at: int) -> tuple[str, int | None]:
    """Where the element ends that begins at `at`; or why no end is in sight."""
    try:
        return "", _JSON.raw_decode(buffer, at)[1]
    except json.JSONDecodeError as error:
        return error.msg, None
    except RecursionError:
        return "nested too deeply", None
    except ValueError:
        return "a number is too long", None


def _resumed(buffer: str, at: int) -> int:
    """Where to go on after an element that cannot be read: the end of what is at hand where no object begins in it."""
    found = _NEXT.search(buffer, at)
    return found.end() if found else len(buffer)


def _without_nul(element: bytes) -> bytes:
    """The same without the character that PostgreSQL cannot hold."""
    return msgspec.json.encode(without_nul(msgspec.json.decode(element, type=Any))) if b"\\u0000" in element else element


def _why(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8"
    if isinstance(error, RecursionError):
        return "not JSON: nested too deeply"
    return str(error) if isinstance(error, msgspec.ValidationError) else f"not JSON: {error}"
