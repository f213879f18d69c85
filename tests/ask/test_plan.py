"""Which searches a question takes, in seven languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oscine.ask import plan

SEVERAL = [
    ("en", "Which phone has the better camera, iPhone or Galaxy?", ["iPhone phone better camera", "Galaxy phone better camera"]),
    ("en", "What is the difference between Android Wear and iOS?", ["Android Wear", "iOS"]),
    ("en", "iPhone vs Galaxy S5: which is cheaper?", ["iPhone cheaper", "Galaxy S5 cheaper"]),
    ("en", "Compare Tesla with Ford on range", ["Tesla range", "Ford range"]),
    ("en", "who is more popular obama or romney", ["obama popular", "romney popular"]),
    ("en", "When did the Olympics open and who lit the flame?", ["When did the Olympics open", "who lit the flame Olympics"]),
    ("en", "Who is the coach? When does he start?", ["Who is the coach?", "When does he start coach"]),
    ("fr", "Quelle est la différence entre Paris et Lyon ?", ["Paris", "Lyon"]),
    ("fr", "Quand le musée d'Orsay ouvre-t-il et qui le dirige ?", ["Quand le musée d'Orsay ouvre-t-il", "qui le dirige Orsay"]),
    ("it", "Chi è più veloce, Bolt o Blake?", ["Bolt veloce", "Blake veloce"]),
    ("it", "Quando apre la mostra e chi la cura?", ["Quando apre la mostra", "chi la cura apre mostra"]),
    ("de", "Was ist der Unterschied zwischen SPD und CDU?", ["SPD", "CDU"]),
    ("de", "Wann öffnet das Freibad und was kostet der Eintritt?", ["Wann öffnet das Freibad", "was kostet der Eintritt Freibad"]),
    ("es", "¿Cuál es la diferencia entre Madrid y Barcelona?", ["Madrid", "Barcelona"]),
    ("es", "¿Cuándo abre el museo y quién lo dirige?", ["¿Cuándo abre el museo", "quién lo dirige abre museo"]),
    ("pt", "Quem é melhor, Messi ou Ronaldo?", ["Messi melhor", "Ronaldo melhor"]),
    ("pt", "Quando abre o museu e quem o dirige?", ["Quando abre o museu", "quem o dirige abre museu"]),
    ("nl", "Wie is sneller, Bolt of Blake?", ["Bolt sneller", "Blake sneller"]),
    ("nl", "Wanneer opent het zwembad en wat kost een kaartje?", ["Wanneer opent het zwembad", "wat kost een kaartje opent zwembad"]),
]
ONE = [
    ("en", "Who is going to a galaxy far far away?"), ("en", "What did Obama say and do in Berlin?"), ("en", "Why did Apple buy Beats?"),
    ("en", "Is it true or false that whales sing?"), ("en", "what do you do when you see a bear or wolf in the park?"),
    ("fr", "Que dit le maire de Turin ?"), ("it", "Chi ha vinto la gara e la medaglia?"), ("de", "Was sagt die Feuerwehr zu Flut und Regen?"),
    ("es", "¿Qué dijo el alcalde de Turín?"), ("pt", "O que disse o prefeito e o governador?"), ("nl", "Wat zegt de brandweer over regen en wind?"),
]  # fmt: skip


@pytest.mark.parametrize(("lang", "question", "more"), SEVERAL)
def test_several_searches(lang: str, question: str, more: list[str]) -> None:
    assert plan.searches(question, lang) == [question, *more]


@pytest.mark.parametrize(("lang", "question"), ONE)
def test_one_search(lang: str, question: str) -> None:
    assert plan.searches(question, lang) == [question]


def test_two_names_that_seldom_meet_are_searched_one_by_one() -> None:
    question = "Did Elon Musk ever meet Angela Merkel?"
    assert plan.searches(question, "en", lambda *_: False) == [question]
    assert plan.searches(question, "en", lambda *_: True)[1:] == ["Did Elon Musk ever meet ?", "Did ever meet Angela Merkel?"]


def test_names() -> None:
    assert plan.names("Did Elon Musk like what @nasa wrote of the iPhone's camera?", "en") == ["Elon Musk", "@nasa", "iPhone"]
    assert plan.names("Who wrote this?", "en") == []


@given(st.text(max_size=300), st.sampled_from(["en", "fr", "it", "de", "es", "pt", "nl", "ja", None]))
def test_any_text_has_a_plan_that_begins_with_itself(question: str, lang: str | None) -> None:
    found = plan.searches(question, lang, lambda *_: True)
    assert found[0] == question and 1 <= len(found) <= plan.MOST and len(set(found)) == len(found)
