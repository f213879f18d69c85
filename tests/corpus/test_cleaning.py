"""Texts made plain, and what is no text to learn from."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oscine.corpus.cleaning import cleaned, without_names
from oscine.corpus.rules import judged
from oscine.corpus.scores import good_enough, letters, measured, scored

NO_MEDIANS = pl.DataFrame(schema={"account": pl.UInt64, "median": pl.Float64})


def clean(*texts: str, urls: bool = True) -> list[str]:
    return cleaned(pl.DataFrame({"text": texts}), urls)["text"].to_list()


def named(*texts: str, numbers: bool = False) -> list[str]:
    return without_names(pl.DataFrame({"text": texts}), handles=True, numbers=numbers)["text"].to_list()


def reason(text: str) -> str | None:
    batch = cleaned(pl.DataFrame({"key": ["k"], "text": [text]}))
    dropped = judged(measured(batch), 3, 20_000)[1]
    return dropped["reason"][0] if dropped.height else None


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        ("Here's how --&gt; http://t.co/nd4QHzdEyX $AAPL", "Here's how --> ‹url› $AAPL"),
        ("&amp;amp;lt;b&amp;amp;gt;bold&lt;/b&gt;", "bold"),
        ("<p>One<br>two</p><p>three <a href='x'>four</a></p>", "One\ntwo\nthree four"),
        ("if a < b and c > d then", "if a < b and c > d then"),
        ("Cafe\u0301\u00a0au   lait\u200b \x07\r\n\r\n\r\n\r\nnow", "Café au lait\n\nnow"),
        ("I liked a @YouTube video", "I liked a @YouTube video"),
        ("Watch: Ferry in fog via @YouTube", "Watch: Ferry in fog"),
        ("See (https://en.wikipedia.org/wiki/Ferry), it says.", "See (‹url›), it says."),
        ("👩‍👩‍👧 مى‌خواهم", "👩‍👩‍👧 مى‌خواهم"),
    ],
)
def test_clean(given: str, plain: str) -> None:
    assert clean(given) == [plain]


def test_links_are_kept_on_request() -> None:
    assert clean("See https://x.org/1 now", urls=False) == ["See https://x.org/1 now"]


def test_handles_and_numbers() -> None:
    assert named("@ann @bob: hi", "mail@home", "toot @ann@social.example!", ".@POTUS said") == [
        "‹name› ‹name›: hi", "mail@home", "toot ‹name›!", ".‹name› said",
    ]  # fmt: skip
    assert named("In 2014 it was 1,700.50% of ٣", numbers=True) == ["In ‹number› it was ‹number›% of ‹number›"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("RT @ann: the ferry is late", "a retweet"),
        ("rt RT @ann the ferry is late", "a retweet"),
        ("https://x.org/1 @ann", "only links and names"),
        ("5!", "too short"),
        ("Jeff Kagan on the Apple iWatch Smart... http://t.co/x1", "cut off"),
        ("Focus list $SCTY $MNKD $P $ARIA $MGM $FSLR", "a heap of tags"),
        ("Order now and have free shipping http://x.org", "an advert"),
        ("go go go go go go go go go go", "repeats itself"),
        ("The ferry is late, and @ann is not amused: https://x.org", None),
        ("渡し船は七時に出る", None),
        ("Паром отходит в семь", None),
    ],
)
def test_judged(text: str, why: str | None) -> None:
    assert reason(text) == why


def test_toxicity_by_label_and_by_word() -> None:
    texts = ["A fine day", "Oh SHIT, it rains", "Scunthorpe and its cockpit", "kill yourself now", "Marked by its network", "Adult"]
    labels = [[], [], [], [], [], ["porn"]]
    batch = pl.DataFrame({
        "key": [*"abcdef"], "account": ["a"] * 6, "text": texts, "labels": pl.Series(labels, dtype=pl.List(pl.String)),
        "sensitive": [False] * 4 + [True, False], "engagement": [0] * 6,
    })  # fmt: skip
    made = scored(measured(batch), NO_MEDIANS)
    assert made["toxicity"].to_list() == [0, 1, 0, 2, 1, 2]
    assert good_enough(made, 1, 0.0)[1]["reason"].to_list() == ["toxicity 2"] * 2


def test_quality_knows_length_repetition_and_what_is_usual_for_an_author() -> None:
    texts = [
        "What a long and varied sentence this is, with many different words in it",
        "!!! !!! ??",
        "ha ha ha ha ha ha ha ha ha ha ha ha",
        "same",
        "same",
    ]
    batch = pl.DataFrame({
        "key": [*"abcde"], "account": ["a", "a", "a", "a", "b"], "text": texts, "labels": pl.Series([[]] * 5, dtype=pl.List(pl.String)),
        "sensitive": [False] * 5, "engagement": [10, 10, 10, 10, 10],
    })  # fmt: skip
    usual = pl.DataFrame({"account": pl.Series(["a", "b"]).hash(0), "median": [10.0, 1000.0]})
    best, marks, laughter, liked, ignored = scored(measured(batch), usual)["quality"].to_list()
    assert 1 >= best > laughter > 0 and best > marks and liked > ignored


def test_letters_are_counted_in_every_script() -> None:
    assert letters(pl.Series(["abc 1!", "été", "渡し船", "паром", "👍…", ""])).tolist() == [3, 3, 3, 5, 0, 0]


pieces = st.sampled_from(
    ["&amp;", "&lt;", "b&gt;", "<br>", "<", "http://x.y/", "@a", "via @youtube", "…", "\r", "\n", " ", "\u00a0", "e\u0301", "\u202e"]
)
any_text = st.one_of(st.text(max_size=40), st.lists(st.one_of(pieces, st.text(max_size=3)), max_size=12).map("".join))


@settings(deadline=None, max_examples=60)
@given(st.lists(any_text, min_size=1, max_size=8))
def test_cleaning_never_fails_and_applied_again_changes_nothing(texts: list[str]) -> None:
    texts = [text.encode("utf8", "ignore").decode() for text in texts]
    once = clean(*texts)
    assert clean(*once) == once
    batch = pl.DataFrame({"key": [str(n) for n in range(len(once))], "text": once})
    kept, dropped = judged(measured(batch), 3, 20_000)
    assert kept.height + dropped.height == len(once)
    assert named(*named(*once)) == named(*once)
