"""What a mention asks: its text without the bot's name, after what was said before it in its line of replies.

What tries to steer a machine is left out, unless nothing else is asked. The thread is read as the person who asked may read it, and of that only
what the answer's readers may read too: public posts, the asker's own and the bot's. A mention without words passes on what it replies to. It
answers nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import regex

from oscine.bots import manners
from oscine.engines.language import Message
from oscine.records import Visibility
from oscine.safety.injection import cleaned
from oscine.view import SeenPost, View

HIGHEST = 40  # posts that are climbed
_LEADING = regex.compile(r"^(?:[@＠][A-Za-z0-9_.@-]+[:,]?\s*)+")  # names are ASCII on both networks: scripts without spaces go on at once
_EDGES = " \t\n,;:–—-"
_WIDTH: dict[Visibility, int] = {"direct": 0, "followers": 1, "unlisted": 2, "public": 3}


class Asked(NamedTuple):
    """The conversation so far, the question last (none where nothing is asked), and how many of its posts are the bot's."""

    messages: list[Message]
    answers: int


def asked(view: View, seen: SeenPost, account: str, handle: str) -> Asked:
    """What a post asks of the bot `account`, in the view of its author."""
    above = list(_above(view, seen))
    readable = [post for post in above if _readable(post, seen, account)]
    turns = [(post.author.id == account, without_names(cleaned(post.post.text), handle)) for post in reversed(readable)]
    question = without_names(cleaned(seen.post.text), handle) or without_names(seen.post.text, handle)
    if not question and turns and not turns[-1][0]:
        question = turns.pop()[1]
    messages = [Message(role="assistant" if ours else "user", content=said) for ours, said in turns if said]
    asking = [Message(role="user", content=question)] if question else []
    return Asked([*messages, *asking] if asking else [], sum(post.author.id == account for post in above))


def without_names(said: str, handle: str) -> str:
    """A text without the bot's name, nor those that it opens with."""
    short = handle.partition("@")[0]
    names = "|".join(map(regex.escape, sorted({handle, short}, key=len, reverse=True)))
    unnamed = regex.sub(rf"[@＠](?:{names})(?![A-Za-z0-9_@-]|\.[A-Za-z])", " ", _LEADING.sub("", said), flags=regex.IGNORECASE)
    return str(regex.sub(r"[ \t]+(?P<sign>[,.]?)", lambda found: found["sign"] or " ", unnamed)).strip(_EDGES)


def _readable(post: SeenPost, question: SeenPost, account: str) -> bool:
    """Whether the answer's readers may read a post of the thread, and it is nobody's private word but the asker's own."""
    if post.author.id in (account, question.author.id):
        return _WIDTH[post.post.visibility] >= _WIDTH[manners.readers(question.post.visibility)]
    return post.post.visibility == "public"


def _above(view: View, seen: SeenPost) -> Iterator[SeenPost]:
    """What a post replies to, the nearest first, as far up as this viewer may see."""
    for _ in range(HIGHEST):
        found: Sequence[SeenPost] = view.keyed([seen.post.reply_to], seen.post.network) if seen.post.reply_to else ()
        if not found:
            return
        seen = found[0]
        yield seen
