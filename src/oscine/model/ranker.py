"""A network that foretells what a person will do to posts: a small transformer over what they did, which every post looks at alone.

A post asked about (a candidate) attends to the acts before its moment and to itself, never to another candidate, so that its score may be kept: as in
x-algorithm (github.com/xai-org/x-algorithm, Apache-2.0). Acts attend to earlier acts (SASRec, Kang and McAuley 2018), with a learned bias by the time
between them (HSTU, Zhai et al. 2024). What is known of a post in numbers (its age, how many acted) also goes to the logits in a straight line, so that
the network has something to say of a person without a past (the wide part of Cheng et al. 2016). The same embeddings make the two towers of retrieval.

It knows tensors only. Of B rows, each has S acts, T moments and C candidates for every moment; serving has one row and one moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

KNOTS = (
    60.0,
    600.0,
    3600.0,
    6 * 3600.0,
    86_400.0,
    3 * 86_400.0,
    7 * 86_400.0,
    30 * 86_400.0,
)  # seconds, where the slope in a post's age may change
NUMBERS = 1 + len(KNOTS) + 4 + 3  # age, its knots, acts of the hour, the day, ever and of the author, and how they stand to age
MATCHES = 9
SPANS = 32  # powers of two of seconds: up to 136 years
HOUR = 3600.0
NEVER = -1e9


@dataclass(frozen=True)
class Shape:
    """How large: `dimensions` are those of the posts' vectors, `authors` the rows that authors are hashed to."""

    dimensions: int = 384
    kinds: int = 9
    forms: int = 5
    unwanted: tuple[int, ...] = (7, 8)
    width: int = 64
    depth: int = 2
    heads: int = 4
    tower: int = 32
    authors: int = 1 << 14
    author_width: int = 16
    dropout: float = 0.1


class Acts(NamedTuple):
    """What people did: `vectors` (B, S, d), `authors` (B, S) int64, `kinds` (B, S) int64, `at` (B, S) seconds from any moment, as float64 in training,
    `lags` (B, S) seconds from post to act, `forms` (B, S, 5)."""

    vectors: Tensor
    authors: Tensor
    kinds: Tensor
    at: Tensor
    lags: Tensor
    forms: Tensor


class Posts(NamedTuple):
    """Candidates: `vectors` (B, T, C, d), `authors` (B, T, C) int64, `ages` (B, T, C) seconds, `acts` (B, T, C, 4) of the hour, the day, ever and the
    author's mean, `forms` (B, T, C, 5), `followed` (B, T, C)."""

    vectors: Tensor
    authors: Tensor
    ages: Tensor
    acts: Tensor
    forms: Tensor
    followed: Tensor


class Moments(NamedTuple):
    """When it is asked: `at` (B, T), as `Acts.at`; `known` (B, T, S), which acts lie before."""

    at: Tensor
    known: Tensor


class Foretold(NamedTuple):
    """`logits` (B, T, C, kinds), and the towers: `taste` (B, T, k), `places` (B, T, C, k)."""

    logits: Tensor
    taste: Tensor
    places: Tensor


