"""A database of an earlier schema is brought to the newest with what it holds."""

from __future__ import annotations

from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config

from oscine.app import App
from oscine.records import ANONYMOUS
from oscine.settings import Settings
from oscine.store import migrations
from oscine.store.embedded import EmbeddedServer
from oscine.store.postgres import check

POSTS = {"asks": "Is it? Yes", "glad": "It is :-) indeed", "joyful": "Good 😀", "sad": "Alas :'(", "plain": "See https://x.example/?q=1"}


def test_posts_of_the_first_schema_are_found_by_the_newest(folder: Path) -> None:
    server = EmbeddedServer(folder)
    conninfo = server.start()
    with psycopg.connect(conninfo, autocommit=True) as connection:
        check(connection)
    _first_schema(conninfo)
    with psycopg.connect(conninfo) as connection:
        connection.execute("INSERT INTO accounts (network, key, handle) VALUES ('local', 'ann', 'ann')")
        connection.cursor().executemany(
            "INSERT INTO posts (network, key, author, text, created_at, visibility, words, lexemes)"
            " SELECT 'local', %s, id, %s, now(), 'public', 'w', '''w'':1' FROM accounts",
            list(POSTS.items()),
        )
    server.stop()
    app = App(Settings(data=folder, embedding="none", language_model="none"))
    try:
        found = {query: {result.seen.post.id for result in app.search.search(app.view(ANONYMOUS), query).results} for query in ("?", ":)", ":(")}
        assert found == {"?": {"asks"}, ":)": {"glad", "joyful"}, ":(": {"sad"}}
    finally:
        app.database.close()


def _first_schema(conninfo: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent).replace("%", "%%"))
    config.attributes["conninfo"] = conninfo
    command.upgrade(config, "0001_first")
