"""What is new for a saved search, and its webhook: new posts are posted to the address that the saver gave.

New is what has arrived since, whatever day it was written, seen with the saver's own eyes at the moment of telling: what was deleted,
hidden or closed to the saver since is not told. Each delivery is signed, may come again until it is acknowledged, and is given up after
some failures. Only posts that hold every word of the query count.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
import secrets
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx
from psycopg.sql import SQL, Composable, Literal

from oscine.errors import InputError
from oscine.records import Viewer
from oscine.safety import outbound
from oscine.search.search import Search
from oscine.store.saved import SavedSearch, SavedSearches
from oscine.view import SeenPost, View

COUNTED = 100  # new posts; beyond that there are just many
TOLD_AT_ONCE = 50


def new_secret() -> str:
    """What a webhook's deliveries are signed with; shown once."""
    return secrets.token_urlsafe(32)


def count(search: Search, view: View, saved: SavedSearch, arrived: int) -> int:
    """How many posts are new since the saver looked, up to a hundred."""
    return view.count(_new(search, saved, saved.looked, arrived), COUNTED)


def new(search: Search, view: View, saved: SavedSearch, arrived: int, limit: int = 20) -> list[SeenPost]:
    """The posts that are new since the saver looked, the latest arrivals first."""
    rows = view.select(SQL("p.id"), _new(search, saved, saved.looked, arrived), limit, order=SQL("p.id DESC"))
    return view.posts([row["id"] for row in rows])


def _new(search: Search, saved: SavedSearch, after: int, arrived: int) -> Composable:
    """The condition: arrived after one number, up to another, and met by the query."""
    condition = search.condition(saved.query, datetime.now(UTC))
    return SQL("(p.id > {} AND p.id <= {} AND {})").format(Literal(after), Literal(arrived), condition)


class Webhooks:
    """Tells webhooks what is new. Several processes may do so on one database; `permitted` are networks that need not be public."""

    def __init__(self, store: SavedSearches, search: Search, view_of: Callable[[Viewer], View], permitted: Sequence[str] = ()) -> None:
        self._store, self._search, self._view_of = store, search, view_of
        self._permitted = [ipaddress.ip_network(network) for network in permitted]

    def tell(self) -> int:
        """Tell every webhook that is due of what is new, once; how many deliveries were acknowledged."""
        arrived = self._store.arrived(wait=True)
        return sum(self._tell(saved, arrived) for saved in self._store.due(arrived))

    def _tell(self, saved: SavedSearch, arrived: int) -> bool:
        view = self._view_of(saved.viewer)
        where = _new(self._search, saved, saved.delivered, arrived)
        numbers = [row["id"] for row in view.select(SQL("p.id"), where, TOLD_AT_ONCE, order=SQL("p.id"))]
        posts = view.posts(numbers)
        trouble = self._deliver(saved, posts) if posts else ""
        if trouble:
            self._store.failed(saved, trouble)
        else:
            self._store.delivered(saved.id, numbers[-1] if len(numbers) == TOLD_AT_ONCE else arrived)
        return bool(posts) and not trouble

    def _deliver(self, saved: SavedSearch, posts: Sequence[SeenPost]) -> str:
        """Send one batch; why it was not acknowledged, or nothing."""
        body = json.dumps({"saved_search": {"id": saved.id, "name": saved.name, "query": saved.query}, "posts": [*map(_told, posts)]},
                          ensure_ascii=False).encode()  # fmt: skip
        headers = {"Content-Type": "application/json", "User-Agent": "Oscine", "Oscine-Delivery": hashlib.sha256(body).hexdigest()[:32],
                   "Oscine-Signature": signature(saved.secret, body, int(time.time()))}  # fmt: skip
        try:
            status = outbound.post(saved.webhook, body, headers, self._permitted)
        except InputError as error:
            return error.what
        except (httpx.HTTPError, OSError) as error:  # TimeoutError is an OSError
            return f"it did not answer ({type(error).__name__})"
        return "" if 200 <= status < 300 else f"it answered {status}"


def signature(secret: str, body: bytes, at: int) -> str:
    """The header by which a receiver knows us: `t=SECONDS,v1=HEX`, HMAC-SHA256 of `SECONDS.BODY` under the secret."""
    signed = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={signed}"


def _told(seen: SeenPost) -> dict[str, Any]:
    post = seen.post
    return {"id": post.id, "network": post.network, "author": post.author, "author_handle": seen.author.handle,
            "created_at": post.created_at.isoformat().replace("+00:00", "Z"), "lang": post.lang, "text": post.text,
            "blurred": seen.blurred or None}  # fmt: skip
