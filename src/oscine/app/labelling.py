"""Labels, as an `App` has them: by the machine in the background, by people who outrank it, appeals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from psycopg.sql import SQL, Literal

from oscine.access.reading import note
from oscine.app.logging_access import LoggingAccess
from oscine.engines.labels import E5Labels, thresholds
from oscine.errors import EngineUnavailable, InputError, NotFound
from oscine.ingest import labelling
from oscine.ingest.labelling import Reading
from oscine.records import AUTO, MACHINE, OPERATOR, Record, Viewer
from oscine.store import appeals, labels, machine_labels
from oscine.store.appeals import Appeal, Appeals, Open
from oscine.store.machine_labels import LABELS, Uncertain
from oscine.view import SeenPost, View

AUTHOR = "author"  # who says a label that a post says of itself


class Span(NamedTuple):
    """The words that a label rests on most: `text` is the post's from `start` to `end`, in characters."""

    start: int
    end: int
    text: str


class Said(Record, frozen=True):
    """A label on a post and who says it. `probability` and `reason` are the machine's, `why` a person's; the appeal is told to the author alone."""

    label: str
    by: str
    at: datetime
    about: str = "post"
    probability: float | None = None
    why: str = ""
    reason: Span | None = None
    appeal: Appeal | None = None


class OfPost(NamedTuple):
    """What is said of a post. To its author (`mine`) also the newest appeal on each label, on those that were taken off too."""

    seen: SeenPost
    mine: bool
    said: list[Said]
    appeals: list[Appeal]


class Found(NamedTuple):
    """What the machine finds in a text: how probable each label is, which it would say, and the words each of these rests on."""

    probabilities: dict[str, float]
    said: list[str]
    reasons: dict[str, Span]


class Queue(NamedTuple):
    """What waits for a person: open appeals, the oldest first, and labels that the machine is not sure of; `model` reads here, empty where none does."""

    model: str
    appeals: list[Open]
    uncertain: list[Uncertain]


