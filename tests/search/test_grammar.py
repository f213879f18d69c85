"""Any text is a query: operators are read, mistakes become words and are told, and what comes of it is always good SQL."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg.sql import SQL

from oscine.records import ANONYMOUS
from oscine.safety.visibility import LabelPolicy
from oscine.search import retrieve
from oscine.search.grammar import MAX_DEPTH, MAX_QUERY, MAX_TERMS, And, Condition, Node, Not, Or, Phrase, Query, Word, parse
from oscine.search.operators import FILTERS, OPERATORS
from oscine.store.postgres import Database
from oscine.view import View

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
LANGUAGES = ["en", "fr"]


def at(*numbers: int) -> datetime:
    """A moment in UTC."""
    return datetime(*numbers, tzinfo=UTC)  # type: ignore[arg-type, misc]


def shape(node: Node) -> Any:
    """A tree as plain tuples."""
    match node:
        case Word(text):
            return text
        case Phrase(text):
            return f'"{text}"'
        case Condition(operator, value, _):
            return (operator.name, value)
        case Not(inner):
            return ("not", shape(inner))
        case And(nodes):
            return ("and", *map(shape, nodes))
        case Or(nodes):
            return ("or", *map(shape, nodes))


def read(text: str) -> list[Any]:
    """Bare words first, then what must hold."""
    query = parse(text, NOW)
    return [shape(node) for node in (*query.words, *query.must)]


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("from:NASA", "from", "nasa"),
        ("from:@NASA", "from", "nasa"),
        ("FROM:nasa", "from", "nasa"),
        ('from:"nasa"', "from", "nasa"),
        ("to:Ann.bird.example", "to", "ann.bird.example"),
        ("@Ann", "@", "@ann"),
        ("@ann@bird.example", "@", "@ann@bird.example"),
        ("#ClimateAction", "#", "#climateaction"),
        ("#東京", "#", "#東京"),
        ("$aapl", "$", "$aapl"),
        ("$BRK.B", "$", "$brk.b"),
        ("lang:fr", "lang", "fr"),
        ("lang:pt-BR", "lang", "pt"),
        ("since:2024-05-31", "since", at(2024, 5, 31)),
        ("since:2024-05-31T18:00:00Z", "since", at(2024, 5, 31, 18)),
        ("since:2024-05-31T18:00:00+02:00", "since", at(2024, 5, 31, 16)),
        ("since:2024-05-31_18:00:00_UTC", "since", at(2024, 5, 31, 18)),
        ("until:2024-05-31", "until", at(2024, 5, 31)),
        ("until:2024-05-31T18:00:00Z", "until", at(2024, 5, 31, 18, 0, 1)),
        ("within_time:2d", "within_time", at(2024, 5, 30, 12)),
        ("within_time:1w", "within_time", at(2024, 5, 25, 12)),
        ("within_time:90s", "within_time", at(2024, 6, 1, 11, 58, 30)),
        ("min_faves:10", "min_faves", 10),
        ("min_retweets:0", "min_retweets", 0),
        ("min_replies:999999999", "min_replies", 999_999_999),
        ("url:https://bbc.co.uk/news", "url", ("u:bbc", "u:co", "u:uk", "u:news")),
        ("url:bbc", "url", ("u:bbc",)),
        ("conversation_id:at://did:plc:1/app.bsky.feed.post/2", "conversation_id", "at://did:plc:1/app.bsky.feed.post/2"),
        *((f"filter:{name.upper()}", "filter", name) for name in FILTERS),
    ],
)  # fmt: skip
def test_each_operator(text: str, name: str, value: Any) -> None:
    query = parse(text, NOW)
    assert [shape(node) for node in query.must] == [(name, value)]
    assert not query.words and not query.ignored
    assert [(part.text, part.operator) for part in query.understood] == [(text, name)]
    assert query.understood[0].means


def test_every_operator_of_the_table_reads_its_own_example() -> None:
    for operator in OPERATORS.values():
        query = parse(operator.example, NOW)
        assert [part.operator for part in query.understood] == [operator.name], operator.name
        assert not query.ignored and not query.words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("since:yesterday", "since yesterday"),
        ("since:2024-13-40", "since 2024-13-40"),
        ("since:20240531", "since 20240531"),
        ("until:9999-12-31T23:59:59Z", "until 9999-12-31T23 59 59Z"),
        ("until:0001-01-01T00:00:00+23:00", "until 0001-01-01T00 00 00+23 00"),
        ("within_time:soon", "within_time soon"),
        ("within_time:999999w", "within_time 999999w"),
        ("min_faves:many", "min_faves many"),
        ("min_faves:-1", "min_faves -1"),
        ("min_faves:٣", "min_faves ٣"),
        ("min_faves:99999999999", "min_faves 99999999999"),
        ("filter:cats", "filter cats"),
        ("lang:english!", "lang english!"),
        ("url:...", "url ..."),
        ("from:@", "from @"),
        ("colour:red", "colour red"),
        ("near:paris", "near paris"),
    ],
)  # fmt: skip
def test_a_mistake_is_searched_as_words_and_told(text: str, words: str) -> None:
    query = parse(text, NOW)
    assert [word.text for word in query.words] == [words]
    assert not query.must and not query.understood
    assert [part.text for part in query.ignored] == [text]
    assert "searched as words" in query.ignored[0].why


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("storm rain", ["storm", "rain"]),
        ("storm AND rain", ["storm", "rain"]),
        ("storm and rain", ["storm", "and", "rain"]),
        ('"big storm"', ['"big storm"']),
        ('""', []),
        ("-storm", [("not", "storm")]),
        ('-"big storm"', [("not", '"big storm"')]),
        ("-from:ann", [("not", ("from", "ann"))]),
        ("-#tag", [("not", ("#", "#tag"))]),
        ("--storm", ["--storm"]),
        ("well-known", ["well-known"]),
        ("storm OR rain", [("or", "storm", "rain")]),
        ("a OR b OR c", [("or", "a", "b", "c")]),
        ("storm rain OR snow", ["storm", ("or", "rain", "snow")]),
        ("(storm rain) OR snow", [("or", ("and", "storm", "rain"), "snow")]),
        ("storm (rain OR snow) -hail", ["storm", ("and", ("or", "rain", "snow")), ("not", "hail")]),
        ("-(rain OR snow)", [("not", ("and", ("or", "rain", "snow")))]),
        ("a OR -b", [("or", "a", ("not", "b"))]),
        ("from:ann OR from:bob", [("or", ("from", "ann"), ("from", "bob"))]),
        ("()", []),
        ("https://bbc.co.uk/news", ["https://bbc.co.uk/news"]),
        ("$5", ["$5"]),
        ("# @", ["#", "@"]),
    ],
)  # fmt: skip
def test_the_tree(text: str, tree: list[Any]) -> None:
    assert read(text) == tree
    assert not parse(text, NOW).ignored


@pytest.mark.parametrize(
    ("text", "tree", "told"),
    [
        ("OR storm", ["storm"], ["OR"]),
        ("storm OR", ["storm"], ["OR"]),
        ("storm)", ["storm"], [")"]),
        ("(storm", [("and", "storm")], ["("]),
        ('say "storm', ["say", "storm"], ['"']),
    ],
)
def test_what_has_no_partner_is_left_out_and_told(text: str, tree: list[Any], told: list[str]) -> None:
    assert read(text) == tree
    assert [part.text for part in parse(text, NOW).ignored] == told


def test_minus_before_an_operator_is_understood_as_not() -> None:
    (part,) = parse("-filter:links", NOW).understood
    assert (part.text, part.means) == ("-filter:links", "not with links")


def test_wanted_is_what_stands_under_no_minus() -> None:
    assert parse('a "b c" -d (e OR -f) from:g #h -@i', NOW).wanted == ["a", "b c", "e", "#h"]


def test_limits_are_told() -> None:
    deep = parse("(" * 100 + "storm" + ")" * 100, NOW)
    assert any(str(MAX_DEPTH) in part.why for part in deep.ignored)
    many = parse("a " * 500, NOW)
    assert len(many.words) == MAX_TERMS and str(MAX_TERMS) in many.ignored[-1].why
    long = parse("storm" * 1_000, NOW)
    assert len(long.words[0].text) == MAX_QUERY and "characters" in long.ignored[0].why


PIECES = st.one_of(
    st.sampled_from(
        ["(", ")", '"', "-", "OR", "AND", "'", "''", "\\", "\\'", ":*", "&", "|", "!", "<->", "<2>", "%s", "%(x)s", "{}", "$1", "--", ";"]
    ),
    st.sampled_from(["\x00", "\ud800", "😀"]),
    st.builds(lambda name, value: f"{name}:{value}", st.sampled_from([*OPERATORS, "near"]), st.text(st.characters(), max_size=12)),
    st.builds(lambda operator: operator.example, st.sampled_from([*OPERATORS.values()])),
    st.builds(str.__add__, st.sampled_from("@#$"), st.text(st.characters(), max_size=8)),
    st.sampled_from(
        ["storm", "running", "don't", "e-mail", "the", "東京タワー", "สวัสดี", "café", "#ClimateAction", "since:2024-05-31", "within_time:2d"]
    ),
    st.text(st.characters(), max_size=12),
)
JOINED = st.builds(lambda parts, by: by.join(parts), st.lists(PIECES, max_size=12), st.sampled_from(["", " "]))
ANY_QUERY = st.one_of(st.text(st.characters(), max_size=60), JOINED)


@given(ANY_QUERY)
@settings(max_examples=300, deadline=None)
def test_any_text_is_a_query(text: str) -> None:
    query = parse(text, NOW)
    assert isinstance(query, Query)
    assert parse(text, NOW) == query


def executed(view: View, queries: list[Query]) -> list[int]:
    """What each query's conditions count, all in one statement sent to PostgreSQL through a view."""
    conditions = [retrieve.conjunction([retrieve.condition(query, LANGUAGES), retrieve.all_words(query, LANGUAGES)]) for query in queries]
    columns = SQL(", ").join(SQL("count(*) FILTER (WHERE {}) AS {}").format(where, SQL(f"n{n}")) for n, where in enumerate(conditions))  # type: ignore[arg-type]
    (row,) = view.select(columns, SQL("true"), 1, order=SQL("1"))
    return list(row.values())


