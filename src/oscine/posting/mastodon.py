"""Writing to a Mastodon server as the account of a token: https://docs.joinmastodon.org/methods/statuses/.

A server keeps an `Idempotency-Key` for an hour, and not every server does. So what may have been written before is looked for first: among the
replies to the same parent or, of a post that answers none, among the account's newest statuses. Mastodon has no mark for what a machine wrote,
only for an account where one does (`declare`). Only a piece that is a mention tells anybody: a name in plain text is written so that nobody is.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import quote

import httpx
import msgspec
import regex

from oscine.errors import InputError, KeyRequired, NetworkUnavailable, NotAllowed, NotFound, SetupError
from oscine.posting.base import Piece
from oscine.records import Post, Visibility
from oscine.sources.mastodon import entities
from oscine.sources.mastodon.content import plain
from oscine.sources.mastodon.server import Server, listed
from oscine.sources.mastodon.statuses import full_name, stable

# from wide to narrow
NAMES: dict[Visibility, str] = {"public": "public", "unlisted": "unlisted", "followers": "private", "direct": "direct"}
LONGEST = 500  # characters, where a server does not say
URL = 23  # characters that a link counts, likewise
MENTION = 32  # characters that are left for the name of whom a reply answers: 30 are the most on Mastodon
RETRIED = timedelta(days=1)  # after which the same text is another post
NEWEST = 40  # of one's own statuses, in which one that was written before is looked for

_LINK = regex.compile(r"https?://[^\s/]+\.\p{L}{2,}(?::\d+)?(?:[/?#](?:\S*[^\s.,;:!?)\]»”…'\"])?)?")
_NAME = regex.compile(r"(?<![=/\w])@([\w.+-]+)@[\w.-]+\w", regex.VERSION1)
_ACCOUNT = regex.compile(r"[\w.+-]+@[\w.-]+(?::\d+)?")
_AT = regex.compile(r"(?<![=/\w])@(?=\w)")
_APART = regex.compile(r"https?://\S+|(?<![=/\w])@\S+|[^\p{L}\p{N}]+")
_SEEN = regex.compile(r"\X")
_OPENING, _CLOSING = "([«“", ".,;:!?)]»”…"


class _Limits(msgspec.Struct):
    max_characters: int = LONGEST
    characters_reserved_per_url: int = URL


class _Configuration(msgspec.Struct):
    statuses: _Limits = msgspec.field(default_factory=_Limits)


class _Instance(msgspec.Struct):
    """https://docs.joinmastodon.org/entities/Instance/"""

    configuration: _Configuration = msgspec.field(default_factory=_Configuration)


