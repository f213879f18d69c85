"""What the eight are measured on: this installation, read only, and a scratch network of its newest public posts, where things may be written and broken.

The scratch network lies in a folder of its own and is gone afterwards: nothing that is tried there touches the installation's posts, money or people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from psycopg.sql import SQL

from oscine.app import App
from oscine.ask.ask import Ask
from oscine.evals.network import network, write
from oscine.evals.report import Failure, Measure
from oscine.evals.trust.calls import Caller
from oscine.evals.trust.questions import Question, made
from oscine.records import ANONYMOUS, Viewer
from oscine.view import SeenPost

COPIED = 1_500  # posts, at most
QUESTIONS = 24
NEWEST = SQL("p.created_at DESC, p.id DESC")
WITH_WORDS = SQL("length(p.text) > 0")
READER = "oscine-trust-reader"  # a made-up account of the scratch network
SCRATCH = "scratch"  # its network

Line = dict[str, Any]


class Bench(NamedTuple):
    """`host` is this installation, `scratch` the copy, `here` calls the copy's API; `questions` were made from the installation's own posts, `asked` is how
    many of anything are tried; what goes wrong is added to `failures`."""

    host: App
    scratch: App
    here: Caller
    questions: list[Question]
    asked: int
    failures: list[Failure]
    log: Callable[[str], None]

    def failed(self, case: str, what: str) -> None:
        """Note a case that went wrong, without a word of anybody's post."""
        self.failures.append(Failure(case=case, what=what))

    @property
    def answers(self) -> Ask:
        """Answers from the installation's posts, without a language model."""
        return answering(self.host)


Measures = Callable[[Bench], Iterator[Measure]]


@contextmanager
def bench(host: App, asked: int, log: Callable[[str], None]) -> Iterator[Bench]:
    """Questions of the installation's posts, and a scratch network with some of them."""
    asked = asked or QUESTIONS
    lines = copied(host, COPIED)
    log(f"a scratch network of {len(lines)} public posts")
    with network(host, lines, embedding="e5" if host.embedder() else "none") as scratch:
        quiet(scratch)
        with Caller.of(scratch) as here:
            yield Bench(host, scratch, here, made(host.view(ANONYMOUS), asked), asked, [], log)


def answering(app: App) -> Ask:
    """Ask over a network, without a language model."""
    return Ask(app.search, lambda: (None, ""), app.reader)


def quiet(app: App) -> None:
    """A scratch network's own settings: it serves this process alone, and nothing is left to chance."""
    app.settings.requests_per_minute = 10_000_000
    app.settings.public_url = ""
    app.settings.host = "127.0.0.1"
    app.settings.feed_chance = 0.0
    app.settings.purge_days = 0.0


def newest(app: App, most: int) -> list[SeenPost]:
    """The newest public posts that say something, as everybody sees them."""
    view = app.view(ANONYMOUS)
    rows = view.select(SQL("p.id"), WITH_WORDS, most, order=NEWEST)
    return view.posts([row["id"] for row in rows])


def copied(app: App, most: int) -> list[Line]:
    """Lines of Oscine JSONL for the newest public posts, under other networks' names joined to one; labels and covers are left out."""
    return [line(seen) for seen in newest(app, most)]


def line(seen: SeenPost) -> Line:
    """A post as a line."""
    post, author = seen.post, seen.author
    told: Line = {
        "network": SCRATCH, "id": post.id, "author": post.author, "author_handle": author.handle, "author_name": author.name,
        "created_at": post.created_at.isoformat(), "text": post.text, "lang": post.lang, "reply_to": post.reply_to, "likes": post.likes,
        "reposts": post.reposts, "replies": post.replies, "tags": list(post.tags), "urls": list(post.urls), "labels": [],
    }  # fmt: skip
    return {name: value for name, value in told.items() if value not in (None, "", [])} | {"labels": []}


def reader(bench: Bench) -> Viewer:
    """An account of the scratch network that has done things: it follows two authors, liked some posts and hid one."""
    posts = newest(bench.scratch, 60)
    at = bench.scratch.feed.now().isoformat()  # of a network that has been quiet, its own time: what came later would not be known yet
    follows = list(dict.fromkeys(seen.post.author for seen in posts))[:2]
    acts = (
        [("like", seen) for seen in posts[2:12:2]]
        + [("repost", seen) for seen in posts[12:16:2]]
        + [("hide", seen) for seen in posts[20:21]]
    )
    hello = {"id": f"{READER}-hello", "author": READER, "created_at": "2001-01-01T00:00:00Z", "text": "hello", "network": SCRATCH}
    lines: list[Line] = [
        hello,
        *({"relation": "follow", "actor": READER, "target": author, "at": at, "network": SCRATCH} for author in follows),
        *({"engagement": kind, "actor": READER, "post": seen.post.id, "at": at, "network": SCRATCH} for kind, seen in acts),
    ]
    plant(bench.scratch, lines)
    return Viewer(network=SCRATCH, account=READER)


def plant(app: App, lines: list[Line]) -> None:
    """Write lines into a scratch network, and have its feeds know of them. Raises `ValueError` where one is refused."""
    write(app, lines)
    app.pool.load()
