"""Are answers better with a language model than without? And: does Ask answer what it can and refuse what it cannot?

    python -m benchmarks.answers --data FOLDER [--model smollm2-135m] [--sample 300]

TweetQA questions over all its posts. Token F1 (SQuAD's) is the best over the sentences of the answer, 0 for a refusal. A question whose post
is hidden has no answer here: then a refusal is right. A model's figure stands beside the quoted answer's, over the same questions.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from psycopg.sql import SQL, Composable, Literal

from benchmarks.datasets import lines
from benchmarks.prepare import anonymous, prepared, searcher
from benchmarks.table import Row, markdown
from benchmarks.vector_cache import embedder
from oscine.ask.answer import Sentence
from oscine.ask.ask import Answer, Ask
from oscine.engines import registry
from oscine.engines.embedding import Embedder
from oscine.evals.metrics import mean, token_f1
from oscine.records import ANONYMOUS
from oscine.safety.visibility import LabelPolicy
from oscine.store.postgres import Database
from oscine.view import View


class WithoutPost(View):
    """What everybody sees, but for one post."""

    def __init__(self, database: Database, hidden: str) -> None:
        self._hidden = hidden
        super().__init__(database, ANONYMOUS, LabelPolicy())

    def _predicate(self) -> Composable:
        return SQL("({} AND p.key <> {})").format(super()._predicate(), Literal(self._hidden))


def run(data: Path, model: Embedder, sample: int = 400, language_model: str = "none") -> list[Row]:
    """The figures of answering, without a language model and, where one is named, with it."""
    database = prepared("tweetqa", [data / "tweetqa/posts.jsonl.gz"], model)
    search, view = searcher(database, model), anonymous(database)
    questions = list(lines(data / "tweetqa/questions.jsonl.gz"))
    questions = questions[:: max(1, len(questions) // sample)]
    writer = None if language_model == "none" else registry.load(language_model)
    ask = Ask(search, writer, "")
    given = [ask.ask(view, _asked(question)) for question in questions]
    hidden = [Ask(search, None, "").ask(WithoutPost(database, question["post_id"]), _asked(question)).refused for question in questions]
    reached = [
        not answer.refused for question, answer in zip(questions, given, strict=True)
        if question["post_id"] in [found.seen.post.id for found in search.find(view, question["question"], 5, _now())[0]]
    ]  # fmt: skip
    rows = [
        Row(f"Ask, {len(questions)} TweetQA questions: answered, of those whose post was found", f"{100 * mean(reached):.0f}%"),
        Row("Ask: refused, with the post hidden", f"{100 * mean(hidden):.0f}%"),
        Row(
            "Ask: token F1 of the best sentence, quoted",
            f"{mean([_best(q, a, 'quoted') for q, a in zip(questions, given, strict=True)]):.3f}",
        ),
    ]
    if writer:
        written = mean([max(_best(q, a, "quoted"), _best(q, a, "written")) for q, a in zip(questions, given, strict=True)])
        alone = [_best(q, a, "written") for q, a in zip(questions, given, strict=True) if any(s.stage == "written" for s in a.sentences)]
        rows.append(Row(f"Ask: the same with {language_model}'s sentences too", f"{written:.3f}"))
        rows.append(
            Row(f"Ask: answers with a sentence of {language_model}'s that passed the check; their F1", f"{len(alone)}; {mean(alone):.3f}")
        )
        writer.close()
    database.close()
    return rows


def _asked(question: dict[str, Any]) -> list[dict[str, str]]:
    return [{"role": "user", "content": question["question"]}]


def _best(question: dict[str, Any], answer: Answer, stage: str) -> float:
    return max((token_f1(_said(sentence), question["answers"]) for sentence in answer.sentences if sentence.stage == stage), default=0.0)


def _said(sentence: Sentence) -> str:
    """What is quoted, without who wrote it and when."""
    return sentence.text.partition("“")[2] if sentence.stage == "quoted" else sentence.text


def _now() -> Any:
    from datetime import UTC, datetime

    return datetime.now(UTC)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", default="none")
    parser.add_argument("--sample", type=int, default=300)
    chosen = parser.parse_args()
    print(markdown(run(chosen.data, embedder(), chosen.sample, chosen.model)))