class Labelling(LoggingAccess):
    """Labels."""

    labels_problem = ""

    @cached_property
    def labeller(self) -> labelling.Labeller | None:
        """What reads texts for labels; None where there is none, with `labels_problem` saying why."""
        if self.settings.labels == "none":
            return None
        try:
            return E5Labels(self.settings.data / "models")
        except EngineUnavailable as error:
            self.labels_problem = str(error)
            return None

    @cached_property
    def label_reading(self) -> Reading | None:
        """Who labels here, with the thresholds that the settings change. Raises `InputError` for a threshold that is none."""
        return Reading(self.labeller, thresholds(self.labeller.thresholds, self.settings.label_thresholds)) if self.labeller else None

    @cached_property
    def appeals(self) -> Appeals:
        """Appeals against labels."""
        return Appeals(self.database)

    def label_all(self) -> None:
        """Label all pending posts, now."""
        while self.label_reading and labelling.label_pending(self.database, self.label_reading):
            pass

    def read_labels(self, texts: Sequence[str], reasons: frozenset[str] = frozenset()) -> list[Found]:
        """What the machine finds in texts, with the reasons for what it would say and for `reasons`. Raises `EngineUnavailable`."""
        reading = self.required_reading()
        found = labelling.probabilities(reading.labeller, texts)
        return [self._found(reading, text, row, reasons) for text, row in zip(texts, found.tolist(), strict=True)]

    def labels_of(self, view: View, post: str, network: str = "") -> OfPost:
        """What is said of a post, by whom, with the machine's reasons. Raises `NotFound`."""
        seen = view.post(post, network)
        if "labels" in view.withheld:
            return OfPost(seen, False, [], [])
        network, author = seen.post.network, seen.post.author
        mine = not view.viewer.anonymous and (view.viewer.network, view.viewer.account) == (network, author)
        with self.database.connection() as connection:
            words = labels.of_post(connection, network, seen.post.id, author)
        read = machine_labels.read(self.database, seen.number)
        appealed = self.appeals.of_post(network, seen.post.id) if mine else {}
        own = sorted(set(seen.post.labels or ()) - {word.label for word in words})
        said = [Said(label=label, by=AUTHOR, at=seen.post.edited_at or seen.post.created_at) for label in own]
        return OfPost(seen, mine, said + [self._said(word, seen, read, appealed) for word in words], list(appealed.values()))

    def decide(self, network: str, post: str, label: str, is_so: bool, why: str, by: str) -> None:
        """Take a person's word on a label of a post: at once, and over the machine's for good. `by` is the key that decides. Raises `NotFound`."""
        with appeals.deciding(self.database) as connection:
            author = connection.execute(
                "SELECT a.key FROM posts p JOIN accounts a ON a.id = p.author WHERE (p.network, p.key) = (%s, %s)", [network, post]
            ).fetchone()
            if author is None or not labels.decide(connection, network, post, _plain(label), is_so, why):
                raise NotFound(f"There is no post {post!r} on {network!r} here.", "Check its id; it may have been deleted.")
            closed = appeals.close(connection, network, post, _plain(label), is_so, why, by)
            what = "appeal decided" if closed else "labelled"
            person = Viewer(network=network, account=author["key"])
            self.access_log.told_in(connection, what, key=by, person=person, network=network, label=_plain(label), so=is_so)

    def appeal(self, viewer: Viewer, network: str, post: str, label: str, words: str) -> Appeal:
        """Appeal, as its author, against a label on a post. Raises `NotFound`, for others the same as for a post that is not there; `InputError`."""
        words, name = words.strip(), _plain(label)
        if not 0 < len(words) <= appeals.LONGEST:
            raise InputError(f"An appeal says why, in up to {appeals.LONGEST:,} characters.", "Write a sentence.")
        seen = self.view(viewer).only(_WROTE.format(*map(Literal, (viewer.network, viewer.account)))).post(post, network)
        with appeals.deciding(self.database) as connection:
            said = labels.of_post(connection, seen.post.network, seen.post.id, seen.post.author)
            if not any((word.label, word.by, word.about) in ((AUTO + name, MACHINE, "post"), (name, OPERATOR, "post")) for word in said):
                raise InputError(f"Nothing here labels this post {name!r}: not the machine, no person.", "What others say is theirs to take back.")
            appealed = appeals.add(connection, seen.post.network, seen.post.id, name, viewer.account, words)
            self.access_log.told_in(connection, "appealed", person=viewer, network=seen.post.network, label=name)
        return appealed

    def judge_appeal(self, number: int, uphold: bool, why: str, by: str) -> Appeal:
        """Decide an appeal: the label stays, as a person's word, or goes. Raises `NotFound`, and `InputError` where it was decided."""
        found = self.appeals.one(number)
        if found is None:
            raise NotFound(f"There is no appeal {number}.", "GET /v1/labels/queue lists the open ones.")
        if found.decided_at:
            raise InputError(f"Appeal {number} was decided on {found.decided_at:%Y-%m-%d}.", "Decide the label itself: POST /v1/labels/decisions.")
        self.decide(found.network, found.post, found.label, uphold, why, by)
        return self.appeals.one(number) or found

    def label_queue(self) -> Queue:
        """What waits for a person."""
        reading = self.label_reading
        uncertain = machine_labels.uncertain(self.database, reading.thresholds) if reading else []
        appeals = self.appeals.open()
        note((one.network, one.post, one.account) for one in appeals)  # whose appeal it is wrote the post
        note((one.network, one.post, one.account) for one in uncertain)
        return Queue(reading.labeller.name if reading else "", appeals, uncertain)

    def label_again(self) -> int:
        """Let all posts be labelled anew; how many. Raises `EngineUnavailable` where nothing labels."""
        self.required_reading()
        return machine_labels.again(self.database)

    def required_reading(self) -> Reading:
        """Who labels here. Raises `EngineUnavailable` where nothing does."""
        if self.label_reading is None:
            raise EngineUnavailable(*((self.labels_problem,) if self.labels_problem else ("Nothing labels texts here.", "Set OSCINE_LABELS to e5.")))
        return self.label_reading

    def _found(self, reading: Reading, text: str, row: list[float], also: frozenset[str]) -> Found:
        said = machine_labels.said(row, reading.thresholds)
        spans = {label: span for label in LABELS if label in {*said, *also} and (span := self._reason(text, label))}
        return Found(dict(zip(LABELS, row, strict=True)), said, spans)

    def _said(self, word: labels.Word, seen: SeenPost, read: machine_labels.Read | None, appealed: dict[str, Appeal]) -> Said:
        name = word.label.removeprefix(AUTO)
        ours = word.by in (MACHINE, OPERATOR) and word.about == "post"
        machine = word.by == MACHINE and ours
        return Said(
            label=word.label, by=word.by, at=word.at, about=word.about, why=word.why if word.by == OPERATOR else "",
            probability=read.probabilities.get(name) if read and machine else None, reason=self._reason(seen.post.text, name) if machine else None,
            appeal=appealed.get(name) if ours else None,
        )  # fmt: skip

    def _reason(self, text: str, label: str) -> Span | None:
        start, end = self.labeller.reason(text, label) if self.labeller and text.strip() else (0, 0)
        return Span(start, end, text[start:end]) if end > start else None


_WROTE = SQL("p.author = (SELECT id FROM accounts WHERE (network, key) = ({}, {}))")


def _plain(label: str) -> str:
    """A label's plain name, whether it is given as the machine's or not. Raises `InputError` for one that is not labelled here."""
    name = label.removeprefix(AUTO)
    if name not in LABELS:
        raise InputError(f"Nobody decides on a label {label[:60]!r} here.", f"One decides on {', '.join(LABELS)}.")
    return name
