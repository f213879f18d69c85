"""What is held about a person: each kind with how much of it there is, how long it is kept and where; what was made of their posts; all of it, to take away.

It counts what stands under the account's id and under the pseudonyms that this network made for it. What other people wrote about a person is
theirs, and is not looked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from oscine.errors import NotFound
from oscine.records import Viewer
from oscine.store.postgres import Database, Row
from oscine.store.secret import ADS, FEED, pseudonym
from oscine.trust import lineage

MOST = 100  # labels and deletions that are listed
PAGE = 1_000  # rows at a time, where all is given


class Kept(NamedTuple):
    """Days for which things are kept, by the settings."""

    access_log: float
    feed_log: float
    ads: float
    sessions: float
    purge: float


class Kind(NamedTuple):
    """A kind of thing: its name, the FROM and WHERE that find a person's, how long it is kept and where it stands."""

    what: str
    rows: str
    kept: str
    where: str


UNTIL = "until you delete it, or your account"
ACCOUNT = "until you delete your account"
TAKEN_BACK = "until you take it back on your network, or delete your account"
KINDS = (
    Kind("account", "accounts x WHERE x.id = %(id)s", ACCOUNT, "table accounts: id, handle, name, bio, counts, your choices"),
    Kind("posts", "posts x WHERE x.author = %(id)s", UNTIL, "table posts, and its word indexes"),
    Kind("labels on your posts", "labels x WHERE x.network = %(network)s AND x.active AND (x.kind, x.key) IN (SELECT 'post', p.key FROM posts p"
         " WHERE p.author = %(id)s UNION ALL SELECT 'account', %(account)s)", "as long as the post", "table labels"),
    Kind("what the machine says of your posts", "machine_labels x JOIN posts p ON p.id = x.post WHERE p.author = %(id)s", "as long as the post",
         "table machine_labels: probabilities by label"),
    Kind("your appeals", "label_appeals x WHERE (x.network, x.account) = (%(network)s, %(account)s)", ACCOUNT, "table label_appeals"),
    Kind("what you liked, reposted, opened, hid", "engagements x WHERE x.actor = %(id)s", TAKEN_BACK, "table engagements"),
    Kind("whom you follow, block, mute", "relations x WHERE x.actor = %(id)s", TAKEN_BACK, "table relations"),
    Kind("who follows, blocks, mutes you", "relations x WHERE x.target = %(id)s", "until they take it back, or you delete your account", "table relations"),
    Kind("lists that you made or are on", "lists x WHERE %(id)s IN (x.owner, x.member)", TAKEN_BACK, "table lists"),
    Kind("searches that you keep", "saved_searches x WHERE (x.network, x.account) = (%(network)s, %(account)s)", "until you delete them",
         "table saved_searches"),
    Kind("keys that act for you", "keys x WHERE (x.account_network, x.account) = (%(network)s, %(account)s)",
         "until they are revoked, or you delete your account", "table keys: a hash of the secret"),
    Kind("sessions", "sessions x WHERE (x.network, x.account) = (%(network)s, %(account)s)", "{sessions:g} days, or until you sign out",
         "table sessions: sealed by a key in the data directory"),
    Kind("what you asked of your feed", "feed_steering x WHERE (x.network, x.account) = (%(network)s, %(account)s)", "until you start again",
         "table feed_steering"),
    Kind("pages of your feed", "feed_pages x WHERE x.person = %(feed)s AND %(feed)s <> ''", "{feed_log:g} days, or until you start again",
         "table feed_pages, under a pseudonym"),
    Kind("what you said of ads", "ad_choices x WHERE (x.network, x.account) = (%(network)s, %(account)s)", "until you take it back", "table ad_choices"),
    Kind("ads that you were shown", "served x WHERE x.person = %(ads)s AND %(ads)s <> ''", "{ads:g} days", "table served, under a pseudonym"),
    Kind("conversions after ads", "ad_conversions x WHERE x.person = %(ads)s AND %(ads)s <> ''", "{ads:g} days", "table ad_conversions, under a pseudonym"),
    Kind("answers of the bot to you", "bot_answers x WHERE (x.network, x.account) = (%(network)s, %(account)s)", ACCOUNT,
         "table bot_answers: ids of posts, no words"),
    Kind("that you sent the bot away", "bot_stopped x WHERE (x.network, x.account) = (%(network)s, %(account)s)", ACCOUNT, "table bot_stopped"),
    Kind("the key of your pseudonyms in the log of accesses", "person_keys x WHERE (x.network, x.account) = (%(network)s, %(account)s)",
         ACCOUNT + ": then nobody can tell whose entries they were; the entries themselves are kept {access_log:g} days", "table person_keys"),
    Kind("deletions of yours", "deletions x WHERE (x.network, x.account) = (%(network)s, %(account)s)",
         "ids of what you deleted, so that no late copy comes back; marks of the text until the purge, within {purge}", "tables deletions and tombstones"),
)  # fmt: skip


