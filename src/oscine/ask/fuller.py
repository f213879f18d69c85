"""A language model's fuller answer: prompted with the posts, read sentence by sentence, each checked before anybody sees it.

A sentence that the check does not pass is dropped; what a model says is never trusted because a model says it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import resources

import regex

from oscine import evidence, text
from oscine.ask import phrases
from oscine.ask.answer import Sentence, credit, passage
from oscine.engines.heard import heard
from oscine.engines.language import LanguageModel, Message
from oscine.safety.injection import cleaned, steers
from oscine.view import SeenPost

MOST_POSTS = 5
SHORT_POSTS = 3  # for a model that was taught by `teach/`: small ones read slowly, and learned with no more
SHOWN = 600  # characters of a post that a model is shown
MOST_TOKENS = 220
FEWEST_WORDS = 2  # topic words below which a sentence says nothing
_END = regex.compile(r"(?<=[.!?。！？](?:\s?\[[\d, ]+\])*)\s+(?!\[)|\n+")
# Links stand beside the posts that they come from, never in our own words.
_LEADS_AWAY = regex.compile(r"(?i)://|\bwww\.|\]\(|<[a-z/!]|(?-i:\b[a-z0-9-]{2,}\.[a-z]{2,}\b)")
_HANDLE = regex.compile(r"@([\p{L}\p{N}_.\-]*[\p{L}\p{N}_])")
_CITED = regex.compile(r"\s*\[([\d, ]+)\]")


def prompt(question: str, posts: Sequence[SeenPost], taught: bool = False) -> list[Message]:
    """The published instructions, the posts by number, and the question; a model that was `taught` them needs few words and gets fewer posts."""
    file, most = ("taught", SHORT_POSTS) if taught else ("fuller", MOST_POSTS)
    rules = resources.files("oscine.ask").joinpath(f"prompts/{file}.md").read_text(encoding="utf8").strip()
    lines = [f"[{number}] {credit(seen)}: {_one_line(cleaned(seen.post.text))}" for number, seen in enumerate(posts[:most], 1)]
    return [{"role": "system", "content": rules}, {"role": "user", "content": "\n".join([*lines, "", f"Question: {_one_line(question)}"])}]


def write(model: LanguageModel, question: str, lang: str | None, posts: Sequence[SeenPost]) -> Iterator[Sentence]:
    """The model's sentences that stand on posts, as they come. Raises `EngineUnavailable`."""
    shown = [seen for seen in posts if not steers(seen.post.text)][:MOST_POSTS]
    said: set[str] = set()
    for raw in _sentences(heard(model.write(prompt(question, shown, model.form == "answers"), MOST_TOKENS))):
        sentence = _checked(raw, shown, lang)
        if sentence and sentence.text not in said:
            said.add(sentence.text)
            yield sentence


def _checked(raw: str, posts: Sequence[SeenPost], lang: str | None) -> Sentence | None:
    """The sentence with the posts that support it: those it cites, else the one that does; None where none does."""
    plain = _CITED.sub("", raw).strip(" \t-*#>|`")
    if phrases.refuses(plain) or len(text.content_words(plain, lang)) < FEWEST_WORDS or _LEADS_AWAY.search(plain):
        return None
    numbers = [int(number) for group in _CITED.findall(raw) for number in regex.findall(r"\d{1,3}", group)]
    cited = [posts[number - 1] for number in dict.fromkeys(numbers) if 1 <= number <= len(posts)]
    handles = {handle.lower() for handle in _HANDLE.findall(plain)}
    for chosen in [cited, *([seen] for seen in posts)]:
        known = handles <= {seen.author.handle.lower() for seen in chosen}  # whoever is named by handle wrote what is cited
        if chosen and known and evidence.support(plain, [passage(seen) for seen in chosen], lang).holds:
            return Sentence(plain, tuple(chosen), "written")
    return None


def _sentences(pieces: Iterator[str]) -> Iterator[str]:
    """Whole sentences out of pieces of text, each as soon as the next begins."""
    held = ""
    for piece in pieces:
        held += piece
        *complete, held = _END.split(held)
        yield from (sentence for sentence in complete if sentence.strip())
    if held.strip():
        yield held


def _one_line(words: str) -> str:
    return " ".join(words.split())[:SHOWN]
