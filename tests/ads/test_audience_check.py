"""What may be ordered: every rule, named; and what only looks like a breach."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from oscine.ads.audience.check import check
from oscine.advertising import Targeting
from oscine.app import App
from oscine.errors import InputError
from oscine.store.activity import Activity

SPECIAL = {
    "health": ["diabetes", "cancer treatment", "Depressionen", "femmes enceintes", "embarazadas", "malati cronici", "grávidas", "zwanger", "vaccines"],
    "politics": ["elections", "left-wing politics", "Bundestagswahl", "élections", "elecciones", "elezioni", "eleições", "verkiezingen"],
    "religion": ["Islam", "churches", "Gottesdienst", "messe catholique", "iglesia", "chiesa", "igreja", "kerkdienst", "kosher food"],
    "sexuality": ["gay bars", "pride parade", "Schwule", "mariage lesbien", "homosexuales", "omosessuali", "bissexuais", "homo's"],
    "ethnicity": ["African American culture", "Migranten", "personnes noires", "gitanos", "immigrati", "ciganos", "vluchtelingen"],
    "union": ["trade unions", "Gewerkschaft", "syndicats", "sindicatos", "sindacati", "vakbond"],
    "minors": ["teenagers", "Kinder", "enfants", "niños", "bambini", "crianças", "kinderen", "schoolchildren"],
}  # fmt: skip
CASES = [(rule, words) for rule, listed in SPECIAL.items() for words in listed]
FINE = Targeting(
    topics=("fly fishing", "Kaffee rösten", "vélos électriques", "日本酒"), not_topics=("card games",), query='"night ferry" OR (#sailing -storm has:images)',
    not_query="from:rival", langs=("de", "ja"), places=("DE", "US-CA"), not_places=("DE-BE",), hours=(0, 167), interests=("woodworking",),
)  # fmt: skip


def broken(targeting: Targeting, **more: Any) -> str:
    with pytest.raises(InputError) as error:
        check(targeting, **more)
    return str(error.value)


def test_what_may_be_ordered() -> None:
    check(FINE)
    check(Targeting())


@pytest.mark.parametrize(("rule", "words"), CASES)
def test_special_categories_are_neither_chosen_nor_left_out(rule: str, words: str) -> None:
    for field in ("topics", "not_topics", "interests", "not_interests"):
        assert f"rule: {rule}; {field}: {words}" in broken(Targeting(**{field: ("sailing", words)}))


@pytest.mark.parametrize(("rule", "words"), CASES)
def test_nor_by_any_word_of_a_query(rule: str, words: str) -> None:
    for query in ('"{}"', "-({})", "sailing OR ({})", "{}"):
        for field in ("query", "not_query"):
            assert f"rule: {rule}; {field}" in broken(Targeting(**{field: query.format(words)}))


@pytest.mark.parametrize(
    ("rule", "query"),
    [
        ("health", "#DiabetesAwareness"), ("health", "-#living_with_cancer"), ("politics", "@conservative_voters"), ("religion", "from:catholic_daily"),
        ("union", "trade union"), ("union", "#TradeUnion"), ("union", "#tradeunion"), ("ethnicity", "black AND women"), ("sexuality", "url:gay-news.example"),
        ("sexuality", "lgbtq*"), ("minors", "(sailing) OR (for (teenagers))"), ("health", "+depression"), ("politics", "exact:republican"),
    ],
)  # fmt: skip
def test_hashtags_names_and_words_side_by_side_are_read(rule: str, query: str) -> None:
    assert f"rule: {rule}" in broken(Targeting(query=query))


@pytest.mark.parametrize(
    ("rule", "targeting"),
    [
        ("langs", Targeting(langs=("xx",))), ("langs", Targeting(not_langs=("deu",))), ("places", Targeting(places=("XX",))),
        ("places", Targeting(places=("de",))), ("places", Targeting(not_places=("DE-XX",))), ("hours", Targeting(hours=(168,))),
        ("hours", Targeting(hours=(-1,))), ("size", Targeting(topics=tuple(f"topic {n}" for n in range(51)))), ("size", Targeting(topics=("x" * 101,))),
        ("size", Targeting(interests=(" ",))), ("size", Targeting(topics=("a\0b",))), ("size", Targeting(topics=("!!!",))),
        ("size", Targeting(query="a " * 300)), ("size", Targeting(like=tuple(f"n/{n}" for n in range(21)))),
        ("contradiction", Targeting(topics=("tea",), not_topics=("tea",))), ("contradiction", Targeting(query="tea", not_query="tea")),
        ("contradiction", Targeting(places=("DE",), not_places=("DE",))), ("seeds", Targeting(like=("ann",))), ("seeds", Targeting(like=("/ann",))),
    ],
)  # fmt: skip
def test_every_rule_is_named(rule: str, targeting: Targeting) -> None:
    assert f"rule: {rule}" in broken(targeting)


def test_a_query_that_a_post_cannot_answer_is_refused() -> None:
    assert "cannot be matched on a single post" in broken(Targeting(query="sailing list:ann/friends"))


def test_seeds_are_public_and_speak_of_nothing_special(app: App, write: Callable[..., Any]) -> None:
    write(
        {"author": "sailor", "author_name": "Sailing club", "text": "Ahoy"},
        {"author": "quiet", "text": "for friends", "visibility": "followers"},
        {"author": "shy", "text": "hello"},
        {"author": "help", "author_name": "Cheerful Ann", "author_bio": "Living with multiple sclerosis and chronic pain", "text": "hi"},
        {"author": "gay_runners", "text": "We run"},
    )
    app.database.execute("UPDATE accounts SET searchable = false WHERE key = 'shy'")
    told = Activity(app.database).told
    check(Targeting(like=("local/sailor",)), told)
    for nobody in ("local/quiet", "local/shy", "local/unknown", "other/sailor"):
        assert "rule: seeds" in broken(Targeting(like=(nobody,)), told=told)
    assert "rule: health" in broken(Targeting(like=("local/help",)), told=told)
    assert "rule: sexuality" in broken(Targeting(like=("local/gay_runners",)), told=told)


def test_another_rule_may_judge_the_words() -> None:
    def rule(said: str) -> str:
        return "politics" if "knesset" in said else ""

    assert "rule: politics" in broken(Targeting(topics=("knesset",)), rule=rule)
    assert "rule: politics" in broken(Targeting(query="tea #knesset"), rule=rule)
    names: Sequence[str] = ("tea",)
    check(Targeting(topics=tuple(names)), rule=rule)
