"""Every error that Oscine raises on purpose, one tree.

    OscineError                   what went wrong, and the fix, in one sentence each
    ├── InputError (ValueError)   the caller's mistake
    │   └── TooLarge              more than a limit allows
    ├── AccessError               who may do what
    │   ├── KeyRequired           no key, or an unknown or revoked one
    │   └── NotAllowed            a key without the right
    ├── NotFound                  no such post, model, account — or none that this viewer may see
    ├── RateLimited               too many requests
    ├── Unavailable               a part that is not there now; the rest goes on working
    │   ├── DatabaseUnavailable
    │   ├── DiskFull
    │   ├── EngineUnavailable
    │   └── NetworkUnavailable    a social network that does not answer, or broke off
    ├── TrainingDiverged          a loss that could not be held, and where the last good weights are
    └── SetupError                the machine or the settings lack something that only a person can add

The HTTP face turns `status` and `code` into the reply; the CLI prints the sentence and ends with 1.
"""

from __future__ import annotations


class OscineError(Exception):
    """What went wrong (`what`) and what to do about it (`fix`), in plain words."""

    code = "internal_error"
    status = 500

    def __init__(self, what: str, fix: str = "") -> None:
        super().__init__(f"{what} {fix}".strip())
        self.what = what
        self.fix = fix


class InputError(OscineError, ValueError):
    """The caller's mistake."""

    code = "bad_input"
    status = 400


class TooLarge(InputError):
    """More than a limit allows."""

    code = "too_large"
    status = 413


class AccessError(OscineError):
    """Who may do what."""

    code = "access_denied"
    status = 403


class KeyRequired(AccessError):
    """No key, or an unknown or revoked one."""

    code = "key_required"
    status = 401


class NotAllowed(AccessError):
    """A key without the right that the call needs."""

    code = "not_allowed"


class NotFound(OscineError):
    """No such thing, or none that this viewer may see: the two are told apart to nobody."""

    code = "not_found"
    status = 404


class RateLimited(OscineError):
    """Too many requests; `retry_after` is in seconds."""

    code = "rate_limited"
    status = 429

    def __init__(self, what: str, fix: str = "", retry_after: int = 1) -> None:
        super().__init__(what, fix)
        self.retry_after = retry_after


class Unavailable(OscineError):
    """A part that is not there now."""

    code = "unavailable"
    status = 503


class DatabaseUnavailable(Unavailable):
    """PostgreSQL does not answer."""

    code = "database_unavailable"


class DiskFull(Unavailable):
    """PostgreSQL could not write."""

    code = "disk_full"
    status = 507


class EngineUnavailable(Unavailable):
    """A model is not installed, or its server does not answer."""

    code = "engine_unavailable"


class NetworkUnavailable(Unavailable):
    """A social network does not answer, or broke off."""

    code = "network_unavailable"


class SetupError(OscineError):
    """The machine or the settings lack something that only a person can add."""

    code = "setup"


class TrainingDiverged(OscineError):
    """A loss that could not be held."""

    code = "training_diverged"