@pytest.fixture
def view(database: Database) -> View:
    """What everyone may see."""
    return View(database, ANONYMOUS, LabelPolicy())


def test_any_query_is_good_sql(view: View) -> None:
    @given(st.lists(ANY_QUERY, min_size=10, max_size=20))
    @settings(max_examples=15, deadline=None)
    def accepted(texts: list[str]) -> None:
        queries = [parse(text, NOW) for text in texts]
        assert executed(view, queries) == [0] * len(queries)
        ranked = [words for query in queries if (words := retrieve.rank_words(query, LANGUAGES))]
        assert retrieve.by_words(view, " ".join(ranked), None, SQL("true"), 5) == []

    accepted()


@pytest.mark.parametrize(
    "text",
    [
        "'; DROP TABLE posts; --",
        "from:'||(SELECT(1))||'",
        "from:x');DELETE/**/FROM/**/posts;--",
        "url:x'::tsquery;DROP/**/TABLE/**/posts;--",
        "conversation_id:'/**/OR/**/'1'='1",
        '"storm\') OR true --"',
        "lang:e'",
        "\\'; TRUNCATE posts; --",
        "%s %(name)s {} {0}",
        "#x'|'y",
        "@x'&!y",
        "storm' | 'rain",
        "storm:*",
        "from:\x00",
        "conversation_id:a\x00b",
        "conversation_id:\ud800",
        "from:\udcff",
    ],
)
def test_injections_are_inert(view: View, write: Any, text: str) -> None:
    write({"text": "quiet sky"})
    executed(view, [parse(text, NOW)])
    assert view.count(SQL("true"), 10) == 1
    assert executed(view, [parse(text, NOW)]) == [0]
