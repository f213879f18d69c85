"""The records of recommendation: what people do, what they ask for, by which weights posts are ordered, what was served and what came of it.

A score is whole points, a point being a millionth, so that its parts add up to it exactly. The records know nothing of how posts are found, nor of how they
are kept.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, NamedTuple, get_args

from msgspec import Meta, field

from oscine.records import Record

POINTS = 1_000_000  # in a score of 1

Action = Literal["like", "reply", "repost", "quote", "follow", "click", "dwell", "hide", "report"]
ACTIONS: tuple[Action, ...] = get_args(Action)  # what a ranker foretells, in this order

Order = Literal["for-you", "newest"]
Dial = Literal["followed", "fresh", "popular", "recent", "varied", "talk"]
DIALS: tuple[Dial, ...] = get_args(Dial)  # people followed; authors whom few know; what many like; what is new; variety; conversations
WishKind = Literal["topic", "lang", "author", "word", "tag", "tone", "form"]
WISHES: tuple[WishKind, ...] = get_args(WishKind)
Tone = Literal["outrage", "sad", "funny", "kind", "news", "ads"]
TONES: tuple[Tone, ...] = get_args(Tone)
Form = Literal["picture", "link", "reply", "long", "short"]
FORMS: tuple[Form, ...] = get_args(Form)
LONG, SHORT = 280, 80  # characters from which a post is long, and up to which it is short
Share = Annotated[float, Meta(ge=-1, le=1)]


class Act(NamedTuple):
    """What a person did, to the post with this number of the store, or (0) to its author alone; `author` is a number of the store too."""

    kind: Action
    post: int
    author: int
    at: datetime


class Wish(Record, frozen=True):
    """More (`weight` up to 1) or less (down to -1) of something: a topic in a few words, a language (ISO 639-1), an author (NETWORK/ACCOUNT), a word, a
    tag, a tone, a form."""

    kind: WishKind
    value: Annotated[str, Meta(min_length=1, max_length=200)]
    weight: Share


class Rule(Record, frozen=True):
    """`never`: what is so is left out. `only`: what is not so is left out; of several of one kind, one must hold."""

    kind: WishKind
    value: Annotated[str, Meta(min_length=1, max_length=200)]
    mode: Literal["never", "only"]


class Steering(Record, frozen=True):
    """What a person asks of their feed. A dial stands from -1 to 1, at 0 where it is not named. Without `personal`, nothing that they did is read, and
    nothing of what they are shown is kept under their name."""

    dials: dict[Dial, Share] = field(default_factory=dict)
    wishes: tuple[Wish, ...] = ()
    rules: tuple[Rule, ...] = ()
    personal: bool = True
    order: Order = "for-you"


UNSTEERED = Steering()


class Weights(Record, frozen=True):
    """The one table that makes a score of probabilities and of what else speaks for a post; `version` 0 is the table that ships.

    `actions` weigh the probabilities that the ranker (or the prior) foretells. `also` weigh the rest, by name. `dials` and `wishes` say what a dial or a wish
    that is turned up to 1 adds. `diversity`, from 0 to 1, is what a post loses for being like those above it; `author` for being by one of their authors.
    """

    version: int
    actions: dict[Action, float]
    also: dict[str, float]
    dials: dict[Dial, float]
    wishes: dict[WishKind, float]
    diversity: float
    author: float
    made_at: datetime | None = None
    by: str = ""  # a key's id
    why: str = ""


class Part(NamedTuple):
    """A part of a score: its name, the value that was found, its weight, and what they give, in points."""

    name: str
    value: float
    weight: float
    points: int


class ServedPost(Record, frozen=True):
    """A post of a page: where it stood, its score, the chance with which it was put there (1 where nothing was left to chance), what found it."""

    post: int
    position: int
    points: int
    propensity: float = 1.0
    sources: tuple[str, ...] = ()


class ServedPage(Record, frozen=True):
    """A page of a feed as it was served. `person` is a pseudonym, empty where none is kept; `session` is the first page's token.

    `experiment` and `arm` name the test that it was part of, or 0 and empty. `candidates`, on pages that were dealt by chance, hold what another table of
    weights would have to know (see `feed.dealt`). `ads` name the ads on it, as the ledger of ads does.
    """

    token: str
    session: str
    at: datetime
    person: str
    order: Order
    weights: int
    posts: tuple[ServedPost, ...]
    ranker: str = ""
    experiment: int = 0
    arm: str = ""
    temperature: float = 0.0
    candidates: bytes = b""
    ads: tuple[str, ...] = ()


Outcome = Literal["seen", "like", "reply", "repost", "quote", "follow", "click", "dwell", "hide", "report"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
