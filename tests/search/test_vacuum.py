"""What PostgreSQL does by itself to a table takes no post from search."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg

from oscine.app import App
from oscine.records import ANONYMOUS

AT = "2024-05-01T12:00:00Z"


def test_posts_that_were_liked_are_found_after_a_vacuum(app: App, write: Callable[..., Any]) -> None:
    """Their counts are changed in place, and other posts are deleted, so that there is something to clean up."""
    write(*({"id": f"p{number}", "text": f"The Quarnholm ferry leaves at word{number}."} for number in range(60)))
    for turn in range(2):
        write(*({"engagement": "like", "actor": f"fan{turn}", "post": f"p{number}", "at": AT} for number in range(0, 60, 2)))
        write(*({"delete": f"p{number}"} for number in range(turn, 60, 7)))
        with psycopg.connect(app.database.conninfo, autocommit=True) as connection:
            connection.execute("VACUUM posts")
        left = {f"p{number}" for number in range(60) if all(number % 7 != past for past in range(turn + 1))}
        view = app.view(ANONYMOUS)
        assert {result.seen.post.id for result in app.search.search(view, "Quarnholm", limit=100).results} == left
        for post in left:
            assert [result.seen.post.id for result in app.search.search(view, f"word{post[1:]}", limit=3).results] == [post]
