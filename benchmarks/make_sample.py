"""Makes the sample that ships with Oscine: `python benchmarks/make_sample.py DATA_FOLDER`.

DATA_FOLDER holds `tweetqa/posts.jsonl.gz` and `communities/posts.jsonl.gz`, both Oscine JSONL. The same input gives the
same files byte for byte. What may be shown is said in two files beside this one: `sample_communities.txt` names the
communities, `sample_words.txt` the words that keep a post out.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

HERE = Path(__file__).parent
SAMPLE = HERE.parent / "src" / "oscine" / "sample"
LEFT_OUT = frozenset(
    {
        "tq-f8877a163ec2",
        "tq-74b890891cd9",
        "tq-4a0b06008600",
        "tq-84d0ede12ffa",
        "tq-65b03a046a7a",
        "tq-32169dd0a691",
        "tq-da12dd0ce1bd",
    }
)
"""Posts left out by id: tweets that describe a sexual act or organ or hold a slur, and posts removed on request."""

Post = dict[str, Any]
TOKEN = re.compile(r"[^\W_]+")
MASKED = re.compile(r"\b(?:f[*@#$%]+c?k|sh?[*@#$%]+t|b[*@#$%]+tch|a[*@#$%]+hole)")
CONTACT = re.compile(
    r"[\w.+-]+@[\w-]+\.\w{2,}"  # an e-mail address
    r"|\(?\b\d{3}\)?[ .-]{1,2}\d{3}[ .-]\d{4}\b"  # a telephone number
    r"|fbcdn|facebook\.com/(?:photo|profile)"  # somebody's own picture or page
)


def entries(name: str) -> list[str]:
    """The entries of a list beside this file, without its comments."""
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [entry for line in lines if not line.startswith("#") for entry in line.split()]


@cache
def word_pattern() -> re.Pattern[str]:
    """Matches a token that is a word of the list; `*` stands for any letters or digits."""
    words = [re.escape(word).replace(r"\*", ".*") for word in entries("sample_words.txt") if "_" not in word]
    return re.compile("|".join(words))


@cache
def phrases() -> tuple[str, ...]:
    """The entries of several words (joined by `_` in the list), as ` two words `."""
    return tuple(f" {entry.replace('_', ' ')} " for entry in entries("sample_words.txt") if "_" in entry)


@cache
def is_listed(token: str) -> bool:
    """Whether a lower-case token is a word of the list."""
    return word_pattern().fullmatch(token) is not None


def visible(post: Post) -> str:
    """What a reader sees of a post: who, what, and the links, decoded."""
    return " ".join([post["author"], post["text"], *map(unquote_plus, post["urls"])]).lower()


def listed(post: Post) -> set[str]:
    """The words and phrases of the list that occur in a post."""
    tokens = TOKEN.findall(visible(post))
    spaced = f" {' '.join(tokens)} "
    return set(filter(is_listed, tokens)) | {phrase for phrase in phrases() if phrase in spaced}


@cache
def communities() -> frozenset[str]:
    """The communities that may be shown, as authors."""
    return frozenset(f"r_{name}" for name in entries("sample_communities.txt"))


def is_kept(post: Post) -> bool:
    """Whether a post has not been left out by its id."""
    return post["id"] not in LEFT_OUT


def fit(post: Post) -> bool:
    """Whether a post of the communities may stand on any screen."""
    if post["author"] not in communities() or post.get("nsfw") or post.get("sensitive"):
        return False
    text = visible(post)
    return is_kept(post) and not (CONTACT.search(text) or MASKED.search(text) or listed(post))


def chosen(source: Path, keep: Callable[[Post], bool]) -> Iterator[tuple[Post, bytes]]:
    """The posts of a file that are kept, each with its line as it stands there."""
    with gzip.open(source) as lines:
        for line in lines:
            post = json.loads(line)
            if keep(post):
                yield post, line


def by_time(found: Iterable[tuple[Post, bytes]]) -> list[bytes]:
    """Lines in the order of their posts' times."""
    return [line for _, line in sorted(found, key=lambda pair: (pair[0]["created_at"], pair[0]["id"]))]


def write(target: Path, lines: list[bytes]) -> None:
    """Writes a gzip file that says nothing of when and where it was made."""
    content = b"".join(lines)
    with target.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
        packed.write(content)
    print(f"{target.name}: {len(lines)} posts, {len(content)} bytes, {target.stat().st_size} compressed")


def main(data: Path) -> None:
    """Makes both files from a folder of data."""
    tweets = chosen(data / "tweetqa" / "posts.jsonl.gz", is_kept)
    write(SAMPLE / "tweetqa.jsonl.gz", [line for _, line in tweets])
    write(SAMPLE / "communities.jsonl.gz", by_time(chosen(data / "communities" / "posts.jsonl.gz", fit)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
