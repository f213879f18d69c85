"""Operators of people: who wrote, who is answered or named, whose list the author is on.

A person is named by handle or by the network's id, in any case; `me` is the viewer, whom only a signed-in search has.
"""

from __future__ import annotations

import regex
from psycopg.sql import SQL, Composable, Literal

from oscine import text
from oscine.search.operators.base import Operator, Reading, Unanswerable, adjacent, lexeme, matching

ME = "me"
YOU = "you"
NO_ACCOUNT = "the search has no account behind it to say who that is"


class Person(str):
    """A name in lower case; the viewer's own is empty."""

    __slots__ = ()

    @property
    def called(self) -> str:
        """As a sentence has it."""
        return self or YOU


VIEWER = Person()


def person(value: str, reading: Reading) -> Person:
    """Who is named; `@me` is an account of that name."""
    if value.lower() == ME:
        if reading.viewer.anonymous:
            raise Unanswerable(NO_ACCOUNT)
        return VIEWER
    name = value.lstrip("@").rstrip(".,;:!?").lower()
    if not name:
        raise ValueError("names nobody")
    return Person(name)


def accounts(who: Person) -> Composable:
    """What an account's number must equal: few, so that an index serves it."""
    if not who:
        return SQL("(SELECT id FROM me)")
    return SQL("ANY (ARRAY(SELECT id FROM accounts WHERE lower(handle) = {name} OR lower(key) = {name}))").format(name=Literal(who))


def parent_by(who: Person) -> Composable:
    """The condition that a post answers a post of somebody's, as far as the viewer may see that post."""
    return SQL(
        "p.reply_to IS NOT NULL AND EXISTS (SELECT FROM seen r WHERE (r.network, r.key) = (p.network, p.reply_to) AND r.author = {})"
    ).format(accounts(who))


def _from(who: Person) -> Composable:
    return SQL("p.author = {}").format(accounts(who))


def _to(who: Person) -> Composable:
    return SQL("p.reply_to IS NOT NULL AND ({} OR ({}))").format(_mentions(who), parent_by(who))


def _did(value: str, _reading: Reading) -> Person:
    if not regex.fullmatch(r"[a-z]+:\S+", value.lower()):
        raise ValueError("takes a DID such as did:plc:z72i7hdynmk6r22z27h6tvur")
    return Person("did:" + value.lower())


def _mentions(who: Person) -> Composable:
    """Named in the post. An id is more than one word to the analyzer: the list of mentions decides."""
    if not who:
        return SQL("p.mentions && ARRAY(SELECT unnest(ARRAY[lower(key), lower(handle)]) FROM me)")
    name = text.fold(who)
    if [token.exact for token in text.tokens("@" + who) if token.kind == "mention"] == ["@" + name]:
        return lexeme("@" + name)
    words = adjacent(token for token in text.tokens("@" + who))
    return SQL("({} AND p.mentions @> {}::text[])").format(matching(words), Literal([str(who)])) if words else SQL("false")


def _list(value: str, reading: Reading) -> tuple[str, Person]:
    """A list's own name, and its owner's where the text may hold one (`ann/friends`); whose it is shows when it is looked up."""
    owner, _, name = value.rpartition("/")
    if not name:
        raise ValueError("takes the name of a list, or OWNER/NAME")
    return value.lower(), person(owner, reading) if owner else Person("")


def _listed(named: tuple[str, Person]) -> Composable:
    """On a list that is public or the viewer's own."""
    whole, owner = named
    name = SQL("lower(l.name) = {}").format(Literal(whole))
    if "/" in whole:
        short = Literal(whole.rpartition("/")[2])
        name = SQL("({} OR (lower(l.name) = {} AND l.owner = {}))").format(name, short, accounts(owner))
    return SQL(
        "p.author = ANY (ARRAY(SELECT l.member FROM lists l WHERE l.active AND {} AND (l.owner = (SELECT id FROM me)"
        " OR (l.public AND l.owner IN (SELECT id FROM people)))))"
    ).format(name)


ALL = [
    Operator("from", "from:nasa", "written by this account; `from:me` by yourself", "people", person, lambda v: f"written by {v.called}", _from,
             synonyms=("author", "by")),
    Operator("did", "did:plc:z72i7hdynmk6r22z27h6tvur", "written by the account with this DID", "people", _did,
             lambda v: f"written by {v}", _from),
    Operator("to", "to:nasa", "in reply to this account, or naming it in a reply", "people", person, lambda v: f"in reply to {v.called}", _to),
    Operator("@", "@nasa", "that mention this account", "people", person, lambda v: f"that mention {v.called}", _mentions,
             synonyms=("mentions", "mention"), topical=True),
    Operator("list", "list:ann/birds", "written by accounts on this list, if it is public or yours", "people", _list,
             lambda v: f"written by accounts on the list {v[0]}", _listed),
]  # fmt: skip
