"""Trains an adapter that reads: does this passage hold the answer to the question, and which of its tokens are it?

Question and passage go through the encoder together, and two logits a token tell where the answer begins and ends: BERT's reading comprehension
(Devlin et al. 2019, "BERT", section 4.2). Beside each right passage one that search took for right is read, and told apart by the first token.
It knows tokens, not texts.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from oscine.model.encoder import Adapter, Encoder, Pretrained, half, padded
from oscine.model.fit import Log, Schedule, fit

IMPOSSIBLE = -1e4
AS_SHIPPED = Schedule(minutes=52, rise=60, betas=(0.9, 0.98))
Tokens = Sequence[int]  # ids, without those that begin and end a text


class Example(NamedTuple):
    """A question: its tokens, its passage, passages that search found as well (best first), and the tokens of the passage that answer it.

    `worth` is the F1 of those tokens' words with the right answer, from 0 to 1: the nearest that the passage's own words come to it.
    """

    question: Tokens
    right: int
    wrong: Sequence[int]
    first: int
    last: int
    worth: float


@dataclass(frozen=True)
class Config:
    """How the reader is trained; as it stands, how the one that ships was."""

    rank: int = 24
    questions: int = 16  # a step, each with its passage and a wrong one
    rate: float = 1.5e-3  # of the low-rank layers
    slower: float = 1 / 3  # of that, for norms and heads
    least_worth: float = 0.3  # a span further from the answer teaches nothing
    listwise: float = 0.5  # weight of telling the two passages apart, beside judging each alone
    similar: int = 8  # batches that are cut from one sorted stretch, so that little is padded
    precision: str = "bfloat16"
    seed: int = 0
    schedule: Schedule = AS_SHIPPED


class Read(NamedTuple):
    """What was read: the logit that the passage holds the answer, and the first and last of its tokens."""

    answers: float
    first: int
    last: int


class Reader(nn.Module):
    """The encoder with its adapter, and two heads: `span`, first and last token; `answers`, whether there is one."""

    def __init__(self, given: Pretrained, config: Config) -> None:
        super().__init__()
        self.encoder = Encoder(given, config.rank, norms=True, precision=config.precision)
        self.span, self.answers = nn.Linear(given.width, 2), nn.Linear(given.width, 1)
        for head in (self.span, self.answers):
            nn.init.normal_(head.weight, std=0.02)
            nn.init.zeros_(head.bias)

    def forward(self, ids: NDArray[np.int64], mask: NDArray[np.bool_]) -> tuple[Tensor, Tensor]:
        """Ids (b, t) to the logits of first and last token (b, t, 2), and to that of an answer being there (b)."""
        x = self.encoder(ids, mask)
        return self.span(x), self.answers(x[:, 0])[:, 0]

    def read(self, question: Tokens, passages: Sequence[Tokens], longest: int) -> list[Read]:
        """What each passage, shorter than the encoder's positions, says to a question, in at most `longest` + 1 tokens."""
        given, place = self.encoder.given, len(question) + 2
        with torch.no_grad():
            spans, answers = self(*padded([together(given, question, passage) for passage in passages], given.padding))
        return [
            Read(float(logit), *_best(span[place : place + len(passage)].numpy(), longest))
            for span, logit, passage in zip(spans, answers, passages, strict=True)
        ]

    def adapter(self) -> Adapter:
        """The encoder's, with the heads: `span.w` (2, width), `span.b`, `answers.w` (1, width), `answers.b`."""
        heads = {"span": self.span, "answers": self.answers}
        found = {
            f"{name}.{short}": half(values) for name, head in heads.items() for short, values in (("w", head.weight), ("b", head.bias))
        }
        return self.encoder.adapter() | found


def together(given: Pretrained, question: Tokens, passage: Tokens) -> list[int]:
    """One input; the passage's tokens begin at `len(question) + 2`."""
    return [given.start, *question, given.end, *passage, given.end]


