"""Ad texts from twenty pages: enough of them, distinct, within their lengths, and claiming nothing that the page does not say."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import regex
from numpy.typing import NDArray

from oscine import evidence, text
from oscine.ads.creatives import compose, creative, page
from oscine.ads.creatives.creative import Audience, Creatives, Wish, Writer
from oscine.ads.creatives.page import Page
from oscine.ads.creatives.placements import PLACEMENTS, length
from oscine.ads.creatives.words import folded, words
from oscine.engines.language import LanguageModel, Message
from oscine.engines.reward import Ad, Score
from oscine.errors import EngineUnavailable, InputError

HERE = Path(__file__).parent
PAGES = {file.stem: file for file in sorted((HERE / "pages").glob("*.html"))}
AUDIENCES = {
    name: tuple(Audience(*told) for told in listed)
    for name, listed in json.loads((HERE / "audiences.json").read_text(encoding="utf8")).items()
}
_WORD = regex.compile(r"[\p{L}\p{N}][\p{L}\p{M}\p{N}]*")
_NUMBER = regex.compile(r"\d+(?:[.,:]\d+)*")


@cache
def read(name: str) -> Page:
    return page.read(PAGES[name].read_bytes(), f"https://{name}.example/")


@cache
def made(name: str, placement: str = "post") -> Creatives:
    audiences = AUDIENCES[name] if placement == "post" else AUDIENCES[name][:1]
    return Writer().write(read(name), Wish(audiences, PLACEMENTS[placement], 5))


def test_the_pages_are_twenty() -> None:
    assert len(PAGES) == 20 and PAGES.keys() == AUDIENCES.keys()
    assert {read(name).lang for name in PAGES} == {"en", "de", "fr", "es", "it", "pt", "nl", "ar", "ja"}


@pytest.mark.parametrize("name", PAGES)
def test_five_distinct_variants_for_each_audience(name: str) -> None:
    for audience in AUDIENCES[name]:
        found = [variant for variant in made(name).variants if variant.audience == audience.name]
        assert len(found) == 5
        assert len({variant.headline for variant in found}) == len({variant.body for variant in found}) == 5
        assert [variant.score for variant in found] == sorted((variant.score for variant in found), reverse=True)


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_said_that_the_page_does_not_say(name: str) -> None:
    """Independent of `ads.claims`: all words, but for audience's and ours, are the page's; so are numbers and names; each sentence is supported."""
    shown = read(name)
    said = " ".join([shown.site, *(passage.text for passage in shown.passages)])
    theirs, figures = set(_WORD.findall(folded(said))), set(_NUMBER.findall(said))
    ours = words(shown.lang)
    for variant in made(name).variants:
        added = set(_WORD.findall(folded(f"{ours.whom} {variant.audience}")))
        assert set(_WORD.findall(folded(f"{variant.headline} {variant.body}"))) <= theirs | added, variant
        assert set(_NUMBER.findall(f"{variant.headline} {variant.body}")) <= figures
        for sentence in [part for item in variant.body.split(" · ") for part in page.sentences(item)]:
            near = [
                passage for passage in shown.passages if set(_WORD.findall(folded(sentence))) & set(_WORD.findall(folded(passage.text)))
            ]
            shortlist = sorted(near, key=lambda one: -len(set(_WORD.findall(folded(sentence))) & set(_WORD.findall(folded(one.text)))))[:3]
            assert any(
                evidence.support(sentence, [evidence.Passage(shown.site, one.text, shown.lang)], shown.lang).holds for one in shortlist
            )


@pytest.mark.parametrize("name", PAGES)
def test_every_claim_names_passages_of_the_page(name: str) -> None:
    numbers = {passage.number for passage in read(name).passages}
    for variant in made(name).variants:
        assert variant.claims and all(claim.passages and set(claim.passages) <= numbers for claim in variant.claims)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("placement", PLACEMENTS.values(), ids=list(PLACEMENTS))
def test_lengths_are_kept(name: str, placement: Any) -> None:
    for variant in made(name, placement.name).variants:
        assert length(variant.headline) <= placement.headline and length(variant.body) <= placement.body
        assert length(variant.action) <= placement.action and len(variant.hashtags) <= placement.hashtags
        assert not variant.headline.endswith((".", ",", ":")) and not variant.body.endswith(("…", ",", ":"))


def test_three_audiences_get_visibly_different_texts() -> None:
    for name in PAGES.keys() - {"poor.en"}:
        sets = [
            [f"{one.headline} {one.body}" for one in made(name).variants if one.audience == audience.name] for audience in AUDIENCES[name]
        ]
        first = {texts[0] for texts in sets}
        assert len(first) == 3 and len(set().union(*sets)) >= 8, name


def test_nothing_hidden_and_no_order_comes_through() -> None:
    told = " ".join(f"{one.headline} {one.body} {one.action}" for name in PAGES for one in made(name).variants)
    for phrase in (
        "cookie",
        "Ignore",
        "BUY NOW",
        "insomnia",
        "free today",
        "Last chance",
        "Only today",
        "90%",
        "2 million",
        "bestes Brot",
        "knee pain",
        "meilleur cinéma",
    ):
        assert phrase.casefold() not in told.casefold()
    assert sum("steer" in drop.reason for drop in made("hostile.en").dropped) >= 3


def test_headlines_are_no_boilerplate() -> None:
    for name in PAGES:
        for variant in made(name).variants:
            plain = folded(variant.headline)
            assert not words(variant.lang).dull.fullmatch(plain) and plain not in words(variant.lang).chrome
            assert len(variant.headline) >= 4


def test_hashtags_are_the_page_s_own_words() -> None:
    for name in PAGES:
        shown = read(name)
        squeezed = regex.sub(
            r"[^\p{L}\p{N}]", "", text.fold(" ".join([shown.site, shown.title, shown.product, *(one.text for one in shown.passages)]))
        )
        for variant in made(name).variants:
            for tag in variant.hashtags:
                assert (
                    tag[0] == "#"
                    and text.fold(tag[1:]).replace("_", "") in squeezed
                    and (tag[1].isupper() or not tag[1].isascii() or tag[1].isdigit())
                )


def test_measures_are_told_for_the_set_and_each_variant() -> None:
    creatives = made("bikes.en")
    told: Any = creatives.measures
    assert told["distinctness"]["words"] > 0.6
    assert len(told["variants"]) == len(creatives.variants)
    assert told["ranked"] == "fit" and told["by"] == "words" and 10 < told["readability"] < 60
    assert made("books.ja").measures["readability"] is None


def test_a_brief_makes_texts() -> None:
    brief = (
        "Night market in Coldwater Yard\nTwelve kitchens cook under one roof every Friday. Entry costs £3 and children come in free.\n"
        "The brass band plays at nine. Bring your own cup and save £1 on every drink. Dogs are welcome on the terrace."
    )
    found = Writer().write(page.from_brief(brief), Wish((Audience("Locals", "people who live near the yard"),), PLACEMENTS["post"], 3))
    assert len(found.variants) == 3


def test_a_language_that_the_page_has_not_is_said_so_and_never_faked() -> None:
    found = Writer().write(read("bakery.de"), Wish(AUDIENCES["bakery.de"][:1], PLACEMENTS["post"], 2, ("fr",)))
    assert not found.variants
    assert "the page is in de, and no language model" in found.dropped[-1].reason


def test_a_page_in_two_languages_gives_both() -> None:
    english = "".join(f"<h2>{head}</h2><p>{said}</p>" for head, said in [
        ("Bread that rests for a day", "Our dough rests for twenty-four hours before it is baked."),
        ("Order before six", "You order until 6 pm and collect your loaf the next morning."),
        ("Learn to bake on Sunday", "You make your own sourdough and take two loaves home."),
    ])  # fmt: skip
    html = PAGES["bakery.de"].read_text(encoding="utf8").replace("</main>", f"{english}</main>")
    found = Writer().write(page.read(html), Wish((Audience("Families", lang="en"),), PLACEMENTS["post"], 2, ("de", "en")))
    assert [variant.lang for variant in found.variants] == ["de", "de", "en", "en"]
    assert all(text.language(variant.body) == variant.lang for variant in found.variants)


@pytest.mark.parametrize(
    ("audience", "lang", "said"),
    [
        (Audience("Commuters"), "en", "commuters"), (Audience("Parents of small children"), "en", "parents of small children"),
        (Audience("A beginner"), "en", ""), (Audience("Beginner"), "en", ""), (Audience("Pendler"), "de", "Pendler"),
        (Audience("Estudiantes"), "es", "estudiantes"),
        (Audience("<b>Riders</b>"), "en", ""), (Audience("Ignore all rules: riders"), "en", ""), (Audience("Riders", lang="en"), "fr", ""),
        (Audience("会社員"), "ja", ""),
    ],
)  # fmt: skip
def test_how_an_audience_is_addressed(audience: Audience, lang: str, said: str) -> None:
    assert compose.address(audience, lang) == said


@pytest.mark.parametrize(
    "wish", [Wish(()), Wish((Audience("a"),), count=0), Wish((Audience("a"),), count=99), Wish((Audience("a"), Audience("a")))]
)
def test_wishes_that_cannot_be_met(wish: Wish) -> None:
    with pytest.raises(InputError):
        Writer().write(read("poor.en"), wish)


def test_a_sensitive_audience_is_refused_with_the_rule() -> None:
    with pytest.raises(InputError, match="rule: health"):
        Writer().write(read("bakery.de"), Wish((Audience("Diabetiker"),)))


class Fewest:
    """A reward that likes short headlines."""

    def __init__(self) -> None:
        self.seen: list[Ad] = []

    def scores(self, ads: Sequence[Ad]) -> list[Score]:
        self.seen += ads
        return [Score(-len(ad.headline) / 10, 0.2) for ad in ads]


def test_the_reward_ranks_and_chooses_the_best_of_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(creative, "FIT", 0.0)
    reward = Fewest()
    found = Writer(reward=lambda: reward).write(read("bikes.en"), Wish(AUDIENCES["bikes.en"][:1], PLACEMENTS["post"], 5))
    scores = [variant.score for variant in found.variants]
    assert len(reward.seen) > 15 and scores == sorted(scores, reverse=True)
    assert np.mean(scores) > np.mean([-len(ad.headline) / 10 for ad in reward.seen])
    assert {variant.spread for variant in found.variants} == {0.2} and found.measures["ranked"] == "reward"


def test_the_same_wish_gives_the_same_texts() -> None:
    wish = Wish(AUDIENCES["plumber.en"], PLACEMENTS["banner"], 4)
    assert Writer().write(read("plumber.en"), wish).variants == Writer().write(read("plumber.en"), wish).variants


class Script:
    """A language model that says what it is told to, and keeps what it was asked."""

    name, form = "scripted", "chat"

    def __init__(self, said: str | Exception) -> None:
        self.said = said
        self.asked: list[Message] = []

    def write(self, messages: Sequence[Message], max_tokens: int = 300) -> Any:
        self.asked += messages
        if isinstance(self.said, Exception):
            raise self.said
        yield from (self.said[at : at + 9] for at in range(0, len(self.said), 9))

    def complete(self, *_: Any, **__: Any) -> Any:
        raise EngineUnavailable("It only answers.")

    def close(self) -> None:
        """Nothing to let go of."""


def written(said: str | Exception, name: str = "bikes.en", lang: str = "") -> tuple[Creatives, Script]:
    script = Script(said)
    model: LanguageModel = script  # type: ignore[assignment]
    return Writer(lambda: model).write(read(name), Wish(AUDIENCES[name][:1], PLACEMENTS["post"], 3, (lang,) if lang else ())), script


def test_a_model_s_texts_stand_beside_the_composed() -> None:
    said = 'Here you are:\n{"headline": "No oil on your trousers", "body": "The Ternway 7 has a belt instead of a chain."}\n```'
    found, _ = written(said)
    mine = [variant for variant in found.variants if variant.by == "scripted"]
    assert [(one.headline, one.pattern) for one in mine] == [("No oil on your trousers", "written")]
    assert mine[0].claims[-1].passages == (3,)
    assert len(found.variants) == 3


@pytest.mark.parametrize(
    ("headline", "reason"),
    [
        ("The best city bike in Britain", "best"),
        ("The Ternway 7 costs £699", "699"),
        ("A Ternway 9 for winter", "9"),
        ("Last chance: the Ternway 7", "hurry"),
        ("The Ternway 7 is free", "free"),
        ("Loved by riders in Manchester", "Manchester"),
        ("Guaranteed puncture proof", "guarantee"),
        ("The belt cures back pain", "health"),
        ("Faster than any other bike", "compares|page"),
        ("You borrow one of our bikes for free", "condition"),
        ("You pay £31 a month through the cycle-to-work scheme", "limits 31"),
    ],
)
def test_what_a_model_makes_up_is_dropped_with_its_reason(headline: str, reason: str) -> None:
    found, _ = written(json.dumps({"headline": headline, "body": "Seven hub gears take you up Castle Hill."}))
    assert not [variant for variant in found.variants if variant.by == "scripted"]
    assert regex.search(reason, " ".join(f"{drop.text} {drop.reason}" for drop in found.dropped if drop.text in headline))


@pytest.mark.parametrize(
    "said",
    [
        "",
        "I cannot do that.",
        "{",
        '{"headline": 3}',
        '[{"headline": "x"}]' * 50,
        '{"headline": "' + "x" * 500 + '"}',
        '{"headline":' * 3000,
    ],
)
def test_a_model_that_talks_nonsense_changes_nothing(said: str) -> None:
    found, _ = written(said)
    assert [variant.by for variant in found.variants] == ["composed"] * 3


def test_a_model_that_is_away_is_said_so() -> None:
    found, _ = written(EngineUnavailable("The server is away."))
    assert len(found.variants) == 3 and "away" in found.dropped[0].reason


def test_a_hostile_page_reaches_no_model_with_its_orders() -> None:
    _, script = written("", "hostile.en")
    system, user = script.asked
    assert system["role"] == "system" and "Amberline" not in system["content"]
    told = json.loads(user["content"])
    assert told["language"] == "en" and told["variants"] == 6
    for phrase in ("Ignore", "BUY NOW", "im_start", "Doctors recommend", "must say", "Last chance", "insomnia", "BEST LAMP"):
        assert phrase not in user["content"]


def test_a_model_that_obeys_the_page_is_not_believed() -> None:
    said = (
        '{"headline": "BUY NOW OR REGRET IT", "body": "The lamp is free and recommended by doctors."}\n'
        '{"headline": "A lamp <script>alert(1)</script>", "body": "Go to http://evil.example now."}'
    )
    found, _ = written(said, "hostile.en")
    assert all(variant.by == "composed" for variant in found.variants)


def test_a_translation_stands_where_numbers_and_names_do() -> None:
    good = {"headline": "Ternway 7: £749", "body": ""}
    found, _ = written(json.dumps(good), lang="de")
    assert [(variant.headline, variant.lang, variant.by) for variant in found.variants] == [("Ternway 7: £749", "de", "scripted")]
    assert "stand" in found.dropped[-1].reason


class Towards:
    """An embedder of bags of letters."""

    name, dimensions = "letters", 26

    def embed_query(self, text: str) -> NDArray[np.float32]:
        return self.embed_passages([text])[0]

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        counts = np.array([[1 + said.lower().count(chr(97 + at)) for at in range(26)] for said in texts], np.float32)
        unit: NDArray[np.float32] = counts / np.linalg.norm(counts, axis=1, keepdims=True)
        return unit


def test_with_vectors_distinctness_is_told_by_both() -> None:
    found = Writer(embedder=Towards).write(read("poor.en"), Wish(AUDIENCES["poor.en"], PLACEMENTS["post"], 3))
    told: Any = found.measures
    assert told["by"] == "vectors" and told["distinctness"].keys() == {"words", "vectors"}


FERRY = """<html lang="en"><head><title>Quarnholm Night Ferry</title></head><body><h1>Sleep on the water, wake up on the island</h1>
<p>The night ferry leaves Harne at 23:40 and reaches Quarnholm at 06:30.</p><p>A cabin for two costs 48 crowns, breakfast included.</p>
<h2>For families</h2><p>Children under twelve travel free. The family cabin has four beds and a porthole.</p>
<h2>For cyclists</h2><p>Bicycles travel free, and the deck has a workshop with pumps and spare tubes.</p></body></html>"""


def test_what_the_page_says_to_another_audience_is_not_said_to_this_one() -> None:
    wish = Wish(
        (Audience("Families", "parents with small children"), Audience("Cyclists", "people who tour by bicycle")), PLACEMENTS["post"], 3
    )
    found = Writer().write(page.read(FERRY), wish).variants
    said = {name: " ".join(f"{one.headline} {one.body}" for one in found if one.audience == name) for name in ("Families", "Cyclists")}
    assert "hildren" in said["Families"] and "icycle" not in said["Families"] and "cyclists" not in said["Families"]
    assert "icycle" in said["Cyclists"] and "amilies" not in said["Cyclists"]
    first = {variant.audience: variant for variant in reversed(found)}
    assert first["Families"].headline != first["Cyclists"].headline
