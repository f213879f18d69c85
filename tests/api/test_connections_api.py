"""How connections stand, over HTTP and for Prometheus: whatever a name holds."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta

from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from oscine.app import App
from oscine.records import Gap, Refused
from oscine.store import connections, dead_letters, gaps
from oscine.store.connections import Step
from oscine.store.postgres import Database

HOSTILE = 'bluesky wss://x.example/"}\\ 1\n# HELP oscine_posts'


def test_each_is_told_with_its_figures(app: App, client: TestClient) -> None:
    assert client.get("/v1/connections").json() == []
    assert "oscine_connection" not in client.get("/metrics").text
    with contextlib.closing(Database(app.database.conninfo, size=1)) as own:
        with own.connection() as session:
            connections.begin(session, HOSTILE, "bluesky")
            connections.begin(session, "mastodon mastodon.example", "mastodon.example")
            dead_letters.keep(session, HOSTILE, [Refused(cursor=1, reason="no", raw=b"x")])
            gaps.note(session, HOSTILE, [Gap(cursor=1, network="bluesky", reason="a hole", account=name) for name in ("did:a", "did:b")])
            happened = datetime.now(UTC) - timedelta(seconds=3)
            connections.advance(session, HOSTILE, Step("running", "", 12.5, "7", happened, 1_000_000, 3))
        told = {one["name"]: one for one in client.get("/v1/connections").json()}
        families = {family.name: family for family in text_string_to_metric_families(client.get("/metrics").text)}
    hostile, other = told[HOSTILE], told["mastodon mastodon.example"]
    assert 3 <= hostile.pop("lag") < 60 and hostile.pop("stored_at").startswith("20")
    assert hostile == {"name": HOSTILE, "network": "bluesky", "state": "running", "rate": 12.5, "events": 1_000_000, "refused": 3,
                       "dead_letters": 1, "gaps": 2, "trouble": ""}  # fmt: skip
    assert (other["lag"], other["stored_at"], other["events"]) == (None, None, 0)
    values = {name: {sample.labels["connection"]: sample.value for sample in family.samples} for name, family in families.items() if "connection" in name}
    assert values["oscine_connection_events"] == {HOSTILE: 1_000_000, "mastodon mastodon.example": 0}
    assert values["oscine_connection_running"] == {HOSTILE: 1, "mastodon mastodon.example": 1}
    assert values["oscine_connection_lag_seconds"].keys() == {HOSTILE}, "nothing was read of the other"
    assert [values[f"oscine_connection_{name}"][HOSTILE] for name in ("refused", "dead_letters", "gaps")] == [3, 1, 2]
    assert families["oscine_posts"].samples[0].value == 0
