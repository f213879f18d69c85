"""One analyzer for posts and queries: every script, hashtags, handles, links; for any text its spans hold and PostgreSQL takes what it makes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oscine import text
from oscine.store.postgres import Database

ANY_TEXT = st.one_of(
    st.text(max_size=80),
    st.text("ab'’\\@#$＠＃_.-:/ é́ةहि漢字ひらガｶﾞー한ไทยລາວ😀👍🏽🇮🇹\u200d\ufe0f{}\x00\n", max_size=60),
    st.lists(st.sampled_from([
        "#ClimateAction", "@ann@bird.example", "$AAPL", "https://bbc.co.uk/a?b=c#d", "it's", "don’t", "東京タワー", "สวัสดี", "مرحبا", "नमस्ते",
        "Ωmega", "''", "\\'", "ﷺ", "½",
    ]), max_size=8).map("".join),
)  # fmt: skip


def exact(written: str, lang: str | None = "en", kind: str | None = None) -> list[str]:
    """The exact forms of a text's tokens."""
    return [token.exact for token in text.tokens(written, lang) if kind in (None, token.kind)]


@pytest.mark.parametrize(
    ("written", "lang", "found"),
    [
        ("The trains were running", "en", ["the", "trains", "were", "running"]),
        ("it's John's", "en", ["it's", "john's"]),
        ("don’t stop 24h", "en", ["don't", "stop", "24h"]),
        ("Crème BRÛLÉE", "fr", ["creme", "brulee"]),
        ("STRASSE straße", "de", ["strasse", "strasse"]),
        ("ＦＵＬＬ width", "en", ["full", "width"]),
        ("Москва Ёлка", "ru", ["москва", "елка"]),
        ("Αθήνα", "el", ["αθηνα"]),
        ("مَرْحَبًا بالعالم", "ar", ["مرحبا", "بالعالم"]),
        ("हिन्दी में", "hi", ["हिन्दी", "में"]),
        ("தமிழ்", "ta", ["தமிழ்"]),
        ("שָׁלוֹם".replace("\u05c1", ""), "he", ["שָלוֹם"]),  # Hebrew points are kept
        ("東京", "ja", ["東", "東京", "京"]),
        ("ไทย", "th", ["ไ", "ไท", "ท", "ทย", "ย"]),
        ("한국", "ko", ["한", "한국", "국"]),
        ("go東go", "ja", ["go", "東", "go"]),
        ("👍🏽 👍", "en", ["👍", "👍"]),
        ("🇮🇹👨‍👩‍👧", "en", ["🇮🇹", "👨‍👩‍👧"]),
        ("!?.,;()[]{}'\"", "en", []),
        ("", None, []),
    ],
)
def test_tokens(written: str, lang: str, found: list[str]) -> None:
    assert exact(written, lang) == found


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("#ClimateAction", ["#climateaction", "climate", "action", "climateaction"]),
        ("#BBCNews24", ["#bbcnews24", "bbc", "news", "24", "bbcnews24"]),
        ("＃climate", ["#climate", "climate"]),
        ("#東京オリンピック", ["#東京オリンピック", "東京オリンピック"]),
        ("a#b", ["a", "b"]),  # inside a word there is no hashtag
        ("#1", ["1"]),  # nor is a number one
        ("@barack_obama", ["@barack_obama", "barack", "obama", "barackobama"]),
        ("@ann.bird.example", ["@ann.bird.example", "ann", "bird", "example", "annbirdexample"]),
        ("thanks @ann.", ["thanks", "@ann", "ann"]),
        ("＠Ann", ["@ann", "ann"]),
        ("mail ann@bird.example", ["mail", "ann", "bird", "example"]),  # an address is no mention
        ("$AAPL up", ["$aapl", "aapl", "up"]),
        ("$5 each", ["5", "each"]),
    ],
)  # fmt: skip
def test_names(written: str, found: list[str]) -> None:
    assert exact(written) == found


def test_the_parts_of_a_link_are_no_words() -> None:
    found = text.tokens("see https://www.BBC.co.uk/news?id=7 now", "en")
    assert [token.exact for token in found] == ["see", "u:www", "u:bbc", "u:co", "u:uk", "u:news", "u:id", "u:7", "now"]
    assert text.words(found) == "see now"


@pytest.mark.parametrize(
    ("lang", "forms"),
    [
        ("en", ["running", "runs", "run"]),
        ("fr", ["nationaux", "nationale"]),
        ("de", ["Häuser", "Hauser"]),
        ("es", ["canciones", "canción"]),
        ("ru", ["книга", "книги", "книгу"]),
        ("ar", ["الكتاب", "كتاب"]),
        ("hi", ["लड़के", "लड़का"]),
        ("tr", ["evler", "evlerin"]),
    ],
)
def test_forms_of_one_word_share_a_stem(lang: str, forms: list[str]) -> None:
    assert len({text.stem(form, lang) for form in forms}) == 1
    assert all(text.stem(form, lang) for form in forms)


