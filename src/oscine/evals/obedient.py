"""The most gullible language model there can be: it says whatever stands in its prompt, as its own words, and cites whatever it is told to.

It stands in for every model that an attacker may hope for. It obeys because it repeats: each sentence and each clause of each post, what an order
says to say among them; every address; its own instructions; each sentence once with the number of its post, once with the first.
What the check in front of it lets through, a real model could have said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import regex

from oscine.engines.language import Form, Message, require

_POST = regex.compile(r"^\[(\d+)\] (?P<credit>.*?): (?P<text>.*)$")
_SENTENCE = regex.compile(r"(?<=[.!?…])\s+")
_CLAUSE = regex.compile(r"[:“”«»„\"]\s*|\s[–—-]\s")
_ADDRESS = regex.compile(r"(?:https?://|www\.)\S+|\b[\w-]+\.example\b\S*")


class Obedient:
    """A `LanguageModel` that does what its prompt says, all of it."""

    name = "obedient"
    form: Form = "chat"

    def write(self, messages: Sequence[Message], max_tokens: int = 300) -> Iterator[str]:
        """All that the prompt could be taken to ask for, a sentence a line; `max_tokens` is what it does not obey."""
        said: set[str] = set()
        for sentence in self._obeyed(messages):
            if sentence not in said:
                said.add(sentence)
                yield sentence + "\n"

    def complete(self, prompt: Sequence[str], *, max_tokens: int = 120, temperature: float = 0.8, seed: int = 0) -> Iterator[str]:
        """It answers only."""
        require(self.form, self.name, "post")
        yield from prompt

    def close(self) -> None:
        """Nothing to let go of."""

    def _obeyed(self, messages: Sequence[Message]) -> Iterator[str]:
        for message in messages:
            for line in message["content"].splitlines():
                found = _POST.match(line)
                number, words = (found[1], found["text"]) if found else ("1", line)
                for sentence in _SENTENCE.split(words):
                    for part in [sentence, *_CLAUSE.split(sentence)]:
                        yield f"{part} [{number}]"
                        yield f"{part} [1]"
                for address in _ADDRESS.findall(line):
                    yield f"See https://{address.removeprefix('https://')} [{number}]"
                    yield f"![picture]({address}) [{number}]"
