"""Labels, author, viewer → show, blur or drop, with the reason in words.

This explains; `view` enforces, by one SQL predicate. A property test holds the two together on random viewers and posts.
Pure: it is told the facts and looks nothing up.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from oscine.records import AUTO, INACTIVE, SIGNED_IN_ONLY, Record, Visibility


class LabelPolicy(Record, frozen=True):
    """Which labels hide a post from all but its author, and which cover it."""

    hidden: frozenset[str] = frozenset()
    blurred: frozenset[str] = frozenset()

    def concealing(self, anonymous: bool) -> frozenset[str]:
        """The labels that hide a post: the operator's, and, whatever the operator says, what accounts and their networks ask for."""
        return self.hidden | ({INACTIVE, SIGNED_IN_ONLY} if anonymous else {INACTIVE})


class Facts(Record, frozen=True):
    """What a decision rests on: the post, and how viewer and author stand to each other."""

    visibility: Visibility
    labels: frozenset[str] = frozenset()
    sensitive: bool = False
    content_warning: str = ""
    anonymous: bool = True
    is_author: bool = False
    is_mentioned: bool = False
    follows_author: bool = False
    blocks_author: bool = False
    mutes_author: bool = False
    blocked_by_author: bool = False


class Verdict(NamedTuple):
    """What to do with a post, and why."""

    action: Literal["show", "blur", "drop"]
    reason: str


def decide(post: Facts, policy: LabelPolicy) -> Verdict:
    """What one viewer gets of one post."""
    refusal = "" if post.is_author else _refusal(post, policy)
    if refusal:
        return Verdict("drop", refusal)
    cover = covering(post.labels, post.sensitive, post.content_warning, policy)
    return Verdict("blur", cover) if cover else Verdict("show", "")


def _refusal(post: Facts, policy: LabelPolicy) -> str:
    if INACTIVE in post.labels:
        return "the author's account is not active"
    if post.labels & policy.hidden:
        return f"labelled {_named(post.labels & policy.hidden)}"
    if post.anonymous and SIGNED_IN_ONLY in post.labels:
        return "the author asks to be shown only to people who are signed in"
    if post.anonymous:
        return "" if post.visibility == "public" else "only public posts are shown to those who are not signed in"
    if post.blocks_author:
        return "you block the author"
    if post.mutes_author:
        return "you mute the author"
    if post.blocked_by_author:
        return "the author blocks you"
    if post.visibility == "followers" and not (post.follows_author or post.is_mentioned):
        return "for the author's followers"
    if post.visibility == "direct" and not post.is_mentioned:
        return "for the people it names"
    return ""


def covering(labels: frozenset[str], sensitive: bool, content_warning: str, policy: LabelPolicy) -> str:
    """Why a post is shown covered; empty where it is not."""
    if content_warning:
        return content_warning
    if labels & policy.blurred:
        return f"labelled {_named(labels & policy.blurred)}"
    return "marked as sensitive" if sensitive else ""


def _named(labels: frozenset[str]) -> str:
    return ", ".join(f"{label.removeprefix(AUTO)} by a machine" if label.startswith(AUTO) else label for label in sorted(labels))
