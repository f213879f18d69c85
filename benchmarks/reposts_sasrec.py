"""SASRec (Kang and McAuley 2018) of our ranker's width and depth, over posts as ids or as e5 vectors, so that posts that nobody trained on are judged fairly.

Trained by softmax over the post that was reposted and others that were alive at that moment (Klenitskiy and Vasilev 2023 show that this is what SASRec wants).
A learned token stands before every sequence, so that something is said of people without a past. The number of epochs is chosen on the tune part.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.reposts_data import Case, Reposts
from oscine.model.interactions import Floats, Interactions, Ints

WIDTH, DEPTH, HEADS, LENGTH = 64, 2, 4, 50
NEGATIVES, BATCH, RATE = 100, 256, 1e-3


class SasRec(nn.Module):
    """A causal transformer over posts; `items` (p, d) are their vectors, or none where each has its own."""

    def __init__(self, posts: int, items: Tensor | None) -> None:
        super().__init__()
        self.given = items
        self.embed = nn.Embedding(posts, WIDTH) if items is None else nn.Linear(items.shape[1], WIDTH)
        self.first = nn.Parameter(torch.zeros(WIDTH))
        self.positions = nn.Embedding(LENGTH + 1, WIDTH)
        layer = nn.TransformerEncoderLayer(WIDTH, HEADS, 4 * WIDTH, dropout=0.2, batch_first=True, norm_first=True)
        self.layers = nn.TransformerEncoder(layer, DEPTH, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(WIDTH)
        nn.init.normal_(self.positions.weight, std=0.02)
        if items is None:
            nn.init.normal_(self.embed.weight, std=0.02)

    def item(self, places: Tensor) -> Tensor:
        """(…, width) embeddings."""
        found: Tensor = self.embed(places if self.given is None else self.given[places])
        return found

    def forward(self, places: Tensor) -> Tensor:
        """(B, S + 1, width): what is wanted before the first, and after each, of the posts at `places` (B, S)."""
        first = self.first.expand(len(places), 1, WIDTH)
        steps = places.shape[1] + 1
        given = torch.cat([first, self.item(places)], 1) + self.positions(torch.arange(steps))
        found: Tensor = self.norm(self.layers(given, mask=nn.Transformer.generate_square_subsequent_mask(steps), is_causal=True))
        return found


class Sequences(NamedTuple):
    """What each person reposted, the newest `LENGTH` of it, with its moments."""

    places: list[Ints]
    at: list[Floats]


def sequences(acts: Interactions) -> Sequences:
    """By person."""
    order = np.argsort(acts.people, kind="stable")
    cuts = np.flatnonzero(np.diff(acts.people[order])) + 1
    places, at = (np.split(column[order], cuts) for column in (acts.places, acts.at))
    return Sequences([each[-LENGTH:] for each in places], [each[-LENGTH:] for each in at])


class Trained:
    """One that learns epoch by epoch, and scores."""

    def __init__(self, data: Reposts, until: float, content: bool) -> None:
        torch.manual_seed(7)
        self._rng = np.random.default_rng(7)
        self._data, self._known = data, sequences(data.acts.before(until))
        self._by_age = np.argsort(data.acts.posts.created)
        self._created = data.acts.posts.created[self._by_age]
        vectors = torch.tensor(data.acts.posts.vectors.astype(np.float32))
        self.net = SasRec(len(data.texts), functional.normalize(vectors - vectors.mean(0), dim=1) * 8 if content else None)
        self._optimiser = torch.optim.AdamW(self.net.parameters(), RATE, weight_decay=0.01)

    def epoch(self) -> None:
        """Everybody once; people with as many acts together."""
        self.net.train()
        lengths = np.array([len(each) for each in self._known.places]) + self._rng.random(len(self._known.places))
        batches = np.array_split(np.argsort(lengths), len(lengths) // BATCH + 1)
        for batch in self._rng.permutation(len(batches)):
            self._step(batches[batch])

    def _step(self, people: Ints) -> None:
        places = [self._known.places[person] for person in people]
        length = max(map(len, places))
        padded = torch.tensor(np.stack([np.pad(each, (0, length - len(each))) for each in places]))
        real = torch.tensor(np.stack([np.arange(length) < len(each) for each in places]))
        targets = padded[real]
        others = torch.tensor(self._alive(np.concatenate([self._known.at[person] for person in people])))
        wanted = self.net(padded[:, :-1])[real]
        logits = (self.net.item(torch.cat([targets[:, None], others], 1)) @ wanted[:, :, None]).squeeze(-1)
        logits[:, 1:] = logits[:, 1:].masked_fill(others == targets[:, None], -1e9)
        loss = functional.cross_entropy(logits, torch.zeros(len(logits), dtype=torch.long))
        self._optimiser.zero_grad()
        loss.backward()
        self._optimiser.step()

    def _alive(self, at: Floats) -> Ints:
        """(n, negatives) posts alive at each moment."""
        low, high = np.searchsorted(self._created, [at - self._data.alive, at])
        return self._by_age[(low[:, None] + self._rng.random((len(at), NEGATIVES)) * np.maximum(high - low, 1)[:, None]).astype(np.int64)]

    def __call__(self, case: Case) -> NDArray[np.float64]:
        """(n,) scores."""
        self.net.eval()
        before = int(np.searchsorted(self._data.acts.at, case.at))
        history = self._data.acts.places[:before][self._data.acts.people[:before] == case.person][-LENGTH:]
        with torch.inference_mode():
            wanted = self.net(torch.tensor(history[None], dtype=torch.long))[0, -1]
            scores: NDArray[np.float64] = (self.net.item(torch.tensor(case.candidates)) @ wanted).numpy().astype(np.float64)
        return scores
