"""Public keys of identities, and what they signed: ECDSA over SHA-256 on k256 (secp256k1) or p256, as atproto.com/specs/cryptography has it.

A signature is 64 bytes, r and s, and s is in the lower half of its range (low-S), so that nobody can make a second one of it. It knows no documents
and no repositories.
"""

from __future__ import annotations

from typing import Protocol

import libipld
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from oscine.errors import InputError

ORDERS = {
    "secp256k1": 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141,
    "secp256r1": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
}
MULTICODECS: dict[bytes, ec.EllipticCurve] = {b"\xe7\x01": ec.SECP256K1(), b"\x80\x24": ec.SECP256R1()}
LEGACY: dict[str, ec.EllipticCurve] = {
    "EcdsaSecp256k1VerificationKey2019": ec.SECP256K1(),
    "EcdsaSecp256r1VerificationKey2019": ec.SECP256R1(),
}
LONGEST = 200  # characters of a key


class VerificationKey(Protocol):
    """What a signature is checked with."""

    def verifies(self, signature: bytes, data: bytes) -> bool:
        """Whether the key's owner signed the data."""
        ...


class CurveKey:
    """A key on one of the two curves."""

    def __init__(self, public: ec.EllipticCurvePublicKey) -> None:
        self.public = public

    def verifies(self, signature: bytes, data: bytes) -> bool:
        """Whether the key's owner signed the data, by a low-S signature of 64 bytes."""
        r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
        if len(signature) != 64 or s > ORDERS[self.public.curve.name] // 2:
            return False
        try:
            self.public.verify(encode_dss_signature(r, s), data, ec.ECDSA(SHA256()))
        except InvalidSignature:
            return False
        return True


def key(multibase: str, kind: str = "Multikey") -> CurveKey:
    """The key that a DID document writes as `publicKeyMultibase` (also without the `did:key:` before it), of verification method type `kind`.

    Raises `InputError` for what is no such key, or of another curve.
    """
    try:
        packed = libipld.decode_multibase(multibase.removeprefix("did:key:")[:LONGEST])[1]
        curve, point = (LEGACY[kind], packed) if kind in LEGACY else (MULTICODECS[packed[:2]], packed[2:])
        return CurveKey(ec.EllipticCurvePublicKey.from_encoded_point(curve, point))
    except (ValueError, KeyError):
        raise InputError(f"{multibase[:LONGEST]!r} is not a k256 or p256 key.", "See atproto.com/specs/cryptography.") from None
