"""A repository of the AT Protocol as a CAR file: what an account has written, which is what its server hands out as an export.

Every block must hash to its own name, so that nothing in the tree can have been changed but by making another tree. Whether the account signed this
tree cannot be told without asking for its key, and nobody is asked here: `oscine connect bluesky --backfill` does. What records mean, and the limits, are
`sources.bluesky`'s.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import IO

from oscine.errors import InputError
from oscine.records import AnyEvent, Refused
from oscine.sources.archives.archive import Archive
from oscine.sources.bluesky import records
from oscine.sources.bluesky.repository import Found, Repository, mapped
from oscine.sources.jsonl import decompressed


class Car(Archive):
    """A CAR file. Raises `InputError` where it is no repository."""

    def __init__(self, stream: IO[bytes], name: str, made: datetime) -> None:
        super().__init__(name, records.NETWORK, 0)
        self._repository = Repository(mapped(decompressed(stream)))
        self._made = made
        self.what = f"the repository of {self._repository.did[:100]} (AT Protocol; its signature is not checked offline)"

    def read(self) -> Iterator[AnyEvent]:
        """See `Archive`."""
        try:
            for found in self._repository.records(records.READERS):
                yield from self._told(found)
        except InputError as error:
            yield Refused(cursor=0, reason=str(error))

    def _told(self, found: Found) -> list[AnyEvent]:
        try:
            return records.events(self._repository.did, found.collection, found.rkey, found.record, found.cid, self._made, 0)
        except InputError as error:
            return [Refused(cursor=0, reason=str(error))]
