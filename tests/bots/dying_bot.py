"""Bots one after the other, each a process that kills itself at a moment: `noticed` its mention, `before` it posts, `after` it has posted but not noted it,
`never`. Run by a test; prints how each ended.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

import httpx

from at_network import PASSWORD
from oscine.app import App
from oscine.bots.bot import Bot
from oscine.posting.bluesky import BlueskyPoster
from oscine.posting.xrpc import PasswordSession
from oscine.settings import Settings


def die() -> None:
    """As by `kill -9`."""
    os.kill(os.getpid(), signal.SIGKILL)


def main(conninfo: str, pds: str, handle: str, *moments: str) -> None:
    """Bots, by their moments."""
    for moment in moments:
        child = os.fork()
        if not child:
            live(conninfo, pds, handle, moment)
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def live(conninfo: str, pds: str, handle: str, moment: str) -> None:
    """One round, or as far as it comes."""
    session = PasswordSession(pds, handle, PASSWORD, httpx.Client(timeout=30))

    def call(nsid: str, **told: Any) -> dict[str, Any]:
        writes = nsid == "com.atproto.repo.createRecord"
        if writes and moment == "before":
            die()
        reply = session(nsid, **told)
        if writes and moment == "after":
            die()
        return reply

    app = App(Settings(database_url=conninfo, embedding="none", reader="none", language_model="none"))
    bot = Bot(app, BlueskyPoster(call, session.account, session.handle))
    if moment == "noticed":
        bot._settle = lambda _: die()  # type: ignore[assignment, return-value]
    bot.once()


if __name__ == "__main__":
    main(*sys.argv[1:])
