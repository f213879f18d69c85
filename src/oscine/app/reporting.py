"""What the software publishes about itself, and its incidents, as an `App` has them. What was measured lies in reports: `evals.trust` reads those."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import msgspec

from oscine.app.engines import Engines
from oscine.store import deletions
from oscine.store.incidents import BY_OPERATOR, Incident, Incidents
from oscine.trust import published

FOUND = ("found", "result", "search")  # where a certificate may say how much was found


class Reporting(Engines):
    """What the software publishes about itself."""

    @cached_property
    def incidents(self) -> Incidents:
        """What went wrong."""
        return Incidents(self.database)

    def open_incident(self, title: str, what: str, effect: str, by: str) -> Incident:
        """The operator tells of one. Raises `InputError`."""
        return self.incidents.open(BY_OPERATOR, title, what, effect, by)

    def trust(self) -> dict[str, Any]:
        """What everybody may know of this installation, but for what was measured: what it goes by, what went wrong, the log's head, deletion, cards."""
        return {
            "published": [msgspec.structs.asdict(each) for each in published.published()],
            "incidents": [incident(each) for each in self.incidents.all()],
            "log": self._log(),
            "cards": self._cards(),
            "deletion": self._deletion(),
        }

    def _log(self) -> dict[str, Any]:
        """The head of the log of accesses; `entries` are those that were ever sealed."""
        log: Any = getattr(self, "access_log", None)
        head = log.head() if log else None
        return {"head": msgspec.structs.asdict(head) if head else None, "entries": head.place if head else 0}

    def _cards(self) -> dict[str, list[Any]]:
        return {"models": [], "corpora": []}

    def _deletion(self) -> dict[str, Any]:
        """How many deletions wait, the oldest for how many days, within how many they are to be purged (None: by hand), and the last certificate."""
        waits, bound = deletions.waiting(self.database), self.settings.purge_days
        oldest = (datetime.now(UTC) - waits.oldest).total_seconds() / 86_400 if waits.oldest else None
        last = self.database.one("SELECT id, at, certificate FROM certificates ORDER BY at DESC LIMIT 1")
        return {
            "pending": sum(waits.kinds.values()), "oldest_days": None if oldest is None else round(oldest, 2), "bound_days": bound or None,
            "last": {"id": last["id"], "certificate": last["id"], "at": msgspec.to_builtins(last["at"]), "found": found(last["certificate"])} if last else None,
        }  # fmt: skip


def found(certificate: dict[str, Any]) -> int | None:
    """How many traces a certificate says were found; None where it does not say."""
    said: Any = certificate
    for name in FOUND:
        if isinstance(said, dict) and name in said:
            said = said[name]
    return len(said) if isinstance(said, list) else int(said) if isinstance(said, int) else None


def incident(one: Incident) -> dict[str, Any]:
    """An incident as it is told; times are RFC 3339."""
    told: dict[str, Any] = msgspec.to_builtins(msgspec.structs.asdict(one))
    return told
