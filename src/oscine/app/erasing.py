"""What is held about a person, deleting it, purging it from every file, certificates, as an `App` has them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from oscine import ingest
from oscine.app.learning import Learning
from oscine.errors import InputError, NotFound, SetupError
from oscine.records import AccountDeleted, AnyEvent, PostDeleted, Viewer
from oscine.store import deletions
from oscine.store.consent import consent
from oscine.store.signing import FILE, signing_key
from oscine.trust import held as about
from oscine.trust.copies import Again
from oscine.trust.purge import Place, Say, purge

NEWEST = 20  # of what others read
AHEAD = 0.9  # of the days until what was deleted is to be gone: then it is purged


class Erasing(Learning):
    """What is held about a person, and its end."""

    def held(self, who: Viewer) -> dict[str, Any]:
        """All that is told to a person of what is held about them. Raises `NotFound` for nobody."""
        person, data = about.person(self.database, about.required(who)), self.settings.data
        agreed = consent(self.database, who)
        return {
            "account": about.profile(person),
            "held": about.counted(self.database, person, self._kept),
            "choices": {"searchable": agreed.searchable, "training": agreed.training, "archive": agreed.archive, "bulk": agreed.bulk},
            "reads": self._reads(who),
            "corpora": about.corpora(data, person),
            "models": about.models(data, person),
            "labels": about.labels(self.database, person),
            "deletions": about.deletions(self.database, person),
        }

    def everything(self, who: Viewer) -> Iterator[tuple[str, dict[str, Any]]]:
        """All that is held about a person, row by row, each with its kind. Raises `NotFound` for nobody."""
        return about.everything(self.database, about.person(self.database, about.required(who)))

    @property
    def _kept(self) -> about.Kept:
        s = self.settings
        return about.Kept(access_log=s.access_log_days, feed_log=s.feed_log_days, ads=s.ad_event_days, sessions=s.session_days, purge=s.purge_days)

    def _reads(self, who: Viewer) -> dict[str, Any]:
        """What others read of this author."""
        told: dict[str, Any] = about.plain(self.access_log.of_person(who, NEWEST))
        return told

    def delete_own_post(self, who: Viewer, post: str) -> None:
        """Delete a post of this account, here and for good. Raises `NotFound`, the same for another's."""
        found = self.database.one(
            "SELECT 1 FROM posts p JOIN accounts a ON a.id = p.author WHERE (p.network, p.key, a.key) = (%s, %s, %s)", [who.network, post, who.account]
        )
        if not found:
            raise NotFound(f"There is no post {post!r} of yours here.", "Check its id; it may have been deleted.")
        self._happened(PostDeleted(cursor=1, network=who.network, id=post))

    def delete_own_account(self, who: Viewer, confirm: str) -> None:
        """Delete the account here with all that is held about it, for good. Raises `NotFound`, `InputError` where it is not confirmed by its handle."""
        person = about.person(self.database, about.required(who))
        if not person.id:
            raise NotFound("Nothing of this account is here.", "It may have been deleted already.")
        if confirm.lstrip("@").casefold() not in {str(person.row["handle"]).casefold(), who.account.casefold()}:
            raise InputError("What was sent to confirm is not this account's handle.", f"Send {person.row['handle']!r}, exactly.")
        self._happened(AccountDeleted(cursor=1, network=who.network, id=who.account))

    def _happened(self, event: AnyEvent) -> None:
        ingest.ingest(self.database, ingest.Events([event]), wait=self.settings.database_wait)
        self.tell("deleted", Viewer(), own="post" if isinstance(event, PostDeleted) else "account")

    def pending(self) -> dict[str, Any]:
        """What waits for the purge, since when, and until when it is to be gone; `overdue` where that is past."""
        waits, days = deletions.waiting(self.database), self.settings.purge_days
        due = waits.oldest + timedelta(days=days) if waits.oldest and days else None
        return {
            "waiting": waits.kinds, "posts": waits.posts, "oldest": waits.oldest, "bound_days": days, "due": due,
            "overdue": due is not None and datetime.now(UTC) > due,
        }  # fmt: skip

    def purge(self, say: Say = lambda _: None) -> dict[str, Any] | None:
        """Purge what was deleted from every file; the certificate, or None where nothing waits. Raises `SetupError` where another purge runs."""
        s = self.settings
        place = Place(s.data, self.database, signing_key(s.data / FILE), s.network, s.purge_days, self._again)
        made = purge(place, say)
        if made:
            self.tell("purge", Viewer(), certificate=made["id"], found=made["found"])
        return made

    def purge_when_due(self) -> None:
        """Purge, where what was deleted has waited nearly as long as it may."""
        oldest, days = deletions.waiting(self.database).oldest, self.settings.purge_days
        if days and oldest and datetime.now(UTC) > oldest + timedelta(days=AHEAD * days):
            with contextlib.suppress(SetupError):  # another process does it
                self.purge()

    @property
    def _again(self) -> Again | None:
        """What builds a corpus again; None where the extra is not installed."""
        try:
            return self.corpora.again
        except SetupError:
            return None

    def certificate(self, identity: str) -> dict[str, Any]:
        """A certificate by its id. Raises `NotFound`."""
        found = deletions.certificate(self.database, identity)
        if found is None:
            raise NotFound("There is no such certificate here.", "Check its id: `oscine purge --pending` tells the newest.")
        return found
