"""The policy on lines of ads: what may stand and what may not, in seven languages. The lines are by the hand that wrote the rules (`ad_lines.toml`)."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from oscine.errors import InputError
from oscine.safety import policy

LINES = tomllib.loads(Path(__file__).with_name("ad_lines.toml").read_text(encoding="utf8"))
VIOLATING = [(rule, line) for rule, lines in LINES["violating"].items() for line in lines]


def met(line: str, lang: str = "") -> list[str]:
    return [finding.rule for finding in policy.findings(line, lang)]


def test_there_are_enough_lines_to_tell() -> None:
    assert len(LINES["harmless"]) >= 80 and len(VIOLATING) >= 80


@pytest.mark.parametrize("line", LINES["harmless"])
def test_harmless_lines_meet_no_rule(line: str) -> None:
    assert policy.findings(line) == []


@pytest.mark.parametrize(("rule", "line"), VIOLATING)
def test_each_line_meets_the_rule_that_it_breaks(rule: str, line: str) -> None:
    assert rule in met(line)


@pytest.mark.parametrize(
    "line",
    [
        "Buy c0ca1ne here",
        "Buy co\u200bcaine here",
        "Buy сосаine here",  # Cyrillic
        "Buy ＣＯＣＡＩＮＥ here",
        "BUY COCAÏNE HERE",
    ],
)
def test_words_in_disguise_are_words(line: str) -> None:
    assert met(line) == ["drugs"]


def test_a_good_without_an_offer_is_news() -> None:
    assert met("Police find forty pistols in a cellar") == [] and met("Forty pistols, buy now") == ["weapons"]
    assert met(f"Forty pistols. {'The museum is open. ' * 20} Buy a ticket") == [], "the offer is of something else"


def test_an_exception_covers_its_own_words_only() -> None:
    assert met("Buy water guns") == [] and met("Buy water guns and rifles") == ["weapons"]


def test_a_finding_says_what_met_it_as_it_is_written() -> None:
    [finding] = policy.findings("Sofort: GARANTIERTE Rendite!")
    assert finding == ("income", "claims", "GARANTIERTE Rendite", policy.rules()["income"].why, "refuse")


def test_a_language_narrows_what_is_referred() -> None:
    assert met("Koop bier en wijn") == met("Koop bier en wijn", "nl") == ["alcohol"] and met("Koop bier en wijn", "it") == []
    assert met("Buy whisky", "nl") == ["alcohol"], "English stands in ads of all languages"
    assert met("Keine Ausländer", "fr") == met("Keine Ausländer", "fi") == ["exclusion"], "what is refused, is in every language"


def test_refuse_names_the_rule() -> None:
    policy.refuse("A poster for our wine tasting, buy tickets", "picture")
    policy.refuse("Are you gay? So are we. A poster for our youth group", "picture")
    with pytest.raises(InputError, match=r"No picture is made of this \(rule hate, by 'swastika'\): It degrades people"):
        policy.refuse("a flag with a swastika", "picture")


def test_every_rule_can_be_read() -> None:
    """A group that is not closed or a first word that may be left out would match anything, or nothing."""
    for rule in policy.rules().values():
        assert rule.decision in ("refuse", "refer") and rule.why and not rule.why.endswith(".")
        for written in [each for by_lang in (rule.patterns, rule.exceptions) for each_lang in by_lang.values() for each in each_lang]:
            assert written.count("(") == written.count(")") and not written.split()[0].endswith(")?"), (rule.name, written)
            assert not policy._compiled(written).fullmatch(""), (rule.name, written)


def test_all_seven_languages_stand_in_every_rule_of_goods_and_claims() -> None:
    for rule in policy.rules().values():
        if rule.category in ("prohibited goods", "claims", "discrimination", "restricted goods"):
            assert set(rule.patterns) == set(policy.LANGUAGES), rule.name
