"""“Make me a picture for this”: a request in plain words becomes a composed picture, and no more is claimed for it.

Words in quotation marks are set as type; colours that are named are used; what else is named is looked for among the drawings. It understands no
sentence: who does what, how many and where are lost.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from random import Random

import regex

from oscine import text
from oscine.errors import InputError
from oscine.pictures import moods, symbols
from oscine.pictures.alt import alt
from oscine.pictures.compose import Art, Composed, Words, clean, compose
from oscine.pictures.moods import Near
from oscine.pictures.render import Brief, render
from oscine.pictures.sizes import Size

SAYS = "Composed of ready drawings, shapes and letters: no model drew this picture."
QUOTED = regex.compile(r"""[“„«"「『]\s*([^“”„«»"「」『』]{1,200}?)\s*[”“»"」』]""")
MOST = 4  # drawings in a scene
AT_NIGHT = frozenset("night-with-stars bridge-at-night milky-way full-moon crescent-moon fireworks star shooting-star bat owl".split())
LEAST = 0.25  # how well the others must fit in proportion to the first


@cache
def _colours() -> dict[str, str]:
    """What each stem of a colour's name looks like."""
    told: dict[str, str] = tomllib.loads((resources.files("oscine.pictures") / "colours.toml").read_text("utf-8"))
    return {text.stem(name, lang): colour for colour, names in told.items() for name in names.split() for lang in symbols.LANGS}


def _is_colour(token: text.Token) -> bool:
    return token.stem in _colours()


def colours(request: str, lang: str = "") -> tuple[str, ...]:
    """The colours that a request names, in its order, as `#rrggbb`."""
    words = text.content_words(request, lang or text.language(request))
    found = (_colours().get(token.stem) for token in words)
    return tuple(dict.fromkeys(colour for colour in found if colour))


def picture(request: str, size: Size, seed: int = 0, near: Near | None = None, given: Sequence[str] = (), lang: str = "") -> Composed:
    """A picture for a request: a scene of what it names, or its quoted words set as type; `given` are colours `#rrggbb` to use first.

    Raises `InputError` where nothing that it names can be drawn and nothing is quoted, or where the words do not fit.
    """
    said = [clean(one) for one in QUOTED.findall(request)]
    topic = clean(QUOTED.sub(" ", request))
    used = tuple(given) or colours(topic, lang)
    if said:
        words = Words(said[0], said[1] if len(said) > 1 else "", lang=lang)
        return compose(words, Art(colours=used, topic=topic or said[0]), size, seed, near)
    return _scene(topic, size, seed, near, used, lang)


def _scene(topic: str, size: Size, seed: int, near: Near | None, used: tuple[str, ...], lang: str) -> Composed:
    """The drawings that a request names, in a plain setting."""
    lang = lang or text.language(topic) or ""
    things = " ".join(token.exact for token in text.content_words(topic, lang or None) if not _is_colour(token))
    drawn = symbols.as_named(symbols.chosen(things, MOST, lang, near, LEAST), things, lang)
    if not drawn:
        raise InputError(
            f"No drawing here shows “{topic[:60]}”.",
            "Name things, animals, plants or trades, or put words in quotation marks to have them set.",
        )
    mood = moods.choose("", topic, seed, near)
    random = Random(f"{seed}|{topic}")
    scheme = "dark" if any(symbol.name in AT_NIGHT for symbol in drawn) else random.choice(("light", "tint"))
    texts = dict.fromkeys(("headline", "body", "action", "brand"), "")
    made = render(Brief(texts, lang, size, mood, used, None, None, drawn, random), "scene", scheme)
    assert made, "a scene has no words that could fail to fit"
    named = [symbol.called(lang or "en") for symbol in drawn]
    return Composed(made.png, "scene", made.contrast, made.smallest, alt((), named, photo=False), ("layout",))
