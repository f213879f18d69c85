"""What the operator earns moves the ads and nothing else; and software that is disloyal in any of the three is found out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from oscine.app import App
from oscine.evals import loyalty
from oscine.feed.for_you import ForYou
from oscine.search.search import Search

Write = Callable[..., Any]
WORDS = ("harbour", "tomato", "violin", "glacier", "pottery", "lantern", "orchard", "compass", "saddle", "walnut")
QUESTIONS = ("Who told of a harbour?", "Who told of a violin that nobody had seen?")
SEARCHES = ("somebody told", "glacier")


@pytest.fixture
def network(app: App, write: Write) -> App:
    """Thirty posts by ten people."""
    app.settings.requests_per_minute = 1_000_000
    write(*({"id": f"p{n}", "author": f"writer{n % 10}", "created_at": f"2024-05-01T12:{n:02}:00Z", "labels": [], "lang": "en",
             "text": f"Somebody told of a {WORDS[n % 10]} that nobody else had seen before day {n}."} for n in range(30)),
          {"id": "ann", "author": "ann", "created_at": "2024-01-01T12:00:00Z", "text": "hello from ann"})  # fmt: skip
    return app


def run(app: App) -> loyalty.Loyal:
    return loyalty.run(app, QUESTIONS, SEARCHES, ("", "local/ann"))


def highest(app: App) -> int:
    """What the highest campaign bids."""
    row = app.database.one("SELECT coalesce(max(bid), 0) AS bid FROM flights")
    assert row
    return int(row["bid"])


def test_only_the_ads_move(network: App) -> None:
    for moved in run(network):
        assert (moved.answers, moved.results, moved.pages) == ([], [], [])
        assert (moved.asked, moved.searched, moved.paged) == (2, 4, 4)
        assert moved.ads == moved.places > 0, "every place has another ad or another price"


def test_what_is_compared_says_something(network: App) -> None:
    loyalty.sold(network)
    with loyalty.at_terms(network, loyalty.datetime.now(loyalty.UTC), loyalty.RESERVE, 5) as app:
        taken = loyalty.taken(app, QUESTIONS, SEARCHES)
    assert all(b'"refused":false' in body for body in taken.answers.values())
    assert all(body.count(b'"text"') > 1 for call, body in taken.results.items() if call.startswith("somebody"))
    assert b"Somebody told" in taken.pages["nobody, for-you"] and b"Advertisement" not in taken.pages["nobody, for-you"]
    assert {payer for _, _, payer, _ in taken.ads} <= {f"Payer {number}" for number in range(1, 5)} and taken.ads


def test_a_search_that_goes_by_bids_is_found_out(network: App, monkeypatch: pytest.MonkeyPatch) -> None:
    honest, usual = Search.search, loyalty.BID * loyalty.CAMPAIGNS

    def bought(self: Search, *given: Any, **options: Any) -> Any:
        found = honest(self, *given, **options)
        return found._replace(results=found.results[::-1]) if highest(network) > usual else found

    monkeypatch.setattr(Search, "search", bought)
    tenfold, turned = run(network)
    assert "somebody told (top)" in tenfold.results and tenfold.answers == []
    assert turned.results


def test_answers_that_go_by_bids_are_found_out(network: App, monkeypatch: pytest.MonkeyPatch) -> None:
    honest, usual = Search.find, loyalty.BID * loyalty.CAMPAIGNS

    def bought(self: Search, *given: Any, **options: Any) -> Any:
        found, notes = honest(self, *given, **options)
        return (found[1:] if highest(network) > usual else found), notes

    monkeypatch.setattr(Search, "find", bought)
    tenfold, _ = run(network)
    assert tenfold.answers and tenfold.results == []


def test_a_feed_that_goes_by_the_number_of_ads_is_found_out(network: App, monkeypatch: pytest.MonkeyPatch) -> None:
    honest, usual = ForYou.rank, loyalty.BID * loyalty.CAMPAIGNS

    def bought(self: ForYou, *given: Any, **options: Any) -> Any:
        ranked = honest(self, *given, **options)
        return ranked._replace(picks=ranked.picks[::-1]) if highest(network) > usual else ranked

    monkeypatch.setattr(ForYou, "rank", bought)
    tenfold, _ = run(network)
    assert tenfold.pages == ["nobody, for-you", "local/ann, for-you"]


def test_of_a_reply_only_its_name_and_its_time_are_held_still() -> None:
    body = b'{"id":"chatcmpl-0af3","created":17,"took_ms":3.25,"text":"took_ms is 3","id":"p1","score":0.25}'
    assert loyalty.held(body) == b'{"id":"","created":0,"took_ms":0,"text":"took_ms is 3","id":"p1","score":0.25}'


def test_nothing_of_a_page_is_left_out_but_ads_and_random_names() -> None:
    items = [{"kind": "post", "points": 1}, {"kind": "ad", "token": "t"}]
    told = {"token": "x", "cursor": "y", "items": items, "dropped": {"it is old": 2}}
    assert loyalty.organic(told) == b'{"dropped": {"it is old": 2}, "items": [{"kind": "post", "points": 1}]}'
