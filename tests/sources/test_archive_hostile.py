"""Archives that somebody made to do harm, or that something spoiled: refused with a reason, nothing is written anywhere, and no other error escapes."""

from __future__ import annotations

import io
import json
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from archive_files import COMMENT, TWEET, mastodon_files, note, script, tarred, tweet, x_files, zipped
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oscine.errors import InputError, TooLarge
from oscine.records import AnyEvent, PostWritten, Refused
from oscine.sources.archives import container
from oscine.sources.archives.elements import CHUNK, elements
from oscine.sources.archives.recognise import open_archive
from oscine.sources.jsonl import JsonLines
from repositories import Signer, repository

X = x_files({"tweets": ("tweets", [tweet(str(n), f"post {n}") for n in range(1, 9)])})


def told(path: Path, content: bytes) -> list[AnyEvent]:
    """All that such a file tells. Nothing but the file is there before and after."""
    (path / "file").write_bytes(content)
    archive = open_archive(str(path / "file")) or JsonLines.open(str(path / "file"), "here")
    events = list(archive.events())
    assert [file.name for file in path.iterdir()] == ["file"]
    return events


def reasons(path: Path, content: bytes) -> str:
    """Why parts of it are refused, or all of it."""
    try:
        return " ".join(event.reason for event in told(path, content) if isinstance(event, Refused))
    except InputError as error:
        assert str(path / "file") in error.what
        return str(error)


def posts(events: list[AnyEvent]) -> list[str]:
    """The texts of the posts."""
    return [event.post.text for event in events if isinstance(event, PostWritten)]


def with_entry(name: str, content: bytes = b"x", **fields: Any) -> bytes:
    """An X archive with one more entry."""
    made = io.BytesIO(zipped(X))
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as opened:
        info = zipfile.ZipInfo(name)
        info.compress_type = zipfile.ZIP_DEFLATED
        for field, value in fields.items():
            setattr(info, field, value)
        opened.writestr(info, content)
    return made.getvalue()


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "data/../../x.js", "C:\\windows\\x.js", "..\\x.js", "data\\..\\..\\x"])
def test_a_zip_that_names_what_lies_outside(tmp_path: Path, name: str) -> None:
    assert "outside" in reasons(tmp_path, with_entry(name))


@pytest.mark.parametrize("name", ["../outbox.json", "/etc/passwd", "a/../../outbox.json"])
@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_a_tar_that_names_what_lies_outside(tmp_path: Path, name: str, mode: str) -> None:
    assert "outside" in reasons(tmp_path, tarred(mastodon_files(note(1)) | {name: b"x"}, mode))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_names_that_come_twice(tmp_path: Path) -> None:
    assert "twice" in reasons(tmp_path, with_entry("data/tweets.js"))
    files = io.BytesIO()
    with tarfile.open(fileobj=files, mode="w") as tar:
        for name in ("outbox.json", "outbox.json"):
            tar.addfile(tarfile.TarInfo(name))
    assert "twice" in reasons(tmp_path, files.getvalue())


def test_links_and_devices(tmp_path: Path) -> None:
    link = {name: content for name, content in X.items() if name != "data/tweets.js"}
    made = io.BytesIO(zipped(link))
    with zipfile.ZipFile(made, "a") as opened:
        info = zipfile.ZipInfo("data/tweets.js")
        info.external_attr = 0o120777 << 16
        opened.writestr(info, "/etc/passwd")
    assert "link or a device" in reasons(tmp_path, made.getvalue())
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE):
        files = io.BytesIO(tarred({"actor.json": mastodon_files()["actor.json"]}, "w"))
        with tarfile.open(fileobj=files, mode="a") as tar:
            member = tarfile.TarInfo("outbox.json")
            member.type, member.linkname = kind, "/etc/passwd"
            tar.addfile(member)
        assert "link or a device" in reasons(tmp_path, files.getvalue()), kind


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "RATIO_FROM", 4 << 20)
    bomb = script("tweets", []) + b" " * (container.RATIO_FROM + 1)
    assert "no honest archive" in reasons(tmp_path, zipped(X | {"data/tweets.js": bomb}))
    whole = tarred(mastodon_files(note(1)) | {"media.bin": bytes(container.RATIO_FROM + 1)})
    assert "no honest archive" in reasons(tmp_path, whole)
    inner = zipped({"data/tweets.js": zipped(X), "data/account.js": X["data/account.js"], "more.zip": zipped(X)})
    assert "data/tweets.js" in reasons(tmp_path, inner) and posts(told(tmp_path, inner)) == []


