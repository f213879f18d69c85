"""How X archives are laid out: which files may be opened, where they are named, and the shape of what is in them.

Since 2019 `data/manifest.js` names the files, which are scripts that assign one array each (`tweets.js`, `tweets-part1.js` …); where there is
none, they are known by their own names (`tweet.js`; from 2012 on `data/js/tweets/2013_01.js`). Each struct has the fields that are read and no
others: an e-mail address has none. It knows what X writes, and nothing of what becomes of it; see the archive's own `data/README.txt`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from oscine.records import RelationKind
from oscine.sources.archives.x_tweet import Name, NoteCore, Number, Said, Tweet
from oscine.sources.jsonl import Count

PARTS = {  # what may be opened: the manifest's name of a part, and how its files are called
    "account": "account",
    "profile": "profile",
    "verified": "verified",
    "protectedHistory": "protected-history",
    "noteTweet": "note-tweet",
    "twitterCircleTweet": "twitter-circle-tweet",
    "tweets": "tweets",
    "tweet": "tweet",
    "communityTweet": "community-tweet",
    "like": "like",
    "follower": "follower",
    "following": "following",
    "block": "block",
    "mute": "mute",
    "deletedTweetHeaders": "deleted-tweet-headers",
}
RELATIONS: dict[str, RelationKind] = {"follower": "follow", "following": "follow", "block": "block", "mute": "mute"}
MANIFEST = "data/manifest.js"
DETAILS = "data/js/user_details.js"
MONTHLY = "tweets by month"
ASSIGNED = r"^\s*(?:var\s+)?[\w.]+\s*=\s*"  # what stands before the JSON: the name of a variable
ARRAY = ASSIGNED + r"\["
_MONTH = re.compile(r"data/js/tweets/\d{4}_\d{2}\.js")
_KNOWN = re.compile(r"((?:[^/]+/)??)(?:data/manifest|(?:data/)?tweets?|data/js/user_details|data/js/tweets/\d{4}_\d{2})\.js")


class Files(NamedTuple):
    """The files of each part in order, how many others there are, and what is amiss."""

    of: dict[str, list[str]]
    others: int
    refused: list[str]


def prefix(names: Iterable[str]) -> str | None:
    """The folder that an X archive's files are in, mostly none (""); None where these are not the files of one."""
    found = (_KNOWN.fullmatch(name) for name in names)
    return next((match[1] for match in found if match), None)


def files(names: Iterable[str], folder: str, manifest: Manifest | None) -> Files:
    """What may be opened of these names: what the manifest says, where there is one and it says nothing else."""
    here = [name.removeprefix(folder) for name in names if name.startswith(folder)]
    named, refused = _listed(manifest, set(here)) if manifest else (_by_name(here), [])
    named[MONTHLY] = sorted(name for name in here if _MONTH.fullmatch(name))
    opened = {name for part in named.values() for name in part} | {MANIFEST, DETAILS}
    others = sum(name.endswith(".js") and name.startswith("data/") and name not in opened for name in here)
    return Files({part: [folder + name for name in some] for part, some in named.items()}, others, refused)


def _listed(manifest: Manifest, here: set[str]) -> tuple[dict[str, list[str]], list[str]]:
    named: dict[str, list[str]] = {}
    refused = []
    for part, stem in PARTS.items():
        listed = manifest.dataTypes.get(part, Part()).files
        for name in (file.fileName for file in listed):
            if not _pattern(stem).fullmatch(name):
                refused.append(f"{MANIFEST} names {name[:100]!r} as a file of {part}, which it is not: it is not opened")
            elif name not in here:
                refused.append(f"{MANIFEST} names {name}, which this file does not hold: it may be in another part of the archive")
            else:
                named.setdefault(part, []).append(name)
    return named, refused


def _by_name(here: list[str]) -> dict[str, list[str]]:
    return {part: sorted(filter(_pattern(stem).fullmatch, here), key=lambda name: (len(name), name)) for part, stem in PARTS.items()}


def _pattern(stem: str) -> re.Pattern[str]:
    return re.compile(rf"(?:data/)?{stem}(?:-part\d+)?\.js")


class Listed(msgspec.Struct):
    """A file that the manifest names."""

    fileName: str
    count: Count | None = None


class Part(msgspec.Struct):
    """A kind of data."""

    files: list[Listed] = []


class UserInfo(msgspec.Struct):
    """Whose archive it is."""

    accountId: Number | None = None
    userName: Name = ""
    displayName: Name = ""


class ArchiveInfo(msgspec.Struct):
    """When it was made."""

    generationDate: str = ""


class Manifest(msgspec.Struct):
    """`data/manifest.js`."""

    userInfo: UserInfo = msgspec.field(default_factory=UserInfo)
    archiveInfo: ArchiveInfo = msgspec.field(default_factory=ArchiveInfo)
    dataTypes: dict[str, Part] = {}


class AccountFields(msgspec.Struct):
    """What is read of an account."""

    accountId: Number
    username: Name = ""
    accountDisplayName: Name = ""
    createdAt: str = ""


class Description(msgspec.Struct):
    """What people say of themselves."""

    bio: Said = ""


class ProfileFields(msgspec.Struct):
    """A profile."""

    description: Description = msgspec.field(default_factory=Description)


class VerifiedFields(msgspec.Struct):
    """Whether the account is verified."""

    verified: bool = False


class ProtectedFields(msgspec.Struct):
    """When posts began to be for followers only (`Protect`), or ceased to, in the last six months."""

    protectedAt: str = ""
    action: str = ""


class Who(msgspec.Struct):
    """The items of `account.js`, `profile.js`, `verified.js` and `protected-history.js`: one of these each."""

    account: AccountFields | None = None
    profile: ProfileFields | None = None
    verified: VerifiedFields | None = None
    protectedHistory: ProtectedFields | None = None


class Details(msgspec.Struct):
    """`user_details.js` of before 2018."""

    id: Number
    screen_name: Name = ""
    full_name: Name = ""
    bio: Said = ""
    created_at: str = ""


class TweetItem(Tweet, kw_only=True):
    """An item of `tweets.js`, `{"tweet": {…}}`; before 2019 the tweet itself."""

    id_str: Number = "0"
    created_at: str = ""
    tweet: Tweet | None = None


class Note(msgspec.Struct):
    """A long post, which names neither its tweet nor its id."""

    createdAt: str
    core: NoteCore


class NoteItem(msgspec.Struct):
    """An item of `note-tweet.js`."""

    noteTweet: Note


class Liked(msgspec.Struct):
    """A post that was liked."""

    tweetId: Number


class LikeItem(msgspec.Struct):
    """An item of `like.js`."""

    like: Liked


class Other(msgspec.Struct):
    """Another account."""

    accountId: Number


class RelationItem(msgspec.Struct):
    """An item of `follower.js`, `following.js`, `block.js` or `mute.js`: one of these each."""

    follower: Other | None = None
    following: Other | None = None
    blocking: Other | None = None
    muting: Other | None = None

    @property
    def other(self) -> str:
        """The other account. Raises `ValueError` where none is named."""
        named = self.follower or self.following or self.blocking or self.muting
        if not named:
            raise ValueError("no account is named")
        return named.accountId


class Header(msgspec.Struct):
    """A deleted post: its id, and nothing of what it said."""

    tweet_id: Number


class HeaderItem(msgspec.Struct):
    """An item of `deleted-tweet-headers.js`."""

    tweet: Header
