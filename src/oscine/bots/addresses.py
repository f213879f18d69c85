"""Where people read a post on its own network. It calls nothing: a link says where the post was, not that it is still there."""

from __future__ import annotations

from urllib.parse import quote

import regex

from oscine.safety import links
from oscine.view import SeenPost

_BLUESKY = regex.compile(r"at://(?P<account>did:[a-z]+:[A-Za-z0-9._:%-]+)/app\.bsky\.feed\.post/(?P<key>[A-Za-z0-9._:~-]+)")


def address(seen: SeenPost, here: str = "") -> str:
    """A post's page on its own network; where that has none, its page `here`, on this server; empty where there is neither."""
    post = seen.post
    if post.network == "bluesky" and (found := _BLUESKY.fullmatch(post.id)):
        return f"https://bsky.app/profile/{found['account']}/post/{found['key']}"
    if post.network == "x" and post.id.isascii() and post.id.isdigit():
        return f"https://x.com/i/status/{post.id}"
    told = post.extra.get("url")
    if isinstance(told, str) and not links.findings(told):
        return told
    return f"{here.rstrip('/')}/post?id={quote(post.id, safe='')}&network={quote(post.network, safe='')}" if here else ""
