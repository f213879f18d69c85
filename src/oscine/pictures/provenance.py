"""Who made a picture and how, signed into it: a C2PA manifest (specification 2.2), written and read by the Content Authenticity Initiative's library.

The operator's certificate signs; without one, a certificate of one's own is made once and kept in the data directory. Such a signature proves that
the picture is as it left this installation, not who runs it: readers call it well-formed and valid, but untrusted. What a manifest says is what the
signer says: it is no proof of truth, and whoever strips a file of it leaves no trace.
"""

from __future__ import annotations

import datetime
import io
import json
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, NamedTuple

from oscine import __version__
from oscine.errors import InputError, SetupError

SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
DAYS = 3650
FORBIDDEN = ("c2pa.ai_generative_training", "c2pa.ai_inference", "c2pa.ai_training", "c2pa.data_mining")
How = Literal["composed", "photo", "generated", "background"]
TYPES = {
    "composed": "algorithmicMedia",  # letters, shapes and drawings, set by rules
    "photo": "composite",  # the same with a photo that was given
    "background": "compositeWithTrainedAlgorithmicMedia",  # the same on what a trained model drew
    "generated": "trainedAlgorithmicMedia",
}


class Made(NamedTuple):
    """What a manifest says: how a picture was made, its title, the model's name where one drew, the files that went into it."""

    how: How
    title: str = "picture"
    model: str = ""
    ingredients: tuple[bytes, ...] = ()


class Credentials(NamedTuple):
    """What signs: a chain of certificates, the signer's first, and its private key, both PEM; the key is on the curve P-256."""

    certificates: bytes
    key: bytes


def sign(png: bytes, made: Made, by: Credentials) -> bytes:
    """The picture with a manifest in it. Raises `SetupError` where the certificate cannot sign."""
    import c2pa

    out = io.BytesIO()
    try:
        info = c2pa.C2paSignerInfo(b"es256", by.certificates, by.key, None)
        with c2pa.Context(_settings()) as context, c2pa.Builder(_manifest(made), context) as builder, c2pa.Signer.from_info(info) as signer:
            for row, given in enumerate(made.ingredients):
                builder.add_ingredient(_ingredient(row), _mime(given), io.BytesIO(given))
            builder.sign(signer, "image/png", io.BytesIO(png), out)
    except c2pa.C2paError as error:
        raise SetupError(
            f"The picture cannot be signed ({error}).", "Check the C2PA certificate and its key, or take both away."
        ) from error
    return out.getvalue()


def _settings() -> Any:
    import c2pa

    return c2pa.Settings.from_dict({"builder": {"thumbnail": {"enabled": False}}, "verify": {"verify_after_sign": True}})


def _manifest(made: Made) -> dict[str, Any]:
    """The manifest's definition, as the library takes it."""
    source = SOURCE_TYPES + TYPES[made.how]
    created: dict[str, Any] = {"action": "c2pa.created", "digitalSourceType": source, "softwareAgent": _agent(made)}
    placed = [
        {"action": "c2pa.placed", "parameters": {"ingredientIds": [_ingredient(row)["instance_id"]]}}
        for row in range(len(made.ingredients))
    ]
    mining = {"entries": {entry: {"use": "notAllowed"} for entry in FORBIDDEN}}
    return {
        "claim_generator_info": [{"name": "Oscine", "version": __version__}],
        "title": made.title,
        "format": "image/png",
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": [created, *placed], "allActionsIncluded": True}},
            {"label": "cawg.training-mining", "data": mining},
        ],
    }


def _agent(made: Made) -> dict[str, str]:
    return {"name": made.model} if made.model else {"name": "Oscine", "version": __version__}


def _ingredient(row: int) -> dict[str, Any]:
    return {"title": f"given picture {row + 1}", "relationship": "componentOf", "instance_id": f"given-{row + 1}"}


def _mime(data: bytes) -> str:
    """The kind of a picture that has been checked before."""
    known: Sequence[tuple[bytes, str]] = (
        (b"\x89PNG", "image/png"),
        (b"\xff\xd8", "image/jpeg"),
        (b"GIF8", "image/gif"),
        (b"RIFF", "image/webp"),
    )
    return next(mime for head, mime in known if data.startswith(head))