def test_a_zip_of_an_archive_is_none(tmp_path: Path) -> None:
    assert "no archive that is known here" in reasons(tmp_path, zipped({"twitter.zip": zipped(X)}))
    assert "data/manifest.js" in reasons(tmp_path, zipped({"letter.txt": b"dear"})), "what was looked for is named"
    assert "no archive that is known here" in reasons(tmp_path, zipped({}))
    assert "one file out of an X archive" in reasons(tmp_path, X["data/tweets.js"])


def test_more_members_than_anybody_keeps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "MEMBERS", 10)
    assert "more than 10 files" in reasons(tmp_path, zipped(X))
    assert "more than 10 files" in reasons(tmp_path, tarred(mastodon_files() | {f"{n}.png": b"" for n in range(12)}))
    monkeypatch.setattr(container, "INDEX_BYTES", 100)
    assert "directory is larger" in reasons(tmp_path, zipped(X))


def test_a_tar_header_that_would_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "INDEX_BYTES", 10_000)
    files = io.BytesIO()
    with tarfile.open(fileobj=files, mode="w", format=tarfile.PAX_FORMAT, pax_headers={"comment": "x" * 100_000}) as tar:
        tar.addfile(tarfile.TarInfo("outbox.json"))
    assert "directory is larger" in reasons(tmp_path, files.getvalue())


def patched(content: bytes, name: str, central: int, size: int, value: int) -> bytes:
    """A zip with another number in the entry of a member in the zip's directory."""
    at = content.rindex(name.encode()) - 46
    assert content[at : at + 4] == b"PK\x01\x02"
    return content[: at + central] + value.to_bytes(size, "little") + content[at + central + size :]


@pytest.mark.parametrize(("size", "harm"), [(0, True), (100, True), (1 << 20, False), ((1 << 32) - 2, True)])
def test_sizes_that_are_lies(tmp_path: Path, size: int, harm: bool) -> None:
    content = patched(zipped(X), "data/tweets.js", 24, 4, size)
    assert ("data/tweets.js" in reasons(tmp_path, content)) is harm
    assert harm or len(posts(told(tmp_path, content))) == 8


@pytest.mark.parametrize(("size", "harm"), [(0, True), (5, True), ((1 << 32) - 2, False)])
def test_packed_sizes_that_are_lies(tmp_path: Path, size: int, harm: bool) -> None:
    content = patched(zipped(X), "data/tweets.js", 20, 4, size)
    assert bool(reasons(tmp_path, content)) is harm
    assert harm or len(posts(told(tmp_path, content))) == 8


def test_a_packed_size_that_hides_a_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "RATIO_FROM", 1 << 20)
    bomb = zipped(X | {"data/tweets.js": script("tweets", []) + b" " * (4 << 20)})
    assert "no honest archive" in reasons(tmp_path, patched(bomb, "data/tweets.js", 20, 4, (1 << 32) - 2))


def test_a_checksum_that_is_wrong(tmp_path: Path) -> None:
    assert "damaged" in reasons(tmp_path, patched(zipped(X), "data/tweets.js", 16, 4, 12345))


