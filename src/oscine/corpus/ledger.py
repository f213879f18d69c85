"""Who went into a corpus: one line an account, the leaves of a Merkle tree whose root is signed, so that in and out can both be proven.

Leaves are sorted by account: that one is not in it is proven by the two neighbours between which it would stand. Tree and paths are those of RFC 6962
(Certificate Transparency), the signature is Ed25519 over the corpus's name, the number of leaves and the root.
It proves what was written into this folder, not what a model learned.
"""

from __future__ import annotations

import bisect
import hashlib
from collections.abc import Iterable, Sequence

import msgspec
import polars as pl
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from oscine.records import Record
from oscine.store.signing import holds

Line = bytes


class Entry(Record, frozen=True, omit_defaults=False):
    """An account in a corpus. `sha256` is over lines of its posts' keys and the SHA-256 of their texts, sorted."""

    account: str
    posts: int
    bytes: int
    sha256: str
    basis: str

    def line(self) -> Line:
        """The entry as it stands in the ledger, and as it is hashed."""
        return msgspec.json.encode(self)


class Signature(Record, frozen=True, omit_defaults=False):
    """What is signed, by whom; `public_key` and `signature` in hexadecimal."""

    name: str
    size: int
    root: str
    public_key: str
    signature: str = ""
    algorithm: str = "Ed25519"

    def message(self) -> bytes:
        """The bytes that are signed."""
        return f"oscine corpus {self.name}\n{self.size}\n{self.root}\n".encode()

    def valid(self) -> bool:
        """Whether the signature is that of the key that stands beside it. Whose key that is must be known from elsewhere."""
        return holds(self.public_key, self.signature, self.message())


class Place(Record, frozen=True, omit_defaults=False):
    """An entry, its number among the leaves, and the hashes that lead from it to the root."""

    entry: Entry
    index: int
    path: tuple[str, ...]


class Proof(Record, frozen=True, omit_defaults=False):
    """That an account is in a corpus (`place`), or that it is not (its neighbours; None beyond an end)."""

    account: str
    inside: bool
    place: Place | None
    before: Place | None
    after: Place | None
    signature: Signature

    def holds(self) -> bool:
        """Whether this proves what it says to somebody who has nothing but it, and knows the public key."""
        places = [place for place in (self.place, self.before, self.after) if place]
        return (
            self.signature.valid()
            and all(_leads(place, self.signature) for place in places)
            and (self._in() if self.inside else self._out())
        )

    def _in(self) -> bool:
        return self.place is not None and self.place.entry.account == self.account

    def _out(self) -> bool:
        first = self.before.index + 1 if self.before else 0
        last = self.after.index if self.after else self.signature.size
        below = self.before is None or self.before.entry.account < self.account
        above = self.after is None or self.account < self.after.entry.account
        return self.place is None and first == last and below and above


class Noted:
    """What went in, collected document by document."""

    def __init__(self) -> None:
        self._posts: list[pl.DataFrame] = []

    def add(self, documents: pl.DataFrame) -> None:
        """Note the posts of some documents."""
        texts = documents["turns"].explode().struct.field("text").to_list()
        hashed = [hashlib.sha256(text.encode()).digest() for text in texts]
        lengths = [len(text.encode()) for text in texts]
        columns = {"account": documents["authors"].explode(), "key": documents["posts"].explode(), "bytes": lengths, "hash": hashed}
        self._posts.append(pl.DataFrame(columns))

    def entries(self, allowed: frozenset[str] = frozenset()) -> list[Entry]:
        """One entry an account, sorted; the basis is `author allows` for those in `allowed`."""
        if not self._posts:
            return []
        posts = pl.concat(self._posts).sort("account", "key")
        whole = posts.group_by("account", maintain_order=True).agg(pl.len().alias("posts"), pl.col("bytes").sum(), "key", "hash")
        return [
            Entry(account=account, posts=count, bytes=size, sha256=_digest(keys, hashes), basis=BASES[account in allowed])
            for account, count, size, keys, hashes in whole.iter_rows()
        ]


BASES = ("operator's policy", "author allows")


def _digest(keys: Iterable[str], hashes: Iterable[bytes]) -> str:
    return hashlib.sha256("".join(f"{key} {hash.hex()}\n" for key, hash in zip(keys, hashes, strict=True)).encode()).hexdigest()


def sign(name: str, entries: Sequence[Entry], key: Ed25519PrivateKey) -> Signature:
    """The signed root of a ledger."""
    unsigned = Signature(
        name=name, size=len(entries), root=root(leaves(entries)).hex(), public_key=key.public_key().public_bytes_raw().hex()
    )
    return msgspec.structs.replace(unsigned, signature=key.sign(unsigned.message()).hex())


def prove(account: str, entries: Sequence[Entry], signature: Signature) -> Proof:
    """That `account` is among the entries, or that it is not."""
    tree, names = leaves(entries), [entry.account for entry in entries]
    at = bisect.bisect_left(names, account)
    inside = at < len(names) and names[at] == account

    def place(index: int) -> Place | None:
        return (
            Place(entry=entries[index], index=index, path=tuple(hash.hex() for hash in path(index, tree)))
            if 0 <= index < len(tree)
            else None
        )

    around = (None, None) if inside else (place(at - 1), place(at))
    return Proof(
        account=account, inside=inside, place=place(at) if inside else None, before=around[0], after=around[1], signature=signature
    )


def leaves(entries: Iterable[Entry]) -> list[bytes]:
    """The hashes of the entries."""
    return [_leaf(entry) for entry in entries]


def root(tree: Sequence[bytes]) -> bytes:
    """The hash of a tree (RFC 6962, 2.1)."""
    if not tree:
        return hashlib.sha256().digest()
    if len(tree) == 1:
        return tree[0]
    half = _half(len(tree))
    return _node(root(tree[:half]), root(tree[half:]))


def path(index: int, tree: Sequence[bytes]) -> list[bytes]:
    """The hashes beside the way from a leaf to the root, from below (RFC 6962, 2.1.1)."""
    if len(tree) == 1:
        return []
    half = _half(len(tree))
    return [*path(index, tree[:half]), root(tree[half:])] if index < half else [*path(index - half, tree[half:]), root(tree[:half])]


def _leads(place: Place, signature: Signature) -> bool:
    """Whether a place's path ends at the signed root."""
    try:
        hashes = [bytes.fromhex(hash) for hash in place.path]
        return (
            0 <= place.index < signature.size and _climbed(_leaf(place.entry), place.index, signature.size, hashes).hex() == signature.root
        )
    except (ValueError, IndexError):
        return False


def _climbed(leaf: bytes, index: int, size: int, hashes: list[bytes]) -> bytes:
    if size == 1:
        if hashes:
            raise ValueError("the path is too long")
        return leaf
    half, beside = _half(size), hashes[-1]
    if index < half:
        return _node(_climbed(leaf, index, half, hashes[:-1]), beside)
    return _node(beside, _climbed(leaf, index - half, size - half, hashes[:-1]))


def _leaf(entry: Entry) -> bytes:
    return hashlib.sha256(b"\x00" + entry.line()).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _half(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1
