"""A search query, met or not by one post, in memory: what `sort:latest` would find, told of a post that is at hand.

The grammar, the analyzer and the forms of words are search's own. What search knows and a single post does not (other posts, people, the
moment of asking) is refused, by name. It reads no store; whether the post's author may be found is the view's to say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import cache

from oscine import ingest, text
from oscine.ads.audience.conditions import TESTS, Read, Test, together
from oscine.errors import InputError
from oscine.records import PostWritten
from oscine.search import grammar, retrieve
from oscine.search.grammar import And, Condition, Node, Not, Or, Phrase, Query, Word
from oscine.search.search import query_languages
from oscine.view import SeenPost

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # no query that is taken here depends on the moment at which it is read
MOVING = frozenset({"today", "yesterday"})
ENTRY = re.compile(r"'((?:[^'\\]|''|\\.)*)':([\d,]+)")


def read(seen: SeenPost) -> Read:
    """A post as the index would hold it."""
    places: dict[str, set[int]] = {}
    for quoted, at in ENTRY.findall(ingest.index(PostWritten(cursor=0, post=seen.post, author=seen.author)).lexemes):
        places.setdefault(_unquoted(quoted), set()).update(map(int, at.split(",")))
    return Read(seen, {lexeme: frozenset(at) for lexeme, at in places.items()})


def matcher(asked: str, network: Sequence[str] = ()) -> Test:
    """The test of a query; `network` are the languages that its words may be in, besides their own.

    Raises `InputError` naming what of the query cannot be matched on a single post.
    """
    query = parsed(asked)
    languages = query_languages(query, network)
    words = [_node(word, languages) for word in retrieve.needed(query, languages)]
    tests = [test for test in (*(_node(node, languages) for node in query.must), *words) if test is not None]
    if not tests:
        raise InputError(f"The query {asked[:60]!r} says nothing that a post could meet.", "Give it a word, a phrase or an operator.")
    return lambda post: all(test(post) for test in tests)


def worded(said: str, network: Sequence[str] = ()) -> tuple[set[str], Test]:
    """The test that a post holds every word of a text, in any of its forms; stop words need not be there. Signs mean nothing here.

    With it, lexemes of which a post that passes holds one.
    """
    query = Query(said, tuple(Word(token.exact) for token in text.tokens(said) if token.kind in ("word", "dense")))
    languages = query_languages(query, network)
    places = [forms for word in retrieve.needed(query, languages) for forms in retrieve.forms(word, languages)]
    return (places[0] if places else set()), _holding(places)


def parsed(asked: str) -> Query:
    """A query that can be matched on one post, or `InputError`."""
    query = grammar.parse(asked, EPOCH)
    if query.ignored:
        raise _unmatched(query.ignored[0].text, query.ignored[0].why)
    if query.sort is not None:
        raise _unmatched(f"sort:{query.sort}", "an order is for lists")
    return query


def _node(node: Node, languages: Sequence[str | None]) -> Test | None:
    """A node's test; None where it has nothing that is indexed (`-!!!`), so that its contrary demands nothing either."""
    match node:
        case Not(inner):
            test = _node(inner, languages)
            return test and (lambda post: not test(post))
        case And(nodes) | Or(nodes):
            tests = [test for child in nodes if (test := _node(child, languages)) is not None]
            return _joined(all if isinstance(node, And) else any, tests) if tests else None
        case Condition():
            return _condition(node)
        case Phrase():
            found = retrieve.exact(node, languages)
            return together(found) if found else None
        case Word():
            forms = retrieve.forms(node, languages)
            return _holding(forms) if forms else None


def _holding(places: Sequence[set[str]]) -> Test:
    return lambda post: all(not at.isdisjoint(post.places) for at in places)


def _joined(how: Callable[[Iterable[bool]], bool], tests: Sequence[Test]) -> Test:
    return lambda post: how(test(post) for test in tests)


def _condition(node: Condition) -> Test:
    of = TESTS.get(node.operator.name)
    test = of(node.value) if of and node.raw.lower() not in MOVING else None
    if test is None:
        raise _unmatched(node.text, f"a post alone does not tell which are {node.operator.help}")
    return test


def _unmatched(part: str, why: str) -> InputError:
    return InputError(f"The query cannot be matched on a single post: {part[:60]!r} {why}.", "Leave it out.")


@cache
def _unquoted(lexeme: str) -> str:
    return lexeme.replace("''", "'").replace("\\\\", "\\")
