"""The members of a zip or a tar: their names, and the few of them that somebody asks for, as streams.

Nothing is written to a disk, and no member is opened that is not asked for. What an archive says of itself is not believed: names that lead
outside, members that are links, encrypted, packed in other ways or out of all proportion, and more members than anybody keeps are refused.
It does not know what the members hold.
"""

from __future__ import annotations

import io
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import IO, Protocol

import zstandard

from oscine.errors import InputError, TooLarge
from oscine.sources.jsonl import decompressed

MEMBERS = 200_000  # their directory takes 130 MB of memory
INDEX_BYTES = 32 << 20  # of a zip's directory, or of one header of a tar
MEMBER_BYTES = 64 << 30  # unpacked
RATIO = 400  # unpacked to packed; JSON comes to 30, the most that deflate can do is 1,032
RATIO_FROM = 64 << 20  # smaller members harm nobody
DAMAGE = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    EOFError,
    OSError,
    struct.error,
    NotImplementedError,
    RuntimeError,
    zstandard.ZstdError,
)


class Container(Protocol):
    """What holds members, by their names."""

    names: tuple[str, ...]

    def open(self, name: str) -> IO[bytes]:
        """A member as a stream. Raises `InputError` where it is none that can be read, and one of `DAMAGE` later."""
        ...

    def time(self, name: str) -> datetime:
        """When a member was last changed, as far as the container tells."""
        ...


class Zip:
    """The members of a zip. Raises `InputError` where it cannot be one or may do harm."""

    def __init__(self, stream: IO[bytes]) -> None:
        try:
            self._size = stream.seek(0, io.SEEK_END)
            self._zip = zipfile.ZipFile(_Bounded(stream))
        except (*DAMAGE, ValueError) as error:
            _raise_ours(error)
            raise InputError(f"The zip is damaged or breaks off ({error}).", "Fetch it again.") from None
        infos = self._zip.infolist()
        _check_names([info.orig_filename for info in infos])
        self._infos = {info.filename: info for info in infos if not info.is_dir()}
        self.names = tuple(self._infos)

    def open(self, name: str) -> IO[bytes]:
        """See `Container`."""
        info = self._infos[name]
        if info.flag_bits & 0x1:
            raise InputError(f"{name} is encrypted.", "Make a zip without a password.")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise InputError(f"{name} is packed in a way that no network uses.", "Make a zip by the usual means.")
        if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
            raise InputError(f"{name} is a link or a device, not a file.")
        _check_size(name, info.file_size, min(info.compress_size, self._size))
        return self._zip.open(info)

    def time(self, name: str) -> datetime:
        """See `Container`."""
        try:
            return datetime(*self._infos[name].date_time, tzinfo=UTC)
        except ValueError:
            return datetime(1980, 1, 1, tzinfo=UTC)  # where a zip's times begin


class Tar:
    """The files of a tar, plain or compressed, that are called one of `wanted`, in whatever folder. Raises `InputError`, as `Zip` does."""

    def __init__(self, stream: IO[bytes], size: int, wanted: Iterable[str]) -> None:
        self._infos: dict[str, tarfile.TarInfo] = {}
        try:
            packed = decompressed(stream)
            self._tar = tarfile.open(fileobj=_Bounded(packed), mode="r:")  # noqa: SIM115 - it lives as long
            for info in self._members(size):
                name = info.name.removeprefix("./")
                if name.rpartition("/")[2] in wanted:
                    _check_names([*self._infos, name])
                    self._infos[name] = info
        except (*DAMAGE, ValueError) as error:
            _raise_ours(error)
            raise InputError(f"The tar is damaged or breaks off ({error}).", "Fetch it again.") from None
        self.names = tuple(self._infos)

    def _members(self, size: int) -> Iterator[tarfile.TarInfo]:
        total = count = 0
        while (info := self._tar.next()) is not None:
            self._tar.members = []  # type: ignore[attr-defined]  # it would keep them all
            total, count = total + info.size, count + 1
            _check_names([info.name])
            _check_size("The tar", total, size)
            if count > MEMBERS:
                raise TooLarge(f"The tar holds more than {MEMBERS:,} files.")
            yield info

    def open(self, name: str) -> IO[bytes]:
        """See `Container`."""
        info = self._infos[name]
        stream = self._tar.extractfile(info) if info.isreg() and not info.issparse() else None
        if stream is None:
            raise InputError(f"{name} is a link or a device, not a file.")
        return stream

    def time(self, name: str) -> datetime:
        """See `Container`."""
        try:
            return datetime.fromtimestamp(self._infos[name].mtime, UTC)
        except (ValueError, OverflowError, OSError):
            return datetime(1970, 1, 1, tzinfo=UTC)


def _raise_ours(error: BaseException) -> None:
    """An error of our own is raised as it is."""
    if isinstance(error, InputError):
        raise error


def _check_names(names: list[str]) -> None:
    """Raise `InputError` where a name leads out of the archive, or there are too many, or one twice."""
    if len(names) > MEMBERS:
        raise TooLarge(f"The archive holds more than {MEMBERS:,} files.")
    seen: set[str] = set()
    for name in names:
        parts = name.replace("\\", "/").split("/")
        if ".." in parts or parts[0] == "" or ":" in parts[0] or "\x00" in name:
            raise InputError(
                f"The archive names {name[:100]!r}, which lies outside of it.", "No network makes such an archive: do not trust it."
            )
        if name in seen:
            raise InputError(f"The archive holds {name[:100]!r} twice.", "No network makes such an archive: do not trust it.")
        seen.add(name)


def _check_size(name: str, unpacked: int, packed: int) -> None:
    """Raise `TooLarge` for what unpacks to more than it can honestly hold."""
    if unpacked > MEMBER_BYTES or (unpacked > RATIO_FROM and unpacked > RATIO * max(packed, 1)):
        raise TooLarge(f"{name} would unpack from {packed:,} to {unpacked:,} bytes, which no honest archive does.")


class _Bounded(io.RawIOBase):
    """A stream of which nobody reads more than a little at once, whatever a file says of itself."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def read(self, size: int | None = -1) -> bytes:
        """Some bytes, all that are left where `size` is negative. Raises `TooLarge`."""
        data = self._stream.read(INDEX_BYTES + 1 if size is None or not 0 <= size <= INDEX_BYTES else size)
        if len(data) > INDEX_BYTES:
            raise TooLarge("The archive's own directory is larger than any honest one.")
        return data

    def seek(self, place: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place."""
        return self._stream.seek(place, whence)

    def tell(self) -> int:
        """The place."""
        return self._stream.tell()

    def seekable(self) -> bool:
        """It is."""
        return True

    def readable(self) -> bool:
        """It is."""
        return True
