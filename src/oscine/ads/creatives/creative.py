"""From a page and a wish to ad texts: composed, and written by a language model where one is in use; each checked against the page, ranked, chosen.

What does not stand on the page is dropped, and shown as dropped with its reason. It does not know whether people will like a text: the reward guesses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from oscine.ads.creatives import audiences, compose, measures, write
from oscine.ads.creatives.choose import Ranked, Reward, chosen, ranked, whole
from oscine.ads.creatives.claims import Checker
from oscine.ads.creatives.hashtags import hashtags
from oscine.ads.creatives.measures import described
from oscine.ads.creatives.nearness import Nearness
from oscine.ads.creatives.page import Page
from oscine.ads.creatives.phrases import languages, phrases, stems
from oscine.ads.creatives.placements import length
from oscine.ads.creatives.texts import MOST_VARIANTS, Audience, Claim, Creatives, Dropped, Variant, Wish
from oscine.ads.creatives.words import folded, words
from oscine.engines.embedding import Embedder
from oscine.engines.language import LanguageModel
from oscine.errors import EngineUnavailable, InputError

__all__ = ["MOST_VARIANTS", "Audience", "Claim", "Creatives", "Dropped", "Variant", "Wish", "Writer"]

MOST_CANDIDATES = 120  # texts for an audience that are checked and scored
FEWEST_IN_LANGUAGE = 4  # passages in a language other than the page's, from which texts can be composed
MOST_DROPPED = 60
FIT = 0.4  # log-odds of a click that it is worth, in the order shown, to be as near to its audience as anything on the page
ADDRESSED, SUITS = "benefit for whom", 0.85  # the pattern that names its audience, and how near to the nearest a text must be for it


def _nothing() -> None:
    return None


class Writer:
    """Writes ad texts. `model`, `embedder` and `reward` are called when they are needed, and give the thing or None."""

    def __init__(
        self,
        model: Callable[[], LanguageModel | None] = _nothing,
        embedder: Callable[[], Embedder | None] = _nothing,
        reward: Callable[[], Reward | None] = _nothing,
    ) -> None:
        self._model, self._embedder, self._reward = model, embedder, reward

    def write(self, page: Page, wish: Wish) -> Creatives:
        """Texts as wished, best first within each audience. Raises `InputError` for a wish that cannot be met or an audience that may not be aimed at."""
        _check(wish)
        job = _Job(page, wish, Nearness(self._embedder(), page.lang), self._model(), self._reward())
        for audience in wish.audiences:
            for lang in wish.langs or (audience.lang or page.lang,):
                job.add(audience, lang)
        told = measures.measured(job.variants, wish.audiences, job.near)
        told |= {"ranked": "reward" if job.reward else "fit", "candidates": job.candidates}
        return Creatives(page, tuple(job.variants), tuple(dict.fromkeys(job.dropped))[:MOST_DROPPED], told)


def _check(wish: Wish) -> None:
    if not wish.audiences:
        raise InputError("The wish names no audience.", "Say whom the texts are for.")
    if not 1 <= wish.count <= MOST_VARIANTS:
        raise InputError(f"{wish.count} variants cannot be made.", f"Ask for 1 to {MOST_VARIANTS}.")
    if len({audience.name for audience in wish.audiences}) < len(wish.audiences):
        raise InputError("Two audiences have one name.", "Give each its own.")
    for audience in wish.audiences:
        audiences.check(audience)


class _Job:
    """One page and one wish, audience by audience."""

    def __init__(self, page: Page, wish: Wish, near: Nearness, model: LanguageModel | None, reward: Reward | None) -> None:
        self.page, self.wish, self.near, self.reward = page, wish, near, reward
        self.model = model if model and model.form == "chat" else None
        self.checker = Checker(page, near.one if near.by == "vectors" else None)
        self.languages = languages(page)
        self.common = Counter(stem for one in page.passages for stem in stems(one.text, self.languages[one.number]))
        self.variants: list[Variant] = []
        self.dropped: list[Dropped] = [Dropped(said, "it tries to steer a machine, and is no passage") for said in page.left_out]
        self.candidates = 0

    def add(self, audience: Audience, lang: str) -> None:
        """The variants for one audience in one language; where there are fewer than wished, why."""
        fit = self._fit(audience)
        stands: dict[compose.Draft, tuple[Claim, ...]] = {}
        for draft in self._drafts(audience, lang, fit):
            claims = self._claims(draft, lang)
            if claims is not None:
                stands[draft if draft.pattern != write.PATTERN else _placed(draft, claims, fit)] = claims
        self.candidates += len(stands)
        own = [draft for draft, claims in stands.items() if not self._anothers(draft, claims, audience)]
        best = self._chosen(own, audience, lang, [])
        best += self._chosen(
            [draft for draft in stands if draft not in own and not self._names_another(draft, audience)], audience, lang, best
        )
        best.sort(key=lambda one: -(one.score + FIT * one.draft.near))
        made = [self._variant(one, stands[one.draft], audience, lang) for one in best]
        self.variants += made
        if len(made) < self.wish.count:
            short = f"{self.wish.count - len(made)} of {self.wish.count} variants for {audience.name} in {lang}"
            self.dropped.append(Dropped(short, self._shortage(lang)))

    def _chosen(self, drafts: Sequence[compose.Draft], audience: Audience, lang: str, before: Sequence[Ranked]) -> list[Ranked]:
        """As many of the drafts as are still wanted, unlike what was chosen before and what others get."""
        unlike = [*self._elsewhere(audience), *(whole(one.draft.headline, one.draft.body) for one in before)]
        found = ranked(list(drafts), described(audience), lang, self.reward, self.wish.placement)
        taken = {folded(one.draft.headline) for one in before} | {one.draft.body for one in before}
        found = [one for one in found if folded(one.draft.headline) not in taken and one.draft.body not in taken]
        return chosen(found, self.wish.count - len(before), self.near, unlike)

    def _anothers(self, draft: compose.Draft, claims: Sequence[Claim], audience: Audience) -> bool:
        """Whether a draft stands on what the page says to another of the audiences, or has a headline that one of them has."""
        if any(folded(variant.headline) == folded(draft.headline) for variant in self.variants if variant.audience != audience.name):
            return True
        theirs, own = self._apart(audience, described), stems(described(audience), self.page.lang)
        numbers = {number for claim in claims for number in claim.passages}
        said = (stems(f"{one.heading} {one.text}", self.page.lang) for one in self.page.passages if one.number in numbers)
        return any(theirs & found and not own & found for found in said)

    def _names_another(self, draft: compose.Draft, audience: Audience) -> bool:
        return bool(self._apart(audience, lambda one: one.name) & stems(draft.headline, self.page.lang))

    def _apart(self, audience: Audience, words_of: Callable[[Audience], str]) -> frozenset[str]:
        """The stems by which the page could speak of the other audiences, and not of this one."""
        own = stems(described(audience), self.page.lang)
        others = (stems(words_of(one), self.page.lang) for one in self.wish.audiences if one != audience)
        return frozenset(stem for found in others for stem in found - own if self.common[stem] <= len(self.page.passages) / 4)

    def _drafts(self, audience: Audience, lang: str, fit: Mapping[int, float]) -> Iterator[compose.Draft]:
        if self.model:
            try:
                yield from write.drafts(self.model, self.page, audience, lang, self.wish.placement, self.wish.count)
            except EngineUnavailable as error:
                self.dropped.append(Dropped(f"texts by {self.model.name}", str(error)))
        if self._speaks(lang):
            found = compose.drafts(self.page, audience, lang, self.wish.placement, fit)
            nearest = max((draft.near for draft in found), default=0.0)
            suits = [draft for draft in found if draft.pattern != ADDRESSED or draft.near >= SUITS * nearest]
            yield from _spread(suits, MOST_CANDIDATES)

    def _speaks(self, lang: str) -> bool:
        if lang == self.page.lang:
            return True
        return list(self.languages.values()).count(lang) >= FEWEST_IN_LANGUAGE

    def _fit(self, audience: Audience) -> Mapping[int, float]:
        """How near each passage is to the audience, and how much nearer than to the others."""
        passages = self.page.passages
        table = self.near.between([passage.text for passage in passages], [described(one) for one in self.wish.audiences])
        own = self.wish.audiences.index(audience)
        others = [at for at in range(len(self.wish.audiences)) if at != own]
        lead = table[:, own] - (table[:, others].max(axis=1) if others else 0)
        fits = 0.4 * table[:, own] + 0.6 * lead
        scaled = (fits - fits.min()) / ((fits.max() - fits.min()) or 1.0)
        return {passage.number: float(one) for passage, one in zip(passages, scaled, strict=True)}

    def _claims(self, draft: compose.Draft, lang: str) -> tuple[Claim, ...] | None:
        """The claims of a draft, or None where one of them does not stand."""
        claims: list[Claim] = []
        for said in draft.said:
            stand, fall = self.checker.checked(said, lang)
            if fall:
                self.dropped += fall
                return None
            claims += stand
        return tuple(claims)

    def _elsewhere(self, audience: Audience) -> list[str]:
        return [whole(variant.headline, variant.body) for variant in self.variants if variant.audience != audience.name]

    def _variant(self, one: Ranked, claims: tuple[Claim, ...], audience: Audience, lang: str) -> Variant:
        draft, placement = one.draft, self.wish.placement
        tags = hashtags(self.page, phrases(self.page, lang), lang, whole(draft.headline, draft.body), placement.hashtags)
        actions = self._actions(lang)
        told = stems(whole(draft.headline, draft.body), lang)
        by = self.model.name if self.model and draft.pattern == write.PATTERN else "composed"
        action = max(actions, key=lambda label: sum(1 / self.common[stem] for stem in stems(label, lang) & told), default="")
        return Variant(draft.headline, draft.body, action, tags, audience.name, lang, claims, one.score, one.spread, draft.pattern, by)

    def _actions(self, lang: str) -> list[str]:
        """What the page's own buttons say, or the language's usual word."""
        known = words(lang)
        own = [label for label in self.page.actions if folded(label) not in known.chrome and not known.boilerplate.search(folded(label))]
        fitting = [label for label in own if length(label) <= self.wish.placement.action] if lang == self.page.lang else []
        return fitting or [known.action] * (0 < length(known.action) <= self.wish.placement.action)

    def _shortage(self, lang: str) -> str:
        if self._speaks(lang):
            return "the page holds no more sentences that stand by themselves and fit"
        spoken = f"the page is in {self.page.lang}"
        return (
            f"{spoken}, and what the model wrote does not stand on it"
            if self.model
            else f"{spoken}, and no language model that answers messages is in use"
        )


def _placed(draft: compose.Draft, claims: Sequence[Claim], fit: Mapping[int, float]) -> compose.Draft:
    """A model's draft with how near the passages that it stands on are to the audience."""
    found = [fit[number] for claim in claims for number in claim.passages]
    return draft._replace(near=sum(found) / len(found) if found else 0.0)


def _spread(found: Sequence[compose.Draft], most: int) -> list[compose.Draft]:
    """At most so many, in turn from every pattern, those nearest to the audience first."""
    by_pattern: dict[str, list[compose.Draft]] = {}
    for draft in sorted(found, key=lambda draft: -draft.near):
        by_pattern.setdefault(draft.pattern, []).append(draft)
    turns = [(place, draft) for drafts in by_pattern.values() for place, draft in enumerate(drafts)]
    return [draft for _, draft in sorted(turns, key=lambda turn: turn[0])][:most]
