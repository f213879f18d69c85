"""The check of a sentence against posts: what it lets pass, what it stops, and why; and that its measure measures."""

from __future__ import annotations

from datetime import date

import pytest

from oscine.evals import evidence as measured
from oscine.evals import judge
from oscine.evidence import Passage, calibrated, numbers, support

FERRY = Passage(
    "Ada Smith (@adasmith, 4 May 2024) Ada Smith",
    "The Quarnholm ferry carried 12 people on 4 May, 3.5 million kroner worth of fish, and did not stop at Veldby. A ticket costs $40.",
    "en",
    date(2024, 5, 4),
)
MATCH = Passage(
    "Sports (@sports) Sports", 'Djokovic beat Wawrinka 63 60 yesterday. Lewis told reporters: "I was not ready".', "en", date(2024, 5, 4)
)
DOG = Passage("Bo Berg (@boberg) Bo Berg", "So proud of Chicago! The new law is legal and nobody was hurt.", "en", date(2024, 5, 4))


@pytest.mark.parametrize(
    ("sentence", "lang"),
    [
        ("Ada Smith (@adasmith, 4 May 2024): “A ticket costs $40.”", "en"),
        ("The Quarnholm ferry carried twelve people.", "en"),
        ("The Quarnholm ferry carried a dozen people on May 4.", "en"),
        ("Ada Smith says the Quarnholm ferry did not stop at Veldby.", "en"),
        ("The ferry carried 3,500,000 kroner worth of fish.", "en"),
        ("A ferry ticket costs 40 dollars.", "en"),
    ],
)
def test_what_a_post_says_stands(sentence: str, lang: str) -> None:
    assert support(sentence, [FERRY], lang) == (True, "")


@pytest.mark.parametrize(
    ("sentence", "passage", "reason"),
    [
        ("The Quarnholm ferry carried 14 people.", FERRY, "number"),
        ("The Quarnholm ferry carried two people.", FERRY, "number"),
        ("The Quarnholm ferry carried 12 people on 3 June.", FERRY, "June"),
        ("The Quarnholm ferry carried 3.5 billion kroner worth of fish.", FERRY, "number"),
        ("A ticket costs €40.", FERRY, "number"),
        ("The Quarnholm ferry carried 12% people.", Passage("A", "The Quarnholm ferry gained 12 points of people", "en"), "number"),
        ("The Quarnholm ferry did not stop at Ahab.", FERRY, "Ahab"),
        ("Zelda Jones says the Quarnholm ferry did not stop at Veldby.", FERRY, "Zelda"),
        ("Veldby says the Quarnholm ferry carried 12 people.", FERRY, "Veldby"),
        ("The Quarnholm ferry did stop at Veldby.", FERRY, "opposite"),
        ("The Quarnholm ferry did not carry 12 people.", FERRY, "den"),
        ("A ticket costs $40, see https://evil.example/x.", FERRY, "link"),
        ("Wawrinka beat Djokovic yesterday.", MATCH, "wrong way round"),
        ("Djokovic lost to Wawrinka 6-3 6-0 yesterday.", MATCH, "wrong way round"),
        ("Bo Berg is ashamed of Chicago.", DOG, "opposite"),
        ("The new law is illegal.", DOG, "opposite"),
        ("Chicago thanks Bo Berg: the new law is legal.", DOG, "Bo Berg"),
        ("We hoist the sails and pay everybody in doubloons!", FERRY, "too little"),
    ],
)  # fmt: skip
def test_what_no_post_says_falls_and_the_reason_names_it(sentence: str, passage: Passage, reason: str) -> None:
    found = support(sentence, [passage], "en")
    assert not found.holds and reason in found.reason, found


def test_without_posts_nothing_stands() -> None:
    assert not support("The ferry leaves.", []).holds


def test_somebody_whom_a_post_quotes_may_be_given_the_words() -> None:
    assert support("Lewis told reporters he was not ready.", [MATCH], "en").holds
    nested = Passage("Ada (@ada)", "RT @bob: the old ferry is late again", "en")
    assert support("Bob says the old ferry is late again.", [nested], "en").holds
    assert not support("Carol says the old ferry is late again.", [nested], "en").holds


def test_days_are_told_from_the_day_of_writing() -> None:
    assert support("On 3 May Djokovic beat Wawrinka 6-3 6-0.", [MATCH], "en").holds
    assert not support("On 9 May Djokovic beat Wawrinka 6-3 6-0.", [MATCH], "en").holds


