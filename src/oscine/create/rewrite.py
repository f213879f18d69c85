"""A text said otherwise by the model in use: shorter, clearer, kinder, in a tone, in another language. What changed of its facts is told, not mended.

It needs a model that answers messages. The text is its writer's own: nothing in it is masked, and it is never posted from here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import cache
from typing import Literal, NamedTuple, get_args

import regex

from oscine import text
from oscine.create import clean, prompt
from oscine.create.facts import Change, changes
from oscine.engines.language import LanguageModel, Message
from oscine.errors import EngineUnavailable, InputError
from oscine.safety import policy
from oscine.safety.injection import steers

LONGEST = 4_000  # characters of a text
LONGEST_TONE = 60
PER_TOKEN = 2  # characters that a token surely has, in the languages that have least
SHORTER = 0.8  # of the length, from which on a text is not called shorter

_LABEL = regex.compile(r"^(?:here is )?(?:the |your )?(?:rewritten )?text:\s*", regex.IGNORECASE)  # what models put before an answer

Style = Literal["shorter", "clearer", "kinder", "tone", "language"]
STYLES: tuple[Style, ...] = get_args(Style)
Missed = Literal["shorter", "language"]  # what was wanted and did not come about


class Wish(NamedTuple):
    """How a text is to be said: `tone` in a few words for that style, `lang` (ISO 639-1) for another language."""

    style: Style
    tone: str = ""
    lang: str = ""


class Rewritten(NamedTuple):
    """The text, who wrote it, what its reader should know of it: rude words, facts that changed, what was wanted and missed."""

    text: str
    model: str
    watermarked: bool
    flags: tuple[clean.Flag, ...]
    changes: tuple[Change, ...]
    missed: tuple[Missed, ...]


class Rewriter:
    """Rewriting by the model that `model` gives."""

    def __init__(self, model: Callable[[], LanguageModel], watermarked: bool = False) -> None:
        self._model = model
        self._watermarked = watermarked

    def rewrite(self, given: str, wish: Wish) -> Rewritten:
        """The text said otherwise. Raises `EngineUnavailable`; `InputError` for what cannot be rewritten, or may not stand as it came out."""
        asked = messages(given, wish)
        model = self._model()
        if model.form != "chat":
            raise EngineUnavailable(
                f"{model.name} does not follow instructions, and cannot rewrite.", "Choose another model with `oscine models use`."
            )
        written = clean.finished("".join(model.write(asked, 100 + len(given) // PER_TOKEN)), 2 * LONGEST)
        said = str(_LABEL.sub("", written)).strip('“”„«»" ')
        if not said:
            raise EngineUnavailable(f"{model.name} said nothing.", "Try again, or choose another model with `oscine models use`.")
        policy.refuse(said, "text")
        return Rewritten(said, model.name, self._watermarked, clean.flags(said), changes(given, said), _missed(given, said, wish))


def messages(given: str, wish: Wish) -> list[Message]:
    """What a model is asked. Raises `InputError`."""
    if not given.strip() or len(given) > LONGEST:
        raise InputError(f"The text has {len(given):,} characters.", f"It may have 1 to {LONGEST:,}.")
    if steers(given) or steers(wish.tone):
        raise InputError("That text gives orders to machines, and no model is shown it.", "Rewrite it yourself.")
    wanted = _wishes()[wish.style].format(tone=_tone(wish), language=_language(wish))
    content = f"Wanted: {wanted}\nThe text:\n{clean.beginning(given)}"
    return [{"role": "system", "content": prompt.instructions("rewrite")}, {"role": "user", "content": content}]


def _tone(wish: Wish) -> str:
    said = " ".join(wish.tone.split())
    if wish.style == "tone" and not 0 < len(said) <= LONGEST_TONE:
        raise InputError("No tone is named.", f"Name one in up to {LONGEST_TONE} characters, such as `cheerful` or `businesslike`.")
    return said


def _language(wish: Wish) -> str:
    """The language by its English name; Raises `InputError` for one that is not known."""
    if wish.style == "language" and wish.lang not in languages():
        raise InputError(f"There is no language {wish.lang[:20]!r} here.", f"Use one of {', '.join(languages())}.")
    return languages().get(wish.lang, "")


@cache
def _wishes() -> dict[str, str]:
    return tomllib.loads(prompt.instructions("wishes", "toml"))


@cache
def languages() -> dict[str, str]:
    """The languages that may be asked for, by ISO 639-1 code, each with its English name."""
    return tomllib.loads(prompt.instructions("languages", "toml"))


def _missed(before: str, after: str, wish: Wish) -> tuple[Missed, ...]:
    if wish.style == "shorter" and len(after) > SHORTER * len(before):
        return ("shorter",)
    if wish.style == "language" and (text.language(after) or wish.lang) != wish.lang:
        return ("language",)
    return ()
