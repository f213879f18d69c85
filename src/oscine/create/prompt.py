"""What a model is given: for one that continues posts its own format, for one that answers messages the published instructions.

In the first, a post is plain text between special tokens, and spells none; in the second it is one line of data, and one that tries to steer is not shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import resources

from oscine.engines.language import Message, Special
from oscine.errors import InputError
from oscine.model.tokenizer import AUTHORS, POST, REPLY
from oscine.records import Viewer
from oscine.safety.injection import byline, cleaned, steers, visible
from oscine.view import SeenPost

READ = 1_500  # characters of a post that a model is shown


def pieces(beginning: str, answered: SeenPost | None, writer: Viewer, voice: Sequence[str] = ()) -> Sequence[str]:
    """A document up to where the model goes on: a post, or a thread, as `model/tokenizer.py` makes them; `voice` are the writer's own posts."""
    if voice:
        return list(_thread(beginning, answered, writer, voice))
    if answered is None:
        return [Special(POST), beginning]
    said = visible(answered.post.text)[:READ]
    if (answered.post.network, answered.post.author) == (writer.network, writer.account):
        return [Special(POST), said, Special(REPLY), beginning]  # a thread of one author names none
    return [Special(POST), Special(AUTHORS[0]), said, Special(REPLY), Special(AUTHORS[1]), beginning]


def _thread(beginning: str, answered: SeenPost | None, writer: Viewer, voice: Sequence[str]) -> Iterator[str]:
    """A thread in which the writer has spoken before; where somebody else is answered, the two are told apart."""
    other = answered is not None and (answered.post.network, answered.post.author) != (writer.network, writer.account)
    mine, theirs = ([Special(AUTHORS[0])], [Special(AUTHORS[1])]) if other else ([], [])
    turns = [[*mine, visible(said)[:READ]] for said in voice]
    if answered:
        turns.append([*theirs, visible(answered.post.text)[:READ]])
    for number, turn in enumerate([*turns, [*mine, beginning]]):
        yield from [Special(REPLY if number else POST), *turn]


def messages(beginning: str, answered: SeenPost | None, number: int, voice: Sequence[str] = ()) -> list[Message]:
    """The instructions, and what is wanted. Raises `InputError` for a post that tries to steer a machine."""
    if answered is None:
        return wanted(number, beginning, voice=voice)
    if steers(answered.post.text):
        raise InputError("That post tries to steer a machine, and no model is shown it.", "Write the reply yourself.")
    return wanted(number, beginning, byline(answered.author.handle), cleaned(answered.post.text), voice)


def wanted(number: int, beginning: str = "", author: str = "", said: str = "", voice: Sequence[str] = ()) -> list[Message]:
    """The instructions for so many drafts: of a post that begins so, or of a reply to what an author said; as whoever wrote `voice`."""
    rules = "\n".join(map(instructions, ["draft", "voice"] if voice else ["draft"]))
    lines = [f"Drafts: {number}", *(f"A post that they wrote: {_one_line(own[:READ])}" for own in voice)]
    if said:
        lines.append(f"A reply to this post by {author}: {_one_line(said[:READ])}")
    if beginning:
        lines.append(f"Each begins with: {_one_line(beginning)}")
    return [{"role": "system", "content": rules}, {"role": "user", "content": "\n".join(lines)}]


def instructions(name: str, kind: str = "md") -> str:
    """One of the published instructions."""
    return resources.files("oscine.create").joinpath(f"prompts/{name}.{kind}").read_text(encoding="utf8")


def _one_line(words: str) -> str:
    return " ".join(words.split())