class MastodonPoster:
    """See `Poster`. With `one_reply` whatever this account has replied to a post counts as written before: so does a bot that answers once.

    Without it a reply of the same letters does.
    """

    def __init__(self, host: str, http: httpx.Client, token: str, *, one_reply: bool = False) -> None:
        self._server = Server(host, http, token, patient=False)
        self._one_reply = one_reply
        self.network = self._server.host

    @property
    def account(self) -> str:
        """The account that writes, `name@host`. Raises `NetworkUnavailable`, `SetupError`."""
        return self._server.me

    @property
    def handle(self) -> str:
        """The same: an account is its handle."""
        return self._server.me

    @property
    def longest(self) -> int:
        """How long a post may be, less what the name of whom it answers may take."""
        return self._most - MENTION

    def length(self, pieces: Sequence[Piece]) -> int:
        """Characters as people see them, a link of any length as 23 or what the server says, a mention without its host."""
        return self._length(_text(pieces))

    def post(self, pieces: Sequence[Piece], *, once: str, lang: str | None = None, reply_to: Post | None = None, visibility: Visibility = "public",
             generated: bool = False) -> str:  # fmt: skip
        """See `Poster`. A reply names whom it answers, is never for more people than its parent, and keeps the parent's warning."""
        with _our_errors():
            text = _text(self._addressed(pieces, reply_to))
            if (room := self._most - self._length(text)) < 0:
                raise InputError(f"The post is {-room} characters longer than {self.network} takes, which is {self._most}.", "Shorten it.")
            if found := self._written_before(text, reply_to):
                return found
            seen = narrower(visibility, reply_to.visibility) if reply_to else visibility
            data = {"status": text, "visibility": NAMES[seen], **({"language": lang} if lang else {})}
            if reply_to:
                data |= {"in_reply_to_id": reply_to.id, "spoiler_text": reply_to.content_warning[:room]}
            answer = self._server.call("POST", "/api/v1/statuses", data=data, once=hashlib.sha256(once.encode()).hexdigest())[0]
            written = next(_statuses([answer]), None)
            if written is None:
                raise NetworkUnavailable(f"{self.network} does not say what became of the post.")
            return stable(written.id)

    def delete(self, post: str) -> None:
        """See `Poster`. Raises `NotAllowed` where the server deletes nothing over its API."""
        path = f"/api/v1/statuses/{quote(post, safe='')}"
        with _our_errors():
            try:
                self._server.call("DELETE", path)
            except NotFound:
                if self._exists(path):
                    raise NotAllowed(f"{self.network} deletes nothing over its API.", "Delete it on its web page.") from None

    def declare(self) -> None:
        """See `Poster`: the account's profile says `bot`, on servers that have it said over their API."""
        with _our_errors(), contextlib.suppress(NotFound):
            own = entities.read(self._server.get("/api/v1/accounts/verify_credentials")[0], entities.Account)
            if not own.bot:
                self._server.call("PATCH", "/api/v1/accounts/update_credentials", data={"bot": "true"})

    @cached_property
    def _limits(self) -> _Limits:
        try:
            return msgspec.convert(self._server.instance, _Instance).configuration.statuses
        except msgspec.ValidationError:
            return _Limits()

    @property
    def _most(self) -> int:
        return max(self._limits.max_characters, 2 * MENTION)

    def _length(self, text: str) -> int:
        rest, links = _LINK.subn("", _NAME.sub(r"@\1", text))
        return len(_SEEN.findall(rest)) + links * self._limits.characters_reserved_per_url

    def _addressed(self, pieces: Sequence[Piece], reply_to: Post | None) -> Sequence[Piece]:
        """The pieces, with the author of what they answer among them: on Mastodon a reply tells only whom it names."""
        if not reply_to or reply_to.author == self.account or any(piece.mention == reply_to.author for piece in pieces):
            return pieces
        return [Piece("", mention=reply_to.author), Piece(" "), *pieces]

    def _written_before(self, text: str, reply_to: Post | None) -> str | None:
        """The id of what was written before, if it was. Raises `NotFound` where the parent is gone.

        A token may be for writing only: then the server's own memory has to do, but for a bot, which never answers twice.
        """
        try:
            for status in self._replies(reply_to) if reply_to else self._newest():
                if (reply_to and self._one_reply) or _letters(plain(status.content or "").text) == _letters(text):
                    return stable(status.id)
        except NotAllowed:
            if self._one_reply:
                raise
        return None

    def _replies(self, parent: Post) -> Iterator[entities.Status]:
        """This account's own direct replies to a post."""
        context = self._server.call("GET", f"/api/v1/statuses/{quote(parent.id, safe='')}/context")[0]
        for status in _statuses(context.get("descendants") if isinstance(context, dict) else None):
            if self._is_mine(status) and stable(status.in_reply_to_id or "") == parent.id:
                yield status

    def _newest(self) -> Iterator[entities.Status]:
        """This account's own posts of the last day that answer none."""
        path, params = f"/api/v1/accounts/{self._server.my_id}/statuses", {"limit": NEWEST, "exclude_reblogs": "true"}
        for status in _statuses(self._server.call("GET", path, params=params)[0]):
            if self._is_mine(status) and not status.in_reply_to_id and datetime.now(UTC) - status.created_at < RETRIED:
                yield status

    def _is_mine(self, status: entities.Status) -> bool:
        return not status.reblog and full_name(status.account.acct, self.network) == self.account

    def _exists(self, path: str) -> bool:
        try:
            self._server.call("GET", path)
        except NotFound:
            return False
        return True


def _statuses(given: Any) -> Iterator[entities.Status]:
    """Those of a list that can be read."""
    for status in listed(given):
        with contextlib.suppress(InputError):
            yield entities.read(status, entities.Status)


def narrower(one: Visibility, other: Visibility) -> Visibility:
    """The one of two that fewer people see."""
    order = list(NAMES)
    return max(one, other, key=order.index)


def _text(pieces: Sequence[Piece]) -> str:
    """The pieces as one plain text: Mastodon makes links of addresses, and mentions of names with their hosts."""
    text, after_link = "", False
    for piece in pieces:
        said = _said(piece)
        parted = not text or text[-1].isspace() or not said or said[0].isspace()
        if not parted and ((after_link and said[0] not in _CLOSING) or (piece.link and text[-1] not in _OPENING)):
            text += " "
        text, after_link = text + said, bool(piece.link)
    return text.strip()


def _said(piece: Piece) -> str:
    rest = piece.text[len(piece.text.rstrip()) :]
    if _ACCOUNT.fullmatch(piece.mention):
        return f"@{piece.mention}{rest}"
    words = _AT.sub("@\u2060", piece.text)  # a word joiner: nobody sees it, and no server takes for a mention what has it
    if not piece.link.startswith(("https://", "http://")):
        return words
    shown = piece.text.strip().rstrip("…").removeprefix("https://").removeprefix("http://")
    is_shown = piece.link.partition("://")[2].startswith(shown)
    return f"{piece.link}{rest}" if is_shown else f"{words.rstrip()} {piece.link}{rest}"


def _letters(text: str) -> str:
    """What of a text is the same however a server shows names and links: its other letters and digits."""
    return _APART.sub("", text).casefold() or text.strip()


@contextlib.contextmanager
def _our_errors() -> Iterator[None]:
    try:
        yield
    except (KeyRequired, SetupError) as error:
        raise NotAllowed(error.what, error.fix) from None