@pytest.mark.parametrize(
    ("written", "lang"),
    [
        ("The committee will meet again on Thursday morning", "en"),
        ("Il treno per la costa è di nuovo in ritardo", "it"),
        ("Сегодня в Москве снова идёт сильный дождь", "ru"),
        ("今日は東京で雨が降っています", "ja"),
        ("今天北京下了很大的雨，大家都没有带伞", "zh"),
        ("วันนี้ฝนตกหนักมากในกรุงเทพ", "th"),
        ("القطار إلى الساحل متأخر مرة أخرى اليوم", "ar"),
        ("आज दिल्ली में बहुत तेज़ बारिश हुई", "hi"),
        ("12345 !!! 😀", None),
        ("@ann #climate https://bbc.co.uk", None),
        ("", None),
    ],
)
def test_language(written: str, lang: str | None) -> None:
    assert text.language(written) == lang


def test_very_long_texts_and_words_are_cut() -> None:
    assert len(text.tokens("word " * 20_000)) == text.MAX_TOKENS
    assert len(text.tokens("漢 wörd " * 20_000)) <= text.MAX_TOKENS + 1
    assert exact("a" * 10_000) == ["a" * text.MAX_WORD]
    assert exact("é" * 10_000) == ["e" * text.MAX_WORD]


def test_stop_words_are_left_out_unless_nothing_else_is_there() -> None:
    assert [token.exact for token in text.content_words("what's the plan", "en")] == ["plan"]
    assert [token.exact for token in text.content_words("to be or not to be", "en")] == ["to", "be", "or", "not", "to", "be"]


@given(ANY_TEXT, st.sampled_from([None, "en", "fr", "ar", "hi", "ja", "xx"]))
@settings(max_examples=150, deadline=None)
def test_every_span_lies_inside_its_text(written: str, lang: str | None) -> None:
    for token in text.tokens(written, lang):
        assert 0 <= token.start < token.end <= len(written)
        assert token.position >= 1 and 0 < len(token.exact) <= text.MAX_WORD + 2 and 0 < len(token.stem) <= text.MAX_WORD + 2


@given(st.text(st.characters(max_codepoint=127), max_size=80).filter(lambda written: not text._SPECIAL.search(written)))
@settings(max_examples=200, deadline=None)
def test_the_fast_path_is_the_slow_one(written: str) -> None:
    assert text.tokens(written, "en") == text._mixed_tokens(written, "en")


@given(ANY_TEXT)
@settings(max_examples=150, deadline=None)
def test_words_are_plain_letters_and_digits(written: str) -> None:
    made = text.words(text.tokens(written, "en"))
    assert all(word.isascii() and word.isalnum() for word in made.split(" ") if made)


def test_any_text_makes_a_tsvector(database: Database) -> None:
    @given(st.lists(ANY_TEXT, min_size=20, max_size=40))
    @settings(max_examples=15, deadline=None)
    def accepted(texts: list[str]) -> None:
        found = [text.tokens(written, "en") for written in texts]
        query = "SELECT tsvector_to_array(v::tsvector) AS held FROM unnest(%s::text[]) WITH ORDINALITY AS t(v, n) ORDER BY n"
        rows = database.rows(query, [list(map(text.lexemes, found))])
        for row, tokens in zip(rows, found, strict=True):
            assert {text.exact_lexeme(token) for token in tokens} <= set(row["held"])

    accepted()


def test_the_longest_post_makes_a_tsvector(database: Database) -> None:
    made = text.lexemes(text.tokens(" ".join(f"{n}é" for n in range(20_000)), "fr"))
    row = database.one("SELECT length(%s::tsvector) AS n", [made])
    assert row and row["n"] >= text.MAX_TOKENS


@pytest.mark.parametrize(
    ("said", "signs"),
    [
        ("Is it? Yes", ["?"]),
        ("https://x.example/?q=1", []),
        ("真的吗？是", ["?"]),
        (":-)", [":)"]),
        ("ok :D.", [":)"]),
        ("a list (of:)", []),
        ("I <3 it", [":)"]),
        ("1 < 3", []),
        ("Good 😀", [":)"]),
        ("Alas :'(", [":("]),
        ("D: no, AD: no", [":("]),
        ("Is it 😭?", ["?", ":("]),
    ],
)
def test_what_a_text_asks_or_sounds_like(said: str, signs: list[str]) -> None:
    assert [token.exact for token in text.signs(said)] == signs
