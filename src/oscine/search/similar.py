"""More like this: posts near another post, by its vector and by its words. It repeats neither the post nor what merely repeats it."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray
from psycopg.sql import SQL, Literal

from oscine import text
from oscine.engines.embedding import Embedder
from oscine.search import rank, retrieve
from oscine.view import SeenPost, View

POOL = 60  # candidates by words, and as many by meaning
TELLING = 25  # words of the post that are looked for: BM25 weighs the rare ones most


def posts(view: View, embedder: Embedder | None, like: SeenPost, limit: int = 10, now: datetime | None = None) -> list[SeenPost]:
    """The most similar posts that the viewer may see, best first, near-duplicates left out; by words only without an embedder."""
    vector = _vector(view, embedder, like) if embedder else None
    where = SQL("({} AND p.id <> {})").format(retrieve.SEARCHABLE, Literal(like.number))
    words = _words(like)
    found = retrieve.by_words(view, words, vector, where, POOL)
    if vector is not None:
        found += retrieve.by_meaning(view, words, vector, where, POOL, None)
    ranked = rank.fuse(list({each.number: each for each in found}.values()), now or datetime.now(UTC), rank.WEIGHTS["topic"])
    folder = rank.Folder()
    folder.original(like.number, like.post.text)
    seen = view.posts([item.number for item in ranked])
    return [post for post in seen if folder.original(post.number, post.post.text) == post.number][:limit]


def _words(like: SeenPost) -> str:
    stems = (token.stem for token in text.content_words(like.post.text, like.post.lang) if not token.exact.isdigit())
    return " ".join(map(text.ascii_word, list(dict.fromkeys(stems))[:TELLING]))


def _vector(view: View, embedder: Embedder, like: SeenPost) -> NDArray[np.float32] | None:
    """The post's vector, or one made now where it still waits for it; None for a post without words."""
    stored = view.select(SQL("v.embedding::text AS vector"), SQL("p.id = {}").format(Literal(like.number)), 1,
                         tables=SQL("posts p JOIN vectors v ON v.post = p.id"))  # fmt: skip
    if stored:
        return np.fromstring(stored[0]["vector"].strip("[]"), dtype=np.float32, sep=",")
    return embedder.embed_passages([like.post.text])[0] if like.post.text else None