def test_what_is_encrypted_or_packed_oddly(tmp_path: Path) -> None:
    assert "encrypted" in reasons(tmp_path, patched(zipped(X), "data/tweets.js", 8, 2, 1))
    for method in (zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2):
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", method) as opened:
            for name, content in X.items():
                opened.writestr(name, content)
        assert "no network uses" in reasons(tmp_path, made.getvalue())
    assert "no network uses" in reasons(tmp_path, patched(zipped(X), "data/tweets.js", 10, 2, 99))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_another_encoding_is_refused(tmp_path: Path, encoding: str) -> None:
    assert "not UTF-8" in reasons(tmp_path, zipped(X | {"data/tweets.js": X["data/tweets.js"].decode().encode(encoding)}))


def test_one_post_in_another_encoding_is_refused_alone(tmp_path: Path) -> None:
    content = script("tweets", [tweet("1", "ferry"), tweet("2", "café"), tweet("3", "gull")]).replace("é".encode(), b"\xe9")
    events = told(tmp_path, zipped(X | {"data/tweets.js": b"\xef\xbb\xbf" + content}))
    assert posts(events) == ["ferry", "gull"]
    assert [event.reason for event in events if isinstance(event, Refused)] == ["data/tweets.js: it is not UTF-8"]


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"), (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, "nested too deeply"), (b"1" * 5_000, "too long"),
        (b"{" + b'"a":1,' * 400_000 + b'"b":2}', "longer than"), (b'{"tweet": "' + b"x" * 2_000_000 + b'"}', "longer than"), (b"{tweet}", "not JSON"),
        (b'{"tweet": {"id_str": "1" "x": 2}}', "not JSON"), (b"NaN", "data/tweets.js"), (b'{"tweet": {"id_str": 1e999, "created_at": ""}}', "data/tweets.js"),
    ],
)  # fmt: skip
def test_json_that_does_harm(tmp_path: Path, odd: bytes, reason: str) -> None:
    first, last = (json.dumps(tweet(number, number)).encode() for number in ("1", "2"))
    events = told(tmp_path, zipped(X | {"data/tweets.js": b"window.YTD.tweets.part0 = [" + first + b",\n" + odd + b",\n" + last + b"]"}))
    assert posts(events)[0] == "1"
    assert reason in " ".join(event.reason for event in events if isinstance(event, Refused))


@pytest.mark.parametrize("after", [b"", b"\n", b"]", b"]\n;", b"] // end"])
def test_how_a_file_ends(tmp_path: Path, after: bytes) -> None:
    content = X["data/tweets.js"].rstrip(b"]\n ")
    events = told(tmp_path, zipped(X | {"data/tweets.js": content + after}))
    assert len(posts(events)) == 8
    assert bool([event for event in events if isinstance(event, Refused)]) == (b"]" not in after)


def test_a_file_of_any_size_takes_little_memory() -> None:
    one = json.dumps(tweet("1", "x" * 300)).encode()

    class Endless(io.RawIOBase):
        left = 10_000

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            piece = (b"window.YTD.tweets.part0 = [" if self.left == 10_000 else b",") + one
            self.left -= 1
            buffer[: len(piece)] = piece
            return len(piece) if self.left >= 0 else 0

    tracemalloc.start()
    count = sum(isinstance(element, bytes) for element in elements(io.BufferedReader(Endless()), 1_000_000, r"\["))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 10_000 and peak < 12 * CHUNK


def cut(content: bytes) -> list[bytes]:
    """A file that breaks off, at many places."""
    return [content[: len(content) * part // 23] for part in range(1, 23)]


@pytest.mark.parametrize("content", [zipped(X), tarred(mastodon_files(note(1), note(2))), tarred(mastodon_files(note(1), note(2)), "w")])
def test_a_file_that_breaks_off(tmp_path: Path, content: bytes) -> None:
    for part in cut(content):
        assert reasons(tmp_path, part) or len(posts(told(tmp_path, part))) == 2, "only what fills a tar up is missing"


# Whatever happens to a file, what comes of it are events or our own error.

JSONL = b"".join(
    json.dumps(line).encode() + b"\n" for line in ({"data": TWEET}, {"data": [TWEET]}, COMMENT, {"delete": {"status": {"id_str": "1"}}})
)
KINDS: dict[str, bytes] = {
    "x": zipped(X), "mastodon": zipped(mastodon_files(note(1))), "tar": tarred(mastodon_files(note(1)), "w"), "tar.gz": tarred(mastodon_files(note(1))),
    "jsonl": JSONL, "reddit": json.dumps(COMMENT).encode() * 5,
    "car": repository({f"app.bsky.feed.post/{n}": {"text": "a", "createdAt": "2023-02-18T12:33:11Z"} for n in range(9)}, Signer()),
}  # fmt: skip
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
Spoil = st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=6), st.integers(0, 8)), min_size=1, max_size=4)


