"""An ad looked at before it runs: its texts, its link, its landing page, its pictures, its audience; what is wrong, where, and by which rule.

The rules are `safety/policy` and `safety/links`, those on audiences `ads/audiences`; what the page must say is `ads/claims`. A machine only sorts: it accepts,
refers to a person or refuses, each with its reasons, and a person may decide otherwise (`store/reviews`). It does not see what a picture shows but for
nudity, what a page does, or whether what both say is true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from oscine import text
from oscine.ads.creatives import audiences
from oscine.ads.creatives.claims import Checker, claims_something
from oscine.ads.creatives.creative import Audience
from oscine.ads.creatives.page import Page
from oscine.errors import InputError
from oscine.evidence import Near
from oscine.safety import links, policy
from oscine.safety.injection import steers
from oscine.safety.policy import Finding

Decision = Literal["accept", "refer", "refuse"]
NSFW, UNSURE = 0.8, 0.3  # probability of nudity from which a picture is refused, and from which a person looks
SHORTEST = 20  # characters of a text whose language can be told
PAGE_READ = 3 * policy.READ  # characters of the landing page
OF_A_PAGE = (
    "prohibited goods",
    "restricted goods",
    "adult content",
    "hate",
    "harm",
)  # what a page is judged by too; its other words are its own


class Texts(NamedTuple):
    """What an ad says, the address that it leads to, and the language that it is meant to be in."""

    headline: str
    body: str = ""
    action: str = ""
    hashtags: tuple[str, ...] = ()
    link: str = ""
    lang: str = ""


class Reason(NamedTuple):
    """Why an ad is not simply accepted: the rule, what it says to do, where it was met, by which words, and why in one sentence."""

    rule: str
    category: str
    decision: Decision
    where: str
    words: str
    why: str


class Verdict(NamedTuple):
    """What the machine says, why, and the language that the ad is in (empty where that cannot be told)."""

    decision: Decision
    reasons: tuple[Reason, ...]
    lang: str = ""


def review(
    ad: Texts,
    page: Page | None = None,
    audience: Audience | None = None,
    pictures: Sequence[float] = (),
    blocked: Iterable[str] = (),
    near: Near | None = None,
) -> Verdict:
    """Look at an ad. `pictures` are probabilities of nudity, one a picture; `blocked` are hosts that the operator does not want.

    Without a `page` nothing that the ad says can be checked, and a person must look.
    """
    lang = _language(ad)
    checks: list[Callable[[], Iterable[Reason]]] = [
        lambda: _texts(ad, lang),
        lambda: _link(ad, page, blocked),
        lambda: _page(page),
        lambda: _agreement(ad, lang, page, near) if page else (),
        lambda: _audience(audience) if audience else (),
        lambda: _pictures(pictures),
    ]
    reasons = tuple(reason for check in checks for reason in check())
    worst: Decision = "refuse" if any(each.decision == "refuse" for each in reasons) else "refer" if reasons else "accept"
    return Verdict(worst, reasons, lang)


def _parts(ad: Texts) -> dict[str, str]:
    """The parts that say something; of a hashtag its words, as far as capitals or underscores part them."""
    tags = ". ".join(
        " ".join(token.exact for token in text.tokens(f"#{tag.lstrip('#')}") if token.kind != "tag") or tag for tag in ad.hashtags
    )
    return {
        name: said
        for name, said in (("headline", ad.headline), ("body", ad.body), ("action", ad.action), ("hashtags", tags))
        if said.strip()
    }


def _texts(ad: Texts, lang: str) -> Iterator[Reason]:
    """The parts are read together: what is offered may stand in one, and that it is offered in another."""
    parts = _parts(ad)
    for finding in policy.findings("\n".join(parts.values()), lang):
        yield _reason(finding, next((name for name, said in parts.items() if finding.words in said), "text"))
    if any(map(steers, parts.values())):
        yield Reason("steers", "deception", "refuse", "text", "", "It gives orders to machines that read it")


def _link(ad: Texts, page: Page | None, blocked: Iterable[str]) -> Iterator[Reason]:
    if not ad.link:
        return
    for finding in links.findings(ad.link, page.url if page else "", blocked):
        yield _reason(finding, "link")


def _page(page: Page | None) -> Iterator[Reason]:
    if page is None:
        yield Reason(
            "page-unseen", "landing page", "refer", "page", "", "The landing page was not given, so that nothing could be compared with it"
        )
        return
    said = "\n".join([page.title, *(passage.text for passage in page.passages)])[:PAGE_READ]
    found = {each.rule: each for at in range(0, len(said), policy.READ) for each in policy.findings(said[at : at + policy.READ], page.lang)}
    yield from (_reason(finding, "page") for finding in found.values() if finding.category in OF_A_PAGE)
    for hidden in page.left_out[:1]:
        yield Reason("steers", "deception", "refer", "page", hidden[:200], "The page gives orders to machines that read it")


def _agreement(ad: Texts, lang: str, page: Page, near: Near | None) -> Iterator[Reason]:
    """What the ad claims and the page does not say; and its language, if it is another one."""
    checker = Checker(page, near)
    for name in ("headline", "body", "action"):
        said = getattr(ad, name)
        if name == "action" and not claims_something(said.lower().rstrip(" .!") + "?", lang or page.lang):
            continue  # a call: asked as a question it holds no number and no strong word
        for dropped in checker.checked(said, lang or page.lang)[1]:
            yield Reason(
                "not-on-the-page", "landing page", "refer", name, dropped.text, f"The landing page does not say it: {dropped.reason}"
            )
    if lang and page.lang and lang != page.lang:
        yield Reason(
            "other-language", "language", "refer", "text", f"{lang}, {page.lang}", "The ad is in another language than its landing page"
        )


def _audience(audience: Audience) -> Iterator[Reason]:
    try:
        audiences.check(audience)
    except InputError as error:
        yield Reason("audience", "discrimination", "refuse", "audience", audience.name[:80], error.what)


def _pictures(scores: Sequence[float]) -> Iterator[Reason]:
    for number, score in enumerate(scores, 1):
        if score >= UNSURE:
            decision: Decision = "refuse" if score >= NSFW else "refer"
            yield Reason("nudity", "adult content", decision, f"picture {number}", f"{score:.2f}", "The picture probably shows nudity")


def _language(ad: Texts) -> str:
    """The language that the words are in; the one that was said counts where they are too few to tell."""
    said = "\n".join((ad.headline, ad.body))
    return (text.language(said) if len(said) >= SHORTEST else None) or ad.lang


def _reason(finding: Finding, where: str) -> Reason:
    return Reason(finding.rule, finding.category, finding.decision, where, finding.words, finding.why)