class Ranker(nn.Module):
    """The network."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape, width = shape, shape.width
        self.content = nn.Linear(shape.dimensions, width, bias=False)
        self.author = nn.Sequential(nn.Embedding(shape.authors, shape.author_width), nn.Linear(shape.author_width, width, bias=False))
        self.form = nn.Linear(shape.forms, width, bias=False)
        self.kind = nn.Embedding(shape.kinds, width)
        self.lag = nn.Linear(NUMBERS - 7, width)
        self.number = nn.Linear(NUMBERS, width)
        self.match = nn.Linear(MATCHES + 1, width)
        self.asker = nn.Parameter(torch.zeros(width))
        self.drop = nn.Dropout(shape.dropout)
        self.layers = nn.ModuleList(Layer(width, shape.heads, shape.dropout) for _ in range(shape.depth))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, shape.kinds)
        self.wide = nn.Linear(NUMBERS + MATCHES + 1 + shape.forms, shape.kinds)
        self.taste = nn.Linear(width, shape.tower)
        self.place = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, shape.tower))
        self.register_buffer("unwanted", torch.isin(torch.arange(shape.kinds), torch.tensor(shape.unwanted)))
        self.register_buffer("level", torch.zeros(shape.kinds))  # what makes of logits those of probabilities
        self.register_buffer("mean", torch.zeros(shape.dimensions))  # of the network's vectors
        self.register_buffer("centre", torch.zeros(NUMBERS))
        self.register_buffer("spread", torch.ones(NUMBERS))
        nn.init.normal_(self.author[0].weight, std=0.02)
        for started in (self.head, self.wide):
            nn.init.zeros_(started.weight)

    def forward(self, acts: Acts, posts: Posts, moments: Moments) -> Foretold:
        """What every candidate would be done to, and where the towers put it."""
        history, candidates = self._centred(acts.vectors), self._centred(posts.vectors)
        numbers, matches = self._numbers(posts), self._matches(history, acts, candidates, posts, moments)
        place = self._token(candidates, posts.authors, posts.forms) + self.number(numbers)
        asker = self.asker.expand(*moments.at.shape, 1, -1)
        found = self._attended(self._acts(history, acts), acts, torch.cat([asker, place + self.match(matches)], 2), moments)
        logits = self.head(found[:, :, 1:]) + self.wide(torch.cat([numbers, matches, posts.forms], -1))
        return Foretold(logits, self.taste(found[:, :, 0]), self.place(place))

    def tasted(self, acts: Acts, moments: Moments) -> Tensor:
        """(B, T, k) the tower of people alone."""
        asker = self.asker.expand(*moments.at.shape, 1, -1)
        taste: Tensor = self.taste(self._attended(self._acts(self._centred(acts.vectors), acts), acts, asker, moments)[:, :, 0])
        return taste

    def placed(self, posts: Posts) -> Tensor:
        """(B, T, C, k) the tower of posts alone."""
        token = self._token(self._centred(posts.vectors), posts.authors, posts.forms)
        place: Tensor = self.place(token + self.number(self._numbers(posts)))
        return place

    def _acts(self, vectors: Tensor, acts: Acts) -> Tensor:
        return self._token(vectors, acts.authors, acts.forms) + self.kind(acts.kinds) + self.lag(_ages(acts.lags))

    def _token(self, vectors: Tensor, authors: Tensor, forms: Tensor) -> Tensor:
        told = self.content(vectors) + self.author(hashed(authors, self.shape.authors)) + self.form(forms)
        dropped: Tensor = self.drop(told)
        return dropped

    def _attended(self, history: Tensor, acts: Acts, asked: Tensor, moments: Moments) -> Tensor:
        """Candidates (B, T, C, w) after all layers; acts go through the layers too, each seeing those before."""
        steps = torch.arange(acts.at.shape[1])
        earlier = (steps[:, None] >= steps)[None]
        between, since = _spans(acts.at, acts.at), _spans(moments.at, acts.at)
        for layer in self.layers:
            keys, values = layer.read(history)
            asked = layer.asked(asked, keys, values, since, moments.known)
            history = layer.acts(history, keys, values, between, earlier)
        return self.norm(asked)

    def _centred(self, vectors: Tensor) -> Tensor:
        """Unit vectors about the network's mean: cosines of sentence embeddings are compressed. Of none, zeros."""
        there = (vectors != 0).any(-1, keepdim=True)
        return functional.normalize(vectors - self.mean, dim=-1) * there * self.shape.dimensions**0.5

    def measure(self, posts: Posts, vectors: Tensor) -> None:
        """Keep the means and spreads by which vectors and numbers are scaled."""
        self.mean.copy_(vectors.mean(0))
        numbers = numbers_of(posts).flatten(0, -2)
        self.centre.copy_(numbers.mean(0))
        self.spread.copy_(numbers.std(0).clamp(min=0.1))

    def _numbers(self, posts: Posts) -> Tensor:
        return (numbers_of(posts) - self.centre) / self.spread

    def _matches(self, history: Tensor, acts: Acts, candidates: Tensor, posts: Posts, moments: Moments) -> Tensor:
        """(B, T, C, 10): what the person did to this author before, how near the post is to what they acted on, whether they follow the author."""
        bad = self.unwanted[acts.kinds]
        good, bad = (moments.known & ~bad[:, None])[:, :, None], (moments.known & bad[:, None])[:, :, None]
        same = posts.authors[..., None] == acts.authors[:, None, None]
        fresh = 1 / (1 + torch.log1p((moments.at[:, :, None] - acts.at[:, None]).clamp(min=0).float() / HOUR))[:, :, None]
        near = torch.einsum("btcd,bsd->btcs", candidates, history) / self.shape.dimensions
        many, mine = good.sum(-1).float(), (same & good).sum(-1).float()
        last = (fresh * good).amax(-1, keepdim=True) == fresh * good
        return torch.stack([
            torch.log1p(mine), (same & good).any(-1).float(), (fresh * (same & good)).amax(-1), mine / many.clamp(min=1),
            torch.log1p((same & bad).sum(-1).float()), (near * good).amax(-1), (near * (good & last)).amax(-1),
            (near * good).sum(-1) / many.clamp(min=1), (near * bad).amax(-1), posts.followed,
        ], -1)  # fmt: skip


