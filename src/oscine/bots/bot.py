"""One bot on one network: every mention in the store is noticed, claimed, and answered once in its thread, or declined with a reason.

A mention is written down before it is answered, and the network writes the same answer once however often it is tried: so nothing is answered
twice, whatever dies in between. One process at a time is a network's bot. An answer is deleted with its question and with what it cites. What
an answer says is Ask's; how mentions reach the store is the sources'.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from psycopg.sql import SQL

from oscine import text
from oscine.app import App
from oscine.bots import manners, phrases, question, reply
from oscine.bots.addresses import address
from oscine.errors import DatabaseUnavailable, InputError, NotAllowed, NotFound, RateLimited, Unavailable
from oscine.posting.base import Piece, Poster
from oscine.records import ANONYMOUS, Viewer
from oscine.search import questions
from oscine.search.retrieve import SEARCHABLE
from oscine.store.mentions import LOOKED_AT_ONCE, OLDEST, Mention, Mentions, Noticed, Verdict
from oscine.view import SeenPost

LOOK_SECONDS = 0.5  # between looks for mentions
QUIET_SECONDS = 5.0  # in which nothing is posted after the network did not take something: it may be that mention's own trouble
SWEEP_SECONDS = 5.0  # between looks for answers that no longer stand
SWEEP_SHARE = 20  # times as long as a look took, at least: a hundred thousand answers take a second
LONGEST_PAUSE = 600.0  # seconds after failures in a row
MOST_ORDERS = 3  # that are confirmed to a person beyond the answers of an hour; obeyed are all
LONGEST_NOTICE = 100  # characters of the operator's own words


class Bot:
    """Answers the mentions of the account that `poster` writes as. `told` is told, in words, of each mention that is settled, and of trouble."""

    def __init__(self, app: App, poster: Poster, told: Callable[[str], None] = lambda _: None) -> None:
        self._app, self._poster, self._told = app, poster, told
        self._mentions = Mentions(app.database, poster.network, poster.account, poster.handle)
        self._me = Viewer(network=poster.network, account=poster.account)
        self._quiet_until = self._next_sweep = 0.0

    def run(self, stop: threading.Event) -> None:
        """Answer until `stop`. Raises `SetupError` where another process is this bot, or where the network does not take the account."""
        failures = 0
        self._prepare()
        while not stop.is_set():
            try:
                with self._mentions.alone() as still:
                    self._poster.declare()
                    while not stop.is_set():
                        still()
                        self.round()
                        failures = 0
                        stop.wait(LOOK_SECONDS)
            except (Unavailable, RateLimited) as error:
                self._told(str(error))
                failures += 1
                stop.wait(_pause(error, failures))

    def once(self) -> int:
        """Declare the bot, and answer all that waits; how many mentions were settled. Raises as `run` does, and what `run` waits out."""
        with self._mentions.alone():
            self._poster.declare()
            return self.round()

    def round(self) -> int:
        """Settle every mention that is due, and delete answers that no longer stand; how many were settled."""
        settled = 0
        self._notice()
        while time.monotonic() >= self._quiet_until and (mention := self._mentions.due()):
            settled += self._settle(mention)
            self._notice()  # whoever says stop is heard before the next answer
        if (begun := time.monotonic()) >= self._next_sweep:
            self._sweep()
            self._next_sweep = (now := time.monotonic()) + max(SWEEP_SECONDS, SWEEP_SHARE * (now - begun))
        return settled

    def _prepare(self) -> None:
        """Load now what would keep the first answer waiting."""
        self._app.embedder()
        _ = self._app.reader

    def _notice(self) -> None:
        """Write down the mentions that have arrived, and what is to become of each."""
        more = True
        while more:
            arrived = self._app.saved.arrived(wait=True)
            found = self._mentions.new(arrived)
            more = len(found) == LOOKED_AT_ONCE
            self._mentions.notice(self._judged(found), found[-1].number if more else arrived)

    def _judged(self, found: Sequence[Noticed]) -> list[tuple[Noticed, Verdict]]:
        """What is to become of each; an order counts for all that its author said after it."""
        stopped = {noticed.account for noticed in found if self._mentions.stopped(noticed.account)}
        verdicts = []
        for noticed in found:
            said = question.without_names(noticed.text, self._poster.handle)
            verdict = manners.verdict(noticed, stopped, phrases.order(said), questions.kind(said) == "question")
            if verdict.why == "stop":
                stopped.add(noticed.account)
            elif verdict.why == "start":
                stopped.remove(noticed.account)
            verdicts.append((noticed, verdict))
        return verdicts

    def _settle(self, mention: Mention) -> bool:
        """Answer a mention or decline it; whether that is done with."""
        try:
            with self._app.noting("bot", self._asker(mention)):
                verdict, posted = self._treated(mention)
        except DatabaseUnavailable:
            raise
        except (Unavailable, RateLimited) as error:
            pause = _pause(error, mention.tries)
            self._mentions.later(mention, pause)
            self._quiet_until = time.monotonic() + (pause if isinstance(error, RateLimited) else QUIET_SECONDS)
            self._told(str(error))
            return False
        except NotFound:
            verdict, posted = Verdict("declined", "gone"), ""
        except (NotAllowed, InputError) as error:
            verdict, posted = Verdict("failed", error.what), ""
        self._mentions.settle(mention.post, verdict, posted)
        self._told(f"{mention.post}: {verdict.state}{posted and f' by {posted}'}{verdict.why and f', {manners.reason(verdict.why)}'}")
        return True

    def _treated(self, mention: Mention) -> tuple[Verdict, str]:
        """What becomes of a mention, and the id of what was posted, if anything was."""
        seen = self._seen(mention)
        if seen.post.created_at < datetime.now(UTC) - OLDEST:
            return Verdict("declined", "old"), ""
        lang = text.language(question.without_names(seen.post.text, self._poster.handle)) or seen.post.lang
        verdict, said = self._said(mention, seen, lang)
        if not said.pieces:
            return verdict, ""
        self._mentions.cite(mention, said.cited)
        seen = self._seen(mention)  # it may have been deleted meanwhile
        posted = self._poster.post(
            said.pieces, once=f"{mention.post} {mention.why}", lang=lang, reply_to=seen.post,
            visibility=manners.readers(seen.post.visibility), generated=True,
        )  # fmt: skip
        return verdict, posted

    def _seen(self, mention: Mention) -> SeenPost:
        """The mention's post, which both its author and the bot may see. Raises `NotFound`."""
        self._app.view(self._me).post(mention.post, self._me.network)
        return self._app.view(self._asker(mention)).post(mention.post, self._me.network)

    def _asker(self, mention: Mention) -> Viewer:
        return Viewer(network=self._me.network, account=mention.account)

    def _said(self, mention: Mention, seen: SeenPost, lang: str | None) -> tuple[Verdict, reply.Reply]:
        """What becomes of a mention and what is said to it, if anything."""
        limit, replies = self._app.settings.bot_hourly, self._mentions.replies(mention.account)
        if mention.why:
            return Verdict("declined", mention.why), _plainly(phrases.say(mention.why, lang) if replies < limit + MOST_ORDERS else "")
        if replies >= limit and self._mentions.told_to_wait(mention.account):
            return Verdict("declined", "silent"), _plainly("")
        if replies >= limit:
            return Verdict("declined", "hourly"), _plainly(phrases.say("hourly", lang, limit))
        return self._answer(mention, seen, lang)

    def _answer(self, mention: Mention, seen: SeenPost, lang: str | None) -> tuple[Verdict, reply.Reply]:
        """What is answered, as short as the network wants it."""
        view, notice = self._app.view(self._asker(mention)), self._introduction(mention, lang)
        asked = question.asked(view, seen, self._me.account, self._poster.handle)
        if asked.answers >= manners.MOST_TURNS:
            return Verdict("declined", "turns"), _plainly("")
        if not asked.messages:
            return Verdict("answered", "empty"), reply.Reply([Piece(phrases.say("empty", lang)), *notice], [])
        given = self._app.ask.ask(view.only(self._mentions.quotable()), asked.messages)
        said = reply.compose(given, given.lang or lang, self._address, lambda pieces: self._fits([*pieces, *notice]))
        return Verdict("answered", "" if said.cited else "nothing"), said._replace(pieces=[*said.pieces, *notice])

    def _introduction(self, mention: Mention, lang: str | None) -> list[Piece]:
        """What the first answer to a person says besides: that a bot gives it."""
        if self._mentions.known(mention.account):
            return []
        told = " ".join(filter(None, (phrases.say("bot", lang), self._app.settings.bot_notice[:LONGEST_NOTICE])))
        return [Piece(reply.BREAK), Piece(told)]

    def _address(self, seen: SeenPost) -> str:
        return address(seen, self._app.settings.public_url)

    def _fits(self, pieces: Sequence[Piece]) -> bool:
        return self._poster.length(pieces) <= self._poster.longest

    def _sweep(self) -> None:
        """Delete the answers whose question is gone, or that cite what is no longer public, or no longer to be found."""
        citable = SQL("({} AND {})").format(self._app.view(ANONYMOUS).visible, SEARCHABLE)
        for mention, posted in self._mentions.orphans(citable):
            try:
                self._poster.delete(posted)
                self._mentions.withdrawn(mention)
            except (NotAllowed, InputError, NotFound) as error:
                self._mentions.settle(mention, Verdict("failed", error.what))


def _plainly(said: str) -> reply.Reply:
    return reply.Reply([Piece(said)] if said else [], [])


def _pause(error: Unavailable | RateLimited, tries: int) -> float:
    """Seconds until the next try: what the network says, else longer and longer, and never for two at the same time."""
    if isinstance(error, RateLimited):
        return error.retry_after
    return random.uniform(0.5, 1) * min(LONGEST_PAUSE, 2.0**tries)
