"""Repeated posts are found, planted into real ones; others are left apart; how posts are cut into batches does not matter."""

from __future__ import annotations

import gzip
import json
import random
import string
from collections.abc import Sequence
from functools import cache

import polars as pl
import pytest

from oscine import sample
from oscine.corpus.duplicates import SIMILAR, Duplicates
from oscine.corpus.shingles import GRAM, normalise

Found = tuple[str, int] | None  # kind, number of the post that is repeated


def posts(count: int) -> tuple[str, ...]:
    """Real posts of the sample, no two alike."""
    return all_posts()[:count]


@cache
def all_posts() -> tuple[str, ...]:
    lines = [line for path in sample.files() for line in gzip.decompress(path.read_bytes()).splitlines()]
    texts = pl.Series([json.loads(line)["text"] for line in random.Random(3).sample(lines, 8000)])
    kept = [text for text, found in zip(texts, repeats(texts), strict=True) if found is None]
    return tuple(random.Random(4).sample([text for text in kept if len(text.split()) >= 8 and len(text) < 600], 2500))


def repeats(*batches: Sequence[str | None]) -> list[Found]:
    """What is said of all posts, given in batches."""
    duplicates = Duplicates()
    for batch in batches:
        duplicates.add(normalise(pl.Series(batch, dtype=pl.String)))
    return [row if row[0] else None for row in duplicates.find().iter_rows()]


def grams(text: str) -> frozenset[str]:
    return frozenset(text[i : i + GRAM] for i in range(len(text) - GRAM + 1))


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / (len(a | b) or 1)


@cache
def plain(text: str) -> str:
    return plain_of((text,))[0]


def plain_of(texts: Sequence[str]) -> list[str]:
    """The texts as they are compared."""
    return normalise(pl.Series(texts)).to_list()


def found_of(originals: tuple[str, ...], planted: list[str]) -> list[Found]:
    """What is said of the planted posts after the originals."""
    found = repeats(originals, planted)
    assert found[: len(originals)].count(None) == len(originals)
    return found[len(originals) :]


def test_exact_copies_are_found_whatever_is_put_around_them() -> None:
    originals = posts(2500)
    disguises = [str.upper, "RT @someone: {}".format, "{} https://t.co/AbC123".format, "@a @b {}".format, "  “{}” !!".format]
    disguises.append(lambda text: text.replace(" ", "\n "))
    planted = [disguises[i % len(disguises)](text) for i, text in enumerate(originals)]
    same = [
        i for i, (a, b) in enumerate(zip(plain_of(planted), plain_of(originals), strict=True)) if a == b
    ]  # İ and its like change in upper case
    found = found_of(originals, planted)
    assert len(same) >= 0.99 * len(planted)
    assert sum(found[i] == ("exact", i) for i in same) >= 0.999 * len(same)


def words_changed(text: str, rng: random.Random) -> str:
    words = text.split()
    for _ in range(max(1, len(words) // 10)):
        at = rng.randrange(1, len(words) - 1)
        new = "".join(rng.choices(string.ascii_lowercase, k=7))
        rng.choice(
            [lambda at=at, new=new: words.__setitem__(at, new), lambda at=at: words.pop(at), lambda at=at, new=new: words.insert(at, new)]
        )()
    return " ".join(words)


def characters_changed(text: str, rng: random.Random) -> str:
    letters = list(text)
    for _ in range(max(1, len(letters) // 45)):
        at = rng.randrange(1, len(letters) - 1)
        letters[at] = rng.choice(["", rng.choice(string.ascii_lowercase), letters[at] + "x"])
    return "".join(letters)


@pytest.mark.parametrize(("change", "sets"), [(words_changed, words), (characters_changed, grams)], ids=["words", "characters"])
def test_near_copies_at_the_threshold_are_found(change, sets) -> None:  # type: ignore[no-untyped-def]
    rng = random.Random(8)
    originals = posts(2500)
    planted = [change(text, rng) for text in plain_of(originals)]
    similar = [jaccard(sets(a), sets(b)) for a, b in zip(plain_of(originals), plain_of(planted), strict=True)]
    near = [i for i, value in enumerate(similar) if SIMILAR <= value < 0.88]
    found = found_of(originals, planted)
    assert len(near) > 300
    assert sum(found[i] is not None and found[i][1] == i for i in near) >= 0.95 * len(near)


def test_what_is_called_near_is_near() -> None:
    rng = random.Random(15)
    originals = posts(1000)
    planted = [words_changed(words_changed(text, rng), rng) for text in plain_of(originals)]
    for text, found in zip(planted, found_of(originals, planted), strict=True):
        if found is not None:
            first, second = plain(text), plain(originals[found[1]])
            assert max(jaccard(words(first), words(second)), jaccard(grams(first), grams(second))) >= SIMILAR


def test_short_posts_are_the_same_or_not() -> None:
    texts = [
        "good morning everyone",
        "good morning everyone!",
        "good morning everyone 2",
        "Good evening everyone",
        "lol",
        "LOL!",
        "😀",
        "😡",
        "",
        " ",
    ]
    assert repeats(texts) == [None, ("exact", 0), None, None, None, ("exact", 4), None, None, None, ("exact", 8)]


def test_links_alone_are_told_apart() -> None:
    texts = ["https://a.example/1", "https://a.example/2", "@ann", "@bob", "https://a.example/1 "]
    assert [found is None for found in repeats(texts)] == [True, True, True, True, False]


def test_posts_without_spaces_between_words_can_be_near() -> None:
    first = "今日は天気がとても良いので公園まで散歩に行ってお弁当を食べました。楽しい一日でした"
    assert repeats([first, first.replace("でした", "です")]) == [None, ("near", 0)]


def test_long_posts_are_found_by_their_characters() -> None:
    parts = posts(900)
    long = [" ".join(parts[i : i + 9]) for i in range(0, 900, 9)]
    planted = [characters_changed(text, random.Random(i)) for i, text in enumerate(plain_of(long))]
    found = found_of(tuple(long), planted)
    near = [i for i, text in enumerate(planted) if jaccard(grams(plain(text)), grams(plain(long[i]))) >= SIMILAR]
    assert len(near) > 50
    assert sum(found[i] is not None for i in near) >= 0.95 * len(near)


def test_batches_do_not_matter() -> None:
    rng = random.Random(16)
    texts = [*posts(600), *(words_changed(text, rng) for text in plain_of(posts(600))), *posts(600)[:100]]
    rng.shuffle(texts)
    whole = repeats(texts)
    assert repeats(*(texts[i : i + 7] for i in range(0, len(texts), 7))) == whole
    assert {found[0] for found in whole if found} == {"exact", "near"}


def test_nothing_in_nothing_out() -> None:
    assert repeats() == repeats([]) == []
    assert repeats(["one two three", None]) == [None, None]
