"""Who may not be aimed at, and who only looks so."""

from __future__ import annotations

import pytest

from oscine.ads.creatives.audiences import check, sensitive
from oscine.ads.creatives.texts import Audience
from oscine.errors import InputError

REFUSED = {
    "health": [
        "people with diabetes", "cancer patients", "Overweight women", "people who suffer from migraine", "Pregnant women", "wheelchair users",
        "Menschen mit Depressionen", "Allergiker", "Schwangere", "chronisch Kranke", "personnes diabétiques", "femmes enceintes", "personas con cáncer",
        "embarazadas", "persone con disabilità", "malati di cuore", "pessoas com deficiência", "grávidas", "mensen met overgewicht", "diabetespatiënten",
    ],
    "politics": [
        "Conservative voters", "left-wing activists", "Republicans", "AfD-Wähler", "Konservative", "électeurs de gauche", "votantes socialistas",
        "elettori di destra", "eleitores de esquerda", "rechtse kiezers",
    ],
    "religion": [
        "Catholics", "Jewish families", "Muslims during Ramadan", "evangelische Christen", "gläubige Katholiken", "catholiques pratiquants",
        "judíos", "cattolici", "muçulmanos", "gelovigen",
    ],
    "sexuality": ["gay men", "LGBTQ people", "Schwule und Lesben", "lesbiennes", "homosexuales", "omosessuali", "bissexuais", "homo's"],
    "ethnicity": [
        "African Americans", "Latinos", "ethnic minorities", "Roma", "Menschen mit Migrationshintergrund", "personnes noires", "gitanos",
        "immigrati", "ciganos",
        "mensen met een migratieachtergrond",
    ],
    "union": ["teachers' union members", "trade unionists", "Gewerkschaftsmitglieder", "syndicalistes", "sindicalistas", "iscritti al sindacato",
    "vakbondsleden"],
    "minors": [
        "children", "Kids who love dinosaurs", "teenagers", "parents and children", "under 18s", "Kinder", "Jugendliche", "Schüler", "ados",
        "enfants de 8 ans",
        "niños", "adolescentes", "bambini", "crianças", "tieners", "kinderen",
    ],
}  # fmt: skip

FINE = [
    "parents of small children", "Families", "families who carry children and shopping", "grandparents of teenagers", "mothers with a baby", "teachers",
    "teachers of children with bikes", "runners", "nurses", "doctors", "children's book illustrators", "people buying for their children", "students",
    "pensioners", "people who are tired of their commute", "party planners", "bike race organisers", "political scientists", "users of spreadsheets",
    "gardeners",
    "Eltern kleiner Kinder", "Familien mit Kindern", "Krankenschwestern", "Leute mit Leidenschaft für Brot", "Vermieter", "Kinderärzte", "Studenten", "Leser",
    "parents de jeunes enfants", "étudiants en sciences politiques", "infirmières", "jardiniers débutants", "padres de niños pequeños", "enfermeras",
    "genitori con bambini piccoli", "insegnanti di scuola", "pais de crianças pequenas", "professores", "ouders van kleine kinderen", "grote gezinnen",
    "credit managers", "Mac users", "people in Christchurch", "fans of black coffee", "Wanderer", "Köche", "lecteurs du soir", "pendolari",
    "corredores", "fietsers",
]  # fmt: skip


@pytest.mark.parametrize(("rule", "said"), [(rule, said) for rule, listed in REFUSED.items() for said in listed])
def test_sensitive_audiences_are_refused_with_the_rule_named(rule: str, said: str) -> None:
    for audience in (Audience(said), Audience("Friends", said)):
        with pytest.raises(InputError, match=f"rule: {rule}"):
            check(audience)


@pytest.mark.parametrize("said", FINE)
def test_audiences_that_only_look_so_are_fine(said: str) -> None:
    check(Audience(said, said))


def test_disguises_are_seen_through() -> None:
    assert sensitive("di\u200babetics") == "health"
    assert sensitive("DIABETICS") == "health"
    assert sensitive("ｄｉａｂｅｔｉｃｓ") == "health"


def test_an_audience_of_a_novel_is_refused() -> None:
    with pytest.raises(InputError):
        check(Audience("x" * 101))
    with pytest.raises(InputError):
        check(Audience("x", "y" * 2_001))
    check(Audience(""))