class Layer(nn.Module):
    """A transformer's layer, norms first. Acts attend to acts; a candidate to acts and itself."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.before, self.within = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query, self.key, self.value, self.out = (nn.Linear(width, width, bias=False) for _ in range(4))
        self.bias = nn.Embedding(SPANS, heads)
        self.feed = nn.Sequential(nn.Linear(width, 3 * width), nn.GELU(), nn.Linear(3 * width, width), nn.Dropout(dropout))
        nn.init.zeros_(self.bias.weight)

    def read(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values (…, heads, width / heads)."""
        normed = self.before(tokens)
        return self._split(self.key(normed)), self._split(self.value(normed))

    def acts(self, tokens: Tensor, keys: Tensor, values: Tensor, spans: Tensor, known: Tensor) -> Tensor:
        """Acts (B, S, w); `known` (1, S, S)."""
        queries = self._split(self.query(self.before(tokens)))
        scores = torch.einsum("bthe,bshe->btsh", queries, keys) / queries.shape[-1] ** 0.5 + self.bias(spans)
        shares = scores.masked_fill(~known[..., None], NEVER).softmax(2)
        return self._onward(tokens, torch.einsum("btsh,bshe->bthe", shares, values))

    def asked(self, tokens: Tensor, keys: Tensor, values: Tensor, spans: Tensor, known: Tensor) -> Tensor:
        """Candidates (B, T, C, w); `spans` and `known` (B, T, S)."""
        own_key, own_value = self.read(tokens)
        queries = self._split(self.query(self.before(tokens))) / own_key.shape[-1] ** 0.5
        scores = torch.einsum("btche,bshe->btchs", queries, keys) + self.bias(spans).transpose(-1, -2)[:, :, None]
        scores = scores.masked_fill(~known[:, :, None, None], NEVER)
        shares = torch.cat([scores, (queries * own_key).sum(-1, keepdim=True)], -1).softmax(-1)
        return self._onward(tokens, torch.einsum("btchs,bshe->btche", shares[..., :-1], values) + shares[..., -1:] * own_value)

    def _onward(self, tokens: Tensor, found: Tensor) -> Tensor:
        tokens = tokens + self.out(found.flatten(-2))
        return tokens + self.feed(self.within(tokens))

    def _split(self, tokens: Tensor) -> Tensor:
        return tokens.unflatten(-1, (self.heads, -1))


def hashed(authors: Tensor, rows: int) -> Tensor:
    """The row of each author: the hashing trick (Weinberger et al. 2009), by Knuth's multiplication."""
    return ((authors % (1 << 31)) * 2_654_435_761 // 256) % rows


def numbers_of(posts: Posts) -> Tensor:
    """(…, 16) what is known of posts in numbers, not yet scaled."""
    acts, age = torch.log1p(posts.acts), torch.log1p(posts.ages.clamp(min=0))[..., None]
    pace = torch.log1p(posts.acts[..., 2:3] / (0.25 + posts.ages[..., None].clamp(min=0) / HOUR))
    none = (posts.acts[..., 2:3] == 0).float()
    return torch.cat([_ages(posts.ages), acts, pace, none, none * age], -1)


def _ages(seconds: Tensor) -> Tensor:
    """(…, 9) the logarithm, and how far it is beyond every knot: lines of them can bend there."""
    log = torch.log1p(seconds.clamp(min=0))[..., None]
    knots = torch.log1p(torch.tensor(KNOTS))
    return torch.cat([log, (log - knots).clamp(min=0)], -1)


def _spans(later: Tensor, earlier: Tensor) -> Tensor:
    """(B, T, S) the power of two of the seconds between."""
    seconds = (later[:, :, None] - earlier[:, None]).clamp(min=0).float()
    return torch.log2(1 + seconds).long().clamp(max=SPANS - 1)
