"""Where posts hold the words of a query, to be marked for the reader."""

from __future__ import annotations

from collections.abc import Sequence

from oscine import text
from oscine.search.grammar import Query
from oscine.view import SeenPost

MARKED = 3_000  # characters of a post in which words are marked


class Marker:
    """Finds the words of a query in posts."""

    def __init__(self, query: Query, languages: Sequence[str | None]) -> None:
        wanted = " ".join(query.wanted)
        self._stems = frozenset(token.stem for lang in languages for token in text.content_words(wanted, lang))
        self._exact = frozenset(token.exact for token in text.content_words(wanted, languages[0]))

    def marks(self, seen: SeenPost) -> tuple[tuple[int, int], ...]:
        """The stretches of a post's text, in code points, that hold words of the query; sorted, none touching another."""
        merged: list[tuple[int, int]] = []
        for start, end in sorted(text.find(seen.post.text[:MARKED], seen.post.lang, self._stems, self._exact)):
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        return tuple(merged)
