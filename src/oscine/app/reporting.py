"""What the software publishes about itself, and its incidents, as an `App` has them. What was measured lies in reports: `evals.trust` reads those."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import msgspec

from oscine.app.engines import Engines
from oscine.store import deletions
from oscine.store.incidents import BY_OPERATOR, Incident, Incidents
from oscine.trust import cards as made_cards
from oscine.trust import published
from oscine.trust.cards import Card, Kind

PURGE, OVERDUE, TRACES = "purge", "A deletion waits longer than it may", "A purge found traces of what was deleted"
DAY = 86_400.0


class Reporting(Engines):
    """What the software publishes about itself."""

    @cached_property
    def incidents(self) -> Incidents:
        """What went wrong."""
        return Incidents(self.database)

    def watch_deletions(self) -> None:
        """Open an incident where a deletion has waited longer than its bound, or the newest purge found traces; end it where that is so no more."""
        told = self._deletion()
        late = bool(told["bound_days"] and told["oldest_days"] and told["oldest_days"] > told["bound_days"])
        traces = bool(told["last"] and told["last"]["found"])
        waits = f"The oldest of {told['pending']} deletions waits for {told['oldest_days']} days; the bound is {told['bound_days']} days."
        self._watched(late, OVERDUE, waits, "What was deleted is gone from search, answers and feeds, but still stands in files.")
        self._watched(traces, TRACES, "Its certificate says in how many places.", "Something that was deleted still stands in a file of this server.")

    def _watched(self, so: bool, title: str, what: str, effect: str) -> None:
        if so:
            self.incidents.open(PURGE, title, what, effect, "the software")
        else:
            self.incidents.end_all(PURGE, title, "A purge has been done since.")

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
        return made_cards.published(self.settings.data)

    def card(self, path: str) -> str:
        """The text of a card that is listed, by its path, as `models/NAME.md`. Raises `NotFound`."""
        return made_cards.text(self.settings.data, path)

    def card_of(self, kind: Kind, name: str) -> Card:
        """The card of a model or a corpus, made anew. Raises `NotFound`, `InputError` for what is no name."""
        return made_cards.card(self.settings.data, kind, name)

    def cards(self) -> list[Card]:
        """The cards of the models that were trained here and of the corpora, made anew."""
        return made_cards.cards(self.settings.data)

    def _deletion(self) -> dict[str, Any]:
        """How many deletions wait, the oldest for how many days, within how many they are to be purged (None: by hand), and the last certificate."""
        waits, bound = deletions.waiting(self.database), self.settings.purge_days
        oldest = (datetime.now(UTC) - waits.oldest).total_seconds() / DAY if waits.oldest else None
        last = self.database.one("SELECT id, at, certificate FROM certificates ORDER BY at DESC LIMIT 1")
        return {
            "pending": sum(waits.kinds.values()), "oldest_days": None if oldest is None else round(oldest, 2), "bound_days": bound or None,
            "last": {"id": last["id"], "certificate": last["id"], "at": msgspec.to_builtins(last["at"]), "found": found(last["certificate"])} if last else None,
        }  # fmt: skip


def found(certificate: dict[str, Any]) -> int | None:
    """In how many places a purge still found something, by its certificate; None where that does not say."""
    said = certificate.get("found")
    return said if isinstance(said, int) else None


def incident(one: Incident) -> dict[str, Any]:
    """An incident as it is told; times are RFC 3339."""
    told: dict[str, Any] = msgspec.to_builtins(msgspec.structs.asdict(one))
    return told
