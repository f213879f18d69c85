"""Distinct, fitting, readable: the numbers are what they say; and pages that come from addresses."""

from __future__ import annotations

import ipaddress
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from oscine.ads.creatives import fetch, measures
from oscine.ads.creatives.nearness import Nearness
from oscine.ads.creatives.phrases import shortened
from oscine.ads.creatives.texts import Audience, Variant
from oscine.errors import InputError, Unavailable

PAGE = (Path(__file__).parent / "pages/bakery.de.html").read_bytes()
NEAR = Nearness(None, "en")


def test_copies_are_not_distinct_and_strangers_are() -> None:
    assert measures.distinctness(["red apples", "red apples"], NEAR.by_words) == 0
    assert measures.distinctness(["red apples", "green boats"], NEAR.by_words) == 1
    assert measures.distinctness(["alone"], NEAR.by_words) is None


def test_a_text_fits_the_audience_whose_words_it_has() -> None:
    audiences = [Audience("Riders", "people who ride bikes"), Audience("Bakers", "people who bake bread")]
    texts = [
        Variant("Ride bikes", "Bikes to ride.", "", (), "Riders", "en"),
        Variant("Ride bikes", "Bikes to ride.", "", (), "Bakers", "en"),
    ]
    first, second = measures.fit(texts, audiences, NEAR)
    assert first is not None and second is not None and first > 0 > second
    assert measures.fit(texts[:1], audiences[:1], NEAR) == [None]


def test_lix_is_words_a_sentence_and_long_words() -> None:
    assert measures.lix("The dog ran home.") == 4
    assert measures.lix("Considerable generosity. It is so.") == 2.5 + 40
    assert measures.lix("本屋は夜に開きます。") is None
    assert measures.lix("") is None


@pytest.mark.parametrize(
    ("said", "most", "lang", "shorter"),
    [
        ("We bake every night, so that the bread is warm at seven.", 30, "en", "We bake every night."),
        ("Delivery is free to your door, if you order above £50.", 40, "en", ""),
        ("The shop, which opened in 1990, sells bikes.", 20, "en", ""),
        ("If you order today, we deliver tomorrow.", 20, "en", ""),
        ("The frame is made of steel (tubes by hand).", 34, "en", "The frame is made of steel."),
        ("The frame costs nothing (only with a bike).", 30, "en", ""),
        ("Wir backen jede Nacht, damit das Brot um sieben warm ist.", 30, "de", "Wir backen jede Nacht."),
        ("Une semaine de vélo – avec guide et bagages portés", 30, "fr", "Une semaine de vélo"),
        ("The club is open to all – except on Sundays", 30, "en", ""),
    ],
)
def test_sentences_are_shortened_at_clauses_and_never_by_a_condition(said: str, most: int, lang: str, shorter: str) -> None:
    assert shortened(said, most, lang) == shorter


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "image/png" if self.path.endswith("png") else "text/html")
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_a_page_is_fetched_and_read() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url, permitted = f"http://127.0.0.1:{server.server_port}/a", [ipaddress.ip_network("127.0.0.1/32")]
    try:
        assert fetch.page(url, permitted).site == "Backstube Lindenhof"
        assert fetch.picture(url + ".png", permitted) == PAGE
        with pytest.raises(InputError):
            fetch.page(url)
        with pytest.raises(InputError, match="image"):
            fetch.picture(url, permitted)
    finally:
        server.shutdown()
        server.server_close()
    with pytest.raises(Unavailable):
        fetch.page(url, permitted)
