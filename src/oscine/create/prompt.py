"""What a model is given: for one that continues posts its own format, for one that answers messages the published instructions.

In the first, a post is plain text between special tokens, and spells none; in the second it is one line of data, and one that tries to steer is not shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources

from oscine.engines.language import Message, Special
from oscine.errors import InputError
from oscine.model.tokenizer import AUTHORS, POST, REPLY
from oscine.records import Viewer
from oscine.safety.injection import byline, cleaned, steers, visible
from oscine.view import SeenPost

READ = 1_500  # characters of a post that a model is shown


def pieces(beginning: str, answered: SeenPost | None, writer: Viewer) -> Sequence[str]:
    """A document up to where the model goes on: a post, or a thread of two turns, as `model/tokenizer.py` makes them."""
    if answered is None:
        return [Special(POST), beginning]
    said = visible(answered.post.text)[:READ]
    if (answered.post.network, answered.post.author) == (writer.network, writer.account):
        return [Special(POST), said, Special(REPLY), beginning]  # a thread of one author names none
    return [Special(POST), Special(AUTHORS[0]), said, Special(REPLY), Special(AUTHORS[1]), beginning]


def messages(beginning: str, answered: SeenPost | None, number: int) -> list[Message]:
    """The instructions, and what is wanted. Raises `InputError` for a post that tries to steer a machine."""
    if answered is None:
        return wanted(number, beginning)
    if steers(answered.post.text):
        raise InputError("That post tries to steer a machine, and no model is shown it.", "Write the reply yourself.")
    return wanted(number, beginning, byline(answered.author.handle), cleaned(answered.post.text))


def wanted(number: int, beginning: str = "", author: str = "", said: str = "") -> list[Message]:
    """The instructions for so many drafts: of a post that begins so, or of a reply to what an author said."""
    rules = resources.files("oscine.create").joinpath("prompts/draft.md").read_text(encoding="utf8")
    lines = [f"Drafts: {number}"]
    if said:
        lines.append(f"A reply to this post by {author}: {_one_line(said[:READ])}")
    if beginning:
        lines.append(f"Each begins with: {_one_line(beginning)}")
    return [{"role": "system", "content": rules}, {"role": "user", "content": "\n".join(lines)}]


def _one_line(words: str) -> str:
    return " ".join(words.split())
