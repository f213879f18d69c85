"""The scratch network: filled, searched by meaning too, gone afterwards, and its host untouched."""

from __future__ import annotations

from pathlib import Path

import pytest

from oscine.app import App
from oscine.evals import network
from oscine.records import ANONYMOUS

POST = {"id": "1", "author": "ann", "created_at": "2024-05-01T12:00:00Z", "text": "The Quarnholm ferry leaves at 07:40."}


def test_a_scratch_network(app: App, folder: Path, models: Path) -> None:
    app.settings.data = folder
    (folder / "models").symlink_to(models)
    with network.network(app, [POST]) as scratch:
        data = scratch.settings.data
        found = scratch.search.search(scratch.view(ANONYMOUS), "boat departure").results
        assert [result.seen.post.id for result in found] == ["1"], "it shares no word: found by meaning"
        network.write(scratch, [{"delete": "1"}])
        assert scratch.search.search(scratch.view(ANONYMOUS), "ferry").results == []
        with pytest.raises(ValueError, match="line 1"):
            network.write(scratch, [{"id": "2"}])
    assert data != folder and not data.exists()
    assert app.status(whole=True)["posts"] == 0


def test_a_kept_network_is_filled_once(app: App, folder: Path) -> None:
    app.settings.data = folder
    for lines in ([POST], [{**POST, "id": "2"}]):
        with network.network(app, lines, embedding="none", keep=folder / "kept") as scratch:
            assert [result.seen.post.id for result in scratch.search.search(scratch.view(ANONYMOUS), "ferry").results] == ["1"]