@pytest.mark.parametrize(
    ("lang", "kept", "altered"),
    [
        ("fr", "Djokovic a battu Wawrinka.", "Djokovic n'a pas battu Wawrinka."),
        ("it", "Djokovic ha battuto Wawrinka.", "Djokovic non ha battuto Wawrinka."),
        ("de", "Djokovic schlug Wawrinka.", "Djokovic schlug Wawrinka nicht."),
        ("es", "Djokovic derrotó a Wawrinka.", "Djokovic perdió contra Wawrinka."),
        ("pt", "Djokovic venceu Wawrinka.", "Djokovic nunca venceu Wawrinka."),
        ("nl", "Djokovic versloeg Wawrinka.", "Djokovic versloeg Federer."),
    ],
)
def test_seven_languages(lang: str, kept: str, altered: str) -> None:
    plain = Passage("Sports", "Djokovic beat Wawrinka", "en")
    assert support(kept, [plain], lang, lambda one, other: 0.9).holds
    assert not support(altered, [plain], lang, lambda one, other: 0.9).holds


def test_nearness_lets_other_words_pass_and_strangers_not() -> None:
    sentence = "The boat's passengers numbered twelve."
    assert not support(sentence, [FERRY], "en").holds
    assert support(sentence, [FERRY], "en", lambda one, other: 0.8).holds
    assert not support(sentence, [FERRY], "en", lambda one, other: 0.1).holds
    assert calibrated(0.5) == 0 and calibrated(1.0) == 1


def test_numbers_are_read_in_digits_and_words() -> None:
    def values(content: str, lang: str) -> set[float]:
        return {value for number in numbers.numbers(content, lang) for value in number.values}

    assert {33e9} <= values("33 billion", "en") & values("33 Milliarden", "de") & values("33 miliardi", "it")
    assert {118.5e6} <= values("118,5 millions", "fr") & values("118.5M", "en")
    assert {24.0} <= values("twenty-four", "en") and {300.0} <= values("three hundred", "en")
    assert values("2 h", "fr") and values("9,999,999", "en") == {9_999_999}


def test_the_suite_is_what_it_says() -> None:
    cases = measured.cases()
    true = [case for case in cases if case.kind.startswith("paraphrase")]
    assert len({case.post for case in cases}) >= 150
    assert len(true) >= 300 and sum(case.lang != "en" for case in true) >= 40
    assert sum(not case.true and case.kind in measured.MADE_KINDS[:7] for case in cases) >= 500
    assert all("{" not in case.sentence and "|" not in case.sentence for case in cases)
    held = {case.held: {other.post for other in cases if other.held == case.held} for case in cases}
    assert not held[True] & held[False] and abs(len(held[True]) - len(held[False])) <= 1


def test_quotations_word_for_word_always_stand() -> None:
    for case in measured.cases():
        if case.kind == "quotation":
            assert support(case.sentence, [case.passage], case.lang).holds, case.sentence


def test_a_measure_counts_what_was_judged_right() -> None:
    cases = [case for case in measured.cases() if case.kind == "number"]
    everything = measured.measure(cases, lambda case: True)
    nothing = measured.measure(cases, lambda case: False)
    assert {row.right.value for row in everything if row.label == "number"} == {0.0}
    assert {row.right.value for row in nothing if row.label == "number"} == {1.0}
    assert "| held | number |" in measured.markdown({"all": nothing})


def raw(text: str, author: str = "ada") -> judge.RawPost:
    return {"text": text, "author": author, "author_name": "", "created_at": "2024-05-04"}


def test_the_judge_counts_citations_as_alce_does() -> None:
    ferry, other = raw("The ferry leaves at nine from the old pier"), raw("I like cheese")
    good, bad = "The ferry leaves at nine.", "The train leaves at ten from Rome."
    found = judge.citations([[judge.Cited(good, [ferry]), judge.Cited(good, [ferry, other]), judge.Cited(bad, [ferry])]])
    assert (found.recall, found.precision, found.cited, found.sentences) == (2 / 3, 2 / 4, 4, 3)
    assert judge.citations([]).recall == 0.0


def test_the_judge_reads_raw_posts_and_nothing_of_the_checker() -> None:
    source = judge.__loader__.get_source(judge.__name__)  # type: ignore[union-attr]
    assert source and "import oscine" not in source and "from oscine" not in source
    assert judge.supports("ada (4 May 2024): “I like cheese”", [raw("I like cheese and wine")])
    assert not judge.supports("bob (4 May 2024): “I like cheese”", [raw("I like cheese and wine")])
    assert not judge.supports("I do not like cheese", [raw("I like cheese")])
