"""Plain language becomes operators that the grammar takes as meant; whatever is doubtful stays as it was written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oscine.evals import plain as suite
from oscine.search import grammar
from oscine.search.plain import LANGUAGES, Reading, read
from oscine.search.plain.sentence import subject

NOW = datetime(2024, 5, 15, 12, tzinfo=UTC)  # a Wednesday
PEOPLE = {
    "NASA": "nasa",
    "the fire brigade of Turin": "vftorino",
    "Cory Booker": "CoryBooker",
    "SNCF": "sncf.example",
    "people": "people",
    "BBC": "bbc",
}
KNOWN = suite.known(PEOPLE)


def reading(sentence: str, now: datetime = NOW) -> Reading:
    return read(sentence, now, KNOWN)


def operators(sentence: str, now: datetime = NOW) -> str:
    return " ".join(part.operator for part in reading(sentence, now).parts)


def test_a_sentence_becomes_operators_and_topic() -> None:
    found = reading("What did the fire brigade of Turin say about the flood in Turin last week?")
    assert found.query == "from:vftorino flood in Turin since:2024-05-06 until:2024-05-13"
    assert [part.text for part in found.parts] == ["What did the fire brigade of Turin say about", "last week"]
    assert [part.means for part in found.parts] == ["written by vftorino", "from 6 to 12 May 2024"]
    assert found.lang == "en"


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("posts from yesterday", "since:2024-05-14 until:2024-05-15"),
        ("posts from last month", "since:2024-04-01 until:2024-05-01"),
        ("posts of last year", "since:2023-01-01 until:2024-01-01"),
        ("posts from last weekend", "since:2024-05-11 until:2024-05-13"),
        ("posts from last summer", "since:2023-06-01 until:2023-09-01"),
        ("posts from last winter", "since:2023-12-01 until:2024-03-01"),
        ("posts from last May", "since:2023-05-01 until:2023-06-01"),
        ("posts in May", "since:2024-05-01"),
        ("posts in June", "since:2023-06-01 until:2023-07-01"),
        ("posts from christmas 2013", "since:2013-12-24 until:2013-12-27"),
        ("posts in the nineties", "since:1990-01-01 until:2000-01-01"),
        ("posts from 2 months ago", "since:2024-03-01 until:2024-04-01"),
        ("posts of the last 3 months", "since:2024-02-15"),
        ("posts of the last 30 minutes", "within_time:30m"),
        ("posts since Wednesday", "since:2024-05-08"),
        ("posts after 3 May", "since:2024-05-04"),
        ("posts until 3 May", "until:2024-05-04"),
        ("posts from 29 February 2024", "since:2024-02-29 until:2024-03-01"),
        ("posts from 30 February 2024", ""),  # no such day
        ("posts between 3 May and 5 March", ""),  # ends before it begins
        ("posts from 13/05/2014", "since:2014-05-13 until:2014-05-14"),
        ("posts from 3/5/2014", "since:2014-03-05 until:2014-03-06"),  # in English as Americans write it
        ("posts du 3/5/2014 sur la mer", "since:2014-05-03 until:2014-05-04"),
        ("posts from 3 to 10 May", "since:2024-05-03 until:2024-05-11"),
        ("Beiträge vom 3. bis 10. Mai 2023 über Köln", "since:2023-05-03 until:2023-05-11"),
        ("posts about yesterday", ""),  # the topic
        ("tweets de la grève de lundi", ""),  # Monday's strike, not Monday's posts
        ("posts in 2030", ""),  # nothing is posted there yet
    ],
)
def test_dates(sentence: str, expected: str) -> None:
    assert operators(sentence) == expected


def test_dates_count_in_utc() -> None:
    late = datetime(2024, 5, 15, 23, 30, tzinfo=timezone(-timedelta(hours=5)))
    assert operators("posts from yesterday", late) == "since:2024-05-15 until:2024-05-16"


@pytest.mark.parametrize(
    ("start", "end", "means"),
    [
        ("3 May 2014", "3 May 2014", "on 3 May 2014"),
        ("3 May 2014", "2 June 2014", "from 3 May to 2 June 2014"),
        ("3 May 2013", "2 June 2014", "from 3 May 2013 to 2 June 2014"),
    ],
)
def test_dates_are_said_in_english(start: str, end: str, means: str) -> None:
    assert reading(f"posts between {start} and {end}").parts[0].means == means


def test_an_account_is_named_only_where_it_is_known() -> None:
    assert operators("posts by NASA about Mars") == "from:nasa"
    assert operators("posts by @nasa about Mars") == "from:nasa"
    assert operators("posts by Nobody Here about Mars") == ""
    assert operators("what do people say about Mars") == ""  # though an account has that name
    assert operators("what did NASA and the BBC say about Mars") == ""


@pytest.mark.parametrize(
    "sentence", ["posts by NASA or the BBC", "posts by NASA and the BBC", "posts in French or Dutch", "posts from May or June"]
)
def test_one_of_two_would_be_narrower_than_both(sentence: str) -> None:
    assert reading(sentence).query == sentence


def test_two_that_contradict_each_other_are_left_as_words() -> None:
    assert reading("posts by NASA from yesterday and since Monday").query == "from:nasa yesterday and since Monday"


@pytest.mark.parametrize(
    "sentence",
    ["since:2024-01-01 mars yesterday", "mars before:2024-01-01 last week", "posts language:fr in Italian", "from:bbc posts by NASA"],
)
def test_what_is_an_operator_already_is_not_said_twice(sentence: str) -> None:
    assert reading(sentence).query == sentence


@pytest.mark.parametrize(
    "sentence",
    [
        '"posts from last week"', "“posts from last week”", "(posts OR yesterday)", "flood OR yesterday", "storm -yesterday", "posts #yesterday",
        "see https://example.org/last/week", "Last Week Tonight", "March for Our Lives", "may we say no", "the Sunday Times", "New Year",
        "who won in 2012", "what did she announce in the tweet yesterday?", "posts about the election of 2012", "", " ", "?", "yesterday",
        "quelle heure est-il", "пожар вчера", "昨日の火事",
    ],
)  # fmt: skip
def test_in_doubt_words_stay_words(sentence: str) -> None:
    assert reading(sentence) == (sentence, sentence, (), reading(sentence).lang)


def test_a_text_is_no_sentence() -> None:
    assert reading("posts from yesterday " * 50).parts == ()


def test_the_language_may_be_given() -> None:
    assert read("incendie hier", NOW, KNOWN, "fr-CH").query == "incendie since:2024-05-14 until:2024-05-15"
    assert read("incendie hier", NOW, KNOWN, "ja").lang is None


WORDS = [word for case in suite.cases() for word in case.sentence.split()]
SENTENCES = st.one_of(
    st.text(max_size=80),
    st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join),
    st.lists(st.sampled_from([*WORDS[:300], '"', "(", ")", "OR", "-", "since:2024-01-01", "ß", "é", "@nasa", "\x00"]), max_size=14).map(
        " ".join
    ),
)
MOMENTS = st.datetimes(timezones=st.just(UTC))


@settings(max_examples=400, deadline=None)
@given(SENTENCES, MOMENTS, st.sampled_from([None, *LANGUAGES]))
def test_every_part_is_a_stretch_of_the_sentence_and_good_grammar(sentence: str, now: datetime, lang: str | None) -> None:
    found = read(sentence, now, KNOWN, lang)
    after = 0
    for part in found.parts:
        assert after <= part.start < part.end and sentence[part.start : part.end] == part.text
        assert part.means
        after = part.end
    understood = {one.text for one in grammar.parse(found.query, now).understood}
    for operator in (one for part in found.parts for one in part.operator.split() if ":" in one or one.startswith("@")):
        assert operator in understood
    assert found.parts or found.query == sentence


@settings(max_examples=200, deadline=None)
@given(SENTENCES)
def test_no_operator_is_said_twice(sentence: str) -> None:
    said = [subject(part.operator.split()[0]) for part in reading(sentence).parts]
    assert len({(one, part.operator.split(":")[0]) for one, part in zip(said, reading(sentence).parts, strict=True)}) == len(said)


@pytest.mark.parametrize("held", [False, True])
def test_the_suite_is_understood(held: bool) -> None:
    cases = [case for case in suite.cases() if case.held is held]
    assert len(cases) >= 175 and {case.lang for case in cases} == set(LANGUAGES)
    assert sum(map(suite.understood, cases)) >= 0.92 * len(cases)


def test_nothing_is_narrowed_that_should_not_be() -> None:
    plain = [case for case in suite.cases() if not case.operators]
    assert len(plain) >= 80
    wrong = [case for case in plain if read(case.sentence, case.now, suite.known(case.people)).parts]
    assert len(wrong) <= 0.03 * len(plain)


def test_the_table_counts_every_sentence_once() -> None:
    rows = suite.run()
    assert sum(row.total for row in rows if row.lang != "all") == sum(row.total for row in rows if row.lang == "all") == len(suite.cases())
