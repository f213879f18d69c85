"""A bot whose database is killed under it goes on where it was."""

from __future__ import annotations

import json
import os
import signal
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fediverse import until
from notebook import Notebook
from oscine.app import App
from oscine.bots.bot import Bot
from oscine.settings import Settings
from oscine.store.mentions import last
from oscine.store.postgres import wait_for


def test_a_database_that_is_killed_is_waited_for(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oscine.bots.bot.LONGEST_PAUSE", 0.5)
    folder.chmod(0o755)
    file, stop, trouble, notebook = tmp_path / "posts.jsonl", threading.Event(), [], Notebook()
    with App(Settings(data=folder, embedding="none", reader="none", language_model="none")) as app:

        def ask(name: str) -> None:
            post = {"id": name, "author": name, "text": "@oscine When does the library open?", "created_at": datetime.now(UTC).isoformat()}
            file.write_text(json.dumps(post) + "\n")
            app.ingest(app.source(str(file)))

        running = threading.Thread(target=Bot(app, notebook, trouble.append).run, args=(stop,))
        ask("ben")
        running.start()
        try:
            until(lambda: len(notebook.posts) == 1)
            os.kill(int((folder / "postgres/postmaster.pid").read_text().splitlines()[0]), signal.SIGKILL)
            until(lambda: trouble[1:])
            wait_for(app.database, 60)
            ask("cleo")
            until(lambda: len(notebook.posts) == 2)
        finally:
            stop.set()
            running.join(30)
        assert not running.is_alive() and {one.state for one in last(app.database, 9)} == {"answered"}
        assert any("database does not answer" in words for words in trouble), trouble
