"""How a person writes, by their own posts as they themselves may see them; never by another's.

The newest posts are taken, those of the kind that is wanted first. Messages to single people are left out, and so are posts that try to steer a machine.
It measures no style: the model sees the posts, and does with them what it can.
"""

from __future__ import annotations

from psycopg.sql import SQL, Composable

from oscine.create.copies import spelled
from oscine.errors import InputError
from oscine.safety.injection import cleaned, steers
from oscine.view import View

MOST, LEAST = 12, 3  # posts that a model is shown
LOOKED_AT = 60  # of the newest
SHORTEST, LONGEST = 15, 400  # characters of one

_OWN: Composable = SQL("p.author = (SELECT id FROM me) AND p.visibility <> 'direct' AND char_length(p.text) >= 15")
_NEWEST: Composable = SQL("p.created_at DESC, p.id DESC")


def posts(view: View, replying: bool = False) -> tuple[str, ...]:
    """What the viewer of `view` wrote, the newest last. Raises `InputError` where nobody is known to look, or has written too little here."""
    if view.viewer.anonymous:
        raise InputError(
            "This key acts for no account, so that it is not known whose voice is meant.",
            "Make a key for one: oscine keys create --as ACCOUNT; on the command line, add --as ACCOUNT.",
        )
    rows = view.select(SQL("p.id"), _OWN, LOOKED_AT, order=_NEWEST)
    seen = view.posts([row["id"] for row in rows])
    kind_first = sorted(seen, key=lambda each: bool(each.post.reply_to) != replying)
    texts: dict[str, str] = {}
    for said in (each.post.text for each in kind_first if not steers(each.post.text)):
        texts.setdefault(spelled(said), cleaned(said)[:LONGEST])
    kept = [text for text in texts.values() if len(text) >= SHORTEST][:MOST]
    if len(kept) < LEAST:
        raise InputError(
            f"{view.viewer.account} has written too little here to learn a voice from.", f"It takes {LEAST} posts of a sentence or more."
        )
    return tuple(reversed(kept))