class Person(NamedTuple):
    """An account with all that it is known by here. `id` is the store's own number, 0 where the account is not here (any more)."""

    network: str
    account: str
    id: int
    row: Row
    ads: str
    feed: str

    @property
    def names(self) -> dict[str, Any]:
        """As statements here name them."""
        return {"network": self.network, "account": self.account, "id": self.id, "ads": self.ads, "feed": self.feed}


def person(database: Database, who: Viewer) -> Person:
    """Whose things are asked for. Raises `NotFound` where nobody is signed in, or nothing is known of them."""
    row = database.one("SELECT * FROM accounts WHERE (network, key) = (%s, %s)", [who.network, who.account])
    secrets = database.rows("SELECT key, value FROM meta WHERE key IN (%s, %s)", [f"secret_{ADS}", f"secret_{FEED}"])
    made = {each["key"]: bytes.fromhex(each["value"]) for each in secrets}

    def name(kind: str) -> str:
        secret = made.get(f"secret_{kind}")
        return pseudonym(secret, who.network, who.account) if secret else ""

    return Person(who.network, who.account, int(row["id"]) if row else 0, row or {}, name(ADS), name(FEED))


def counted(database: Database, who: Person, kept: Kept) -> list[dict[str, Any]]:
    """Each kind of which there is something: `what`, `count`, how long it is `kept`, `where`."""
    counts = " UNION ALL ".join(f"SELECT {number} AS kind, (SELECT count(*) FROM {kind.rows}) AS n" for number, kind in enumerate(KINDS))  # noqa: S608 - our own words
    found = {row["kind"]: row["n"] for row in database.rows(counts, who.names)}
    days = kept._asdict() | {"purge": f"{kept.purge:g} days" if kept.purge else "the operator's time"}
    told = [
        {"what": kind.what, "count": found[number], "kept": kind.kept.format(**days), "where": kind.where}
        for number, kind in enumerate(KINDS)
        if found[number]
    ]
    vectors = _vectors(database, who)
    return told + ([{"what": "vectors of your posts", "count": vectors, "kept": "as long as the post", "where": "table vectors"}] if vectors else [])


def _vectors(database: Database, who: Person) -> int:
    """The table is made with the first embedder."""
    if not database.one("SELECT 1 FROM pg_class WHERE oid = to_regclass('vectors')"):
        return 0
    row = database.one("SELECT count(*) AS n FROM vectors v JOIN posts p ON p.id = v.post WHERE p.author = %s", [who.id])
    return int(row["n"]) if row else 0


def profile(who: Person) -> dict[str, Any]:
    """The account as it stands here."""
    shown = ("handle", "name", "bio", "created_at", "followers", "following", "bot", "verified")
    return {"network": who.network, "id": who.account, **{name: plain(who.row.get(name)) for name in shown}}


