"""Whether a targeting may be ordered: no special category, nobody who is a minor, nothing unknown, nothing that no page could answer.

The special categories are those of `ads.creatives.audiences`. They can be neither aimed at nor left out, by the page as little as by the
person: to leave out is to choose as well. Words in seven languages are known, however a query or a hashtag writes them; what other words
mean is judged by `rule`, which `ads.audience.special` makes where there is an embedder. Who an account is, beyond what it says of itself,
is not known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache

from oscine import text
from oscine.ads.audience.matching import matcher, parsed
from oscine.ads.creatives.audiences import sensitive, why
from oscine.advertising import Targeting
from oscine.errors import InputError
from oscine.search.grammar import And, Condition, Node, Not, Or
from oscine.search.operators import SIGNS

MOST = {"topics": 50, "interests": 50, "like": 20, "langs": 50, "places": 300, "hours": 168}  # entries of a field, and of its `not_…`
LONGEST = 100  # characters of a topic or an interest
LONGEST_QUERY = 500
WORDS = ("topics", "not_topics", "interests", "not_interests")
QUERIES = ("query", "not_query")

Rule = Callable[[str], str]
Told = Callable[[Sequence[str]], Mapping[str, str]]


def check(targeting: Targeting, told: Told | None = None, rule: Rule = sensitive) -> None:
    """Raise `InputError` naming the rule that a targeting breaks, and the entry that breaks it.

    `told` gives what public accounts say of themselves, by NETWORK/ACCOUNT; without it seeds are judged by their names alone.
    `rule` names the special category that some words touch, or nothing.
    """
    _sizes(targeting)
    _known(targeting)
    _contradictions(targeting)
    for field in WORDS:
        for entry in getattr(targeting, field):
            _words(field, entry, [entry], rule)
    for field in QUERIES:
        if query := getattr(targeting, field):
            matcher(query)
            _words(field, query, _said(query), rule)
    _seeds(targeting.like, told, rule)


def _sizes(targeting: Targeting) -> None:
    for name, most in MOST.items():
        for field in (name, f"not_{name}"):
            if len(getattr(targeting, field, ())) > most:
                raise InputError(f"{field} has more than {most} entries (rule: size).", "Keep those that matter most.")
    for field in WORDS:
        for entry in getattr(targeting, field):
            if len(entry) > LONGEST or not entry.isprintable() or not text.tokens(entry):
                raise InputError(
                    f"{field}: {entry[:60]!r} is no topic (rule: size).", f"Say it in words, with at most {LONGEST} characters."
                )
    for field in QUERIES:
        if len(getattr(targeting, field)) > LONGEST_QUERY:
            raise InputError(f"{field} has more than {LONGEST_QUERY} characters (rule: size).", "Say it in fewer words.")


def _known(targeting: Targeting) -> None:
    for field, codes, fix in (
        ("langs", languages(), "Use ISO 639-1, such as de."),
        ("places", places(), "Use ISO 3166, such as DE or US-CA."),
    ):
        for name in (field, f"not_{field}"):
            if unknown := [entry for entry in getattr(targeting, name) if entry not in codes]:
                raise InputError(f"{name}: nobody knows {unknown[0][:20]!r} (rule: {field}).", fix)
    if wrong := [hour for hour in targeting.hours if not 0 <= hour < 168]:
        raise InputError(f"hours: {wrong[0]} is no hour of the week (rule: hours).", "Use 0 (Monday 0:00 UTC) to 167 (Sunday 23:00 UTC).")


def _contradictions(targeting: Targeting) -> None:
    for field in ("topics", "langs", "places", "interests"):
        if both := set(getattr(targeting, field)) & set(getattr(targeting, f"not_{field}")):
            raise InputError(f"{field}: {min(both)!r} is both wanted and left out (rule: contradiction).", "Take it from one of them.")
    if targeting.query and targeting.query == targeting.not_query:
        raise InputError("query is both wanted and left out (rule: contradiction).", "Take it from one of them.")


def _words(field: str, entry: str, said: Sequence[str], rule: Rule) -> None:
    for words in said:
        if broken := rule(words):
            raise InputError(
                f"{why(broken)} (rule: {broken}; {field}: {entry[:60]})", "Say what the page is about or what people do instead."
            )


def _seeds(like: Sequence[str], told: Told | None, rule: Rule) -> None:
    known = told(like) if told else {}
    for seed in like:
        network, _, account = seed.partition("/")
        if not network or not account or (told is not None and seed not in known):
            raise InputError(f"like: there is no public account {seed[:60]!r} (rule: seeds).", "Name public accounts as NETWORK/ACCOUNT.")
        _words("like", seed, [_spaced(account), known.get(seed, "")], rule)


def _said(query: str) -> list[str]:
    """What a query says, piece by piece and all together, names and hashtags in words; that it says `not` makes no difference."""
    understood = parsed(query)
    pieces = [piece for node in (*understood.words, *understood.must) for piece in _pieces(node)]
    spaced = [_spaced(piece) for piece in pieces]
    return [*pieces, *spaced, " ".join(spaced)]


def _pieces(node: Node) -> Iterator[str]:
    match node:
        case Not(inner):
            yield from _pieces(inner)
        case And(nodes) | Or(nodes):
            for child in nodes:
                yield from _pieces(child)
        case Condition():
            yield _sign(node) + node.raw.lstrip("#@$")
        case _:
            yield node.text


def _sign(node: Condition) -> str:
    return node.operator.name if node.operator in SIGNS.values() else ""


def _spaced(name: str) -> str:
    """The words inside a name or a hashtag."""
    return " ".join(token.exact for token in text.tokens(name) if token.kind in ("word", "dense"))


@cache
def languages() -> frozenset[str]:
    """The two-letter codes of ISO 639-1."""
    import pycountry

    return frozenset(language.alpha_2 for language in pycountry.languages if hasattr(language, "alpha_2"))


@cache
def places() -> frozenset[str]:
    """The codes of ISO 3166-1 (two letters) and ISO 3166-2."""
    import pycountry

    return frozenset(country.alpha_2 for country in pycountry.countries) | frozenset(part.code for part in pycountry.subdivisions)
