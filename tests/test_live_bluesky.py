"""A real PDS, read by `oscine connect`: killed and restarted, nothing is lost, doubled, or found after it was deleted.

The whole run, 2,000 records and twelve kills, is `python -m benchmarks.killed`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.at_life import Life
from benchmarks.killed import differences, run

import at_network
from oscine.store.postgres import open_database


@pytest.fixture(scope="module")
def network() -> Iterator[at_network.AtProto]:
    """A network of one's own: it is restarted."""
    with at_network.running() as made:
        yield made


def test_killed_and_restarted_it_has_what_the_server_has(network: at_network.AtProto, folder: Path) -> None:
    told = run(network, folder, records=100, kills=2, restarts=1)
    assert (told.missing, told.wrong, told.surplus, told.found) == ([], [], [], [])
    assert told.records > 100 and 40 < told.kept < 100


def test_the_comparison_sees_what_is_there(network: at_network.AtProto, folder: Path) -> None:
    """Compared with a store that holds nothing, everything is missing; acts on posts that are gone are not."""
    life = Life(network.pds_url, 3, seed=1)
    life.live(60)
    database = open_database(folder)
    repositories = life.repositories()
    missing, wrong, surplus = differences(database, repositories)
    database.execute("INSERT INTO accounts (network, key, handle, name) VALUES ('bluesky', 'did:x', 'x', 'Somebody')")
    assert differences(database, repositories)[2] == ["at://did:x/app.bsky.actor.profile/self"]
    database.close()
    assert (wrong, surplus) == ([], [])
    about = {uri: record["subject"]["uri"] for uri, record in repositories.items() if isinstance(record.get("subject"), dict)}
    gone = {uri for uri, on in about.items() if on not in repositories}
    assert set(missing) == repositories.keys() - gone and len(missing) > 20
