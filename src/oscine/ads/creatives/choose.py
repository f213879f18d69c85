"""Best of many: drafts ranked by the reward where there is one, and chosen so that the set is distinct.

Chosen one by one by maximal marginal relevance (Carbonell and Goldstein 1998). Without a reward a rule of thumb ranks: fit to the audience, a headline
that reads at a glance, a word that addresses the reader. The rule was written, not learned.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np

from oscine.ads.creatives.compose import Draft
from oscine.ads.creatives.nearness import Nearness
from oscine.ads.creatives.placements import Placement, length
from oscine.ads.creatives.words import folded, words
from oscine.ads.creatives.write import PATTERN
from oscine.engines.reward import Ad, Score

DISTINCT = 1.2  # weight of being unlike what is chosen already, of a standard deviation of worth
ELSEWHERE = 0.8  # of that weight, against another audience's texts
SAME_PATTERN = 0.6  # what a pattern loses each time that it was chosen
REWARD = 0.7  # weight of the reward beside the rule of thumb: it knows what is clicked, not whom it is for
GLANCE = range(4, 11)  # words of a headline that reads at a glance
NEAR = 2.5  # weight of nearness to the audience in the rule of thumb
WRITTEN = 1.0  # what a text gains that a model wrote for this very audience
HEADING = 0.5  # what a headline gains that somebody wrote as one
LIST = 0.3  # what a body of fragments loses


class Reward(Protocol):
    """What ranks texts of one page by what people clicked."""

    def scores(self, ads: Sequence[Ad]) -> Sequence[Score]:
        """A judgement of each."""
        ...


class Ranked(NamedTuple):
    """A draft with what it is worth for choosing, and the score and spread that are shown."""

    draft: Draft
    worth: float
    score: float
    spread: float


def ranked(drafts: Sequence[Draft], audience: str, lang: str, reward: Reward | None, placement: Placement) -> list[Ranked]:
    """Drafts with their worth, best first; ties in the order given."""
    if not drafts:
        return []
    thumb = [_thumb(draft, lang, placement) for draft in drafts]
    if reward is None:
        found = [Ranked(draft, worth, round(draft.near, 3), 0.0) for draft, worth in zip(drafts, _standard(thumb), strict=True)]
    else:
        told = reward.scores([Ad(draft.headline, draft.body, audience=audience) for draft in drafts])
        worth = REWARD * _standard([score.mean for score in told]) + _standard(thumb)
        found = [Ranked(draft, one, score.mean, score.spread) for draft, one, score in zip(drafts, worth, told, strict=True)]
    return sorted(found, key=lambda one: -one.worth)


def chosen(found: Sequence[Ranked], count: int, near: Nearness, elsewhere: Sequence[str]) -> list[Ranked]:
    """So many of the ranked, unlike each other and unlike the texts chosen elsewhere; no headline and no body twice."""
    if not found:
        return []
    texts = [whole(one.draft.headline, one.draft.body) for one in found]
    heads = [one.draft.headline for one in found]
    alike = (near.by_words(texts, texts) + near.by_words(heads, heads) + near.between(heads, heads)) / 3
    cores = [one.draft.said[0] for one in found]
    other = ELSEWHERE * near.by_words(texts, elsewhere).max(axis=1) if elsewhere else np.zeros(len(found))
    taken: list[int] = []
    while len(taken) < count:
        left = [at for at in range(len(found)) if at not in taken and not _same(found, at, taken)]
        if not left:
            break
        left = [
            at for at in left if cores[at] not in {cores[one] for one in taken}
        ] or left  # the same under another name where there is nothing else
        used = [found[at].draft.pattern for at in taken]
        taken.append(
            max(
                left,
                key=lambda at: (
                    found[at].worth
                    - SAME_PATTERN * used.count(found[at].draft.pattern)
                    - 2 * DISTINCT * max([other[at], *alike[at, taken]])
                ),
            )
        )
    return [found[at] for at in taken]


def whole(headline: str, body: str) -> str:
    """Headline and body as one text."""
    return f"{headline}. {body}"


def _same(found: Sequence[Ranked], at: int, taken: Sequence[int]) -> bool:
    return any(
        folded(found[at].draft.headline) == folded(found[one].draft.headline) or found[at].draft.body == found[one].draft.body
        for one in taken
    )


def _standard(values: Sequence[float]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Values with mean 0 and standard deviation 1."""
    array = np.array(values, float)
    spread = float(array.std())
    standard: np.ndarray[tuple[int], np.dtype[np.float64]] = (array - array.mean()) / (spread or 1.0)
    return standard


def _thumb(draft: Draft, lang: str, placement: Placement) -> float:
    """The rule of thumb, about from 0 to 2."""
    spoken = folded(whole(draft.headline, draft.body)).split()
    glance = len(draft.headline.split()) in GLANCE or (
        len(draft.headline.split()) < 2 and 8 <= length(draft.headline) <= placement.headline
    )
    filled = min(1.0, 1.6 * length(draft.body) / placement.body)
    addressed = bool(words(lang).you & {word.strip(".,:;!?") for word in spoken})
    made = HEADING * ("heading" in draft.kinds) - LIST * (draft.pattern == "list") + WRITTEN * (draft.pattern == PATTERN)
    return NEAR * draft.near + 0.3 * glance + 0.5 * filled + 0.2 * addressed + made
