"""A second set for `benchmarks.reposts`: people who tweeted how they rated a film, with times, from MovieTweetings (Simon Dooms, MIT licence).

    git clone https://github.com/sidooms/MovieTweetings
    python -m benchmarks.reposts --data MovieTweetings/snapshots/100K

The 100K snapshot: 100,000 ratings of 10,506 films by 16,554 people in half a year; which films they tweet about is what is foretold, whatever the rating. A
film counts as written when it was first tweeted about, as its own author; its text is its title and genres.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.reposts_data import Reposts
from oscine.model.interactions import FORMS, Posts, interactions
from oscine.recommendation import ACTIONS


def load(folder: Path, vectors: NDArray[Any] | None = None) -> Reposts:
    """The set; `vectors` (films, d) in the order of `movies.dat`, zeros of one dimension where they are not given."""
    ratings = [tuple(map(int, line.split("::"))) for line in (folder / "ratings.dat").read_text().splitlines()]
    people, films, _, at = (np.array(column) for column in zip(*sorted(set(ratings), key=lambda row: row[3]), strict=True))
    numbers, texts = _texts(folder)
    places = np.searchsorted(numbers, films)
    first = np.full(len(numbers), np.inf)
    np.minimum.at(first, places, at.astype(np.float64))
    known = np.zeros((len(numbers), 1), np.float32) if vectors is None else vectors
    authors = int(people.max()) + 1 + np.arange(len(numbers))
    posts = Posts(known, authors, first, np.zeros((len(numbers), FORMS), np.float32))
    acts = interactions(posts, people, places, np.full(len(at), ACTIONS.index("repost")), at.astype(np.float64))
    return Reposts(acts, texts, alive=np.inf)


def _texts(folder: Path) -> tuple[NDArray[np.int64], list[str]]:
    """The films' numbers, rising, and of each its title, year and genres."""
    lines = [line.split("::") for line in (folder / "movies.dat").read_text().splitlines()]
    films = sorted({int(number): f"{title}: {genres.replace('|', ', ')}" for number, title, genres in lines}.items())
    return np.array([number for number, _ in films]), [text for _, text in films]
