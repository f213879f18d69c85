"""Work beside requests ends when it is asked to, and a server that is stopped stops whatever one of its threads is at."""

from __future__ import annotations

import logging
import threading

import pytest

from oscine.errors import DatabaseUnavailable
from oscine.search.background import Background, finish


def test_all_finish_side_by_side_and_what_does_not_is_told(caplog: pytest.LogCaptureFixture) -> None:
    released = threading.Event()
    done = [Background(f"quick {number}", lambda: None, pause=60.0, quick=True) for number in range(3)]
    held = Background("held", lambda: released.wait(60) and None, pause=60.0, quick=True)
    for thread in (held, *done):
        thread.start()
    with caplog.at_level(logging.WARNING):
        finish([held, *done], seconds=2)
    assert [thread.is_alive() for thread in (held, *done)] == [True, False, False, False]
    [told] = caplog.messages
    assert told.startswith("held did not finish within 2 seconds; it is at threading.py:") and "test_background.py" in told
    released.set()
    held.join(10)
    assert not held.is_alive()


def test_what_fails_is_logged_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    tries, enough = [], threading.Event()

    def work() -> bool:
        tries.append(1)
        if len(tries) < 3:
            raise DatabaseUnavailable("The database does not answer.", "Try again in a moment.")
        enough.set()
        return False

    thread = Background("webhooks", work, pause=0.01, quick=True)
    with caplog.at_level(logging.WARNING):
        thread.start()
        assert enough.wait(10)
        thread.stop()
    assert len(caplog.messages) == 2 and caplog.messages[0].startswith("webhooks: The database does not answer.")
