"""Both adapters learn what they are shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")

from oscine.engines import e5, e5_graph  # noqa: E402
from oscine.evals import training  # noqa: E402
from oscine.evals.train_reader import best_span  # noqa: E402
from oscine.model import query, reader  # noqa: E402
from oscine.model.encoder import Pretrained  # noqa: E402
from oscine.model.fit import Schedule  # noqa: E402

torch.set_num_threads(1)  # threads of its own wait for each other, which a busy machine makes long
SHOWN = [
    ("who won the race?", "Yesterday Maria won the race in Lyon.", "Maria"),
    ("where did the plane land?", "The plane landed in Oslo at noon.", "Oslo"),
    ("what was stolen?", "Thieves stole a red bicycle from the school.", "red bicycle"),
    ("how many people came?", "About 300 people came to the concert.", "300"),
]
STEPS = Schedule(minutes=0, steps=24, rise=4)


@pytest.fixture(scope="module")
def given() -> Pretrained:
    """Four of the layers, so that it is quick."""
    return replace(training.pretrained(e5_graph.Weights(e5.find_weights())), layers=4)


def quiet(_: str) -> None:
    pass


def test_a_reader_learns_what_it_is_shown(given: Pretrained) -> None:
    passages = [training.pieces(e5.PASSAGE_PREFIX, text, 40) for _, text, _ in SHOWN]
    examples = []
    for number, (question, text, answer) in enumerate(SHOWN):
        asked, _ = training.pieces(e5.QUERY_PREFIX, question, 40)
        start, end, near = best_span(text, [answer])
        within = [place for place, (a, z) in enumerate(passages[number][1]) if z > start and a < end]
        examples.append(reader.Example(asked, number, [(number + 1) % 4], within[0], within[-1], near))
    tokens = [ids for ids, _ in passages]
    config = reader.Config(questions=4, rank=8, precision="float32", schedule=STEPS)
    made, losses = reader.train(given, tokens, examples, config, quiet)
    assert len(losses) == STEPS.steps
    assert np.mean(losses[-3:]) < 0.5 * np.mean(losses[:3])
    assert all(0 <= read.first <= read.last < len(tokens[place]) for place, read in enumerate(made.read(examples[0].question, tokens, 24)))


def test_a_reader_takes_another_passage_where_search_found_none_but_the_right_one(given: Pretrained) -> None:
    examples = [reader.Example([5, 6], 0, [], -1, -1, 0.0)]
    _, losses = reader.train(given, [[7, 8], [9]], examples, reader.Config(rank=2, schedule=Schedule(minutes=0, steps=2, rise=1)), quiet)
    assert np.isfinite(losses).all()


def test_questions_come_nearer_to_their_passages_and_other_texts_stay(given: Pretrained) -> None:
    random = np.random.default_rng(0)
    passages = random.normal(size=(4, given.width)).astype(np.float32)
    passages /= np.linalg.norm(passages, axis=1, keepdims=True)
    questions = [query.Question(e5.tokenizer().encode(e5.QUERY_PREFIX + text).ids, number) for number, (text, _, _) in enumerate(SHOWN)]
    unrelated = [e5.tokenizer().encode(e5.QUERY_PREFIX + text).ids for text in ("olive oil", "a long walk", "tax")]
    config = query.Config(rank=8, rate=3e-3, unrelated=3, precision="float32", schedule=STEPS)
    moved = {}
    for held in (0.0, 100.0):
        made, losses = query.train(given, passages, questions, unrelated, replace(config, held=held), quiet)
        before, _ = query.train(given, passages, questions, unrelated, replace(config, rate=0.0, schedule=replace(STEPS, steps=1)), quiet)
        moved[held] = float((query.vectors(made, unrelated) - query.vectors(before, unrelated)).square().sum())
        assert np.mean(losses[-3:]) < 0.8 * np.mean(losses[:3])
    assert moved[100.0] < 0.5 * moved[0.0]


def test_a_schedule_ends_by_its_steps_or_by_the_clock() -> None:
    assert Schedule(minutes=0, steps=4, rise=1).done(2, 1e9) == 0.5
    assert Schedule(minutes=2, rise=1).done(10_000, 60) == 0.5
    assert Schedule(minutes=2, rise=1).done(0, 500) == 1


def test_the_best_span_is_the_words_nearest_to_an_answer() -> None:
    text = "Police found the stolen red bicycle near the Eiffel Tower."
    start, end, near = best_span(text, ["a red bicycle", "nothing"])
    assert (text[start:end], near) == ("red bicycle", 1.0)
    assert best_span(text, ["Mars"]) == (0, 0, 0.0)


def test_one_post_in_ten_is_held_out_and_none_of_the_evaluations_questions_is_learned() -> None:
    from oscine.evals import sets

    assert all(training.held_out(line["post_id"]) for line in sets.questions())
    assert 0.08 < np.mean([training.held_out(post["id"]) for post in sets.tweets()]) < 0.12
