"""Reviews of ads as they are kept: the ad, what the machine said, and step by step what people said after it.

Nothing is edited: whoever appeals or decides adds a step, and the database refuses to change a row. A review ends by being deleted, as a whole, when the
operator keeps it no longer. It does not know what a rule is.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from oscine.errors import InputError, NotFound
from oscine.records import Record
from oscine.store.postgres import Database, Row

State = Literal["accepted", "refused", "open"]  # open: a person has to decide
LONGEST = 2_000  # characters of an appeal, and of the reason of a decision
MOST = 100  # reviews at a time


class Step(Record, frozen=True):
    """What a person added: an appeal in their words, or a decision (`accept`, `refuse`) and its reason; by which key."""

    kind: str
    key: str
    at: datetime
    words: str
    decision: str = ""


class Review(Record, frozen=True):
    """A review of an `ad` (as it was sent), which `key` asked for; `decision` and `reasons` are the machine's, `steps` people's."""

    id: int
    key: str
    asked_at: datetime
    ad: dict[str, Any]
    decision: str
    reasons: list[dict[str, Any]]
    lang: str
    steps: tuple[Step, ...] = ()

    @property
    def state(self) -> State:
        """Whether the ad may run: a person's last word counts, else the machine's; open where one was asked for and has not spoken."""
        last = self.steps[-1] if self.steps else None
        if last and last.kind == "appeal":
            return "open"
        said = last.decision if last else self.decision
        return "accepted" if said == "accept" else "refused" if said == "refuse" else "open"


class Reviews:
    """The reviews of a database. `key` names whose; empty for everybody's, which an admin sees."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, key: str, ad: dict[str, Any], decision: str, reasons: Sequence[dict[str, Any]], lang: str) -> Review:
        """Keep what the machine said of an ad."""
        row = self._database.one(
            "INSERT INTO reviews (key, ad, decision, reasons, lang) VALUES (%s, %s, %s, %s, %s) RETURNING *",
            [key, json.dumps(ad), decision, json.dumps(list(reasons)), lang],
        )
        assert row
        return _review(row, [])

    def one(self, number: int, key: str = "") -> Review:
        """One review. Raises `NotFound`, the same for another key's and for none."""
        found = self._found("r.id = %s AND %s IN ('', r.key)", [number, key], 1)
        if not found:
            raise NotFound(f"There is no review {number} of yours.", "GET /v1/ads/reviews lists them.")
        return found[0]

    def of(self, key: str = "", state: State | None = None, before: int | None = None) -> list[Review]:
        """The newest `MOST` reviews, of one state if one is named, older than the review `before` if one is."""
        where = f"%s IN ('', r.key) AND (%s::bigint IS NULL OR r.id < %s) AND (%s::text IS NULL OR {_STATE} = %s)"
        return self._found(where, [key, before, before, state, state], MOST)

    def appeal(self, number: int, key: str, words: str) -> Review:
        """Ask a person to look at one's own review again, once. Raises `InputError`, `NotFound`."""
        review = self.one(number, key)
        if review.state != "refused":
            raise InputError(f"Review {number} is {review.state}.", "Only a refusal can be appealed.")
        if any(step.kind == "appeal" for step in review.steps):
            raise InputError(f"Review {number} was appealed, and a person has decided.", "Change the ad, and have the new one reviewed.")
        return self._step(review, "appeal", key, words, None)

    def decide(self, number: int, key: str, decision: Literal["accept", "refuse"], words: str) -> Review:
        """A person's decision, with its reason. Raises `InputError`, `NotFound`."""
        return self._step(self.one(number), "decision", key, words, decision)

    def forget(self, days: float) -> int:
        """Delete the reviews that are older; how many."""
        return self._database.execute("DELETE FROM reviews WHERE asked_at < now() - %s", [timedelta(days=days)])

    def _step(self, review: Review, kind: str, key: str, words: str, decision: str | None) -> Review:
        if not words.strip() or len(words) > LONGEST:
            raise InputError(f"An appeal or a decision says why, in up to {LONGEST:,} characters.", "Write a sentence.")
        added = self._database.execute(
            "INSERT INTO review_steps (review, number, kind, key, words, decision) VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [review.id, len(review.steps) + 1, kind, key, words.strip(), decision],
        )
        if not added:
            raise InputError(f"Somebody else has just said something on review {review.id}.", "Look at it again first.")
        return self.one(review.id)

    def _found(self, where: str, params: list[Any], limit: int) -> list[Review]:
        rows = self._database.rows(f"SELECT r.*, {_STEPS} AS steps FROM reviews r WHERE {where} ORDER BY r.id DESC LIMIT {limit}", params)  # noqa: S608
        return [_review(row, row["steps"] or []) for row in rows]


_LAST = "(SELECT {} FROM review_steps s WHERE s.review = r.id ORDER BY s.number DESC LIMIT 1)"
_SAID = f"CASE {_LAST.format('kind')} WHEN 'appeal' THEN 'refer' ELSE coalesce({_LAST.format('decision')}, r.decision) END"
_STATE = f"CASE {_SAID} WHEN 'accept' THEN 'accepted' WHEN 'refuse' THEN 'refused' ELSE 'open' END"
_STEPS = (
    "(SELECT jsonb_agg(jsonb_build_object('kind', s.kind, 'key', s.key, 'at', s.at, 'words', s.words, 'decision', coalesce(s.decision, ''))"
    " ORDER BY s.number) FROM review_steps s WHERE s.review = r.id)"
)


def _review(row: Row, steps: Sequence[dict[str, Any]]) -> Review:
    told = tuple(Step(**{**step, "at": datetime.fromisoformat(step["at"])}) for step in steps)
    return Review(id=row["id"], key=row["key"], asked_at=row["asked_at"], ad=row["ad"], decision=row["decision"],
                  reasons=row["reasons"], lang=row["lang"], steps=told)  # fmt: skip
