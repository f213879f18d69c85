"""The long posts of an X archive, kept until their tweets come by: X names neither in the other, so they are told by the second and the first words.

In memory is a number or two for each; the texts wait in an unnamed temporary file where they are many.
"""

from __future__ import annotations

import tempfile
from types import TracebackType

import msgspec

from oscine.sources.archives.x_layout import NoteItem
from oscine.sources.archives.x_tweet import NoteCore, Tweet, continues, moment

IN_MEMORY = 8 << 20  # bytes


class Notes:
    """Long posts by the second that they were written in."""

    def __init__(self) -> None:
        self._texts = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed at the end of the reading
        self._places: dict[int, list[tuple[int, int]]] = {}

    def __enter__(self) -> Notes:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._texts.close()

    def add(self, item: NoteItem) -> tuple[()]:
        """Keep one, which is no event yet. Raises `ValueError` where its time is none."""
        second = int(moment(item.noteTweet.createdAt).timestamp())
        place = self._texts.seek(0, 2)
        size = self._texts.write(msgspec.json.encode(item.noteTweet.core))
        self._places.setdefault(second, []).append((place, size))
        return ()

    def of(self, tweet: Tweet) -> NoteCore | None:
        """The long post whose beginning a tweet is; the longest where there are several."""
        second = int(tweet.at.timestamp())
        near = [place for moment in (second - 1, second, second + 1) for place in self._places.get(moment, ())]
        found = [note for note in map(self._read, near) if continues(tweet, note)]
        return max(found, key=lambda note: len(note.text), default=None)

    def _read(self, place: tuple[int, int]) -> NoteCore:
        self._texts.seek(place[0])
        return msgspec.json.decode(self._texts.read(place[1]), type=NoteCore)
