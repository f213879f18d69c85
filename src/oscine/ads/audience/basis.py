"""What is known of posts whatever campaigns ask: words, vectors, risk, whether they touch a special category. Kept while a post is as it was.

It reads no more of the store than the vectors of posts that it is handed; whoever hands them has them from a view.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from oscine.ads.audience import context
from oscine.ads.audience.matching import read
from oscine.ads.audience.recent import Recent
from oscine.ads.audience.special import Special, subjects
from oscine.ads.audience.topics import Known, Meaning, Topics
from oscine.ads.creatives.audiences import sensitive
from oscine.ads.decision.place import Risk
from oscine.errors import EngineUnavailable
from oscine.store.activity import Activity
from oscine.store.vectors import passage
from oscine.view import SeenPost

TOUCHED = 4.2  # standard deviations from which a post touches a special subject: sooner than it is about a topic, since nothing is lost but a hint
WORDS_KEPT, JUDGEMENTS_KEPT = 4_000, 100_000  # posts

Key = tuple[int, datetime | None, int, int, int, int, tuple[str, ...] | None, str]
Floats = NDArray[np.float32]


class Basis:
    """Posts as they are known; `meaning` and `special` are None where there is no embedder, `languages` are the network's."""

    def __init__(
        self, activity: Activity, meaning: Meaning | None = None, special: Special | None = None, languages: tuple[str, ...] = ()
    ) -> None:
        self.activity, self.meaning, self.special, self.languages = activity, meaning, special, languages
        self._subjects = Topics(subjects(), meaning, cut=TOUCHED) if meaning else None
        self._known: Recent[Key, Known] = Recent(WORDS_KEPT)
        self._risks: Recent[Key, Risk] = Recent(JUDGEMENTS_KEPT)
        self._touching: Recent[Key, bool] = Recent(JUDGEMENTS_KEPT)

    def known(self, posts: Sequence[SeenPost]) -> list[Known]:
        """Posts with their words and vectors, in their order."""
        found = [self._known.get(key(seen)) for seen in posts]
        missing = [seen for seen, known in zip(posts, found, strict=True) if known is None]
        vectors = self._vectors(missing) if missing else {}
        fresh = iter([self._known.put(key(seen), Known(read(seen), vectors.get(seen.number))) for seen in missing])
        return [known if known is not None else next(fresh) for known in found]

    def risk(self, seen: SeenPost) -> Risk:
        """Of an ad beside a post."""
        return self._risks.get(key(seen)) or self._risks.put(key(seen), context.risk(seen))

    def touches(self, post: Known) -> bool:
        """Whether a post touches a special category: then nothing about a person is told from it."""
        before = self._touching.get(key(post.seen))
        return self._touching.put(key(post.seen), self._touches(post)) if before is None else before

    def rule(self, words: str) -> str:
        """The special category that words of a campaign touch, or nothing; what cannot be judged by meaning now is judged by words."""
        try:
            return self.special.rule(words) if self.special else sensitive(words)
        except EngineUnavailable:
            return sensitive(words)

    def _touches(self, post: Known) -> bool:
        return bool(sensitive(post.seen.post.text)) or bool(self._subjects and self._subjects.of(post))

    def _vectors(self, posts: Sequence[SeenPost]) -> dict[int, Floats]:
        """The vectors of posts: those that the store has, and those made now for posts that still wait."""
        if self.meaning is None:
            return {}
        stored = self.activity.vectors([seen.number for seen in posts])
        waiting = [seen for seen in posts if seen.number not in stored and seen.post.text]
        try:
            made = self.meaning.embedder.embed_passages([passage(seen.author.name, seen.post.text) for seen in waiting]) if waiting else ()
        except EngineUnavailable:  # these posts are told by their words
            return stored
        return stored | {seen.number: vector for seen, vector in zip(waiting, made, strict=True)}


def key(seen: SeenPost) -> Key:
    """A post as it is now: another key where anything that a campaign may ask for has changed."""
    post = seen.post
    return seen.number, post.edited_at, post.likes, post.reposts, post.replies, post.quotes, post.labels, seen.blurred