def labels(database: Database, who: Person) -> list[dict[str, Any]]:
    """What is said of the account and of its posts, the newest first, each with the appeal against it."""
    rows = database.rows(_LABELS, who.names | {"most": MOST})
    return [{name: plain(value) for name, value in row.items()} for row in rows]


def deletions(database: Database, who: Person) -> list[dict[str, Any]]:
    """What this account deleted or withdrew, the newest first; `certificate` is empty until the purge."""
    rows = database.rows(
        "SELECT kind, key, at, certificate FROM deletions WHERE (network, account) = (%s, %s) ORDER BY id DESC LIMIT %s",
        [who.network, who.account, MOST],
    )
    return [{name: plain(value) for name, value in row.items()} for row in rows]


def corpora(data: Path, who: Person, proven: bool = True) -> list[dict[str, Any]]:
    """The corpora that hold posts of the account, each with the proof that it does."""
    return [
        {
            "name": corpus.corpus, "posts": entry["posts"], "bytes": entry["bytes"], "built_at": corpus.about.get("made_at"),
            "proof": lineage.proof(data, corpus, entry["account"]) if proven else None,
        }
        for corpus in lineage.corpora(data) if (entry := corpus.entries.get(f"{who.network}/{who.account}"))
    ]  # fmt: skip


def models(data: Path, who: Person) -> list[dict[str, Any]]:
    """The models that were trained on posts of the account."""
    return [
        {"name": run.folder.name, "corpus": run.corpus, "posts": entry["posts"], "trained_at": plain(lineage.trained_at(run.folder))}
        for run in lineage.runs(data) if (entry := run.entries.get(f"{who.network}/{who.account}"))
    ]  # fmt: skip


def everything(database: Database, who: Person) -> Iterator[tuple[str, dict[str, Any]]]:
    """All rows, each with its kind; numbers by which the store joins are left in, secrets and what is sealed are left out."""
    for kind in KINDS:
        for row in _rows(database, kind, who):
            yield kind.what, {name: plain(value) for name, value in row.items() if name not in SECRET}


SECRET = {"hash", "kept", "secret", "lexemes", "words", "candidates", "marks"}  # opens something, is sealed, or is made of the text beside it


def _rows(database: Database, kind: Kind, who: Person) -> Iterator[Row]:
    """A page at a time: an account may have a million posts."""
    start = 0
    while rows := database.rows(f"SELECT x.* FROM {kind.rows} ORDER BY x.ctid OFFSET {start} LIMIT {PAGE}", who.names):  # noqa: S608 - our own words
        yield from rows
        start += len(rows)


def required(who: Viewer) -> Viewer:
    """Raises `NotFound` for nobody."""
    if who.anonymous:
        raise NotFound("Nobody is signed in in this browser.", "Sign in at /sign-in, or use a key that acts for an account.")
    return who


def plain(value: Any) -> Any:
    """As JSON has it, however deep."""
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if hasattr(value, "isoformat"):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return value


_LABELS = """
SELECT l.kind, CASE WHEN l.kind = 'post' THEN l.key ELSE '' END AS post, l.network, l.label, l.by, l.at,
    (SELECT jsonb_build_object('id', a.id, 'at', a.at, 'words', a.words, 'decided_at', a.decided_at, 'upheld', a.upheld, 'why', a.why)
     FROM label_appeals a WHERE (a.network, a.post, a.label) = (l.network, l.key, regexp_replace(l.label, '^auto-', '')) AND l.kind = 'post'
        AND l.by IN ('machine', 'operator') ORDER BY a.id DESC LIMIT 1) AS appeal
FROM labels l WHERE l.network = %(network)s AND l.active
    AND (l.kind, l.key) IN (SELECT 'post', p.key FROM posts p WHERE p.author = %(id)s UNION ALL SELECT 'account', %(account)s)
ORDER BY l.at DESC LIMIT %(most)s
"""
