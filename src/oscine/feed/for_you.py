"""The feed that is ranked for a person: the composed list of its stages, as it is run.

    sources   people you follow · people like you · like what you liked · where you take part · noticed now · just written · new voices
              what you asked for
    hydrate   through the viewer's own view
    filters   seen · own · ahead of its time · too old · covered · not to be found · repeated · what one asked to be left out
    scorers   what the ranker, or the prior, foretells · what else speaks for it · what one asked for
    select    diverse, and where a page is dealt by chance, by known chances

Ranking decides the order; the view alone decides what may be seen. The same ask over the same store gives the same ranking, bit for bit. It keeps nothing,
and does not know what a page is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from psycopg.sql import SQL, Literal

from oscine.engines.ranker import Ranker
from oscine.feed.dealt import diversity
from oscine.feed.filters import Ahead, Covered, Old, Own, Repeated, Seen, Unfindable
from oscine.feed.foretell import ByPrior, ByRanker, history
from oscine.feed.hydrate import FromView
from oscine.feed.pipeline import Ask, Ranked, Stages, run
from oscine.feed.pool import Pool
from oscine.feed.prior import Prior
from oscine.feed.reader import Ints, Reader
from oscine.feed.scorers import Also, Foretell, Foretold
from oscine.feed.select import Diverse
from oscine.feed.sources import Followed, JustWritten, LikeMe, Meaning, NewVoices, Noticed, TakingPart, moment
from oscine.feed.steer import Steer, Wished
from oscine.feed.taste import FROM, Close, centred, interests, known, worth
from oscine.feed.wished import AskedFor
from oscine.model.interactions import HISTORY
from oscine.recommendation import UNSTEERED, Act, Steering, Weights
from oscine.records import Viewer
from oscine.store.readers import Readers
from oscine.view import View


class ForYou:
    """Feeds over the views of a store; posts older than `days` are too old, where there are enough newer ones."""

    def __init__(self, view_of: Callable[[Viewer], View], readers: Readers, pool: Pool, steer: Steer, days: float = 14.0,
                 ranker: Callable[[], Ranker | None] = lambda: None) -> None:  # fmt: skip
        self._view_of, self._readers, self._pool, self._steer, self._ranker = view_of, readers, pool, steer, ranker
        self._length = timedelta(days=days)

    @property
    def foretells(self) -> str:
        """What foretells what people will do: the ranker's name, or `prior`."""
        ranker = self._fitting(self._pool.posts.vectors.shape[1])
        return ranker.name if ranker else "prior"

    def now(self, clock: datetime | None = None) -> datetime:
        """The clock; in a network that has been quiet for a day, when its newest post was written."""
        return self._pool.now(clock)

    def since(self, now: datetime) -> datetime:
        """When a post was written that is just not too old."""
        return min(now - self._length, moment(self._pool.posts.horizon)) if len(self._pool.posts.numbers) else now - self._length

    def ask(self, viewer: Viewer, steering: Steering = UNSTEERED, limit: int = 50, seen: Collection[int] = (), temperature: float = 0.0,
            now: datetime | None = None, without: Act | None = None) -> Ask:  # fmt: skip
        """Who asks, with what the store knows of them where they allow it; `seen` besides; as if the act `without` had not been done."""
        now = now or self.now()
        shown = np.array(sorted(seen), np.int64)
        if not steering.personal or viewer.anonymous:
            return Ask(Reader(viewer, self._readers.number(viewer), seen=shown, steering=steering), now, limit, temperature)
        past = self._readers.of(viewer, now, self.since(now), without)
        reader = Reader(viewer, past.number, past.acts, past.follows, np.union1d(past.seen, shown), steering, without)
        return Ask(reader, now, limit, temperature)

    def rank(self, ask: Ask, weights: Weights, rng: np.random.Generator | None = None) -> Ranked:
        """What is found, ranked. `rng` is used only where the ask has a temperature."""
        return run(self.stages(ask, weights), ask, rng or np.random.default_rng(0))

    def stages(self, ask: Ask, weights: Weights) -> Stages:
        """The feed, as it is read from top to bottom."""
        reader, since = ask.reader, self.since(ask.now)
        view, posts = self._seen(reader), self._pool.posts.without(reader.number, reader.undone)
        hydrate = FromView(view, posts)
        close = Close.of(reader, ask.now.timestamp())
        tastes = self._tastes(hydrate, ask)
        asked, foretell = self._steer.asked(reader.steering, posts.vectors), self._foretell(hydrate, reader, close, tastes)
        return Stages(
            sources=[
                Followed(view, since),
                LikeMe(posts),
                Meaning(posts, tastes),
                TakingPart(view, posts, close, since),
                Noticed(posts),
                JustWritten(posts),
                NewVoices(posts, tastes),
                AskedFor(view, posts, asked, since),
            ],
            hydrate=hydrate,
            filters=[Seen(), Own(), Ahead(), Old(since.timestamp()), Covered(), Unfindable(), Repeated(), *asked.filters()],
            scorers=[Foretold(weights, foretell), Also(weights, tastes, posts.middle), Wished(asked, weights)],
            select=Diverse(diversity(weights, reader.steering.dials.get("varied", 0.0)), weights.author, posts.middle),
        )

    def _seen(self, reader: Reader) -> View:
        """The reader's own view; less an author's posts for followers, where the reader is to be thought not to follow them."""
        view, undone = self._view_of(reader.viewer), reader.undone
        if undone is None or undone.kind != "follow":
            return view
        return view.only(SQL("NOT (p.visibility = 'followers' AND p.author = {})").format(Literal(undone.author)))

    def _fitting(self, dimensions: int) -> Ranker | None:
        """The ranker in use, where it takes vectors of this length."""
        ranker = self._ranker()
        return ranker if ranker and ranker.dimensions == dimensions else None

    def _foretell(self, hydrate: FromView, reader: Reader, close: Close, tastes: NDArray[np.float32]) -> Foretell:
        ranker = self._fitting(hydrate.posts.vectors.shape[1])
        if ranker is None:
            return ByPrior(Prior(close), tastes, hydrate.posts.middle)
        done: Ints = np.unique(np.array([act.post for act in reader.acts if act.post][:HISTORY], np.int64))
        return ByRanker(ranker, history(reader, hydrate.plainly(done)))

    def _tastes(self, hydrate: FromView, ask: Ask) -> NDArray[np.float32]:
        """(k, d) what the reader is drawn to, by what they did."""
        worths = worth(ask.reader.acts, ask.now.timestamp())
        liked = [(act.post, value) for act, value in zip(ask.reader.acts, worths, strict=True) if act.post and value > 0][:FROM]
        numbers = np.array([number for number, _ in liked], np.int64)
        distinct: Ints = np.unique(numbers)
        vectors = centred(hydrate.vectors(distinct), hydrate.posts.middle)[np.searchsorted(distinct, numbers)]
        there = known(vectors)
        return interests(vectors[there], np.array([value for _, value in liked])[there])
