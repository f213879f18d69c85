"""The doors that a key with a licence may pass, in one table: what each is a use of, and the fields that it cannot do without. Every other door is shut.

What ranks or counts beyond the posts it gives (feeds, trends, suggestions, related searches, saved searches) stands in no row, so that no licence is
told by it what it does not give.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from oscine.access import Key, uses
from oscine.access.fields import FIELDS
from oscine.errors import NotAllowed
from oscine.records import Field, Licence, Use

TEXT: frozenset[Field] = frozenset({"text"})
INDEXED: frozenset[Field] = frozenset({"text", "author", "media", "links"})  # what words are looked for in, and so counted by


class Door(NamedTuple):
    """What going through is: a use, or, where that is None, any (what is carried through is looked at on the other side)."""

    use: Use | None
    fields: frozenset[Field] = frozenset()


DOORS: dict[tuple[str, str], Door] = {
    ("GET", "/v1/search"): Door("search", TEXT),
    ("GET", "/v1/search.{form}"): Door("search", TEXT),
    ("GET", "/v1/operators"): Door("search"),
    ("GET", "/v1/people"): Door("search", INDEXED),
    ("GET", "/v1/posts/{post_id:path}"): Door("read"),
    ("GET", "/v1/posts/{post_id:path}/similar"): Door("search", FIELDS),
    ("GET", "/v1/posts/{post_id:path}/explain"): Door("answer", FIELDS),
    ("GET", "/v1/summary"): Door("answer", FIELDS),
    ("POST", "/v1/chat/completions"): Door("answer", TEXT),
    ("GET", "/v1/models"): Door("answer"),
    ("GET", "/v1/tools"): Door(None),
    ("POST", "/v1/tools/{name}"): Door(None),
    ("POST", "/mcp"): Door(None),
    ("GET", "/v1/export"): Door("export"),
    ("GET", "/v1/stream"): Door("stream"),
}
DONE: dict[Use, str] = {"read": "reading posts", "search": "search", "answer": "answers", "export": "exports", "stream": "streams"}


def enter(key: Key, method: str, path: str, now: datetime | None = None) -> None:
    """Let a key through, or raise `NotAllowed`; `path` is the route's, with its names in braces."""
    if key.licence is None:
        return
    current(key.licence, now)
    door = DOORS.get((method, path))
    if door is None:
        raise NotAllowed("This licence does not cover this call.", f"It covers {covered(key.licence)}; ask whoever granted it for more.")
    check(key, door)


def check(key: Key, door: Door) -> None:
    """Raise `NotAllowed` where a key's licence does not cover a use, or does not give what it takes."""
    licence = key.licence
    if licence is None:
        return
    if door.use is not None and door.use not in licence.uses:
        raise NotAllowed(f"This licence does not cover {DONE[door.use]}.", f"It covers {covered(licence)}; ask whoever granted it for more.")
    if missing := door.fields - licence.fields:
        raise NotAllowed(f"This call takes fields that this licence does not give: {', '.join(sorted(missing))}.", "Ask whoever granted it for them.")


def current(licence: Licence, now: datetime | None = None) -> None:
    """Raise `NotAllowed` for a licence that has come to its end."""
    if licence.expires_at and uses.ended(licence, now or datetime.now(UTC)):
        raise NotAllowed(f"This licence ended on {licence.expires_at:%Y-%m-%d}.", "Ask whoever granted it for another.")


def covered(licence: Licence) -> str:
    """What a licence covers, in words."""
    return ", ".join(DONE[use] for use in sorted(licence.uses)) or "nothing"
