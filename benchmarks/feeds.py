"""How long a page of a feed for Bluesky takes: service token read, query run through the asker's view, fifty posts marked; without a network.

python -m benchmarks.feeds [--pages 100]

The sample network stands for Bluesky. The call is made in this process, without sockets, and the issuer's key is at hand.
"""

from __future__ import annotations

import argparse
import secrets
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.testclient import TestClient

from benchmarks.table import Row, markdown
from oscine import sample
from oscine.api import server, xrpc
from oscine.app import App
from oscine.safety.service_tokens import ServiceTokens
from oscine.settings import Settings
from oscine.store.feeds import FeedGenerator

DID, READER = "did:web:feeds.example", "did:plc:reader"
METHOD = "app.bsky.feed.getFeedSkeleton"
FEEDS = {"all": "filter:links OR -filter:links", "common": "game", "rare": "lighthouse", "several": "(music OR film) -is:reply lang:en"}
KEY = ec.generate_private_key(ec.SECP256K1())


def main() -> None:
    """Measure and print a line a feed."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.feeds", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=100, help="how many are asked for, of each feed, one after another")
    chosen = parser.parse_args()
    with TemporaryDirectory(prefix="oscine-feeds-") as folder, _app(Path(folder)) as app:
        posts = app.status(whole=True)["posts"]
        client = TestClient(server.create(app), "https://feeds.example")
        print(markdown([_row(client, name, posts, chosen.pages) for name in FEEDS]))


def _app(folder: Path) -> App:
    folder.chmod(0o755)
    nothing = {"embedding": "none", "reader": "none", "language_model": "none"}
    app = App(Settings(data=folder, public_url="https://feeds.example", requests_per_minute=10_000_000, **nothing))
    for file in sample.files():
        app.ingest(app.source(str(file), "bluesky"))
    app.database.execute("UPDATE posts SET network = 'bluesky'")
    app.database.execute("ANALYZE posts")
    for name, query in FEEDS.items():
        app.feed_generators.add(FeedGenerator(name=name, title=name, query=query))
    app.__dict__["service_tokens"] = ServiceTokens(DID, "bsky_fg", lambda _did, _fresh: KEY.public_key())
    return app


def _row(client: TestClient, name: str, posts: int, pages: int) -> Row:
    took = sorted(_times(client, name, pages))
    told = f"{1000 * statistics.median(took):.0f} ms, 95%: {1000 * took[int(0.95 * len(took))]:.0f} ms"
    return Row(f"a page of `{FEEDS[name]}` among {posts:,} posts", told)


def _times(client: TestClient, name: str, pages: int) -> Iterator[float]:
    """Seconds of page after page, from the first again where a feed ends."""
    cursor: dict[str, str] = {}
    for _ in range(pages):
        now = int(time.time())
        said = {"iss": READER, "aud": DID, "exp": now + 60, "lxm": METHOD, "jti": secrets.token_hex(16)}
        headers = {"Authorization": f"Bearer {jwt.encode(said, KEY, 'ES256K')}"}
        begun = time.perf_counter()
        reply = client.get(f"/xrpc/{METHOD}", params={"feed": f"at://{DID}/{xrpc.COLLECTION}/{name}", **cursor}, headers=headers)
        yield time.perf_counter() - begun
        assert reply.status_code == 200, reply.text
        cursor = {"cursor": onward} if (onward := reply.json().get("cursor")) else {}


if __name__ == "__main__":
    main()
