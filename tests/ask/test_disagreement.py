"""Who says what: values that agree are one side, accounts are counted and not posts, and nothing is settled in silence."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oscine.ask import disagreement, values
from oscine.ask.disagreement import Claim, sides
from oscine.view import SeenPost

Seen = Callable[..., SeenPost]

AGREE = [
    ("12", "twelve people", "en"), ("a dozen", "12", "en"), ("3 million", "3,000,000", "en"), ("3.5m", "3.5 million", "en"), ("two", "2", "en"),
    ("5%", "5 percent", "en"), ("3 May", "2014-05-03", "en"), ("May 3, 2014", "3 May 2014", "en"), ("2014", "May 2014", "en"),
    ("11:40 pm", "23:40", "en"), ("Houston", "houston, texas", "en"), ("the Astros", "Astros", "en"), ("yes", "Yes, he did", "en"),
    ("no", "No, never", "en"), ("1.200", "1200", "de"), ("zwölf", "12", "de"), ("am 3. Mai", "3. Mai 2014", "de"), ("3 mai", "le 3 mai 2014", "fr"),
    ("douze", "12", "fr"), ("1,5 million", "1500000", "fr"), ("3 de mayo", "3 de mayo de 2014", "es"), ("doce", "12", "es"),
    ("tre", "3", "it"), ("8 maggio", "8 maggio 2014", "it"), ("duas", "duas", "pt"), ("vinte", "20", "pt"), ("twaalf", "12", "nl"),
    ("3 mei", "3 mei 2014", "nl"), ("Torino", "a Torino", "it"), ("东京", "东京都", "zh"), ("alle 21:30", "21.30", "it"),
]  # fmt: skip
DIFFER = [
    ("12", "14", "en"), ("12 hours", "12 days", "en"), ("$5", "5 euros", "en"), ("yes", "no", "en"), ("12", "not 12", "en"),
    ("Barack Obama", "Michelle Obama", "en"), ("Houston", "Austin", "en"), ("3 May", "4 May", "en"), ("May 2014", "June 2014", "en"),
    ("8 pm", "9 pm", "en"), ("8 am", "8 pm", "en"), ("3 million", "3 billion", "en"), ("12", "Houston", "en"), ("1.200", "1,3", "de"),
    ("oui", "non", "fr"), ("sì", "no", "it"), ("ja", "nein", "de"), ("sí", "no", "es"), ("sim", "não", "pt"), ("ja", "nee", "nl"),
    ("3 mai", "3 juin", "fr"), ("3 März", "3 Mai", "de"), ("true", "false", "en"), ("alle 21:30", "22.30", "it"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "lang"), AGREE)
def test_values_that_agree(one: str, other: str, lang: str) -> None:
    assert values.agree(values.read(one, lang), values.read(other, lang))


@pytest.mark.parametrize(("one", "other", "lang"), DIFFER)
def test_values_that_differ(one: str, other: str, lang: str) -> None:
    assert not values.agree(values.read(one, lang), values.read(other, lang))


@given(st.text(max_size=40), st.text(max_size=40), st.sampled_from(["en", "de", "fr", None]))
def test_any_text_is_a_value_and_agreement_has_no_order(one: str, other: str, lang: str | None) -> None:
    first, second = values.read(one, lang), values.read(other, lang)
    assert values.agree(first, second) == values.agree(second, first)
    assert values.agree(first, first)


def test_accounts_are_counted_and_not_posts(seen: Seen) -> None:
    loud = [Claim("14", seen(f"14 people were hurt, says this {often} update of mine", "bob")) for often in "first next third fourth last".split()]
    others = [Claim("12", seen("12 people were hurt.", "ann")), Claim("twelve", seen("They counted twelve hurt.", "cleo"))]
    first, second = sides([*loud, *others], "en")
    assert (first.accounts, second.accounts) == (2, 1)
    assert {first.value, second.value} == {"12", "14"}
    assert disagreement.told([first, second], "en") == "2 accounts say “12”, 1 says “14” (4 posts of them are copies)"


def test_copies_by_others_count_their_accounts_and_are_told(seen: Seen) -> None:
    said = "BREAKING: the bridge will be closed until 3 May says the mayor of Turin"
    (side,) = sides([Claim("3 May", seen(said, name)) for name in ("ann", "bob", "cleo")], "en")
    assert (side.accounts, side.copies) == (3, 2)
    assert len(side.posts) == 3 and side.newest.author.id == "cleo"


def test_who_changed_its_mind_counts_for_what_it_said_last(seen: Seen) -> None:
    first = Claim("12", seen("12 dead, we hear.", "ann"))
    then = Claim("14", seen("Update: 14 dead.", "ann"))
    now, before = sides([first, then], "en")
    assert (now.value, now.accounts, now.earlier) == ("14", 1, 0)
    assert (before.value, before.accounts, before.earlier) == ("12", 0, 1)
    assert disagreement.told([now, before], "de") == "1 Konto sagt „14“, 1 sagte vorher „12“"


def test_a_denied_value_is_another_side(seen: Seen) -> None:
    found = sides(
        [Claim("Houston", seen("The hurricane hits Houston.", "ann")), Claim("Houston", seen("It will not hit Houston.", "bob"))], "en"
    )
    assert sorted(side.value for side in found) == ["Houston", "not Houston"]
    assert disagreement.conflict(found)


def test_a_vague_value_joins_no_side_where_several_would_take_it(seen: Seen) -> None:
    found = sides([Claim(value, seen(f"It was in {value}.", value)) for value in ("Houston, Texas", "Austin, Texas", "Texas")], "en")
    assert len(found) == 3


def test_the_same_account_name_on_two_networks_is_two_accounts(seen: Seen) -> None:
    (side,) = sides([Claim("12", seen("It was 12.", "ann")), Claim("12", seen("Twelve, it was: 12.", "ann", network="other"))], "en")
    assert side.accounts == 2


@pytest.mark.parametrize(
    ("answers", "excludes"),
    [
        (["12", "14"], True), (["3 May", "4 May"], True), (["Houston", "Austin"], True), (["yes", "no"], True), (["12", "twelve"], False),
        (["because the road was wet and dark", "he drove much too fast"], False), (["12", "Houston"], False),
    ],
)  # fmt: skip
def test_what_excludes_each_other(seen: Seen, answers: list[str], excludes: bool) -> None:
    found = sides([Claim(value, seen(f"I think: {value}", f"a{i}")) for i, value in enumerate(answers)], "en")
    assert disagreement.conflict(found) is excludes


def test_nothing_said_is_no_side() -> None:
    assert sides([], "en") == [] and disagreement.told([], "en") == ""


@pytest.mark.parametrize(
    ("one", "other", "lang", "how"),
    [
        ("The Po has flooded. 12 people were hurt at the Murazzi", "At the Murazzi 14 people were hurt", "en", "number"),
        ("12 people were hurt at the Murazzi", "At the Murazzi 12 people were hurt, they say", "en", ""),
        ("12 people were hurt at the Murazzi", "14 trains were late at Porta Nuova", "en", ""),
        ("The Isabella bridge is closed to traffic", "The Isabella bridge is not closed to traffic", "en", "negation"),
        ("Il ponte Isabella è chiuso al traffico fino a domani", "Il ponte Isabella non è chiuso al traffico", "it", "negation"),
        ("Die Isabellabrücke ist heute gesperrt für Busse", "Die Isabellabrücke ist heute nicht gesperrt für Busse", "de", "negation"),
        ("Le pont Isabelle est fermé aux voitures", "Le pont Isabelle n'est pas fermé aux voitures", "fr", "negation"),
        ("Can't wait to support the team at the station next week", "I'll be at the station next week to support the team", "en", ""),
        ("I love this bridge", "I do not love this concert", "en", ""),
    ],
)
def test_how_two_posts_contradict_each_other(one: str, other: str, lang: str, how: str) -> None:
    assert disagreement.differs(one, other, lang) == disagreement.differs(other, one, lang) == how
