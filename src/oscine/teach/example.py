"""One example of what to say: a conversation whose last message is to be learned, and where it comes from."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from oscine.engines.language import Message


@dataclass(frozen=True)
class Example:
    """`messages` end with what the assistant is to say; `source` names the set or the posts it was made from, `form` what it teaches."""

    messages: tuple[Message, ...]
    source: str
    form: Literal["chat", "answers"] = "chat"


def write(examples: Iterable[Example], path: Path) -> int:
    """Write examples as JSON lines, in the order given; how many."""
    with path.open("w", encoding="utf8") as file:
        return sum(file.write(json.dumps(asdict(example), ensure_ascii=False) + "\n") > 0 for example in examples)
