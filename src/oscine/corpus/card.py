"""A corpus's data card (Gebru et al. 2018; Pushkarna et al. 2022): what is in it, by whose word, what was left out and why, and how to be taken out.

Pure and without Polars: facts out of `corpus.json` and the ledger, Markdown out of facts. Chosen are figures; no path, no name of an account and no text
stands there. What was not counted is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

FILES = ("DATA_CARD.md", "DATA_CARD.json")
Facts = Mapping[str, Any]
TOLD = ("name", "made_at", "version", "seed", "posts", "authors", "documents", "bytes", "read", "refused")
GROUPS = ("dropped", "personal", "splits", "languages")
CHOSEN = ("network", "policy", "unlisted", "urls", "handles", "numbers", "shortest", "longest", "toxicity", "quality", "keep_duplicates", "balance",
          "hold_authors", "hold_newest", "without")  # fmt: skip
POLICIES = {"allow": "posts of authors who say nothing may be used", "opt-in": "only posts of authors who allow it themselves may be used"}
LICENCE = (
    "No licence goes with it. The texts are their authors', who allowed training or did not deny it where the operator's policy is to allow it; to hand the "
    "corpus on takes their leave, or the law's. Oscine itself is under Apache-2.0."
)
USE = "To train and to evaluate language models of this network, inside of it. It is not made to describe people, nor to find out who wrote what."
LIMITS = (
    "Who posts on a network is not everybody, and who posts much weighs much.",
    "Personal data is found by its form: what is private without having one stays in, and names do.",
    "Toxicity and quality are told by lists of words and by lengths: words, not meaning.",
    "Copies and quotations of withdrawn posts are known where the withdrawn post was still at hand; of a post that is deleted, what others quoted is theirs.",
    "The ledger proves what was written into this corpus, not what a model learned.",
)
WITHDRAW = (
    "An author denies training on their page (`/me`), by `PUT /v1/me/choices`, or in their network's own settings where it has such; or deletes the post or "
    "the account. The next corpus is built without it, and `oscine purge` builds this one again, or takes it away. `oscine corpus prove` proves whether an "
    "account is in."
)


def facts(about: Facts, entries: Iterable[Facts]) -> dict[str, Any]:
    """What the card tells. `about` is `corpus.json`, `entries` the ledger's lines."""
    options = about.get("options", {})
    told: dict[str, Any] = {"kind": "corpus", **{name: about[name] for name in (*TOLD, *GROUPS) if name in about}}
    told["chosen"] = {name: options[name] for name in CHOSEN if name in options}
    if "decontaminate" in options:
        told["chosen"]["files of evaluation sets left out"] = len(options["decontaminate"])
    told["consent"] = consent(entries)
    told["ledger"] = {name: value for name, value in about.get("ledger", {}).items() if name in ("root", "size")}
    return told | {"licence": LICENCE, "use": USE, "limits": list(LIMITS), "withdraw": WITHDRAW}


def consent(entries: Iterable[Facts]) -> dict[str, dict[str, int]]:
    """By whose word accounts are in: authors, posts and bytes by the basis."""
    found: dict[str, dict[str, int]] = {}
    for entry in entries:
        mine = found.setdefault(str(entry.get("basis", "not told")), {"authors": 0, "posts": 0, "bytes": 0})
        for name, count in (("authors", 1), ("posts", entry.get("posts", 0)), ("bytes", entry.get("bytes", 0))):
            mine[name] += int(count)
    return dict(sorted(found.items()))


def markdown(given: Facts) -> str:
    """The card."""
    policy = POLICIES.get(str(given.get("chosen", {}).get("policy")), "")
    parts = [f"# Data card: {shown(given.get('name', 'a corpus'))}", "Posts of a network, cleaned for training a language model, by Oscine.",
             *section("The corpus", [(name, given[name]) for name in TOLD if name in given]),
             *section("By whose word", [(basis, _counted(each)) for basis, each in given.get("consent", {}).items()],
                      f"The operator's policy: {policy}." if policy else ""),
             *_dropped(given.get("dropped", {})), *section("Personal data replaced, times", list(given.get("personal", {}).items()))]  # fmt: skip
    for name in ("splits", "languages"):
        parts += section(name.capitalize(), [(part, _counted(each)) for part, each in given.get(name, {}).items()])
    parts += section("How it was chosen", list(given.get("chosen", {}).items()))
    parts += section("Ledger", list(given.get("ledger", {}).items()))
    for title, name in (("Licence", "licence"), ("Meant for", "use"), ("To be taken out", "withdraw")):
        parts += [f"## {title}", str(given[name])] if name in given else []
    return "\n\n".join([*parts, *listed("Limits", given.get("limits", ()))]) + "\n"


def _dropped(steps: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    yield from section("Left out, posts by reason", [(reason, count) for reasons in steps.values() for reason, count in reasons.items()])


def _counted(each: Facts) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in each.items())


def section(title: str, rows: Sequence[tuple[str, Any]], before: str = "") -> list[str]:
    """A heading with a table of names and values, or nothing where there is no row."""
    lines = [f"| {shown(name)} | {shown(value)} |" for name, value in rows]
    table = "\n".join(["| what | value |", "| --- | --- |", *lines])
    return [f"## {title}", *([before] if before else []), table] if lines else []


def listed(title: str, sentences: Sequence[str]) -> list[str]:
    """A heading with sentences under it, or nothing."""
    return [f"## {title}", "\n".join(f"- {sentence}" for sentence in sentences)] if sentences else []


def shown(value: Any) -> str:
    """A value as a cell of a table has it: names are other people's words, and no markup."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        told = {True: "yes", False: "no", None: "none"}[value] if value is None or isinstance(value, bool) else str(value)
    else:
        told = f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"
    return " ".join(told.split()).replace("|", r"\|").replace("<", "&lt;").replace("`", "'")
