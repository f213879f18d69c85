"""Links of ads, by their text alone."""

from __future__ import annotations

import pytest

from oscine.safety import links

SHOP = "https://www.shop.example/lamp"


@pytest.mark.parametrize(
    ("url", "rules"),
    [
        ("https://shop.example/sale?x=1", []),
        ("https://münchen.example/", []),
        ("https://почта.рф/", []),
        ("javascript:alert(1)", ["link-unreadable"]),
        ("shop.example", ["link-unreadable"]),
        ("https://", ["link-unreadable"]),
        ("https://a\u202eb.example/", ["link-unreadable"]),
        ("https://paypal.com@evil.example/", ["link-userinfo"]),
        ("http://10.0.0.1/", ["link-address"]),
        ("http://2130706433/", ["link-address"]),
        ("http://0x7f.1/", ["link-address"]),
        ("http://[::1]/", ["link-address"]),
        ("https://xn--pple-43d.com/", ["link-lookalike"]),
        ("https://аррӏе.com/", ["link-lookalike"]),
        ("https://shop.example/setup.EXE", ["link-program"]),
        ("https://shop.example/x.exe?y=.html", ["link-program"]),
        ("https://deep.bad.example/", ["link-blocked"]),
    ],
)
def test_links(url: str, rules: list[str]) -> None:
    assert [finding.rule for finding in links.findings(url, blocked=["bad.example"])] == rules


def test_an_ad_leads_to_the_page_that_was_looked_at() -> None:
    assert links.findings("https://shop.example/other", SHOP) == []
    assert [found.rule for found in links.findings("https://shop.example.evil.example/", SHOP)] == ["link-elsewhere"]
    assert links.findings("https://evil.example/", "not an address") == [], "there is nothing to compare with"
