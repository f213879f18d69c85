"""Any text is a query: operators are read, mistakes become words and are told, and what comes of it is always good SQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from psycopg.sql import SQL

from oscine.records import ANONYMOUS, Viewer
from oscine.safety.visibility import LabelPolicy
from oscine.search import retrieve
from oscine.search.grammar import MAX_DEPTH, MAX_QUERY, MAX_TERMS, And, Condition, Node, Not, Or, Phrase, Query, Word, parse, spelled
from oscine.search.operators import FAMILIES, FILTERS, OPERATORS, SIGNS, UNANSWERED, Operator, named
from oscine.search.operators.places import Circle, Near
from oscine.search.operators.times import ZONES, Marked, Span
from oscine.store.postgres import Database
from oscine.view import View

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
ANN = Viewer(network="local", account="ann")
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
        case Condition(operator, value):
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
        ("author:nasa", "from", "nasa"),
        ("from:did:plc:1", "from", "did:plc:1"),
        ("did:plc:1", "did", "did:plc:1"),
        ("to:Ann.bird.example", "to", "ann.bird.example"),
        ("@Ann", "@", "ann"),
        ("mentions:Ann", "@", "ann"),
        ("@ann@bird.example", "@", "ann@bird.example"),
        ("list:ann/friends", "list", ("ann/friends", "ann")),
        ("list:12", "list", ("12", "")),
        ("+Running", "+", "Running"),
        ("#ClimateAction", "#", "#climateaction"),
        ("tag:ClimateAction", "#", "#climateaction"),
        ("#東京", "#", "#東京"),
        ("$aapl", "$", "$aapl"),
        ("$BRK.B", "$", "$brk.b"),
        ("cashtag:aapl", "$", "$aapl"),
        ("?", "?", ""),
        (":)", ":)", ""),
        (":-)", ":)", ""),
        (":(", ":(", ""),
        ("lang:fr", "lang", "fr"),
        ("language:pt-BR", "lang", "pt"),
        ("lang:qme", "lang", "qme"),
        ("filter:LINKS", "filter", FILTERS["links"]),
        ("has:image", "filter", FILTERS["images"]),
        ("is:reply", "filter", FILTERS["replies"]),
        ("exclude:replies", "exclude", FILTERS["replies"]),
        ("min_faves:10", "min_faves", 10),
        ("min_likes:10", "min_faves", 10),
        ("min_reposts:0", "min_retweets", 0),
        ("min_replies:999999999", "min_replies", 999_999_999),
        ("url:https://bbc.co.uk/news", "url", "https://bbc.co.uk/news"),
        ("domain:https://www.BBC.co.uk/news", "domain", "bbc.co.uk"),
        ("card_name:Poll*", "card_name", "poll*"),
        ("conversation_id:at://did:plc:1/app.bsky.feed.post/2", "conversation_id", "at://did:plc:1/app.bsky.feed.post/2"),
        ("retweeted_by:@Nasa", "retweeted_by_user_id", "nasa"),
        ('near:"New York"', "near", Near("New York", None)),
        ("geocode:45.07,-7.68,10mi", "geocode", Circle(45.07, -7.68, 16.09344)),
        ("geocode:45.07,7.68", "geocode", Circle(45.07, 7.68, 10.0)),
        ('source:"Twitter for iPhone"', "source", "twitter_for_iphone"),
    ],
)  # fmt: skip
def test_each_operator(text: str, name: str, value: Any) -> None:
    query = parse(text, NOW)
    assert [shape(node) for node in query.must] == [(name, value)]
    assert not query.words and not query.ignored
    assert [(part.text, part.operator) for part in query.understood] == [(text, name)]


DAY, HOUR = (at(2024, 5, 31), at(2024, 6, 1)), (at(2024, 5, 31, 18), at(2024, 5, 31, 18, 0, 1))


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("2024-05-31", DAY),
        ("yesterday", DAY),
        ("Today", (at(2024, 6, 1), at(2024, 6, 2))),
        ("2024-05", (at(2024, 5, 1), at(2024, 6, 1))),
        ("2023-12", (at(2023, 12, 1), at(2024, 1, 1))),
        ("2024", (at(2024, 1, 1), at(2025, 1, 1))),
        ("2024-05-31T18:00:00Z", HOUR),
        ("2024-05-31T18:00", HOUR),
        ('"2024-05-31 18:00:00"', HOUR),
        ("2024-05-31T20:00:00+02:00", HOUR),
        ("2024-05-31_18:00:00", HOUR),
        ("2024-05-31_18:00:00_UTC", HOUR),
        ("2024-05-31_20:00:00_CEST", HOUR),
        ("2024-05-31_11:00:00_PDT", HOUR),
        ("2024-05-31_23:30:00_ist", HOUR),
        ("2024-05-31_20:00:00_+0200", HOUR),
        ("2024-05-31_20:00:00_UTC+2", HOUR),
    ],
)
def test_times(text: str, span: tuple[datetime, datetime]) -> None:
    (condition,) = parse(f"during:{text}", NOW).must
    assert isinstance(condition, Condition)
    assert condition.value[:2] == span


def test_every_zone_is_one() -> None:
    for zone in ZONES:
        (condition,) = parse(f"since:2024-05-31_12:00:00_{zone}", NOW).must
        assert isinstance(condition, Condition)
        assert condition.value.start == at(2024, 5, 31, 12) - timedelta(hours=ZONES[zone])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("until:2024-05-31", Span(*DAY, "2024-05-31")),
        ("until:2024-05-31T18:00:00Z", Span(HOUR[1], HOUR[1], "2024-05-31 18:00:00 UTC")),  # with that second, as on X
        ("before:2024-05-31T18:00:00Z", Span(*HOUR, "2024-05-31 18:00:00 UTC")),
        ("within_time:2d", Span(at(2024, 5, 30, 12), NOW, "2 days")),
        ("within_time:1w", Span(at(2024, 5, 25, 12), NOW, "1 weeks")),
        ("within_time:90s", Span(at(2024, 6, 1, 11, 58, 30), NOW, "90 seconds")),
        ("since_time:1717178400", Span(*HOUR, "2024-05-31 18:00:00 UTC")),
        ("since_id:1050118621198921728", Marked("1050118621198921728", datetime(2018, 10, 10, 20, 19, 24, 211_000, UTC))),  # X's own example
        ("max_id:at://did:plc:1/2", Marked("at://did:plc:1/2", None)),
    ],
)
def test_spans_of_operators(text: str, value: Any) -> None:
    (condition,) = parse(text, NOW).must
    assert isinstance(condition, Condition)
    assert condition.value == value


@pytest.mark.parametrize("operator", OPERATORS.values(), ids=lambda o: o.name)
def test_every_operator_of_the_table_reads_its_own_example(operator: Operator) -> None:
    beside = " near:turin" if operator.name == "within" else ""
    query = parse(operator.example + beside, NOW)
    assert not query.ignored and not query.words
    assert query.understood[0].operator == operator.name and query.understood[0].text == operator.example
    assert query.understood[0].means and operator.help and operator.family in FAMILIES


@pytest.mark.parametrize("operator", [o for o in OPERATORS.values() if o.condition], ids=lambda o: o.name)
def test_every_operator_can_be_negated_in_words_too(operator: Operator) -> None:
    (plain,), (negated,) = (parse(minus + operator.example, NOW).understood for minus in ("", "-"))
    (grouped,) = parse(f"-(({operator.example}))", NOW).understood
    (twice,) = parse(f"-(-{operator.example})", NOW).understood
    assert negated.text == "-" + plain.text and grouped.text == plain.text
    assert negated.means == grouped.means != plain.means == twice.means


@pytest.mark.parametrize("operator", [o for o in OPERATORS.values() if o.synonyms], ids=lambda o: o.name)
def test_synonyms_mean_the_same(operator: Operator) -> None:
    (first,) = parse(operator.example, NOW).must
    value = operator.example.removeprefix(operator.typed)
    for name in operator.synonyms:
        (node,) = parse(f"{name}:{value}", NOW).must
        assert shape(node) == shape(first)


def test_no_two_operators_share_a_name() -> None:
    names = [name for operator in OPERATORS.values() for name in (operator.name, *operator.synonyms)]
    assert len(names) == len(set(names))
    kinds = [name for key, kind in FILTERS.items() for name in (key, *kind.synonyms)]
    assert len(kinds) == len(set(kinds))


@pytest.mark.parametrize("kind", FILTERS)
def test_every_kind_is_read_by_each_of_its_names(kind: str) -> None:
    for name in (kind, *FILTERS[kind].synonyms):
        (condition,) = parse(f"filter:{name}", NOW, ANN).must
        assert isinstance(condition, Condition)
        assert condition.value is FILTERS[kind]
        (said,), (unsaid,), (excluded,) = (parse(f"{how}:{name}", NOW, ANN).understood for how in ("has", "-is", "exclude"))
        assert said.means != unsaid.means == excluded.means


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("-from:nasa", "not written by nasa"),
        ("-@nasa", "that do not mention nasa"),
        ("-filter:links", "without links"),
        ("-filter:replies", "that are not replies"),
        ("exclude:media", "without pictures, sound and film"),
        ("-exclude:replies", "that are replies"),
        ("-min_faves:10", "with fewer than 10 likes"),
        ("-since:2024-05-31", "before 2024-05-31"),
        ("until:2024-05-31", "before 2024-05-31"),
        ("until:2024-05-31T18:00:00Z", "up to 2024-05-31 18:00:00 UTC"),
        ("-until:2024-05-31T18:00:00Z", "after 2024-05-31 18:00:00 UTC"),
        ("-within_time:2d", "older than 2 days"),
        ("-in:likes", "that you did not like"),
        ("from:me", "written by you"),
        ("near:turin within:10mi", "from turin or within 16.09 km of it"),
        ("-(storm from:nasa)", "not written by nasa"),
    ],
)
def test_meanings(text: str, means: str) -> None:
    assert parse(text, NOW, ANN).understood[0].means == means


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("since:someday", "since someday"),
        ("since:2024-13-40", "since 2024-13-40"),
        ("since:20240531", "since 20240531"),
        ("since:2024-05-31_18:00:00_MARS", "since 2024-05-31_18 00 00_MARS"),
        ("since:2024-05-31T18:00:00+99:00", "since 2024-05-31T18 00 00+99 00"),
        ("until:9999-12-31T23:59:59Z", "until 9999-12-31T23 59 59Z"),
        ("until:0001-01-01T00:00:00+23:00", "until 0001-01-01T00 00 00+23 00"),
        ("during:9999", "during 9999"),
        ("during:9999-12-31", "during 9999-12-31"),
        ("since_time:yesterday", "since_time yesterday"),
        ("since_time:999999999999", "since_time 999999999999"),
        ("within_time:soon", "within_time soon"),
        ("within_time:999999w", "within_time 999999w"),
        ("min_faves:many", "min_faves many"),
        ("min_faves:-1", "min_faves 1"),
        ("min_faves:٣", "min_faves ٣"),
        ("min_faves:99999999999", "min_faves 99999999999"),
        ("filter:cats", "filter cats"),
        ("has:cats", "has cats"),
        ("in:cats", "in cats"),
        ("sort:best", "sort best"),
        ("lang:english!", "lang english!"),
        ("url:...", "url ..."),
        ("domain:...", "domain ..."),
        ("from:@", "from"),
        ("from:?", "from"),
        ('from:""', "from"),
        ('near:" "', "near"),
        ("did:ann", "did ann"),
        ("list:ann/", "list ann/"),
        ("tag:...", "tag ..."),
        ("cashtag:5", "cashtag 5"),
        ("exact:!!!", "exact !!!"),
        ("geocode:91,0,1km", "geocode 91,0,1km"),
        ("geocode:here", "geocode here"),
        ("geocode:nan,nan", "geocode nan,nan"),
        ("colour:red", "colour red"),
        ("colour:#red", "colour red"),
        ("colour:-red", "colour red"),
        ("colour:OR", "colour or"),
    ],
)  # fmt: skip
def test_a_mistake_is_searched_as_words_and_told(text: str, words: str) -> None:
    query = parse(text, NOW)
    assert [word.text for word in query.words] == [words]
    assert not query.must and not query.understood
    assert [part.text for part in query.ignored] == [text]
    assert "searched as words" in query.ignored[0].why


@pytest.mark.parametrize(
    "text",
    ["from:me", "to:me", "mentions:me", "list:me/friends", "filter:follows", "in:library", "in:likes", "near:me", "within:5km", "-from:me",
     "include:nativeretweets", *(f"filter:{name}" for name in UNANSWERED), *(f"exclude:{name}" for name in UNANSWERED), "-sort:likes"],
)  # fmt: skip
def test_what_cannot_be_answered_is_left_out_and_told(text: str) -> None:
    query = parse(f"storm {text}", NOW)
    assert query.words == (Word("storm"),) and not query.must and not query.understood and query.sort is None
    assert [part.text for part in query.ignored] == [text.removeprefix("-")]
    assert query.ignored[0].why.endswith("it was left out")


@pytest.mark.parametrize("text", ["from:me", "to:me", "mentions:me", "list:me/friends", "filter:follows", "in:library", "in:likes"])
def test_with_an_account_it_is_answered(text: str) -> None:
    query = parse(text, NOW, ANN)
    assert len(query.must) == 1 and not query.ignored


def test_an_account_may_be_called_me() -> None:
    assert read("from:@me") == [("from", "me")]


@pytest.mark.parametrize(("text", "sort"), [("storm", None), ("storm sort:latest", "latest"), ("sort:Likes storm", "likes"), ("(sort:top)", "top")])
def test_the_order_is_part_of_the_query(text: str, sort: str | None) -> None:
    query = parse(text, NOW)
    assert query.sort == sort
    assert not query.must and not query.ignored


def test_within_is_for_the_place_beside_it() -> None:
    assert read("near:turin within:10mi") == [("near", Near("turin", 16.09344))]
    assert read("within:5km storm geocode:45,7") == ["storm", ("geocode", Circle(45, 7, 5))]
    assert read("geocode:45,7,1km within:5km") == [("geocode", Circle(45, 7, 1))]
    assert read("near:turin within:far") == ["within far", ("near", Near("turin", None))]


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("storm rain", ["storm", "rain"]),
        ("storm AND rain", ["storm", "rain"]),
        ("storm and rain", ["storm", "and", "rain"]),
        ('"big storm"', ['"big storm"']),
        ('+"big storm"', ['"big storm"']),
        ('"big * storm"', ['"big * storm"']),
        ('""', []),
        ('" "', []),
        ("-storm", [("not", "storm")]),
        ('-"big storm"', [("not", '"big storm"')]),
        ("-from:ann", [("not", ("from", "ann"))]),
        ("-#tag", [("not", ("#", "#tag"))]),
        ("-+storms", [("not", ("+", "storms"))]),
        ("-?", [("not", ("?", ""))]),
        ("-:)", [("not", (":)", ""))]),
        ("(storm :))", [("and", "storm", (":)", ""))]),
        ("(storm ?)", [("and", "storm", ("?", ""))]),
        ("storm?", ["storm?"]),
        ("what? (storm)", ["what?", ("and", "storm")]),
        ("--storm", ["--storm"]),
        ("well-known", ["well-known"]),
        ("storm OR rain", [("or", "storm", "rain")]),
        ("a OR b OR c", [("or", "a", "b", "c")]),
        ("a OR b AND c", ["c", ("or", "a", "b")]),
        ("storm rain OR snow", ["storm", ("or", "rain", "snow")]),
        ("(storm rain) OR snow", [("or", ("and", "storm", "rain"), "snow")]),
        ("storm (rain OR snow) -hail", ["storm", ("and", ("or", "rain", "snow")), ("not", "hail")]),
        ("-(rain OR snow)", [("not", ("and", ("or", "rain", "snow")))]),
        ("a OR -b", [("or", "a", ("not", "b"))]),
        ("from:ann OR from:bob", [("or", ("from", "ann"), ("from", "bob"))]),
        ("()", []),
        ("https://bbc.co.uk/news", ["https://bbc.co.uk/news"]),
        ("$5 +1 C++", ["$5", "+1", "C++"]),
        ("# @", ["#", "@"]),
        ("😀", ["😀"]),
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
        ('say +"storm', ["say", "storm"], ['+"']),
    ],
)
def test_what_has_no_partner_is_left_out_and_told(text: str, tree: list[Any], told: list[str]) -> None:
    assert read(text) == tree
    assert [part.text for part in parse(text, NOW).ignored] == told


def test_wanted_is_what_stands_under_no_minus() -> None:
    assert parse('a "b c" -d (e OR -f) from:g #h -@i +j', NOW).wanted == ["a", "b c", "e", "#h", "+j"]


def test_limits_are_told() -> None:
    deep = parse("(" * 100 + "storm" + ")" * 100, NOW)
    assert any(str(MAX_DEPTH) in part.why for part in deep.ignored)
    many = parse("a " * 500, NOW)
    assert len(many.words) == MAX_TERMS and str(MAX_TERMS) in many.ignored[-1].why
    long = parse("storm" * 1_000, NOW)
    assert len(long.words[0].text) == MAX_QUERY and "characters" in long.ignored[0].why


def test_there_is_no_limit_of_two_dozen_operators() -> None:
    text = " ".join(f"-from:a{n}" for n in range(MAX_TERMS // 2))
    query = parse(text, NOW)
    assert len(query.must) == MAX_TERMS // 2 and not query.ignored


VALUES = st.one_of(
    st.text(st.characters(), max_size=12),
    st.sampled_from(["me", "2024-05-31", "2024-05", "5km", "45,7,5km", "1796602107420672000", '"new york"', "links", "latest", "poll*", "und"]),
)
NAMES = st.sampled_from([name for operator in OPERATORS.values() for name in (operator.name, *operator.synonyms)] + ["colour"])
PIECES = st.one_of(
    st.sampled_from(
        ["(", ")", '"', "-", "+", "OR", "AND", "'", "''", "\\", "\\'", ":*", "&", "|", "!", "<->", "<2>", "%s", "%(x)s", "{}", "$1", "--", ";"]
    ),
    st.sampled_from(["\x00", "\ud800", "😀", "?", ":)", ":(", ":-(", '"a * b"', '"* *"', '"!!!"', "!!!", "*"]),
    st.builds(lambda name, value: f"{name}:{value}", NAMES, VALUES),
    st.builds(lambda operator: operator.example, st.sampled_from([*OPERATORS.values()])),
    st.builds(str.__add__, st.sampled_from("@#$+"), st.text(st.characters(), max_size=8)),
    st.sampled_from(
        ["storm", "running", "don't", "e-mail", "the", "東京タワー", "สวัสดี", "café", "#ClimateAction", "since:2024-05-31", "within_time:2d"]
    ),
    st.text(st.characters(), max_size=12),
)
JOINED = st.builds(lambda parts, by: by.join(parts), st.lists(PIECES, max_size=12), st.sampled_from(["", " "]))
ANY_QUERY = st.one_of(st.text(st.characters(), max_size=60), JOINED)


@given(ANY_QUERY, st.sampled_from([ANONYMOUS, ANN]))
@settings(max_examples=300, deadline=None)
def test_any_text_is_a_query(text: str, viewer: Viewer) -> None:
    query = parse(text, NOW, viewer)
    assert isinstance(query, Query)
    assert parse(text, NOW, viewer) == query
    assert all(part.means for part in query.understood) and all(part.why for part in query.ignored)


@given(ANY_QUERY, st.sampled_from([ANONYMOUS, ANN]))
@example("geocode:0 within:15km", ANONYMOUS)
@settings(max_examples=500, deadline=None)
def test_one_spelling_is_read_as_the_same_query(text: str, viewer: Viewer) -> None:
    first = parse(text, NOW, viewer)
    again = parse(spelled(first), NOW, viewer)
    assert spelled(again) == spelled(first)
    assert again.sort == first.sort
    assert sorted(part.means for part in again.understood) == sorted(part.means for part in first.understood)
    if not any(" " in word.text for word in first.words) and not any("as words" in part.why for part in first.ignored):
        assert [shape(node) for node in again.must] == [shape(node) for node in first.must]
        assert again.words == first.words


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


def test_any_query_is_good_sql(database: Database, view: View) -> None:
    signed_in = View(database, ANN, LabelPolicy(blurred=frozenset({"nsfw"})))

    @given(st.lists(ANY_QUERY, min_size=10, max_size=20))
    @settings(max_examples=15, deadline=None)
    def accepted(texts: list[str]) -> None:
        for looking in (view, signed_in):
            queries = [parse(text, NOW, looking.viewer) for text in texts]
            assert executed(looking, queries) == [0] * len(queries)
        ranked = [words for query in queries if (words := retrieve.rank_words(query, LANGUAGES))]
        assert retrieve.by_words(view, " ".join(ranked), None, SQL("true"), 5) == []

    accepted()


def test_the_table_is_complete() -> None:
    """What X, Mastodon and Bluesky have and a network's posts can answer."""
    for name in """from to mentions list lang language since until since_time until_time since_id max_id within_time before after during
                   filter exclude has is in conversation_id quoted_tweet_id quoted_user_id in_reply_to_tweet_id in_reply_to_user_id
                   retweets_of_tweet_id retweets_of_user_id retweeted_by_user_id replied_to_by_user_id card_name card_domain card_url url
                   domain did author tag min_faves min_retweets min_replies min_quotes near within geocode place source sort""".split():
        assert named(name), name
    for kind in """replies self_threads quote retweets nativeretweets has_engagement media images twimg videos native_video audio spaces polls
                   links news hashtags mentions safe verified follows social""".split():
        assert kind in UNANSWERED or parse(f"filter:{kind}", NOW, ANN).must, kind
    assert set(SIGNS) == set("@#$+")


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
        "card_name:%",
        "card_url:_\\",
        "near:x'",
        "list:x'/y'",
        "mentions:x:y'",
        "source:'%s'",
        "since_id:1'",
        "place:{}",
    ],
)
def test_injections_are_inert(view: View, write: Any, text: str) -> None:
    write({"text": "quiet sky"})
    executed(view, [parse(text, NOW)])
    assert view.count(SQL("true"), 10) == 1
    assert executed(view, [parse(text, NOW)]) == [0]
