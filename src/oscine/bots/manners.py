"""Whom to answer, who is to be left alone, and who may read the answer. Pure; it knows no network and no words.

A mention is answered unless a bot wrote it, or somebody who asked to be left alone. A reply to an answer counts as a mention where the person
who got that answer asks on; others have to name the bot. Everybody may order it to be silent.
"""

from __future__ import annotations

from collections.abc import Container

from oscine.bots.phrases import Order
from oscine.records import Visibility
from oscine.store.mentions import Noticed, Verdict

MOST_TURNS = 15  # answers in one line of replies: an account that goes on beyond them is a bot that does not say so

_WAITING = Verdict("waiting")
_REASONS = {
    "bot": "a bot wrote it",
    "stopped": "they asked to be left alone",
    "unasked": "it does not name the bot, and does not ask on",
    "gone": "it is gone, or not for the bot to see",
    "old": "it is older than a day",
    "hourly": "they asked more often than they may in an hour, and were told so",
    "silent": "they asked more often than they may in an hour, and had been told so",
    "turns": "the thread has enough of the bot's answers",
    "orphaned": "what it cited is gone, and so is the answer",
    "nothing": "the posts do not say",
    "stop": "they asked to be left alone",
    "start": "they asked to be answered again",
    "empty": "it asks nothing",
}


def verdict(noticed: Noticed, stopped: Container[str], order: Order, asks: bool) -> Verdict:
    """What is to become of a mention, given who asked to be left alone, what it orders, and whether it asks something."""
    if noticed.bot:
        return Verdict("declined", "bot")
    if noticed.account in stopped:
        return Verdict("waiting", "start") if order == "start" else Verdict("declined", "stopped")
    if order == "stop":
        return Verdict("waiting", "stop")
    if noticed.named or (noticed.answered == noticed.account and asks):
        return _WAITING
    return Verdict("declined", "unasked")


def readers(question: Visibility) -> Visibility:
    """Who may read the answer: nobody who could not read the question. The bot's followers are not the asker's, so what is for followers is answered to one."""
    return question if question in ("public", "unlisted") else "direct"


def reason(why: str) -> str:
    """Why a mention was declined or failed, in words."""
    return _REASONS.get(why, why)
