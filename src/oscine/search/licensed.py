"""What of a query a licence does not cover: conditions and orders that would tell of a field that it withholds. Refused in a sentence, never passed over.

One table says which fields an operator looks at: by family, and by value where the values of one operator differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from oscine.errors import NotAllowed
from oscine.records import Field
from oscine.search.grammar import And, Condition, Node, Not, Or, Query
from oscine.search.operators.kinds import FILTERS, PLACES_TO_LOOK, Kind
from oscine.view import View

Fields = frozenset[Field]
NONE: Fields = frozenset()
FAMILY: dict[str, Fields] = {
    "people": frozenset({"author"}), "text": frozenset({"text"}), "time": NONE, "links": frozenset({"links"}),
    "thread": frozenset({"author"}),  # what a post answers is told by ids, which name authors
    "engagement": frozenset({"counts"}), "place": frozenset({"place"}), "other": frozenset({"author"}),
}  # fmt: skip
KIND: dict[str, Fields] = {
    **dict.fromkeys(("links", "news", "spaces"), frozenset({"links"})), **dict.fromkeys(("videos", "polls", "cards"), frozenset({"links", "media"})),
    **dict.fromkeys(("media", "images", "native_video", "audio"), frozenset({"media"})), **dict.fromkeys(("hashtags", "mentions"), frozenset({"text"})),
    "place": frozenset({"place"}), **dict.fromkeys(("replies", "self_threads", "quote", "retweets", "verified", "follows", "library"), frozenset({"author"})),
    "has_engagement": frozenset({"counts"}), **dict.fromkeys(("safe", "sensitive"), frozenset({"labels", "text"})),
    **dict.fromkeys(("public", "likes", "reposts"), NONE),
}  # fmt: skip
BY_SIGNS: Fields = frozenset({"text", "links", "media", "author"})  # of X's codes for languages that are none: `qme` is links or media and no word
ORDER: dict[str, Fields] = {order: frozenset({"counts"}) for order in ("likes", "reposts", "replies")}
_NAMES = {id(kind): name for kinds in (FILTERS, PLACES_TO_LOOK) for name, kind in kinds.items()}


def check(view: View, query: Query, order: str = "") -> None:
    """Raise `NotAllowed` where a query, or an order, would tell of what the viewer's licence withholds, or there is no text to search."""
    if not view.withheld:
        return
    if "text" in view.withheld:
        raise NotAllowed("This licence gives no text, and to search would tell of it.", "Ask whoever granted it for the field text.")
    for node in _conditions(query.must):
        _refuse(looks_at(node) & view.withheld, node.text)
    _refuse(ORDER.get(order, NONE) & view.withheld, f"sort:{order}")


def looks_at(node: Condition) -> Fields:
    """The fields that a condition looks at."""
    if isinstance(node.value, Kind):
        return KIND[_NAMES[id(node.value)]]
    if node.operator.name == "lang" and (node.raw.lower().startswith("q") or node.raw.lower() == "zxx"):
        return BY_SIGNS
    return FAMILY[node.operator.family]


def _refuse(fields: AbstractSet[str], part: str) -> None:
    if fields:
        raise NotAllowed(f"`{part}` looks at what this licence does not give: {', '.join(sorted(fields))}.", "Leave it out of the query.")


def _conditions(nodes: tuple[Node, ...]) -> Iterator[Condition]:
    for node in nodes:
        if isinstance(node, Condition):
            yield node
        elif isinstance(node, Not):
            yield from _conditions((node.node,))
        elif isinstance(node, And | Or):
            yield from _conditions(node.nodes)
