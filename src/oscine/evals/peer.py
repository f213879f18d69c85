"""The peer that search is measured beside: tantivy's BM25 with English stemming over the same posts, posts after a moment left out."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from importlib.util import find_spec
from typing import Any

with suppress(ImportError):  # the extra `bench` brings it
    import tantivy


def available() -> bool:
    """Whether tantivy is installed."""
    return find_spec("tantivy") is not None


class Tantivy:
    """An index in memory over posts with `id`, `text` and `created_at`."""

    def __init__(self, posts: list[dict[str, Any]]) -> None:
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("text", tokenizer_name="en_stem")
        builder.add_text_field("id", stored=True, tokenizer_name="raw")
        builder.add_integer_field("at", indexed=True, fast=True)
        self._index = tantivy.Index(builder.build())
        writer = self._index.writer(heap_size=256_000_000, num_threads=1)
        for post in posts:
            writer.add_document(tantivy.Document(text=post["text"], id=post["id"], at=seconds(post["created_at"])))
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()

    def search(self, query: str, limit: int, until: str | None = None) -> list[str]:
        """Ids of the best posts, best first; those after `until` left out."""
        words = "".join(character if character.isalnum() else " " for character in query)
        if not words.strip():
            return []
        parsed = self._index.parse_query(words, ["text"])
        if until:
            before = tantivy.Query.range_query(self._index.schema, "at", tantivy.FieldType.Integer, 0, seconds(until))
            parsed = tantivy.Query.boolean_query(
                [(tantivy.Occur.Must, parsed), (tantivy.Occur.Must, tantivy.Query.const_score_query(before, 0.0))]
            )
        found = self._searcher.search(parsed, limit)
        return [self._searcher.doc(address)["id"][0] for _, address in found.hits]


def seconds(moment: str) -> int:
    """Seconds since 1970 of an RFC 3339 time."""
    return int(datetime.fromisoformat(moment).timestamp())
