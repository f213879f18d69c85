"""What voices are made of: parts put together and checked, turns taken, letters that sound."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

import pytest

from oscine.engines import parts
from oscine.engines.speaking import spelled
from oscine.engines.turns import Turns
from oscine.errors import EngineUnavailable, RateLimited


def test_parts_make_a_whole_once(tmp_path: Path) -> None:
    pieces = [tmp_path / "1", tmp_path / "2"]
    for piece in pieces:
        piece.write_bytes(piece.name.encode() * 10)
    right = hashlib.sha256(b"1" * 10 + b"2" * 10).hexdigest()
    made = parts.whole(tmp_path / "models" / "m.bin", pieces, right)
    assert made.read_bytes() == b"1" * 10 + b"2" * 10
    pieces[0].unlink()
    assert parts.whole(made, pieces, right) == made, "it is there"


def test_parts_that_do_not_fit_leave_nothing(tmp_path: Path) -> None:
    (tmp_path / "1").write_bytes(b"x")
    with pytest.raises(EngineUnavailable, match="do not fit"):
        parts.whole(tmp_path / "models" / "m.bin", [tmp_path / "1"], "0" * 64)
    assert list((tmp_path / "models").iterdir()) == []


def test_few_wait_and_the_others_are_sent_away() -> None:
    turns, begun, go, done = Turns("It", waiting=1), threading.Semaphore(0), threading.Event(), []

    def work(name: str) -> None:
        with turns.one():
            begun.release()
            go.wait(30)
            done.append(name)

    threads = [threading.Thread(target=work, args=[name]) for name in ("first", "second")]
    threads[0].start()
    begun.acquire()
    threads[1].start()
    while turns._room._value:  # until the second waits
        threading.Event().wait(0.001)
    with pytest.raises(RateLimited, match="busy"), turns.one():
        pass
    go.set()
    for thread in threads:
        thread.join(30)
    assert done == ["first", "second"]


def test_an_unknown_word_sounds_about_as_it_is_written() -> None:
    assert spelled("Quarnholm") == "kwɑɹnhɑlm"
    assert spelled("shchee9") == "ʃʧi"
    assert spelled("日本") == ""