def verify(png: bytes) -> dict[str, Any]:
    """What a picture's manifest says and whether it holds; raises `InputError` where there is none.

    `holds`: signature and every hash are right. `trusted`: the certificate is on the library's list of trust. `state` is the library's word for
    both, `problems` its codes of what fails; then `by`, `title`, `source_type`, `actions`, `ingredients`, `training`.
    """
    import c2pa

    try:
        with c2pa.Reader("image/png", io.BytesIO(png)) as reader:
            told = json.loads(reader.json())
            state = str(reader.get_validation_state())
    except c2pa.C2paError as error:
        raise InputError("The picture carries no manifest that can be read.", "It may have been stripped on its way.") from error
    return _read(told, state)


def holds(png: bytes) -> bool:
    """Whether a picture carries a manifest that holds."""
    try:
        return bool(verify(png)["holds"])
    except InputError:
        return False


def _read(told: dict[str, Any], state: str) -> dict[str, Any]:
    manifest = told["manifests"][told["active_manifest"]]
    assertions = {one["label"]: one["data"] for one in manifest.get("assertions", [])}
    actions: list[dict[str, Any]] = next((data["actions"] for label, data in assertions.items() if label.startswith("c2pa.actions")), [])
    problems = sorted({one["code"] for one in told.get("validation_status", [])})
    return {
        "state": state,
        "holds": state in ("Valid", "Trusted"),
        "trusted": state == "Trusted",
        "problems": problems,
        "by": manifest.get("signature_info", {}).get("issuer", ""),
        "title": manifest.get("title", ""),
        "source_type": next((action["digitalSourceType"].rpartition("/")[2] for action in actions if "digitalSourceType" in action), ""),
        "actions": [action["action"] for action in actions],
        "ingredients": [one.get("title", "") for one in manifest.get("ingredients", [])],
        "training": assertions.get("cawg.training-mining", {}).get("entries", {}),
    }


def credentials(folder: Path, name: str = "Oscine") -> Credentials:
    """The certificate and key kept in a folder (`c2pa.pem`, `c2pa.key`); made on first use where there is no such folder.

    Raises `SetupError` for a folder that lacks one of them, or that cannot be written.
    """
    chain, key = folder / "c2pa.pem", folder / "c2pa.key"
    try:
        if not folder.is_dir() or not any(folder.iterdir()):
            _make(folder, self_signed(name, datetime.datetime.now(datetime.UTC)))
        return Credentials(chain.read_bytes(), key.read_bytes())
    except OSError as error:
        raise SetupError(
            f"{error.filename} cannot be kept or read ({error.strerror}).", f"Put certificate and key into {folder}, or remove it."
        ) from None


def _make(folder: Path, made: Credentials) -> None:
    """Keep both or none: of two processes the first wins, and one that is killed leaves nothing that is taken for whole."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    own = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".c2pa-"))
    try:
        (own / "c2pa.key").touch(mode=0o600)
        (own / "c2pa.key").write_bytes(made.key)
        (own / "c2pa.pem").write_bytes(made.certificates)
        with suppress(OSError):  # another was faster
            own.rename(folder)
    finally:
        shutil.rmtree(own, ignore_errors=True)


def self_signed(name: str, now: datetime.datetime) -> Credentials:
    """A chain of two as C2PA's certificate profile asks: an authority of one's own, and the certificate for signing that it issued."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name, own_name = _named(f"{name} root", name), _named(f"{name} pictures", name)
    root = _certificate(root_name, root_name, root_key, root_key, now, authority=True)
    own = _certificate(own_name, root_name, key, root_key, now, authority=False)
    assert isinstance(root, x509.Certificate) and isinstance(own, x509.Certificate)
    return Credentials(_pem(own) + _pem(root), _pem_key(key))


def _named(common: str, organisation: str) -> Any:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation), x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _certificate(subject: Any, issuer: Any, key: Any, by: Any, now: datetime.datetime, authority: bool) -> Any:
    """One certificate, X.509 version 3, with the uses that C2PA allows and no other."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import ExtendedKeyUsageOID

    uses = dict.fromkeys(
        "content_commitment key_encipherment data_encipherment key_agreement crl_sign encipher_only decipher_only".split(), False
    )
    builder = x509.CertificateBuilder(subject_name=subject, issuer_name=issuer, public_key=key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(now + datetime.timedelta(days=DAYS))
    builder = builder.add_extension(x509.BasicConstraints(ca=authority, path_length=0 if authority else None), critical=True)
    builder = builder.add_extension(x509.KeyUsage(digital_signature=not authority, key_cert_sign=authority, **uses), critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
    if not authority:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=True)
    return builder.sign(by, hashes.SHA256())


def _pem(certificate: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return bytes(certificate.public_bytes(Encoding.PEM))


def _pem_key(key: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
