"""What a corpus, a run or a model may be called: a name that is a folder's too, and never a path. It knows none of those there are."""

from __future__ import annotations

import re

from oscine.errors import InputError

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


def fits(name: str) -> bool:
    """Whether something may be called so."""
    return bool(_NAME.fullmatch(name))


def checked(name: str) -> str:
    """The name itself. Raises `InputError` where nothing may be called so."""
    if not fits(name):
        raise InputError(
            f"{name!r} is no name for a corpus, a run or a model.",
            "Use up to 64 of a-z, 0-9, dot, dash and underscore; a letter or digit first.",
        )
    return name
