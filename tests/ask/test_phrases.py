"""What Oscine says: every language says everything, and writes dates and numbers as it does."""

from __future__ import annotations

import string
from datetime import UTC, datetime, timedelta, timezone

import pytest

from oscine.ask import phrases

SEVEN = ("en", "fr", "it", "de", "es", "pt", "nl")
KEYS = sorted(phrases._tables()["en"])
FORMS = string.Formatter()


def fields(phrase: phrases.Phrase, form: str = "other") -> set[str]:
    words = phrase[form] if isinstance(phrase, dict) else phrase
    return {name for _, name, _, _ in FORMS.parse(words) if name}


def test_the_seven_languages_are_there() -> None:
    assert sorted(phrases.languages()) == sorted(SEVEN)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("lang", SEVEN)
def test_every_language_has_every_phrase_with_the_same_values(lang: str, key: str) -> None:
    theirs, english = phrases._tables()[lang][key], phrases._tables()["en"][key]
    assert type(theirs) is type(english) and theirs
    assert fields(theirs) == fields(english)
    if isinstance(theirs, dict):
        assert set(theirs) == {"one", "other"} and all(theirs.values())


def test_no_language_has_a_phrase_of_its_own() -> None:
    assert all(sorted(table) == KEYS for table in phrases._tables().values())


@pytest.mark.parametrize("lang", SEVEN)
def test_there_are_twelve_months(lang: str) -> None:
    assert len({phrases.day(datetime(2014, month, 3, tzinfo=UTC), lang) for month in range(1, 13)}) == 12


@pytest.mark.parametrize(
    ("lang", "third", "first"),
    [
        ("en", "3 May 2014", "1 May 2014"), ("fr", "3 mai 2014", "1er mai 2014"), ("it", "3 maggio 2014", "1º maggio 2014"),
        ("de", "3. Mai 2014", "1. Mai 2014"), ("es", "3 de mayo de 2014", "1 de mayo de 2014"),
        ("pt", "3 de maio de 2014", "1 de maio de 2014"), ("nl", "3 mei 2014", "1 mei 2014"), ("fi", "3 May 2014", "1 May 2014"),
        (None, "3 May 2014", "1 May 2014"),
    ],
)  # fmt: skip
def test_days(lang: str | None, third: str, first: str) -> None:
    assert phrases.day(datetime(2014, 5, 3, 12, tzinfo=UTC), lang) == third
    assert phrases.day(datetime(2014, 5, 1, 12, tzinfo=UTC), lang) == first


def test_a_day_is_counted_in_utc() -> None:
    assert phrases.day(datetime(2014, 5, 4, 1, tzinfo=timezone(timedelta(hours=5))), "en") == "3 May 2014"


def test_one_and_many() -> None:
    assert phrases.say("accounts_say", "en", 1, value="12") == "1 account says 12"
    assert phrases.say("accounts_say", "de", 3, value="12") == "3 Konten sagen 12"
    assert phrases.posts_by(12_345, 1, "de") == "12.345 Beiträge von 1 Konto"
    assert phrases.posts_by(1, 1, "fr") == "1 message de 1 compte"


def test_values_are_never_templates() -> None:
    assert phrases.say("accounts_say", "en", 1, value="{count} {0} {value.__class__}") == "1 account says {count} {0} {value.__class__}"


def test_lists_and_quotation_marks() -> None:
    assert [phrases.listed(items, "it") for items in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a e b", "a, b e c"]
    assert phrases.quoted("oui", "fr") == "«\u00a0oui\u00a0»"


def test_a_phrase_that_is_none_is_an_error() -> None:
    with pytest.raises(KeyError):
        phrases.say("nonsense", "en")
