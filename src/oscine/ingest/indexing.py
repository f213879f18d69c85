"""What a post is found by: completed with what its source left out (language, links, tags, mentions), and analysed. Pure."""

from __future__ import annotations

from functools import lru_cache

import msgspec
import regex

from oscine import text
from oscine.records import Post, PostWritten
from oscine.store import posts

GAP = 50  # positions between a post's text, its pictures' texts and its tags: no phrase spans two of them
_URL = regex.compile(r"""https?://[^\s<>"]+""")


def index(event: PostWritten) -> posts.Indexed:
    """A post cleaned, completed (language, links, tags and mentions that its source did not give) and analysed."""
    post, author = event.post, event.author
    lang = post.lang or text.language(post.text)
    said = text.analyse(post.text, lang)
    shown = text.analyse(" ".join(media.alt for media in post.media), lang, said.end + GAP)
    given = text.analyse(_unsaid(post, said.names), lang, shown.end + GAP)
    more = text.signs(post.text) + text.place_tokens(post.geo.name if post.geo else "")
    complete = msgspec.structs.replace(
        post,
        lang=lang,
        urls=post.urls or (tuple(_URL.findall(post.text)) if "://" in post.text else ()),
        tags=post.tags or _named("#", said.names),
        mentions=post.mentions or _named("@", said.names),
    )
    words = " ".join(filter(None, (said.words, shown.words, given.words, _author_words(author.name, author.handle, lang))))
    lexemes = " ".join(filter(None, (said.lexemes, shown.lexemes, given.lexemes, text.lexemes(more))))
    return posts.Indexed(msgspec.structs.replace(event, post=complete), words, lexemes)


def _unsaid(post: Post, said: tuple[str, ...]) -> str:
    """The tags, mentions and links that a source names and the text does not."""
    names = [*(f"#{tag}" for tag in post.tags), *(f"@{name}" for name in post.mentions)]
    return " ".join([*(name for name in names if text.fold(name) not in said), *(url for url in post.urls if url not in post.text)])


def _named(sign: str, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name[1:] for name in names if name.startswith(sign))


@lru_cache(maxsize=10_000)
def _author_words(name: str, handle: str, lang: str | None) -> str:
    """A post is found by its author's name too."""
    return text.words(text.tokens(f"{name} @{handle}", lang))