def spoilt(content: bytes, changes: list[tuple[float, bytes, int]]) -> bytes:
    """The content with some bytes put in place of others."""
    for share, put_in, taken_out in changes:
        at = int(share * len(content))
        content = content[:at] + put_in + content[at + taken_out :]
    return content


def harmless(path: Path, content: bytes) -> None:
    """Reading it raises nothing but our own errors."""
    (path / "file").write_bytes(content)
    try:
        archive = open_archive(str(path / "file"))
        for event in archive.events() if archive else ():
            assert event.cursor > 0
    except InputError as error:
        assert error.what


@pytest.mark.parametrize("kind", KINDS)
@FEW
@given(changes=Spoil)
def test_a_spoilt_file_does_no_harm(tmp_path: Path, kind: str, changes: list[tuple[float, bytes, int]]) -> None:
    harmless(tmp_path, spoilt(KINDS[kind], changes))


INNER: list[tuple[Callable[[dict[str, bytes]], bytes], dict[str, bytes]]] = [
    (zipped, {name: X[name] for name in ("data/manifest.js", "data/account.js", "data/profile.js", "data/tweets.js")}),
    (zipped, {"tweet.js": script("tweet", [tweet("1", "a")]), "account.js": X["data/account.js"]}),
    (lambda files: tarred(files, "w"), {name: mastodon_files(note(1), note(2))[name] for name in ("actor.json", "outbox.json", "likes.json")}),
]  # fmt: skip


@pytest.mark.parametrize(("pack", "files"), INNER)
@FEW
@given(changes=Spoil, data=st.data())
def test_a_spoilt_member_does_no_harm(
    tmp_path: Path, pack: Any, files: dict[str, bytes], changes: list[tuple[float, bytes, int]], data: Any
) -> None:
    name = data.draw(st.sampled_from(sorted(files)))
    harmless(tmp_path, pack(files | {name: spoilt(files[name], changes)}))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["1", "x" * 600, "2023-02-18T12:33:11Z"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "url", "text", "name", "a"]), inner, max_size=3), max_leaves=6,
)  # fmt: skip


@FEW
@given(data=st.data())
@pytest.mark.parametrize("kind", ["x", "mastodon", "api", "reddit"])
def test_any_value_in_any_place_does_no_harm(tmp_path: Path, kind: str, data: Any) -> None:
    whole: dict[str, Any] = {
        "x": tweet("1", "a"),
        "mastodon": note(1),
        "api": {"data": TWEET, "includes": {"users": []}},
        "reddit": COMMENT,
    }[kind]
    whole = json.loads(json.dumps(whole))
    holder: dict[str, Any] = next(
        value for key, value in [*whole.items(), ("", whole)] if isinstance(value, dict) and key in ("tweet", "object", "data", "")
    )
    holder[data.draw(st.sampled_from(sorted(holder)))] = data.draw(VALUES)
    line = json.dumps(whole).encode()
    packed = {
        "x": lambda: zipped(X | {"data/tweets.js": b"window.YTD.tweets.part0 = [" + line + b"]"}),
        "mastodon": lambda: zipped(mastodon_files(whole)),
    }
    harmless(tmp_path, packed.get(kind, lambda: line + b"\n" + json.dumps({"data": TWEET} if kind == "api" else COMMENT).encode())())


def test_too_large_is_too_large(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(tarred({"outbox.json": bytes(80 << 20)}))
    with pytest.raises(TooLarge):
        open_archive(str(tmp_path / "file"))