def train(
    given: Pretrained, passages: Sequence[Tokens], examples: Sequence[Example], config: Config, log: Log
) -> tuple[Reader, list[float]]:
    """A trained reader, and the loss of every step."""
    torch.manual_seed(config.seed)
    reader, chooser = Reader(given, config), random.Random(config.seed)
    thin = reader.encoder.thin()
    ids = {id(each) for each in thin}
    rest = [each for each in reader.parameters() if each.requires_grad and id(each) not in ids]
    rates = [(thin, config.rate), (rest, config.rate * config.slower)]
    batches = _batches(passages, examples, config, chooser)
    losses = fit(rates, batches, lambda batch: _loss(reader, passages, batch, config, chooser), config.schedule, log)
    return reader.eval(), losses


def _batches(passages: Sequence[Tokens], examples: Sequence[Example], config: Config, chooser: random.Random) -> Iterator[list[Example]]:
    """Batches without end, passages of about one length together."""
    size = config.questions
    while True:
        order = chooser.sample(examples, len(examples))
        for start in range(0, len(order), size * config.similar):
            near = sorted(order[start : start + size * config.similar], key=lambda each: len(passages[each.right]))
            cut = [near[at : at + size] for at in range(0, len(near), size)]
            chooser.shuffle(cut)
            yield from cut


def _wrong(example: Example, passages: int, chooser: random.Random) -> int:
    """One of the wrong passages, the better ones more often; any other where search found none."""
    if not example.wrong:
        return chooser.choice([place for place in range(passages) if place != example.right])
    return chooser.choices(example.wrong, [1 / (place + 2) for place in range(len(example.wrong))])[0]


def _loss(reader: Reader, passages: Sequence[Tokens], batch: Sequence[Example], config: Config, chooser: random.Random) -> Tensor:
    given, tokens = reader.encoder.given, []
    for each in batch:
        pair = (each.right, _wrong(each, len(passages), chooser))
        tokens += [together(given, each.question, passages[place]) for place in pair]
    spans, answers = reader(*padded(tokens, given.padding))
    return _span_loss(spans[::2], passages, batch, config) + _answers_loss(answers.view(-1, 2), config)


def _span_loss(spans: Tensor, passages: Sequence[Tokens], batch: Sequence[Example], config: Config) -> Tensor:
    """Cross-entropy of first and last token within the passage, each question weighing as its span is worth."""
    inside = torch.zeros(spans.shape[:2], dtype=torch.bool)
    for row, each in enumerate(batch):
        inside[row, len(each.question) + 2 :][: len(passages[each.right])] = True
    told = [each.worth if each.worth >= config.least_worth and each.first >= 0 else 0.0 for each in batch]
    places = [(len(each.question) + 2 + max(0, each.first), len(each.question) + 2 + max(0, each.last)) for each in batch]
    logits = spans.masked_fill(~inside[..., None], IMPOSSIBLE).transpose(1, 2).reshape(-1, spans.shape[1])
    each_loss = functional.cross_entropy(logits, torch.tensor(places).reshape(-1), reduction="none").view(-1, 2).mean(1)
    return each_loss @ torch.tensor(told) / max(sum(told), 1e-6)


def _answers_loss(answers: Tensor, config: Config) -> Tensor:
    """Each of two passages judged alone, and the right one (the first) against the other."""
    right = torch.tensor([1.0, 0.0]).expand_as(answers)
    against = functional.cross_entropy(answers, torch.zeros(len(answers), dtype=torch.long))
    return functional.binary_cross_entropy_with_logits(answers, right) + config.listwise * against


def _best(span: NDArray[np.float32], longest: int) -> tuple[int, int]:
    """The best first and last token of a passage's (t, 2), in that order and not too far apart."""
    score = span[:, :1] + span[None, :, 1]
    allowed = np.triu(np.ones(score.shape, bool)) & ~np.triu(np.ones(score.shape, bool), longest)
    first, last = np.unravel_index(np.where(allowed, score, 2 * IMPOSSIBLE).argmax(), score.shape)
    return int(first), int(last)
