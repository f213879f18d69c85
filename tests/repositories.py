"""Repositories of the AT Protocol made for the tests: trees as the specification wants them, signed with keys of our own, or spoiled at will."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import libipld
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from oscine.sources.bluesky.signatures import ORDERS, CurveKey

DID = "did:plc:jsffkl3vko7dac6brurilibt"


class Signer:
    """A private key, its low-S signatures, and what they are checked with."""

    def __init__(self, curve: ec.EllipticCurve | None = None) -> None:
        self._private = ec.generate_private_key(curve or ec.SECP256K1())
        self.public = CurveKey(self._private.public_key())

    def sign(self, data: bytes, low: bool = True) -> bytes:
        """r and s."""
        r, s = decode_dss_signature(self._private.sign(data, ec.ECDSA(SHA256())))
        order = ORDERS[self._private.curve.name]
        if (s <= order // 2) != low:
            s = order - s
        return r.to_bytes(32) + s.to_bytes(32)


def block(value: Any) -> tuple[bytes, bytes]:
    """A value's CID, and the value."""
    data = libipld.encode_dag_cbor(value)
    return b"\x01\x71\x12\x20" + sha256(data).digest(), data


def number(value: int) -> bytes:
    """LEB128."""
    return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + number(value >> 7)


def car(root: bytes, blocks: Mapping[bytes, bytes]) -> bytes:
    """A CAR file."""
    header = libipld.encode_dag_cbor({"roots": [root], "version": 1})
    return b"".join(number(len(part)) + part for part in (header, *(cid + data for cid, data in blocks.items())))


def depth(path: bytes) -> int:
    """How far above the leaves a path stands: pairs of zero bits at the beginning of its hash."""
    bits = f"{int.from_bytes(sha256(path).digest()):0256b}"
    return (len(bits) - len(bits.lstrip("0"))) // 2


def tree(entries: list[tuple[bytes, bytes]], level: int, blocks: dict[bytes, bytes]) -> bytes | None:
    """The node of some paths and their CIDs, in order, with all below it; None for none."""
    if not entries:
        return None
    if level < 0:
        raise AssertionError("every path has a level")
    node: dict[str, Any] = {"l": None, "e": []}
    below: list[tuple[bytes, bytes]] = []
    last = b""
    for path, cid in [*entries, (b"", b"")]:
        if path and depth(path) < level:
            below.append((path, cid))
            continue
        subtree, below = tree(below, level - 1, blocks), []
        if node["e"]:
            node["e"][-1]["t"] = subtree
        else:
            node["l"] = subtree
        if path:
            shared = next((at for at, (a, b) in enumerate(zip(path, last, strict=False)) if a != b), min(len(path), len(last)))
            node["e"].append({"p": shared, "k": path[shared:], "v": cid, "t": None})
            last = path
    made, data = block(node)
    blocks[made] = data
    return made


def repository(records: Mapping[str, Any], signer: Signer, did: str = DID, low: bool = True, **commit: Any) -> bytes:
    """A CAR file of some records by their paths."""
    blocks: dict[bytes, bytes] = {}
    entries = []
    for path, record in sorted(records.items(), key=lambda item: item[0].encode()):
        cid, data = block(record)
        blocks[cid] = data
        entries.append((path.encode(), cid))
    top = max((depth(path) for path, _ in entries), default=0)
    root = tree(entries, top, blocks)
    if root is None:
        root, blocks[root] = _empty()
    unsigned = {"did": did, "version": 3, "data": root, "rev": "3kaaaaaaaaa2a", "prev": None} | commit
    cid, data = block(unsigned | {"sig": signer.sign(libipld.encode_dag_cbor(unsigned), low)})
    return car(cid, {cid: data, **blocks})


def _empty() -> tuple[bytes, bytes]:
    return block({"l": None, "e": []})
