"""Operators of how posts hang together: conversations, replies, quotes, reposts.

A reply, a quote and the id that it answers are the visible post's own; who wrote the other post is told by that post, and only where the
viewer may see it. Reposts are acts of accounts, not posts: they are taken for public, as networks show them, and those of people whom the
viewer may not find count for nothing.
"""

from __future__ import annotations

from psycopg.sql import SQL, Composable, Literal

from oscine.search.operators.base import Operator, as_given
from oscine.search.operators.people import Person, accounts, parent_by, person


def _conversation(key: str) -> Composable:
    """The post itself and all that hangs below it, whether its network names the root or only each reply's parent."""
    return SQL(
        "p.id = ANY (ARRAY(WITH RECURSIVE thread AS ("
        "SELECT id, network, key FROM seen WHERE key = {key} OR root = {key} OR reply_to = {key}"
        " UNION SELECT c.id, c.network, c.key FROM seen c JOIN thread t ON (c.network, c.reply_to) = (t.network, t.key))"
        " SELECT id FROM thread))"
    ).format(key=Literal(key))


def _quoting(key: str) -> Composable:
    return SQL("p.quote_of = {}").format(Literal(key))


def _quoting_person(who: Person) -> Composable:
    return SQL(
        "p.quote_of IS NOT NULL AND EXISTS (SELECT FROM seen q WHERE (q.network, q.key) = (p.network, p.quote_of) AND q.author = {})"
    ).format(accounts(who))


def _answering(key: str) -> Composable:
    return SQL("p.reply_to = {}").format(Literal(key))


def _reposted(key: str) -> Composable:
    return SQL("p.key = {} AND p.reposts > 0").format(Literal(key))


def _reposted_of(who: Person) -> Composable:
    return SQL("p.reposts > 0 AND p.author = {}").format(accounts(who))


def _reposted_by(who: Person) -> Composable:
    return SQL(
        "(p.network, p.key) IN (SELECT e.network, e.post FROM engagements e JOIN people a ON a.id = e.actor"
        " WHERE e.kind = 'repost' AND e.active AND e.actor = {})"
    ).format(accounts(who))


def _answered_by(who: Person) -> Composable:
    return SQL("(p.network, p.key) IN (SELECT r.network, r.reply_to FROM seen r WHERE r.author = {} AND r.reply_to IS NOT NULL)").format(
        accounts(who)
    )


def _of_post(name: str, help_text: str, condition: object, synonyms: tuple[str, ...] = ()) -> Operator:
    return Operator(name, f"{name}:1785000000000000000", help_text, "thread", as_given, lambda v: help_text.replace("this post", f"the post {v}"),
                    condition, synonyms=synonyms)  # type: ignore[arg-type]  # fmt: skip


def _of_person(name: str, help_text: str, condition: object, synonyms: tuple[str, ...] = ()) -> Operator:
    return Operator(name, f"{name}:nasa", help_text, "thread", person, lambda v: help_text.replace("this account", v.called),
                    condition, synonyms=synonyms)  # type: ignore[arg-type]  # fmt: skip


ALL = [
    _of_post("conversation_id", "of the conversation under this post", _conversation, ("thread",)),
    _of_post("in_reply_to_tweet_id", "that answer this post", _answering, ("in_reply_to",)),
    _of_person("in_reply_to_user_id", "that answer a post by this account", parent_by),
    _of_person("replied_to_by_user_id", "that were answered by this account", _answered_by, ("replied_to_by",)),
    _of_post("quoted_tweet_id", "that quote this post", _quoting, ("quotes",)),
    _of_person("quoted_user_id", "that quote a post by this account", _quoting_person),
    _of_person("retweeted_by_user_id", "that were reposted by this account", _reposted_by, ("retweeted_by", "reposted_by")),
    _of_post("retweets_of_tweet_id", "that are this post, reposted by somebody", _reposted),
    _of_person("retweets_of_user_id", "that are by this account and were reposted", _reposted_of),
]
