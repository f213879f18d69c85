"""Questions made by code from a network's own posts: what is said about the three rarest words of one of them; and questions about things that nobody wrote of.

They are simple, and made the same way each time: a figure on them compares an installation with itself over time, not with another.
"""

from __future__ import annotations

import random
import unicodedata
from typing import NamedTuple

from psycopg.sql import SQL

from oscine import text
from oscine.ask.ask import rarity
from oscine.view import SeenPost, View

NEWEST = SQL("p.created_at DESC, p.id DESC")
LENGTH = SQL("length(p.text) BETWEEN 60 AND 1000 AND p.reply_to IS NULL")
LOOKED = 2_000  # of the newest posts, from which questions are made, spread evenly
TELLING, LEAST = 3, 6  # words of a question; content words that a post needs
SAID = {
    "en": "What is said about {}?", "de": "Was wird über {} gesagt?", "fr": "Que dit-on de {} ?", "es": "¿Qué se dice de {}?",
    "it": "Che cosa si dice di {}?", "pt": "O que se diz de {}?", "nl": "Wat wordt er gezegd over {}?",
}  # fmt: skip
UNKNOWN = (
    "How much does the {} cost?", "Who invented the {}?", "When does the {} open?", "Where can one buy a {}?", "Why was the {} closed?",
)  # fmt: skip
CONSONANTS, VOWELS = "bdfgklmnprstvz", "aeiou"


class Question(NamedTuple):
    """A question, the search by the same words, and the post that it was made from."""

    text: str
    words: str
    seen: SeenPost


def made(view: View, most: int) -> list[Question]:
    """At most so many questions, from posts spread evenly over the newest."""
    rows = view.select(SQL("p.id"), LENGTH, LOOKED, order=NEWEST)
    step = max(1, len(rows) // (3 * most))
    posts = view.posts([row["id"] for row in rows[::step]])
    found: list[Question] = []
    for seen in posts:
        words = telling(view, seen)
        if len(words) == TELLING:
            lang = seen.post.lang or ""
            found.append(Question(SAID.get(lang, SAID["en"]).format(" ".join(words)), " ".join(words), seen))
        if len(found) == most:
            break
    return found


def telling(view: View, seen: SeenPost) -> list[str]:
    """The rarest words of a post, in its order; none where it has too few."""
    lang = seen.post.lang
    words = {
        token.stem: token.exact for token in text.content_words(seen.post.text, lang) if token.exact.isalpha() and len(token.exact) > 3
    }
    if len(words) < LEAST:
        return []
    rare = rarity(view, " ".join(words.values()), lang)
    chosen = sorted(words, key=lambda stem: (-rare.get(stem, 0.0), stem))[:TELLING]
    return [word for stem, word in words.items() if stem in chosen]


def unanswerable(view: View, most: int) -> list[str]:
    """Questions about things with made-up names that no post has a word of."""
    drawn = random.Random(7)
    found: list[str] = []
    while len(found) < most:
        word = "".join(drawn.choice(CONSONANTS) + drawn.choice(VOWELS) for _ in range(4)) + drawn.choice(CONSONANTS)
        if view.count(SQL("p.text ILIKE {}").format(f"%{word}%"), 1) == 0:
            found.append(UNKNOWN[len(found) % len(UNKNOWN)].format(word.capitalize()))
    return found


def plain(said: str) -> str:
    """Without accents: what somebody types in a hurry."""
    return "".join(c for c in unicodedata.normalize("NFD", said) if not unicodedata.combining(c))
