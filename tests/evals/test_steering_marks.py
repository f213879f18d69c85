"""The marks of the sentences that steer a feed: what counts as meant, and what does not."""

import pytest

from oscine.evals.steering import apart, cases, run, said
from oscine.recommendation import DIALS, FORMS, TONES, UNSTEERED, WISHES, Rule, Steering, Wish

STEERING = Steering(
    dials={"fresh": 0.9, "talk": -0.3},
    wishes=(Wish(kind="topic", value="Gardening", weight=0.5),),
    rules=(Rule(kind="author", value="bluesky/joe.example", mode="never"),),
    order="newest",
    personal=False,
)
MEANT = ["+ topic garden", "++ dial fresh", "~- dial talk", "never author joe.example", "newest", "not personal"]


def test_what_is_meant_counts() -> None:
    assert apart(MEANT, said(STEERING)) == []


@pytest.mark.parametrize(
    ("meant", "instead"),
    [
        ("+ topic garden", "- topic garden"),
        ("+ topic garden", "++ topic garden"),
        ("+ topic garden", "~+ topic garden"),
        ("+ topic garden", "+ topic kitchen"),
        ("+ topic garden", "+ word garden"),
        ("~- dial talk", "- dial talk"),
        ("++ dial fresh", "++ dial varied"),
        ("never author joe.example", "only author joe.example"),
        ("never author joe.example", "never author joe"),
    ],
)
def test_another_sign_degree_kind_mode_or_value_does_not(meant: str, instead: str) -> None:
    means = [instead if each == meant else each for each in MEANT]
    assert apart(means, said(STEERING)) == [instead]


def test_neither_more_nor_less_than_meant_counts() -> None:
    assert apart(MEANT[1:], said(STEERING)) == ["too much"]
    assert apart(MEANT, said(UNSTEERED)) == MEANT


def test_either_of_two_right_meanings_counts() -> None:
    assert apart(["only lang fr | + lang fr"], said(Steering(rules=(Rule(kind="lang", value="fr", mode="only"),)))) == []


def test_every_case_can_be_said() -> None:
    known = {"lang": None, "author": None, "tag": None, "topic": None, "word": None, "tone": TONES, "form": FORMS, "dial": DIALS}
    for meaning in (one for case in cases() for each in case.means for one in each.split(" | ")):
        if meaning in ("newest", "not personal"):
            continue
        how, kind, value = meaning.split(" ", 2)
        assert how in ("~+", "~-", "+", "-", "++", "--", "never", "only")
        assert kind in (*WISHES, "dial")
        assert known[kind] is None or value in known[kind]


def test_saying_nothing_is_never_right() -> None:
    rows, wrong = run(lambda _: UNSTEERED)
    assert (rows[0].right, rows[0].total, len(wrong)) == (0, 150, 150)
