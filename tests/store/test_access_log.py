"""The log of accesses: whatever is changed in it is found, in the database and in an exported file; people can be taken out of it, and it still holds."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from oscine import access
from oscine.access import reading
from oscine.app import App
from oscine.errors import DatabaseUnavailable
from oscine.ingest import Events
from oscine.records import AccountDeleted, Viewer
from oscine.store import access_chain, person_keys
from oscine.store.access_log import AccessLog
from oscine.store.postgres import Database
from oscine.store.signing import public_key

ANN, BEN, EVE = ("n", "ann"), ("n", "ben"), ("n", "eve")
HOSTILE = 'a "quoted" \\ line\nof\t\u0001 control, 👩‍🌾 ünï \u2028 and </script>'


def viewer(person: tuple[str, str]) -> Viewer:
    return Viewer(network=person[0], account=person[1])


@pytest.fixture
def log(app: App) -> AccessLog:
    return app.access_log


@pytest.fixture
def filled(log: AccessLog) -> AccessLog:
    """Twelve entries of all kinds, sealed at three times."""
    for turn in range(3):
        log.keep({ANN: 2 + turn, BEN: 1}, "search", "k1", viewer(EVE))
        log.keep({BEN: 1}, "ask", "", Viewer())
        detail: dict[str, Any] = {"holder": HOSTILE, "version": turn, "uses": ["search", "export"], "free": None, "more": {"deep": True}}
        log.tell("granted", key="k1", purpose="research", person=viewer(EVE), **detail)
        log.tell("revoked", key=f"k{turn}")
        log.seal()
    return log


def test_what_is_read_stands_there_by_pseudonym_and_count(log: AccessLog, database: Database) -> None:
    log.keep({ANN: 3, BEN: 1}, "search", "k1", viewer(EVE), viewer(BEN))
    (entry,) = log.show()[0]
    names = {person: person_keys.pseudonym(database, person) for person in (ANN, BEN, EVE)}
    assert (entry["what"], entry["door"], entry["key"], entry["posts"]) == ("read", "search", "k1", 4)
    assert dict(zip(entry["authors"], entry["counts"], strict=True)) == {names[ANN]: 3, names[BEN]: 1}
    assert (entry["person"], entry["detail"]) == (names[EVE], {"as": names[BEN]})
    assert len(set(names.values())) == 3 and not {"ann", "ben", "eve"} & set(str(entry).split("'"))
    assert entry["place"] is None and log.seal() == 1 and log.show()[0][0]["place"] == 1


def test_nothing_is_kept_of_nothing(log: AccessLog) -> None:
    log.keep({}, "search", "k1", viewer(EVE))
    assert log.counts() == {"entries": 0, "unsealed": 0, "lost": 0}
    assert log.verify().verified and log.head() is None


def test_many_authors_take_several_entries(log: AccessLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oscine.store.access_log.MOST_AUTHORS", 3)
    log.keep({("n", f"a{number}"): 2 for number in range(8)}, "export", "k1", Viewer())
    assert [entry["posts"] for entry in log.show()[0]] == [4, 6, 6]
    assert len({name for entry in log.show()[0] for name in entry["authors"]}) == 8


def test_the_chain_holds_and_goes_on(filled: AccessLog) -> None:
    told = filled.verify()
    assert (told.verified, told.broken, told.entries, told.sealed, told.unsealed) == (True, None, 12, 12, 0)
    assert told.head and told.head.place == 12 and told.head.valid()
    filled.tell("later")
    again = filled.verify()
    assert (again.verified, again.sealed) == (True, 13), "whoever verifies seals first"


def test_entries_are_told_page_by_page(filled: AccessLog) -> None:
    first, onward = filled.show(limit=5)
    rest, end = filled.show(after=onward, limit=100)
    assert [entry["place"] for entry in first + rest] == list(range(12, 0, -1)) and end is None
    assert {entry["what"] for entry in filled.show(what="granted")[0]} == {"granted"} and len(filled.show(key="k1")[0]) == 7


CHANGES = {
    "id": "id = DEFAULT", "place": "place = 1000", "at": "at = at + interval '1 microsecond'", "at for ever": "at = 'infinity'", "what": "what = 'grantee'",
    "door": "door = door || ' '", "key": "key = 'k9'", "purpose": "purpose = 'trainin'", "person": "person = 'x'", "posts": "posts = posts + 1",
    "authors": "authors = authors || '{x}'", "counts": "counts = counts || '{1}'", "detail": "detail = detail || '{\"a\": 1}'", "no place": "place = NULL",
    "hash": "hash = set_byte(hash, 7, get_byte(hash, 7) # 1)", "no hash": "hash = NULL",
}  # fmt: skip


@pytest.mark.parametrize("place", [1, 5, 12])
@pytest.mark.parametrize("change", CHANGES)
def test_a_byte_changed_in_any_column_is_found(filled: AccessLog, database: Database, change: str, place: int) -> None:
    assert filled.verify().verified
    assert database.execute(f"UPDATE access_log SET {CHANGES[change]} WHERE place = %s", [place]) == 1
    broken = filled.verify().broken
    assert broken and broken.place in {place, place + 1}, broken


@pytest.mark.parametrize("column", ["what", "door", "key", "purpose", "person"])
def test_one_bit_of_a_text_is_found(filled: AccessLog, database: Database, column: str) -> None:
    row = database.one(f"SELECT place, {column} AS text FROM access_log WHERE {column} <> '' ORDER BY place LIMIT 1")
    assert row
    flipped = chr(ord(row["text"][0]) ^ 1) + row["text"][1:]
    database.execute(f"UPDATE access_log SET {column} = %s WHERE place = %s", [flipped, row["place"]])
    assert filled.verify().broken == access_chain.Broken(row["place"], "the entry is not what was sealed")


TAMPERED: dict[str, tuple[str, str]] = {
    "one in the middle deleted": ("DELETE FROM access_log WHERE place = 5", "an entry is missing"),
    "the first deleted": ("DELETE FROM access_log WHERE place = 1", "an entry is missing"),
    "the first six deleted": ("DELETE FROM access_log WHERE place <= 6", "an entry is missing"),
    "the last deleted": ("DELETE FROM access_log WHERE place = 12", "the end is cut off"),
    "all deleted": ("DELETE FROM access_log", "the end is cut off"),
    "one deleted and the rest moved up": (
        "DELETE FROM access_log WHERE place = 5; UPDATE access_log SET place = -place WHERE place > 5;"
        "UPDATE access_log SET place = -place - 1 WHERE place < 0",
        "not what was sealed",
    ),
    "two exchanged": (
        "UPDATE access_log SET place = -1 WHERE place = 5; UPDATE access_log SET place = 5 WHERE place = 6; UPDATE access_log SET place = 6 WHERE place = -1",
        "not what was sealed",
    ),
    "one put in at the end": ("INSERT INTO access_log (place, what, hash) VALUES (13, 'read', '\\x00')", "not what was sealed"),
    "one put in before the first": ("INSERT INTO access_log (place, what, hash) VALUES (0, 'read', '\\x00')", "an entry was put in"),
    "one put in between": (
        "UPDATE access_log SET place = -place WHERE place > 5; UPDATE access_log SET place = 1 - place WHERE place < 0;"
        "INSERT INTO access_log (place, what, hash) SELECT 6, 'read', hash FROM access_log WHERE place = 5",
        "not what was sealed",
    ),
    "a head changed": ("UPDATE access_heads SET hash = set_byte(hash, 0, get_byte(hash, 0) # 1)", "not signed by the log's key"),
    "a head moved": ("UPDATE access_heads SET place = 3", "not signed by the log's key"),
    "a head made an anchor": ("UPDATE access_heads SET anchor = true", "not signed by the log's key"),
    "a head of another time": ("UPDATE access_heads SET at = at - interval '1 microsecond'", "not signed by the log's key"),
    "no head": ("DELETE FROM access_heads", "no head signs"),
}  # fmt: skip


@pytest.mark.parametrize("how", TAMPERED)
def test_what_is_taken_away_put_in_or_moved_is_found(filled: AccessLog, database: Database, how: str) -> None:
    statement, why = TAMPERED[how]
    database.execute(statement)
    broken = filled.verify().broken
    assert broken and why in broken.why, broken
    filled.tell("later")
    filled.seal()
    assert not filled.verify().verified, "nor does sealing on hide it"


def rechained(database: Database, key: Ed25519PrivateKey | None = None, after: int = 0) -> None:
    """What an attacker writes who can write everything but has not the signing key: every hash anew, and a head by a key of their own."""
    rows = database.rows("SELECT *, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS at FROM access_log ORDER BY place")
    before = access_chain.NOTHING
    for row in rows:
        before = access_chain.digest(before, row)
        database.execute("UPDATE access_log SET hash = %s WHERE id = %s", [before, row["id"]])
    if key:
        head = access_chain.sign(key, rows[-1]["place"], before, datetime.now(UTC))
        signed = [bytes.fromhex(text) for text in (head.hash, head.signature, head.public_key)]
        database.execute("UPDATE access_heads SET at = %s, hash = %s, signature = %s, public_key = %s", [head.at, *signed])


@pytest.mark.parametrize("resigned", [False, True])
def test_a_chain_written_anew_is_found(filled: AccessLog, database: Database, resigned: bool) -> None:
    database.execute("UPDATE access_log SET posts = 0 WHERE place = 5")
    rechained(database, Ed25519PrivateKey.generate() if resigned else None)
    broken = filled.verify().broken
    assert broken and ("signed for another" in broken.why or "not signed by the log's key" in broken.why)


def test_a_true_continuation_that_nobody_signed_is_found_and_not_sealed_over(filled: AccessLog, database: Database) -> None:
    """SHA-256 needs no key: whoever can write the table can go on with the chain, up to the head."""
    database.execute("INSERT INTO access_log (place, what, hash) VALUES (13, 'read', '\\x00')")
    rechained(database)
    filled.tell("later")
    assert filled.seal() == 0
    assert filled.verify().broken == access_chain.Broken(13, "entries stand at the end that no head signs")


def test_a_head_that_was_kept_elsewhere_shows_that_both_are_gone(filled: AccessLog, database: Database) -> None:
    kept = filled.head()
    assert kept and filled.verify(kept).verified
    database.execute("DELETE FROM access_log; DELETE FROM access_heads")
    assert filled.verify().verified, "the log alone cannot know"
    broken = filled.verify(kept).broken
    assert broken and "cut off" in broken.why
    for _ in range(12):
        filled.tell("another history")
    assert filled.verify().verified
    assert filled.verify(kept).broken == access_chain.Broken(12, "a head was signed for another entry")
    forged = msgspec.structs.replace(kept, place=3)
    assert "not signed" in str(filled.verify(forged).broken)


def exported(log: AccessLog) -> bytes:
    return b"".join(log.export())


def check(data: bytes, key: str = "") -> access_chain.Verdict:
    return access_chain.verify_lines(data.splitlines(keepends=True) if b"\r" not in data else [line + b"\n" for line in data.split(b"\n")], key)


def test_an_export_holds_by_itself(filled: AccessLog, app: App) -> None:
    data, key = exported(filled), public_key(filled._signer())
    lines = [json.loads(line) for line in data.splitlines()]
    assert [line.get("place") for line in lines[:-1]] == list(range(1, 13)) and lines[-1]["head"]["place"] == 12
    assert lines[2]["detail"]["holder"] == HOSTILE
    told = check(data, key)
    assert (told.verified, told.sealed, told.broken) == (True, 12, None) and check(data).verified
    assert "not signed by the log's key" in str(check(data, public_key(Ed25519PrivateKey.generate())).broken)


def test_a_byte_changed_anywhere_in_an_exported_file_is_found(filled: AccessLog) -> None:
    data, chance = exported(filled), random.Random(10)
    last = len(data.splitlines(keepends=True)[-1])
    places = [*range(-last, 3), *(chance.randrange(len(data)) for _ in range(200))]  # every byte of the head, and some of the rest
    for place in places:
        changed = bytearray(data)
        changed[place] ^= 1 << chance.randrange(8)
        assert not check(bytes(changed)).verified, (place, bytes(changed)[place - 20 : place + 20])


@pytest.mark.parametrize("change", [
    lambda lines: lines[:-1], lambda lines: lines[:-2] + lines[-1:], lambda lines: lines[1:], lambda lines: lines[:4] + lines[5:],
    lambda lines: [lines[1], lines[0], *lines[2:]], lambda lines: [*lines[:3], lines[2], *lines[3:]], lambda lines: [*lines, lines[-1]],
    lambda lines: [*lines[:4], b"\n", *lines[4:]], lambda lines: [*lines[:4], b"{}\n", *lines[4:]], lambda lines: [lines[-1]], lambda lines: [],
    lambda lines: [b'{"anchor":1}\n', *lines], lambda lines: [*lines[:-1], b'{"head":[]}\n'], lambda lines: [b"[" * 100_000 + b"\n", *lines],
])  # fmt: skip
def test_lines_taken_from_an_export_or_put_into_it_are_found(filled: AccessLog, change: Callable[[list[bytes]], list[bytes]]) -> None:
    assert not access_chain.verify_lines(change(exported(filled).splitlines(keepends=True))).verified


def test_an_empty_log_is_exported_with_its_head(log: AccessLog) -> None:
    told = check(exported(log))
    assert (told.verified, told.entries) == (True, 0) and told.head and told.head.place == 0


def aged(database: Database, days: int, until: int) -> None:
    """Entries as they would stand there had they been kept so long ago: their days changed, and all sealed anew."""
    database.execute("UPDATE access_log SET at = at - %s * interval '1 day' WHERE place <= %s", [days, until])
    database.execute("UPDATE access_log SET place = NULL, hash = NULL; DELETE FROM access_heads")


def test_what_is_rolled_away_leaves_an_anchor(filled: AccessLog, database: Database) -> None:
    aged(database, 500, 7)
    assert filled.seal() == 12
    assert filled.roll(datetime.now(UTC) - timedelta(days=400)) == 7
    told = filled.verify()
    assert (told.verified, told.sealed) == (True, 6), "five, and the entry that tells of rolling"
    assert filled.show()[0][0]["detail"] == {"entries": 7, "to": 7}
    data = exported(filled)
    assert check(data).verified and json.loads(data.splitlines()[0])["anchor"]["place"] == 7
    assert not check(data.split(b"\n", 1)[1]).verified, "without the anchor"
    assert filled.roll(datetime.now(UTC) - timedelta(days=400)) == 0
    assert filled.roll(datetime.now(UTC) + timedelta(days=1)) == 6
    assert filled.verify().verified and check(exported(filled)).verified
    database.execute("DELETE FROM access_heads WHERE anchor")
    assert not filled.verify().verified


def test_a_log_that_does_not_hold_is_not_rolled(filled: AccessLog, database: Database) -> None:
    database.execute("UPDATE access_log SET at = at - interval '500 days' WHERE place <= 3")
    assert filled.roll(datetime.now(UTC) - timedelta(days=400)) == 0
    assert len(filled.show()[0]) == 12 and not filled.verify().verified


def test_several_may_write_and_seal_at_once(log: AccessLog, database: Database, app: App) -> None:
    others = [log, AccessLog(database, log._signer)]

    def work(mine: AccessLog) -> None:
        for number in range(20):
            mine.keep({ANN: 1, ("n", f"a{number}"): 1}, "search", "", viewer(BEN))
            mine.seal()

    threads = [threading.Thread(target=work, args=[others[number % 2]]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = log.verify()
    assert (told.verified, told.sealed, told.unsealed) == (True, 80, 0)
    assert len({entry["person"] for entry in log.show()[0]}) == 1, "whoever is new to two at once gets one secret"


def test_who_is_deleted_can_be_told_from_nobody(app: App, log: AccessLog, database: Database, write: Callable[..., Any]) -> None:
    """Their secret goes with the account; nothing else in the database leads from them to their entries, and the chain still holds."""
    write({"id": "p1", "author": "eve", "text": "a post of eve's", "network": "n"})
    log.keep({EVE: 3, ANN: 1}, "search", "k1", viewer(BEN))
    log.keep({ANN: 1}, "search", "", viewer(EVE))
    log.seal()
    before = person_keys.pseudonym(database, EVE)
    assert [before in entry["authors"] or entry["person"] == before for entry in log.show()[0]] == [True, True]
    assert log.of_person(viewer(EVE))["total"] == 3
    app.ingest(Events([AccountDeleted(cursor=1, network="n", id="eve")]))
    assert log.of_person(viewer(EVE))["total"] == 0 and person_keys.pseudonym(database, EVE) == ""
    log.keep({EVE: 1, ANN: 1}, "search", "", viewer(EVE))
    newest = log.show()[0][0]
    assert (newest["person"], newest["posts"], len(newest["authors"])) == ("", 2, 1), "who was deleted gets no secret again"
    assert log.verify().verified
    columns = database.rows(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' AND data_type IN ('text', 'bytea', 'ARRAY', 'jsonb')"
    )
    holding = [
        (row["table_name"], row["column_name"])
        for row in columns
        if row["table_name"] not in ("access_log",)
        and database.one(f'SELECT 1 FROM "{row["table_name"]}" WHERE "{row["column_name"]}"::text LIKE %s LIMIT 1', [f"%{before}%"])
    ]
    assert holding == [], "their pseudonym stands beside nothing that names them"


def test_a_key_that_acted_for_who_is_deleted_ends_and_forgets_them(app: App, database: Database, write: Callable[..., Any]) -> None:
    write({"id": "p1", "author": "eve", "text": "a post of eve's", "network": "n"})
    _, theirs = access.create(database, "eve's telephone", ["read"], [], viewer(EVE))
    _, other = access.create(database, "other", ["read"], [], viewer(BEN))
    app.ingest(Events([AccountDeleted(cursor=1, network="n", id="eve")]))
    found = {key.id: key for key in access.keys(database)}
    assert found[theirs.id].revoked_at and "eve" not in str(found[theirs.id])
    assert found[other.id].revoked_at is None and found[other.id].viewer == viewer(BEN)


def test_what_others_read_of_an_author(log: AccessLog) -> None:
    log.keep({ANN: 3, BEN: 1}, "search", "k1", viewer(BEN))
    log.keep({ANN: 2}, "ask", "", Viewer())
    log.keep({ANN: 7}, "search", "", viewer(ANN))
    log.keep({ANN: 1}, "search", "", viewer(EVE))
    told = log.of_person(viewer(ANN), 2)
    assert (told["total"], told["by_door"], told["by_purpose"]) == (6, {"ask": 2, "search": 4}, {"": 6}), "what one reads of oneself is not counted"
    assert [(entry["door"], entry["posts"]) for entry in told["newest"]] == [("search", 1), ("ask", 2)]
    assert log.of_person(Viewer())["total"] == log.of_person(viewer(("n", "nobody")))["total"] == 0


@pytest.mark.parametrize("text", ["\x00", "\ud800", "x" * 100_000, HOSTILE])
def test_any_text_can_be_kept(log: AccessLog, text: str) -> None:
    log.tell(text, key=text, door=text, words=text, deep=[{text: text}], half=0.5)
    assert log.verify().verified and check(exported(log)).verified


def test_whom_the_log_cannot_be_written_for_is_counted(app: App, log: AccessLog, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise DatabaseUnavailable("The database does not answer.", "Wait.")

    monkeypatch.setattr(log, "keep", away)
    with app.noting("search"):
        reading.note([("n", "p1", "ann")])
    assert log.counts()["lost"] == 1 and "is lost" in caplog.text
    with pytest.raises(DatabaseUnavailable), reading.reading(reading.Reading("export")) as begun:
        reading.note([("n", "p1", "ann")])
        app.keep_reading(begun, sure=True)


@pytest.fixture
def guide() -> Iterator[str]:
    yield (Path(__file__).parents[2] / "docs/guides/access-log.md").read_text()


def test_whoever_reads_the_guide_can_verify(filled: AccessLog, tmp_path: Path, guide: str) -> None:
    """The lines of the guide, as they stand there, against an export: they need nothing of ours."""
    code = next(part for part in guide.split("```")[1::2] if part.startswith("python\n")).removeprefix("python\n")
    assert "oscine" not in code.replace("oscine access log", "") and len([line for line in code.splitlines() if line.strip()]) <= 26
    (tmp_path / "check.py").write_text(code)
    data, file = exported(filled), tmp_path / "log.ndjson"

    def verdict(changed: bytes) -> int:
        file.write_bytes(changed)
        return subprocess.run([sys.executable, str(tmp_path / "check.py"), str(file)], capture_output=True, timeout=60).returncode

    assert verdict(data) == 0
    for place in (40, len(data) // 2, len(data) - 30):
        changed = bytearray(data)
        changed[place] ^= 1
        assert verdict(bytes(changed)) != 0
    assert verdict(b"\n".join(data.split(b"\n")[:-3]) + b"\n") != 0
