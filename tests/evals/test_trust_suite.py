"""The suite `trust`: every measure can fail, names are kept, and a figure that falls below its aim is an incident."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from oscine.app import App
from oscine.ask.answer import Sentence
from oscine.evals import report
from oscine.evals.report import Measure, Report
from oscine.evals.trust import accurate, aligned, interpretable, malformed, pages, questions, robust, safe, suite, transparent, trustworthy
from oscine.evals.trust.aspects import ASPECTS, aspect_of
from oscine.evals.trust.bench import SCRATCH, Bench, quiet, reader
from oscine.evals.trust.calls import Caller
from oscine.feed import newest
from oscine.feed.for_you import ForYou
from oscine.feed.pipeline import Ranked
from oscine.records import ANONYMOUS, Viewer
from oscine.safety.visibility import LabelPolicy
from oscine.search.search import Search

Write = Callable[..., Any]
WORDS = ("harbour", "tomato", "violin", "glacier", "pottery", "lantern", "orchard", "compass", "saddle", "walnut")


every = malformed.routes
honest_cases = aligned.steering.cases


@dataclass
class Tried:
    """A bench over a tiny network, and the made-up reader of it."""

    bench: Bench
    who: Viewer

    def one(self, found: Iterator[Measure], name: str) -> Measure:
        """The measure whose name ends so."""
        return next(each for each in found if name in each.name)


@pytest.fixture
def tried(app: App, write: Write) -> Iterator[Tried]:
    """Forty posts by ten people, in two languages; installation and scratch network are the same one here."""
    quiet(app)
    write(*({"id": f"p{n}", "author": f"writer{n % 10}", "created_at": f"2024-05-01T12:{n:02}:00Z", "labels": [], "lang": "en", "network": SCRATCH,
             "text": f"Yesterday somebody described a wonderful {WORDS[n % 10]} standing beside the quiet {WORDS[n // 10]} number {n}."}
            for n in range(40)))  # fmt: skip
    with Caller.of(app) as here:
        bench = Bench(app, app, here, questions.made(app.view(ANONYMOUS), 4), 2, [], lambda _: None)
        yield Tried(bench, reader(bench))


def values(found: Iterator[Measure]) -> dict[str, float]:
    return {each.name: each.value for each in found}


def test_an_honest_installation_meets_every_aim(tried: Tried, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aligned.steering, "cases", lambda: honest_cases()[::25])
    parts = (
        transparent.measures(tried.bench, tried.who),
        interpretable.measures(tried.bench, tried.who),
        aligned.measures(tried.bench, tried.who),
    )
    found = [each for part in parts for each in part]
    found += list(trustworthy.measures(tried.bench))
    unmet = [each.name for each in found if each.met is False]
    assert unmet == [] and tried.bench.failures == []
    assert all(aspect_of(each.name) in ASPECTS for each in found)
    assert {each.name for each in found if not each.n} <= {"trustworthy: the log of accesses holds together",
                                                            "trustworthy: days that the oldest deletion waits for its purge"}  # fmt: skip


def test_answers_are_looked_for_in_their_posts(tried: Tried) -> None:
    found = values(accurate.measures(tried.bench))
    assert found["accurate: quoted words that stand word for word in the post named"] == 1.0
    assert found["accurate: questions made from a post that are answered with it"] == 1.0
    assert found["accurate: questions about what nobody wrote of that are refused"] == 1.0
    (seen,) = tried.bench.host.view(ANONYMOUS).keyed(["p1"], SCRATCH)
    said = "writer1 (1 May 2024): “{}”"
    true, false = "somebody described a wonderful tomato", "somebody described a dreadful tomato"
    assert accurate.verbatim(Sentence(said.format(true), (seen,))) and not accurate.verbatim(Sentence(said.format(false), (seen,)))
    assert accurate.verbatim(Sentence("a wonderful tomato", (seen,), "short")) and not accurate.verbatim(
        Sentence("a potato", (seen,), "short")
    )
    assert not accurate.verbatim(Sentence("a wonderful tomato", (), "short"))


def test_hidden_posts_that_are_shown_are_found(tried: Tried, monkeypatch: pytest.MonkeyPatch) -> None:
    assert safe._hidden(tried.bench).value == 0.0
    monkeypatch.setattr(App, "label_policy", property(lambda _: LabelPolicy(hidden=frozenset(), blurred=frozenset())))
    del tried.bench.scratch.__dict__["pool"]
    assert safe._hidden(tried.bench).value > 0.3


def test_parts_that_do_not_add_up_are_found(tried: Tried, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = Ranked.parts
    monkeypatch.setattr(Ranked, "parts", lambda self, place: honest(self, place)[1:])
    assert interpretable._sums(tried.bench, tried.who).value < 1.0


def test_what_ifs_that_do_not_come_true_are_found(tried: Tried, monkeypatch: pytest.MonkeyPatch) -> None:
    right = interpretable._what_ifs(tried.bench, tried.who)
    assert (right.value, right.n > 30) == (1.0, True)
    monkeypatch.setattr(interpretable, "otherwise", lambda feed, ask, act: ask)
    assert interpretable._what_ifs(tried.bench, tried.who).value < 1.0


def test_a_source_that_does_not_open_is_found(tried: Tried) -> None:
    class Elsewhere:
        def ask(self, question: str) -> Any:
            return tried.bench.here.ask(question)

        def get(self, path: str) -> Any:
            return tried.bench.here.get(path.replace("/v1/posts/p", "/v1/posts/q"))

    assert interpretable._sources(tried.bench).value == 1.0
    assert interpretable._sources(tried.bench._replace(here=Elsewhere())).value == 0.0  # type: ignore[arg-type]


def test_a_reason_without_words_is_found(tried: Tried, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = ForYou.rank
    monkeypatch.setattr(ForYou, "rank", lambda *given: (found := honest(*given))._replace(dropped={**found.dropped, -1: "score"}))
    assert transparent._reasons(tried.bench, tried.who).value < 1.0


def test_newest_first_that_is_not_is_found(tried: Tried, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = newest.in_time
    monkeypatch.setattr(newest, "in_time", lambda *given: honest(*given)[::-1])
    assert aligned._newest(tried.bench).value < 0.2


def test_a_rule_that_is_not_kept_is_found(tried: Tried, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        aligned.sentence, "apply", lambda before, read: (honest := apply_(before, read)) and type(honest)(rules=honest.rules[:0])
    )
    assert aligned._rules(tried.bench, tried.who).value < 1.0


apply_ = aligned.sentence.apply


def test_profiling_in_spite_of_a_no_is_found(tried: Tried, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = ForYou.ask
    monkeypatch.setattr(ForYou, "ask", lambda self, viewer, steering=None, *given, **options: honest(self, viewer, **options))
    assert aligned._unprofiled(tried.bench, tried.who).value < 1.0


def test_a_route_that_breaks_is_found(tried: Tried, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = tried.bench._replace(asked=12)  # each route once
    assert robust._broken(bench).value == 0, bench.failures

    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("not foreseen")

    monkeypatch.setattr(Search, "search", broken)
    monkeypatch.setattr(malformed, "routes", lambda told: [door for door in every(told) if door[1] == "/v1/search"])
    assert robust._broken(bench._replace(asked=1)).value > 0


def test_answers_that_change_with_a_slip_are_found(tried: Tried) -> None:
    before = {"A b?": 1}
    held, lost = (robust._same(tried.bench, "first source", robust.HARMLESS, before, lambda _, to=to: to, 0.95, "x") for to in (1, 2))
    assert (held.value, lost.value, lost.n) == (1.0, 0.0, 3)


def test_a_log_that_was_changed_is_found_and_told(tried: Tried) -> None:
    app = tried.bench.host
    app.tell("test")
    app.seal_access_log()
    assert trustworthy._log(tried.bench).value == 1.0
    app.database.execute("UPDATE access_log SET what = 'tesT' WHERE what = 'test'")
    assert trustworthy._log(tried.bench).value == 0.0
    assert [each.kind for each in app.incidents.all()] == ["log"]


@pytest.mark.parametrize(
    ("name", "file", "planted"),
    [
        ("no countdown runs", "feed.js", "setInterval(tick, 1000)"),
        ("no box is ticked beforehand", "choices.html", '<input name="x" type="checkbox" checked>'),
        ("no box is ticked beforehand", "choices.js", 'el("input", { type: "checkbox", checked: true })'),
        ("no words press", "search.html", "<p>Hurry, only 3 left!</p>"),
        ("nothing loads by scrolling", "feed.js", 'addEventListener("scroll", () => load(true))'),
        ("nothing loads by scrolling", "feed.js", "new IntersectionObserver(() => load(true))"),
        ("nothing holds people who leave", "me.js", 'addEventListener("beforeunload", stop)'),
        ("newest first is one click away", "feed.html", None),
        ("an ad is marked, with who pays", "ad.js", None),
        ("more comes by a button", "feed.html", None),
    ],
)
def test_each_dark_pattern_is_found_where_it_is(name: str, file: str, planted: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert {each.name: each.holds for each in pages.checks()}[name]
    honest = pages.read
    monkeypatch.setattr(pages, "read", lambda asked: honest(asked) if asked != file else honest(asked) + planted if planted else "")
    pages.scripts.cache_clear()
    try:
        assert not {each.name: each.holds for each in pages.checks()}[name]
    finally:
        pages.scripts.cache_clear()


def test_nothing_is_taken_for_granted(tried: Tried) -> None:
    found = list(pages.defaults(tried.bench.here, tried.who))
    assert len(found) == 7 and [each for each in found if not each.holds] == []
    as_reader = {"Oscine-Viewer": f"{SCRATCH}/{tried.who.account}"}
    assert tried.bench.here.call("PUT", "/v1/ads/choices", json={"personal": True}, headers=as_reader).status == 200
    assert [each.name for each in pages.defaults(tried.bench.here, tried.who) if not each.holds] == [
        "ads do not go by what one did, unless one agrees"
    ]


def kept(folder: Path, day: int, value: float) -> Report:
    measure = Measure("loyal: answers unchanged", value, n=10, aim=1.0)
    made = Report(
        suite="trust", made_at=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day), version="1", data="", method="", measures=(measure,)
    )
    report.save(made, folder)
    return made


def test_a_figure_that_falls_below_its_aim_is_an_incident_until_it_is_met_again(app: App, tmp_path: Path) -> None:
    app.settings.data = tmp_path
    first = Report(
        suite="trust",
        made_at=datetime.now(UTC),
        version="1",
        data="",
        method="",
        measures=(Measure("loyal: answers unchanged", 0.5, aim=1.0),),
    )
    assert suite.fallen(app, first) == [], "it never met it"
    kept(tmp_path, 1, 1.0)
    fell = kept(tmp_path / "beside", 2, 0.9)
    assert [each.title for each in suite.fallen(app, fell)] == ["loyal: answers unchanged: the aim is no longer met"]
    assert len(suite.fallen(app, fell)) == 1 and len(app.incidents.all()) == 1, "one incident, however often it is measured"
    suite.fallen(app, kept(tmp_path / "beside", 3, 1.0))
    assert app.incidents.all()[0].ended_at


def test_names_of_measures_are_told_with_their_aspect() -> None:
    assert aspect_of("loyal: answers unchanged") == "loyal" and aspect_of("loyalty: x") == aspect_of("loyal") == ""
    assert list(ASPECTS) == ["accurate", "safe", "interpretable", "transparent", "robust", "aligned", "trustworthy", "loyal"]


def test_a_reader_is_made_up_with_a_history(tried: Tried) -> None:
    acts = tried.bench.scratch.feed.ask(tried.who).reader.acts
    assert {act.kind for act in acts} >= {"like", "repost", "hide", "follow"}
