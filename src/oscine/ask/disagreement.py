"""Posts that answer one question differently: who says what, how many accounts say it, and since when. Pure.

Accounts are counted, never posts: one account cannot make a majority by repeating itself, and where it changed its mind it counts for what it
said last. Copies of a text are told as copies. It resolves nothing: which side is right, it does not know.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal as OneOf
from typing import NamedTuple

import regex

from oscine import text
from oscine.ask import phrases, quoting, values
from oscine.ask.values import Value
from oscine.search.rank import Folder
from oscine.view import SeenPost

DENIAL_REACH = 3  # words before a value in which a post may deny it
MOST_SIDES = 4  # told in one sentence
LONGEST_NAME = 5  # words
SENTENCES = 8  # of a post that are compared
SHARED_WORDS = 3  # from which two sentences may be about one thing
SAME_TOPIC = 0.7  # of the shorter one's words
DENIED_TOPIC = 0.66  # of the longer one's, where one denies
_SIGNED = regex.compile(r"[#$@][\p{L}\p{N}_]+")
_COUNT = regex.compile(
    r"(?<![\p{L}\p{N}.,#$@/:-])(?P<number>\p{N}[\p{N}.,]*(?<=\p{N})(?:\s(?:million|billion|thousand|mio|mrd)\b)?)[\s%-]+(?P<thing>\p{L}{3,})"
)


class Claim(NamedTuple):
    """A short answer and the post that gives it."""

    value: str
    seen: SeenPost


class Side(NamedTuple):
    """Those who say the same. `claims` are newest first; `accounts` say it still, `earlier` have said something else since; `copies` repeat a text."""

    value: str
    claims: tuple[Claim, ...]
    accounts: int
    earlier: int
    copies: int

    @property
    def newest(self) -> SeenPost:
        """The last post that says so."""
        return self.claims[0].seen

    @property
    def posts(self) -> tuple[SeenPost, ...]:
        """All posts that say so, newest first, each once."""
        return tuple({claim.seen.number: claim.seen for claim in self.claims}.values())


def sides(answers: Sequence[Claim], lang: str | None) -> list[Side]:
    """The answers grouped by what they say, the side with most accounts first, then the newest; one side where all agree."""
    known = [(claim, _value(claim)) for claim in answers]
    groups: list[list[tuple[Claim, Value]]] = []
    for claim, value in sorted(known, key=lambda item: -_detail(item[1])):  # the fullest wordings make the groups, shorter ones join
        fitting = [group for group in groups if all(values.agree(value, other) for _, other in group)]
        if len(fitting) == 1:
            fitting[0].append((claim, value))
        else:
            groups.append([(claim, value)])
    last = _last_words(groups)
    found = [_side(i, group, last, lang) for i, group in enumerate(groups)]
    return sorted(found, key=lambda side: (-side.accounts, -side.newest.post.created_at.timestamp()))


def told(found: Sequence[Side], lang: str | None) -> str:
    """Who says what, in one sentence without its full stop: `3 accounts say “12”, 1 says “14”`."""
    parts: list[str] = []
    for side in found[:MOST_SIDES]:
        key = "more_say" if parts else "accounts_say"
        value = phrases.quoted(side.value, lang)
        said = (
            phrases.say(key, lang, side.accounts, value=value)
            if side.accounts
            else phrases.say("said_before", lang, side.earlier, value=value)
        )
        copies = f" ({phrases.say('copies', lang, side.copies)})" if side.copies else ""
        parts.append(said + copies)
    return ", ".join(parts)


def conflict(found: Sequence[Side]) -> bool:
    """Whether sides exclude each other: two numbers, dates, times, names, or a yes and a no. Two phrasings in many words may both be true."""
    kinds = [_kind(side) for side in found if side.accounts]
    return (
        any(kind and kinds.count(kind) > 1 for kind in kinds) or len({_value(side.claims[0]).denied for side in found if side.accounts}) > 1
    )


def differs(one: str, other: str, lang: str | None) -> OneOf["number", "negation", ""]:
    """How two posts about the same thing contradict each other, sentence by sentence: another number for it, or a denial; empty where they do not."""
    for mine in _assertions(one):
        for theirs in _assertions(other):
            if found := _contradiction(mine, theirs, lang):
                return found
    return ""


def _assertions(post: str) -> list[str]:
    """The first sentences that ask nothing, without tags: those say what a post is about, not what it says."""
    return [_SIGNED.sub(" ", said) for said in quoting.sentences(post)[:SENTENCES] if not said.rstrip('"”’)').endswith(("?", "？"))]


def _contradiction(mine: str, theirs: str, lang: str | None) -> OneOf["number", "negation", ""]:
    topics = [{token.stem for token in text.content_words(said, lang) if not token.exact.isdigit()} for said in (mine, theirs)]
    shared = len(topics[0] & topics[1])
    fewer, more = sorted(map(len, topics))
    if shared < SHARED_WORDS or shared < SAME_TOPIC * fewer or 2 * shared < more:
        return ""
    counted = [_counted(said, lang) for said in (mine, theirs)]
    if any(not counted[0][thing] & counted[1][thing] for thing in counted[0].keys() & counted[1].keys()):
        return "number"
    return "negation" if values.denied(mine, lang) != values.denied(theirs, lang) and shared >= DENIED_TOPIC * more else ""


def _counted(said: str, lang: str | None) -> dict[str, frozenset[float]]:
    """What a sentence counts, with the numbers: the word after each, by its stem."""
    found: dict[str, frozenset[float]] = {}
    for number in _COUNT.finditer(said):
        value = values.read(number["number"], lang)
        stem = text.stem(number["thing"], lang)
        if value.numbers and not text.is_stop_word(text.fold(number["thing"]), lang):
            found[stem] = found.get(stem, frozenset()).union(*value.numbers)
    return found


def _kind(side: Side) -> str:
    """What sort of answer a side gives; empty for words that are no name."""
    claim = side.claims[0]
    value = values.read(claim.value, claim.seen.post.lang)
    if kind := next((name for name in ("date", "minutes", "numbers") if getattr(value, name) not in (None, ())), ""):
        return kind
    words = [word for word in claim.value.split() if not text.is_stop_word(text.fold(word), claim.seen.post.lang)]
    return "name" if words and len(words) <= LONGEST_NAME and all(word[:1].isupper() or word[:1] in "@#$" for word in words) else ""


def _value(claim: Claim) -> Value:
    """What a claim comes to; denied where its post denies it in the words before."""
    value = values.read(claim.value, claim.seen.post.lang)
    return value._replace(denied=not value.denied) if _denied_before(claim) else value


def _denied_before(claim: Claim) -> bool:
    before, found, _ = claim.seen.post.text.partition(claim.value)
    clause = regex.split(r"[.!?,;:\n…]", before)[-1] if found else ""
    words = [token.exact for token in text.tokens(clause) if token.kind == "word"][-DENIAL_REACH:]
    return any(values.denies(word, claim.seen.post.lang) for word in words) and "only" not in words


def _detail(value: Value) -> int:
    return len(value.words) + len(value.numbers) + len(value.units) + sum(part is not None for part in value.date or ())


def _account(claim: Claim) -> tuple[str, str]:
    return claim.seen.author.network, claim.seen.author.id


def _last_words(groups: Sequence[Sequence[tuple[Claim, Value]]]) -> dict[tuple[str, str], int]:
    """For each account, the group that its newest claim is in."""
    dated = sorted(
        (claim.seen.post.created_at, claim.seen.number, i, _account(claim)) for i, group in enumerate(groups) for claim, _ in group
    )
    return {account: i for _, _, i, account in dated}


def _side(which: int, group: Sequence[tuple[Claim, Value]], last: dict[tuple[str, str], int], lang: str | None) -> Side:
    claims = sorted((claim for claim, _ in group), key=lambda claim: (claim.seen.post.created_at, claim.seen.number))
    folder = Folder()
    distinct = {claim.seen.number: claim.seen for claim in claims}
    copies = sum(folder.original(number, seen.post.text) != number for number, seen in distinct.items())
    accounts = {_account(claim) for claim in claims}
    still = sum(last[account] == which for account in accounts)
    return Side(_shown(group, lang), tuple(reversed(claims)), still, len(accounts) - still, copies)


def _shown(group: Sequence[tuple[Claim, Value]], lang: str | None) -> str:
    """The wording that most use, the shortest of those; a value that posts deny is shown denied."""
    wordings = [claim.value.strip() for claim, _ in group]
    chosen = min(wordings, key=lambda wording: (-wordings.count(wording), len(wording)))
    claim, value = next(item for item in group if item[0].value.strip() == chosen)
    return phrases.say("not", lang, value=chosen) if value.denied and not values.read(claim.value, claim.seen.post.lang).denied else chosen
