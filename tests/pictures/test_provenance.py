"""Manifests: signed, read back, and found out where the picture was changed."""

from __future__ import annotations

import datetime
import errno
import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from oscine.errors import InputError, SetupError
from oscine.pictures import check, provenance
from oscine.pictures.provenance import Credentials, Made

COFFEE = (Path(__file__).parent / "photos" / "coffee.jpg").read_bytes()
NOW = datetime.datetime.now(datetime.UTC)


@pytest.fixture(scope="module")
def own() -> Credentials:
    return provenance.self_signed("A small network", NOW)


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("made", "source"),
    [
        (Made("composed"), "algorithmicMedia"),
        (Made("photo", ingredients=(COFFEE,)), "composite"),
        (Made("background", model="painter", ingredients=(COFFEE,)), "compositeWithTrainedAlgorithmicMedia"),
        (Made("generated", model="painter"), "trainedAlgorithmicMedia"),
    ],
)
def test_signed_and_read_back(own: Credentials, made: Made, source: str) -> None:
    signed = provenance.sign(picture(), made, own)
    told = provenance.verify(signed)
    assert told["holds"] and told["source_type"] == source and told["by"] == "A small network"
    assert told["actions"] == ["c2pa.created", *["c2pa.placed"] * len(made.ingredients)]
    assert len(told["ingredients"]) == len(made.ingredients)
    assert {entry["use"] for entry in told["training"].values()} == {"notAllowed"}


def test_the_picture_stays_what_it_was(own: Credentials) -> None:
    signed = provenance.sign(picture(), Made("composed"), own)
    assert Image.open(io.BytesIO(signed)).tobytes() == Image.open(io.BytesIO(picture())).tobytes()


def test_a_certificate_of_ones_own_is_valid_but_untrusted(own: Credentials) -> None:
    told = provenance.verify(provenance.sign(picture(), Made("composed"), own))
    assert (told["state"], told["trusted"], told["problems"]) == ("Valid", False, ["signingCredential.untrusted"])


def test_a_changed_picture_is_found_out(own: Credentials) -> None:
    signed = bytearray(provenance.sign(picture(), Made("composed"), own))
    signed[signed.rfind(b"IDAT") + 12] ^= 1
    told = provenance.verify(bytes(signed))
    assert not told["holds"] and "assertion.dataHash.mismatch" in told["problems"]


def test_a_changed_manifest_is_found_out(own: Credentials) -> None:
    signed = provenance.sign(picture(), Made("composed", title="true title"), own)
    told = provenance.verify(signed.replace(b"true title", b"fake title"))
    assert not told["holds"]


def test_a_picture_without_a_manifest_says_so(own: Credentials) -> None:
    with pytest.raises(InputError, match="no manifest"):
        provenance.verify(check.encoded(check.opened(provenance.sign(picture(), Made("composed"), own))))


def test_a_certificate_that_may_not_sign_is_told(own: Credentials) -> None:
    other = provenance.self_signed("Another", NOW)
    with pytest.raises(SetupError, match="cannot be signed"):
        provenance.sign(picture(), Made("composed"), Credentials(own.certificates, other.key))
    with pytest.raises(SetupError, match="cannot be signed"):
        provenance.sign(picture(), Made("composed"), provenance.self_signed("Past", NOW - datetime.timedelta(days=2 * provenance.DAYS)))


def test_made_once_and_kept_for_the_owner_alone(tmp_path: Path) -> None:
    first = provenance.credentials(tmp_path / "keys")
    assert provenance.credentials(tmp_path / "keys") == first
    assert (tmp_path / "keys" / "c2pa.key").stat().st_mode & 0o077 == 0


def test_two_that_begin_at_once_have_one_certificate(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: provenance.credentials(tmp_path / "keys"), range(8)))
    assert len(set(found)) == 1 and found[0] == provenance.credentials(tmp_path / "keys")
    assert [path.name for path in tmp_path.iterdir()] == ["keys"]
    assert (tmp_path / "keys" / "c2pa.key").stat().st_mode & 0o077 == 0


def test_half_a_certificate_is_told_and_not_written_over(tmp_path: Path) -> None:
    provenance.credentials(tmp_path / "keys")
    (tmp_path / "keys" / "c2pa.pem").unlink()
    with pytest.raises(SetupError, match=r"c2pa\.pem cannot be kept or read"):
        provenance.credentials(tmp_path / "keys")
    assert (tmp_path / "keys" / "c2pa.key").exists()


def test_a_full_disk_leaves_no_half_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        with pytest.raises(SetupError, match="No space left"):
            provenance.credentials(tmp_path / "keys")
    assert not list(tmp_path.iterdir())
    assert provenance.credentials(tmp_path / "keys").key
