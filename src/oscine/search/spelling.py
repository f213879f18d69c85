"""Did you mean: a rare word of a query → one like it that public posts use far more often. It proposes; it never changes what is searched.

The words come from public posts and from the names of their authors, with the number of posts of each; they are read again from time to
time, by whoever calls `refresh`. A word is proposed only if a public post or name holds it at that moment, so that what was deleted since
is not. Candidates are found by signatures: two words within d edits differ in at most 2d of the characters that they have (Boytsov 2011,
"Indexing methods for approximate dictionary searching"); those left are compared by edit distance with transpositions (Damerau 1964).
Words of scripts without spaces are not corrected.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Set
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
import regex
from psycopg.sql import SQL, Literal
from rapidfuzz import process
from rapidfuzz.distance import OSA

from oscine import text
from oscine.search import grammar
from oscine.search.grammar import Query
from oscine.search.retrieve import SEARCHABLE
from oscine.view import View

CHUNK = 50_000  # posts whose words are counted in one statement
FEWEST = 3  # posts that hold a word that is proposed
RARE = 20_000  # a word of a query that stands in more than one of so many posts is no mistake
CLEARLY = 20  # times as many posts as the query's own word
SHORTEST, LONG = 4, 7  # letters from which one edit is allowed, and two
FEWEST_FAR = 10  # posts that hold a word two edits away
LONGEST = 30
EDIT_COST, FIRST_LETTER_COST = 5.0, 1.5  # in natural logarithms of how common a word is; a first letter is rarely wrong
LOOKED_AT = 9  # posts that show how a word is written
TRIED = 3  # likely words, of which the first that is still there is proposed
PUBLIC = SQL("(p.visibility = 'public' AND {})").format(SEARCHABLE)
_COUNTED = SQL(
    "SELECT word, count(*) AS posts FROM p CROSS JOIN unnest(tsvector_to_array(p.lexemes)) AS word WHERE word LIKE '=%' GROUP BY word"
)
_NAMES = SQL("SELECT a.handle, a.name, count(*) AS posts FROM p JOIN accounts a ON a.id = p.author GROUP BY a.id")
_LETTERS = regex.compile(r"[\p{L}\p{M}]+")


class Near(NamedTuple):
    """A known word, the posts that hold it, and how many edits away it is."""

    word: str
    posts: int
    edits: int


class Vocabulary:
    """Words with the number of posts that hold them, of `total` posts; finds those that are written like a given one."""

    def __init__(self, counts: Mapping[str, int], total: int) -> None:
        kept = sorted(word for word, posts in counts.items() if posts >= FEWEST and _is_word(word))
        self.total = total
        self._counts = {word: counts[word] for word in kept}
        self._words = kept
        self._signatures = np.array([_signature(word) for word in kept], dtype=np.uint64)
        self._lengths = np.array([len(word) for word in kept], dtype=np.int16)

    def __len__(self) -> int:
        return len(self._words)

    def posts(self, word: str) -> int:
        """How many posts hold a folded word; 0 for fewer than three."""
        return self._counts.get(word, 0)

    def near(self, word: str, edits: int) -> list[Near]:
        """The other words within so many edits."""
        unlike = np.bitwise_count(self._signatures ^ np.uint64(_signature(word)))
        close = np.flatnonzero((unlike <= 2 * edits) & (np.abs(self._lengths - len(word)) <= edits))
        found = process.extract_iter(word, (self._words[place] for place in close.tolist()), scorer=OSA.distance, score_cutoff=edits)
        return [Near(other, self._counts[other], int(distance)) for other, distance, _ in found if distance]


def _is_word(word: str) -> bool:
    return SHORTEST - 1 <= len(word) <= LONGEST and _LETTERS.fullmatch(word) is not None


def _signature(word: str) -> int:
    """64 bits, one for each character that a word has; several characters may share one."""
    bits = 0
    for character in word:
        bits |= 1 << (ord(character) & 63)
    return bits


class Spelling:
    """Corrections from the words of the network; `public` is an anonymous view. None are made before the first `refresh`."""

    def __init__(self, public: View) -> None:
        self._public = public
        self._read: tuple[int, int] = (0, 0)
        self.vocabulary = Vocabulary({}, 0)

    def refresh(self) -> bool:
        """Read the words again if there are other posts than before; whether it did. Takes seconds for a hundred thousand posts."""
        row = self._public.among(SQL("SELECT count(*) AS posts, coalesce(max(id), 0) AS last FROM p"), PUBLIC)[0]
        state = (row["posts"], row["last"])
        if state == self._read:
            return False
        counts: Counter[str] = Counter()
        for first in range(0, row["last"] + 1, CHUNK):
            some = SQL("{} AND p.id >= {} AND p.id < {}").format(PUBLIC, Literal(first), Literal(first + CHUNK))
            for found in self._public.among(_COUNTED, some):
                counts[found["word"][1:]] += found["posts"]
        for author in self._public.among(_NAMES, PUBLIC):
            for word in {token.exact for token in text.tokens(f"{author['name']} @{author['handle']}") if token.kind == "word"}:
                counts[word] += author["posts"]
        self.vocabulary, self._read = Vocabulary(counts, row["posts"]), state
        return True

    def suggest(self, typed: str) -> str | None:
        """The query with its mistaken words put right, all else as it was; None where no word seems mistaken."""
        query = grammar.parse(typed, datetime.now(UTC))
        mistakes = [(span, likely) for span, likely in self._looked_up(query) if likely]
        if not mistakes:
            return None
        written = self._written({near.word for _, likely in mistakes for near in likely})
        corrected = query.text
        for (start, end), likely in sorted(mistakes, reverse=True):
            better = next((written[near.word] for near in likely if near.word in written), None)
            if better:
                corrected = corrected[:start] + _in_case_of(query.text[start:end], better) + corrected[end:]
        return corrected if corrected != query.text else None

    def _looked_up(self, query: Query) -> Iterator[tuple[tuple[int, int], list[Near]]]:
        """Where each wanted word stands in the query, and what was probably meant: nothing for most."""
        for start, end in {span for part in query.wanted for span in _spans(query.text, part)}:
            for token in text.tokens(query.text[start:end]):
                if token.kind == "word":
                    yield (start + token.start, start + token.end), self._likely(token.exact, token.stem)

    def _likely(self, word: str, stem: str) -> list[Near]:
        """The words that were probably meant, the likeliest first; none where the word, or another form of it, is known."""
        own = self.vocabulary.posts(word)
        if len(word) < SHORTEST or not _is_word(word) or own > max(FEWEST, self.vocabulary.total // RARE):
            return []
        for edits in (1, 2) if len(word) >= LONG else (1,):
            near = self.vocabulary.near(word, edits)
            if any(text.stem(other.word, None) == stem for other in near):
                return []
            likely = [other for other in near if other.posts >= max(CLEARLY * own, FEWEST if edits == 1 else FEWEST_FAR)]
            if likely:
                return sorted(likely, key=lambda other: -_likelihood(other, word))[:TRIED]
        return []

    def _written(self, words: Set[str]) -> dict[str, str]:
        """How public posts write these folded words now, or the names of their authors do; without those that none holds any more."""
        wanted = SQL("unnest({}::text[], {}::tsquery[]) AS wanted(word, query)").format(
            Literal(list(words)), Literal([text.quote("=" + word) for word in words])
        )
        held = SQL(
            "SELECT wanted.word, held.text FROM {} CROSS JOIN LATERAL (SELECT text FROM p WHERE p.lexemes @@ query LIMIT {}) AS held"
        )
        forms: dict[str, Counter[str]] = defaultdict(Counter)
        for row in self._public.among(held.format(wanted, Literal(LOOKED_AT)), PUBLIC):
            forms[row["word"]].update(_forms(row["text"], row["word"]))
        for word in words - forms.keys():
            forms[word].update(form for name in self._names(word) for form in _forms(name, word))
        return {word: counted.most_common(1)[0][0] for word, counted in forms.items() if counted}

    def _names(self, word: str) -> list[str]:
        called = SQL("to_tsvector('simple', folded(a.handle || ' ' || a.name || ' ' || a.bio)) @@ plainto_tsquery('simple', {})")
        accounts = self._public.accounts(called.format(Literal(word)), LOOKED_AT)
        return [f"{row['name']} @{row['handle']}" for row in accounts]


def _likelihood(near: Near, word: str) -> float:
    """A noisy channel: how common the word is, less what its edits cost."""
    return math.log(near.posts) - EDIT_COST * near.edits - (FIRST_LETTER_COST if near.word[0] != word[0] else 0.0)


def _spans(query: str, part: str) -> list[tuple[int, int]]:
    """Where a part of a query stands in it as it was typed, not behind a minus, a sign or an operator."""
    if part[:1] in "#$@":
        return []
    return [found.span() for found in regex.finditer(rf"(?<![^\s(\"]){regex.escape(part)}(?![^\s)\"])", query)]


def _forms(given: str, word: str) -> list[str]:
    return [given[token.start : token.end] for token in text.tokens(given) if token.kind == "word" and token.exact == word]


def _in_case_of(typed: str, better: str) -> str:
    """A word with capitals where the typed one has them."""
    return better.lower() if typed.islower() else better.upper() if typed.isupper() else better.capitalize() if typed.istitle() else better
