"""A network for the proof over all doors: who stands how to whom, which post is for whom. The tables are written by hand, and ask no code of the package.

Every post holds a word that stands nowhere else, by an author whose name stands nowhere else, under an id of its own: wherever one of the three comes out
of a door, that post has come out.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

NETWORK, OTHER = "bluesky", "other.example"
NOW = datetime.now(UTC).replace(microsecond=0)
SEEN, FOUND, OWN, NOTHING = "r", "s", "a", "."  # to be read; to be read and to be found by search; one's own; neither

# What a person may have. Columns: nobody, a stranger, a follower, whom the post names, whom the author blocks, who blocks the author, who mutes the author,
# the author. In the second network nobody follows, blocks or names anybody.
PEOPLE = ("anonymous", "stranger", "follower", "named", "blocked", "blocker", "muter", "author")
FOR_PEOPLE = {
    "public":       "ssss...a",
    "unlisted":     ".sss...a",
    "followers":    "..ss...a",
    "direct":       "...s...a",
    "unsearchable": "rrrr...a",
    "closed":       "..rr...a",  # for followers, and not to be found
    "no training":  "ssss...a",
    "no bulk":      "ssss...a",
    "no archive":   "ssss...a",
    "all allowed":  "ssss...a",
    "hidden":       ".......a",
    "covered":      "ssss...a",
    "inactive":     ".......a",
    "signed in":    ".sss...a",
    "old":          "ssss...a",
    "elsewhere":    "sssssssa",
}  # fmt: skip

# Without the field `author` a post's own id is neither told nor taken: what search does not find is out of reach.
# What a key has by its licence, which acts for nobody; `circle` acts for the follower. The last three where the operator asks authors to opt in.
LICENCES: dict[str, dict[str, Any]] = {
    "reading":       {"purpose": "research", "uses": ["read", "search", "answer"]},
    "bulk":          {"purpose": "research", "uses": ["read", "search", "answer", "export", "stream"]},
    "training":      {"purpose": "training", "uses": ["read", "search", "answer"]},
    "archive":       {"purpose": "archive", "uses": ["read", "search"]},
    "engine":        {"purpose": "search", "uses": ["read", "search"]},
    "elsewhere":     {"purpose": "research", "uses": ["read", "search", "answer"], "networks": [OTHER]},
    "recent":        {"purpose": "research", "uses": ["read", "search", "answer"], "days": 30},
    "no text":       {"purpose": "research", "uses": ["read", "search", "answer"], "fields": ["author", "counts"]},
    "no author":     {"purpose": "research", "uses": ["read", "search"], "fields": ["text", "counts"]},
    "export":        {"purpose": "other", "uses": ["export"]},
    "export-train":  {"purpose": "training", "uses": ["export"]},
    "circle":        {"purpose": "moderation", "uses": ["read", "search", "answer"]},
    "ended":         {"purpose": "research", "uses": ["read", "search", "answer", "export"]},
    "revoked":       {"purpose": "research", "uses": ["read", "search", "answer", "export"]},
    "opt-in bulk":   {"purpose": "research", "uses": ["read", "search", "answer", "export"]},
    "opt-in train":  {"purpose": "training", "uses": ["read", "search", "answer"]},
    "opt-in export": {"purpose": "archive", "uses": ["export"]},
}  # fmt: skip
#                 read bulk trai arch engi else rece text auth expo exp+ circ ende revo  ob ot oe
FOR_LICENCES = {
    "public":       "s    s    s    s    s    .    s    s    s    s    s    s    .    .    .  .  .",
    "unlisted":     ".    .    .    .    .    .    .    .    .    .    .    s    .    .    .  .  .",
    "followers":    ".    .    .    .    .    .    .    .    .    .    .    s    .    .    .  .  .",
    "direct":       ".    .    .    .    .    .    .    .    .    .    .    .    .    .    .  .  .",
    "unsearchable": "r    r    r    r    .    .    r    r    .    r    r    r    .    .    .  .  .",
    "closed":       ".    .    .    .    .    .    .    .    .    .    .    r    .    .    .  .  .",
    "no training":  "s    s    .    s    s    .    s    s    s    s    .    s    .    .    .  .  .",
    "no bulk":      "s    .    s    s    s    .    s    s    s    .    .    s    .    .    .  .  .",
    "no archive":   "s    s    s    .    s    .    s    s    s    s    s    s    .    .    .  .  .",
    "all allowed":  "s    s    s    s    s    .    s    s    s    s    s    s    .    .    s  s  s",
    "hidden":       ".    .    .    .    .    .    .    .    .    .    .    .    .    .    .  .  .",
    "covered":      "s    s    s    s    s    .    s    s    s    s    s    s    .    .    .  .  .",
    "inactive":     ".    .    .    .    .    .    .    .    .    .    .    .    .    .    .  .  .",
    "signed in":    ".    .    .    .    .    .    .    .    .    .    .    s    .    .    .  .  .",
    "old":          "s    s    s    s    s    .    .    s    s    s    s    s    .    .    .  .  .",
    "elsewhere":    "s    s    s    s    s    s    s    s    s    s    s    s    .    .    .  .  .",
}  # fmt: skip
SUBJECTS = tuple(FOR_PEOPLE)
VIEWERS = (*PEOPLE, *(f"licence {name}" for name in LICENCES))
OPT_IN = {name for name in VIEWERS if "opt-in" in name}
TEXTLESS, NAMELESS = "licence no text", "licence no author"

# What may leave in bulk, by the author's word alone: a corpus, examples to teach by. What is hidden from everybody, or for some only, never does.
TRAINED_ON = {"public", "unsearchable", "no bulk", "no archive", "all allowed", "covered", "old", "elsewhere"}
EXPORTED = {"public", "unsearchable", "no training", "no archive", "all allowed", "covered", "old", "elsewhere"}


class Subject(NamedTuple):
    """A post: its place in the tables, the word that asks for it, and the three things that tell it."""

    name: str
    ask: str
    secret: str
    author: str
    id: str
    network: str

    @property
    def question(self) -> str:
        """What only this post answers."""
        return f"Where does the ferry to {self.ask} leave from?"


def subject(name: str) -> Subject:
    """The post of a row."""
    letters = chr(ord("a") + SUBJECTS.index(name)) * 3
    author = f"did:plc:nym{letters}qx"
    return Subject(name, f"Vendle{letters}", f"gorm{letters}dyke", author, f"at://did:plc:key{letters}qx/post", OTHER if name == "elsewhere" else NETWORK)


def may(viewer: str, name: str) -> str:
    """What a viewer may have of a post."""
    if viewer in PEOPLE:
        return FOR_PEOPLE[name][PEOPLE.index(viewer)]
    return FOR_LICENCES[name].split()[list(LICENCES).index(viewer.removeprefix("licence "))]


def person(viewer: str, name: str = "") -> str:
    """The account of a person; of the author, that of a post."""
    return subject(name).author if viewer == "author" else f"did:plc:{viewer}"


_MORE: dict[str, dict[str, Any]] = {
    "unlisted": {"visibility": "unlisted"}, "followers": {"visibility": "followers"}, "direct": {"visibility": "direct"}, "closed": {"visibility": "followers"},
    "no training": {"author_intents": {"training": "deny"}}, "no bulk": {"author_intents": {"bulk": "deny"}},
    "no archive": {"author_intents": {"archive": "deny"}}, "all allowed": {"author_intents": {"training": "allow", "bulk": "allow", "archive": "allow"}},
    "hidden": {"labels": ["!hide"]}, "covered": {"labels": ["nsfw"]}, "inactive": {"labels": ["!inactive"]}, "signed in": {"labels": ["!no-unauthenticated"]},
    "old": {"created_at": "2019-05-01T12:00:00Z"},
}  # fmt: skip


def lines() -> list[dict[str, Any]]:
    """The network, as lines of Oscine JSONL."""
    first = {"id": "first", "author": "harbour", "network": NETWORK, "created_at": _ago(3), "text": "The harbour is open."}
    made = [first]
    for number, name in enumerate(SUBJECTS):
        one = subject(name)
        made.append({
            "id": one.id, "author": one.author, "author_handle": one.author, "author_name": one.author[8:], "network": one.network, "lang": "en",
            "created_at": _ago(2, number), "text": f"The ferry to {one.ask} leaves from pier {one.secret} {'every single ' * (number % 3)}morning.",
            "mentions": [person("named")] if name != "elsewhere" else [], **_MORE.get(name, {}),
        })  # fmt: skip
        if name in ("unsearchable", "closed"):
            made.append({"account": one.author, "network": NETWORK, "searchable": False, "at": _ago(1)})
        for actor, kind, target in (("follower", "follow", one.author), ("blocker", "block", one.author), ("muter", "mute", one.author)):
            made.append({"relation": kind, "actor": person(actor), "target": target, "network": NETWORK, "at": _ago(1)})
        made.append({"relation": "block", "actor": one.author, "target": person("blocked"), "network": NETWORK, "at": _ago(1)})
    people = (who for who in PEOPLE if who not in ("anonymous", "author"))
    made += [{"account": person(who), "network": NETWORK, "handle": person(who), "name": who, "at": _ago(1)} for who in people]
    return made


def _ago(hours: float, minutes: float = 0) -> str:
    return (NOW - timedelta(hours=hours, minutes=minutes)).isoformat()
