"""A sentence in seven languages, and the wishes, rules and dials that come of it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oscine.errors import InputError
from oscine.feed.sentence import LANGUAGES, Switch, Turn, apply, changed, compile, spoken
from oscine.feed.sentence.lexicon import NAMED, degrees, lexicon
from oscine.recommendation import DIALS, FORMS, TONES, UNSTEERED, Rule, Steering, Wish


def said(sentence: str, lang: str | None = None) -> set[str]:
    """What a sentence changes, in a short hand: "topic:cats +0.5", "never author:@bob", "dial:fresh +0.5", "newest"."""
    return {_short(change) for change in compile(sentence, lang).changes}


def _short(change: object) -> str:
    if isinstance(change, Wish):
        return f"{change.kind}:{change.value.casefold()} {change.weight:+}"
    if isinstance(change, Rule):
        return f"{change.mode} {change.kind}:{change.value.casefold()}"
    if isinstance(change, Turn):
        return f"dial:{change.dial} {change.by:+}"
    assert isinstance(change, Switch)
    return change.to


@pytest.mark.parametrize(("sentence", "means"), [
    ("fewer outrage posts, more gardening, in French", {"tone:outrage -0.5", "topic:gardening +0.5", "only lang:fr"}),
    ("plus de jardinage, moins de politique, rien de @bob", {"topic:jardinage +0.5", "topic:politique -0.5", "never author:@bob"}),
    ("weniger Fußball, nur auf Deutsch, keine Antworten", {"topic:fussball -0.5", "only lang:de", "never form:reply"}),
    ("もっと猫の写真、政治は少なめ", {"topic:猫 +0.5", "form:picture +0.5", "topic:政治 -0.5"}),
    ("más jardinería, menos política y nada de @bob", {"topic:jardinería +0.5", "topic:política -0.5", "never author:@bob"}),
    ("più giardinaggio, meno politica, niente da @bob", {"topic:giardinaggio +0.5", "topic:politica -0.5", "never author:@bob"}),
    ("mais jardinagem, menos política, nada de @bob", {"topic:jardinagem +0.5", "topic:política -0.5", "never author:@bob"}),
])  # fmt: skip
def test_a_sentence_in_each_language(sentence: str, means: set[str]) -> None:
    assert said(sentence) == means


@pytest.mark.parametrize(("sentence", "weight"), [
    ("a bit more science", 0.25), ("more science", 0.5), ("much more science", 1.0), ("a bit less science", -0.25), ("less science", -0.5),
    ("way less science", -1.0), ("etwas mehr Wissenschaft", 0.25), ("viel weniger Wissenschaft", -1.0), ("un peu moins de science", -0.25),
    ("beaucoup plus de science", 1.0), ("mucho más ciencia", 1.0), ("un poco menos de ciencia", -0.25), ("un po' meno scienza", -0.25),
    ("molto più scienza", 1.0), ("um pouco mais de ciência", 0.25), ("muito menos ciência", -1.0), ("科学を少し減らして", -0.25), ("科学をかなり増やして", 1.0),
])  # fmt: skip
def test_degrees(sentence: str, weight: float) -> None:
    [wish] = compile(sentence).changes
    assert isinstance(wish, Wish) and wish.weight == weight


@pytest.mark.parametrize(("sentence", "means"), [
    ("no ads please, only posts from people I follow", {"never tone:ads", "dial:followed +1.0"}),
    ("stop showing me crypto", {"never topic:crypto"}),
    ("cats, not dogs", {"topic:cats +0.5", "never topic:dogs"}),
    ("I'm tired of politics", {"topic:politics -1.0"}),
    ("less politics, sports and celebrity gossip", {"topic:politics -0.5", "topic:sports -0.5", "topic:celebrity gossip -0.5"}),
    ("nothing in English or German", {"never lang:en", "never lang:de"}),
    ("more gardening in French", {"topic:gardening +0.5", "lang:fr +0.5"}),
    ("mute the word 'spoiler' and hide #giveaway", {"never word:spoiler", "never tag:giveaway"}),
    ("keep politics out of my feed", {"never topic:politics"}),
    ("turn down the politics", {"topic:politics -0.5"}),
    ("newest first, and don't profile me", {"newest", "impersonal"}),
    ("start over", {"reset"}),
    ("longer posts, fewer pictures, more new voices", {"form:long +0.5", "form:picture -0.5", "dial:fresh +0.5"}),
    ("von @anna.de will ich nichts mehr lesen", {"never author:@anna.de"}),
    ("Personalisierung ausschalten, Neueste zuerst", {"impersonal", "newest"}),
    ("hör auf, mir Krypto zu zeigen", {"never topic:krypto"}),
    ("je ne veux plus de politique", {"never topic:politique"}),
    ("je veux plus de chats", {"topic:chats +0.5"}),
    ("la politique ne m'intéresse pas", {"topic:politique -1.0"}),
    ("estoy harta de la política", {"topic:política -1.0"}),
    ("cucina sì, politica no", {"topic:cucina +0.5", "never topic:politica"}),
    ("não quero mais ver futebol", {"never topic:futebol"}),
    ("政治、スポーツ、芸能は少なめに", {"topic:政治 -0.5", "topic:スポーツ -0.5", "topic:芸能 -0.5"}),
    ("@bobの投稿は見たくない、時系列順で", {"never author:@bob", "newest"}),
    ("never show me the hashtag #spoiler", {"never tag:spoiler"}),
    ("less of the hashtag gardening, more price tags", {"tag:gardening -0.5", "topic:price tags +0.5"}),
    ("blende den Hashtag #tatort aus", {"never tag:tatort"}),
    ("masque le mot-dièse #pub", {"never tag:pub"}),
    ("nada con la etiqueta #futbol", {"never tag:futbol"}),
    ("mai l'hashtag #calcio", {"never tag:calcio"}),
    ("ハッシュタグ#ネタバレは非表示", {"never tag:ネタバレ"}),
    ("no personalised recommendations please", {"impersonal"}),
    ("nutze meine Daten nicht", {"impersonal"}),
    ("arrête de personnaliser mon fil", {"impersonal"}),
    ("no quiero que me rastreen", {"impersonal"}),
    ("não quero ser rastreado", {"impersonal"}),
])  # fmt: skip
def test_as_people_say_it(sentence: str, means: set[str]) -> None:
    assert said(sentence) == means


@pytest.mark.parametrize("sentence", ["What's the weather like?", "Wie wird das Wetter?", "Quel temps fait-il ?", "¿Qué tiempo hace?", "Che tempo fa?",
                                      "今日の天気は？", "more of what I saw yesterday", "no politics from @bob"])  # fmt: skip
def test_what_is_not_understood_is_said_and_changes_nothing(sentence: str) -> None:
    read = compile(sentence)
    assert not read.changes and read.not_understood


def test_for_how_long_is_not_understood() -> None:
    read = compile("no politics this week")
    assert [spoken(change) for change in read.changes] == ["never “politics”"] and read.not_understood == ("this week",)


def test_whom_nobody_knows_is_not_understood() -> None:
    read = compile("nothing from @zoe and more from @ann", known={"ann": "social/1"}.get)
    assert read.changes == (Wish(kind="author", value="social/1", weight=0.5),) and len(read.not_understood) == 1


def test_what_is_understood_is_told_with_its_words() -> None:
    [one] = compile("more gardening").understood
    assert (one.words, one.means) == ("more gardening", "more “gardening”")


def test_more_and_less_go_on_from_what_is_there() -> None:
    steering = apply(UNSTEERED, compile("more cats, less politics"))
    steering = apply(steering, compile("a bit less cats"))
    assert steering.wishes == (Wish(kind="topic", value="politics", weight=-0.5), Wish(kind="topic", value="cats", weight=0.25))
    assert apply(steering, compile("more politics")).wishes == (Wish(kind="topic", value="cats", weight=0.25),)


def test_a_wish_and_a_rule_on_the_same_replace_each_other() -> None:
    never = apply(apply(UNSTEERED, compile("more cats")), compile("no cats"))
    assert never.wishes == () and never.rules == (Rule(kind="topic", value="cats", mode="never"),)
    assert apply(never, compile("more cats")).rules == ()


def test_only_replaces_what_was_the_only_one_before() -> None:
    both = apply(UNSTEERED, compile("only English and French"))
    assert [rule.value for rule in both.rules] == ["en", "fr"]
    assert [rule.value for rule in apply(both, compile("only in German")).rules] == ["de"]


def test_reset_takes_everything_back() -> None:
    assert apply(apply(UNSTEERED, compile("more cats, newest first, don't track me")), compile("reset everything")) == UNSTEERED


def test_a_steering_has_bounds() -> None:
    wishes = tuple(Wish(kind="word", value=f"w{n}", weight=0.5) for n in range(50))
    with pytest.raises(InputError, match="50 wishes"):
        changed(Steering(wishes=wishes), [Wish(kind="word", value="one more", weight=0.5)])
    with pytest.raises(InputError, match="500 characters"):
        compile("more cats " * 51)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_lexicon_names_what_there_is(lang: str) -> None:
    words = lexicon(lang)
    named = {kind: {name.value for _, name in words._names if name.kind == kind} for kind in NAMED}
    assert named == {"tone": set(TONES), "form": set(FORMS), "dial": set(DIALS)}
    says = {(sort, says) for _, sort, says in words.marks}
    assert {said for sort, said in says if sort in ("before", "after")} <= {*degrees(), "never", "only"}
    assert {"order newest", "personal off", "reset"} <= {said for sort, said in says if sort == "means"}
    assert set(LANGUAGES) <= {words.language(name.partition("|")[0]) for name in words._data["languages"].values()}


@given(st.text(max_size=200))
@settings(max_examples=150, deadline=None)
def test_no_text_breaks_it_and_what_comes_of_it_is_bounded(sentence: str) -> None:
    read = compile(sentence)
    assert all(1 <= len(change.value) <= 200 for change in read.changes if isinstance(change, Wish | Rule))
