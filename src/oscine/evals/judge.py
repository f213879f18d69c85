"""Do cited posts support a sentence? A judge that shares nothing with the checker, to measure citations by.

It reads the raw lines of a JSONL file, has its own way to cut words, and another method than `oscine.evidence`: quotations are found by longest
common subsequence, other sentences by character n-grams and, word for word, names and numbers. It knows English negation and no synonyms: it is
strict with paraphrases, and blind between languages (`python -m oscine.evals.evidence` says how far it can be trusted).

Citation precision and recall are those of ALCE (Gao, Yen, Yu, Chen: *Enabling Large Language Models to Generate Text with Citations*, EMNLP 2023).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

RawPost = Mapping[str, Any]  # a line of the JSONL file: `text`, `author`, `author_name`, `created_at`

GRAM = 4  # letters of an n-gram
QUOTED = 0.95  # of a quotation's words, in order, that a post must hold
COVERED = 0.6  # of a sentence's n-grams that its posts must hold
_QUOTE = re.compile(r"^(?P<credit>[^“\"«]{1,160}):\s*[“\"«](?P<quote>.+)[”\"»]\W*$", re.DOTALL)
_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][\w'’-]+")
_SAYS = re.compile(r"^(?P<who>(?:[A-Z@][\w.'’-]*\s?){1,4})\s(?:says|said|writes|wrote|tells|told|thinks|asks|claims)\b")
_DENIAL = re.compile(r"\b(?:not|no|never|nobody|nothing|none|without|cannot|neither)\b|n['’]t\b")


class Cited(NamedTuple):
    """A sentence of an answer, and the posts that it cites."""

    sentence: str
    posts: Sequence[RawPost]


class Citations(NamedTuple):
    """ALCE's two figures, each a share from 0 to 1, and what they are shares of."""

    precision: float
    recall: float
    cited: int
    sentences: int


def supports(sentence: str, posts: Sequence[RawPost]) -> bool:
    """Whether the posts together say what the sentence says."""
    if not posts:
        return False
    if quote := _QUOTE.match(sentence.strip()):
        return any(_credited(quote["credit"], post) and _quoted(quote["quote"], str(post["text"])) for post in posts)
    said = "\n".join(f"{post.get('author_name', '')} {post['author']} {post.get('created_at', '')[:10]} {post['text']}" for post in posts)
    return _facts(sentence, said) and _spoken(sentence, posts) and _denials(sentence, posts) and _covered(sentence, said) >= COVERED


def citations(answers: Sequence[Sequence[Cited]]) -> Citations:
    """Recall: the share of sentences that their posts together support. Precision: the share of citations that support their sentence alone, or
    without which the others no longer do; none of a sentence that is not supported.
    """
    told = [cited for answer in answers for cited in answer]
    held = [supports(cited.sentence, cited.posts) for cited in told]
    needed = [_needed(cited, post) for cited, whole in zip(told, held, strict=True) for post in cited.posts if whole]
    count = sum(len(cited.posts) for cited in told)
    return Citations(sum(needed) / count if count else 0.0, sum(held) / len(told) if told else 0.0, count, len(told))


def _needed(cited: Cited, post: RawPost) -> bool:
    rest = [other for other in cited.posts if other is not post]
    return supports(cited.sentence, [post]) or not supports(cited.sentence, rest)


def _words(content: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", content.lower().replace("’", "'"))
    return re.findall(r"[^\W_]+", "".join(mark for mark in plain if not unicodedata.combining(mark) and mark != "'"))


def _credited(credit: str, post: RawPost) -> bool:
    """Whether a credit line names the author of a post and, where it has digits, no other day than the post's."""
    author = "".join(_words(f"{post.get('author_name', '')}{post['author']}"))
    named = _words(re.split(r"[(,]", credit)[0])
    year = re.findall(r"\b\d{4}\b", credit)
    return all(word in author for word in named) and (not year or year[-1] == str(post.get("created_at", ""))[:4])


def _quoted(quote: str, text: str) -> bool:
    ours, theirs = _words(quote), _words(text)
    return bool(ours) and _in_order(ours, theirs) >= QUOTED * len(ours) and not set(ours) - set(theirs)


def _in_order(ours: Sequence[str], theirs: Sequence[str]) -> int:
    """The length of the longest common subsequence."""
    row = [0] * (len(theirs) + 1)
    for word in ours:
        last = 0
        for place, other in enumerate(theirs, 1):
            last, row[place] = row[place], last + 1 if word == other else max(row[place], row[place - 1])
    return row[-1]


def _facts(sentence: str, said: str) -> bool:
    """Whether every number and every name inside the sentence stands in what is said."""
    there, squeezed = set(_words(said)), "".join(_words(said))
    numbers = re.findall(r"\d+", sentence)
    names = ["".join(_words(name)) for name in _NAME.findall(sentence)]
    return all(number in there or number in squeezed for number in numbers) and all(name.rstrip("s") in squeezed for name in names)


def _spoken(sentence: str, posts: Sequence[RawPost]) -> bool:
    """Whether somebody who `says` something wrote one of the posts, or is named in one beside a quotation mark."""
    found = _SAYS.match(sentence)
    who = _words(found["who"]) if found else []
    for post in posts if who else ():
        author = "".join(_words(f"{post.get('author_name', '')}{post['author']}"))
        if any(len(word) > 2 and word in author for word in who) or (who[-1] in _words(post["text"]) and re.search(r"[“\"]", post["text"])):
            return True
    return not who


def _denials(sentence: str, posts: Sequence[RawPost]) -> bool:
    """Whether the sentence denies where the posts do: both somewhere, or neither."""
    return bool(_DENIAL.search(sentence.lower())) == any(_DENIAL.search(str(post["text"]).lower()) for post in posts)


def _covered(sentence: str, said: str) -> float:
    """The share of the sentence's n-grams that occur in what is said."""
    ours, theirs = _grams(sentence), _grams(said)
    return len(ours & theirs) / len(ours) if ours else 0.0


def _grams(content: str) -> set[str]:
    return {word[place : place + GRAM] for word in _words(content) if len(word) >= GRAM for place in range(len(word) - GRAM + 1)}
