"""Cards of what is here: of each model that was trained (Mitchell et al. 2019), and of each corpus; out of the real run's and corpus's own files.

    model_facts, model_card    out of config.json, result.json, log.jsonl, corpus.json, the ledger's copy, evaluation.json
    data_facts, data_card      out of corpus.json and the ledger (`corpus.card`)
    write, evaluated           into the run's folder, when training ends and when it was evaluated
    cards                      all of a data directory, made anew: they say what is so now
    published, text            those that were written, for everyone

No figure stands there that was not measured: what a file does not have is left out, and what was not measured is said to be so. No path of this machine,
no name of an account and no text stands there.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from oscine import names
from oscine.corpus import card as data_cards
from oscine.corpus.card import listed, section, shown
from oscine.errors import NotFound
from oscine.records import Record
from oscine.trust import lineage
from oscine.trust.lineage import Lineage

MODEL_FILES, EVALUATION = ("MODEL_CARD.md", "MODEL_CARD.json"), "evaluation.json"
PUBLISHED = {"models": ("runs", MODEL_FILES[0]), "corpora": ("corpora", data_cards.FILES[0])}
ADDRESS = "/v1/trust/cards/"
Kind = Literal["model", "corpus"]
USE = (
    "It continues posts in the language of its network. It is not made to answer questions, knows nothing of what is true, and writes what people of "
    "the network write, the bad with the good; what it writes is to be marked as generated."
)
LIMITS = (
    "It can write out what it was trained on, word for word; how likely that is stands under what it remembers, where that was measured.",
    "It is as fair as the posts: how people are spoken of there is how it speaks of them.",
    "A deletion does not reach weights: only training again without does. Whether the corpus has changed since stands under its data.",
)
LICENCE = "No licence goes with the weights: whether they may be handed on is the operator's to say, and depends on the posts. Oscine is under Apache-2.0."
NOT_MEASURED = "not measured: run `oscine eval model --model {name} --posts FILE`"


class Card(Record, frozen=True, omit_defaults=False):
    """One card: of what, when that was made (RFC 3339, or empty), as people read it and as `facts` for programs."""

    kind: Kind
    name: str
    made_at: str
    markdown: str
    facts: dict[str, Any]


def cards(data: Path) -> list[Card]:
    """The cards of a data directory's models, then of its corpora, each by name."""
    models = [_model(run, data) for run in lineage.runs(data) if (run.folder / "result.json").is_file()]
    return [*models, *map(_corpus, lineage.corpora(data))]


def card(data: Path, kind: Kind, name: str) -> Card:
    """One of them. Raises `NotFound`."""
    found = next((each for each in cards(data) if (each.kind, each.name) == (kind, names.checked(name))), None)
    if found is None:
        fix = (
            "`oscine train CORPUS` makes one; it has a card when it is done."
            if kind == "model"
            else "`oscine corpus list` shows those that there are."
        )
        raise NotFound(f"There is no {'run' if kind == 'model' else 'corpus'} {name!r} here.", fix)
    return found


def write(run: Path, data: Path | None = None) -> None:
    """Write the run's card and that of its data into its folder, as Markdown and as JSON."""
    mine = _model(Lineage(run), data)
    for name, text in zip(MODEL_FILES, (mine.markdown, _json(mine.facts)), strict=True):
        (run / name).write_text(text, encoding="utf8")
    if (run / lineage.CORPUS).is_file():
        told = data_facts(Lineage(run))
        for name, text in zip(data_cards.FILES, (data_cards.markdown(told), _json(told)), strict=True):
            (run / name).write_text(text, encoding="utf8")


def evaluated(run: Path, found: Mapping[str, Any], table: str, data: Path | None = None) -> None:
    """Keep what an evaluation found beside its run, `table` being the same as Markdown, and write its cards anew."""
    told = {"made_at": datetime.now(UTC).isoformat(timespec="seconds"), "table": table, "found": dict(found)}
    (run / EVALUATION).write_text(_json(told), encoding="utf8")
    write(run, data)


def remembers(run: Path) -> dict[str, Any] | None:
    """What a run was found to remember when it was last evaluated: `made_at`, `canaries`, `extraction`; None where that was not measured. It reads one file."""
    told = _read(run / EVALUATION)
    found = {name: told["found"][name] for name in ("canaries", "extraction") if name in told.get("found", {})}
    return {"made_at": told.get("made_at", ""), **found} if found else None


def published(data: Path) -> dict[str, list[dict[str, Any]]]:
    """The cards that were written, for everyone: of `models` and of `corpora` each `name`, `made_at`, `sha256`, `bytes`, and the `url` of its text."""
    return {kind: [_file(kind, path) for path in sorted((data / folder).glob(f"*/{name}"))] for kind, (folder, name) in PUBLISHED.items()}


def text(data: Path, path: str) -> str:
    """A written card by its path below `ADDRESS`, as `models/NAME.md`. Raises `NotFound`."""
    kind, _, rest = path.partition("/")
    name = rest.removesuffix(".md")
    if kind in PUBLISHED and rest.endswith(".md") and names.fits(name):
        folder, file = PUBLISHED[kind]
        with contextlib.suppress(OSError):
            return (data / folder / name / file).read_text(encoding="utf8")
    raise NotFound("There is no card of this name.", "GET /v1/trust lists those that there are.")


def _file(kind: str, path: Path) -> dict[str, Any]:
    made, written = datetime.fromtimestamp(path.stat().st_mtime, UTC), path.read_bytes()
    name = path.parent.name
    return {"name": name, "made_at": made.isoformat(timespec="seconds").replace("+00:00", "Z"), "sha256": hashlib.sha256(written).hexdigest(),
            "bytes": len(written), "url": f"{ADDRESS}{kind}/{quote(name)}.md"}  # fmt: skip


def data_card(corpus: Path) -> str:
    """The card of a corpus, as Markdown."""
    return data_cards.markdown(data_facts(Lineage(corpus)))


def data_facts(corpus: Lineage) -> dict[str, Any]:
    """What the card of a corpus tells."""
    return data_cards.facts(corpus.about, corpus.entries.values())


def model_card(run: Path, data: Path | None = None) -> str:
    """The card of a run, as Markdown; with a data directory it also tells whether the corpus has changed since."""
    return _model(Lineage(run), data).markdown


def _corpus(corpus: Lineage) -> Card:
    told = data_facts(corpus)
    return Card(
        kind="corpus", name=corpus.folder.name, made_at=str(told.get("made_at", "")), markdown=data_cards.markdown(told), facts=told
    )


def _model(run: Lineage, data: Path | None) -> Card:
    told = model_facts(run, data)
    return Card(kind="model", name=run.folder.name, made_at=told.get("trained_at", ""), markdown=_markdown(told), facts=told)


def model_facts(run: Lineage, data: Path | None = None) -> dict[str, Any]:
    """What the card of a run tells."""
    config, result, evaluation = (_read(run.folder / name) for name in ("config.json", "result.json", EVALUATION))
    train, trained = config.get("train", {}), lineage.trained_at(run.folder)
    shape, about = train.get("model", {}), run.about
    told: dict[str, Any] = {"kind": "model", "name": run.folder.name}
    if trained:
        told["trained_at"] = trained.isoformat(timespec="seconds")
    known = evaluation.get("found", {}) | result
    told["shape"] = {"parameters": known["parameters"]} if "parameters" in known else {}
    told["shape"] |= {name: value for name, value in shape.items() if isinstance(value, int | float)}
    told["training"] = {name: train[name] for name in ("length", "rows", "steps", "seed") if name in train}
    told["training"] |= {name: config[name] for name in ("budget",) if name in config} | _last(run.folder / "log.jsonl")
    if begun := train.get("begin_with"):
        told["training"]["went on from"] = Path(begun).parent.name if Path(begun).name == "model" else Path(begun).name
    told["data"] = {name: about[name] for name in ("name", "made_at", "posts", "authors", "bytes") if name in about} | {
        "ledger_root": run.root
    }
    told["data"] |= {
        "consent": data_cards.consent(run.entries.values()),
        "languages": about.get("languages", {}),
        "since": _since(run, data),
    }
    told["held_posts"] = {name: result[name] for name in ("held_posts", "bits_per_byte") if name in result}
    told["remembers"] = remembers(run.folder)
    told["evaluation"] = {name: evaluation[name] for name in ("made_at", "table") if name in evaluation}
    return told | {"licence": LICENCE, "use": USE, "limits": list(LIMITS), "withdraw": data_cards.WITHDRAW}


def _since(run: Lineage, data: Path | None) -> str:
    """Whether the corpus is still what it was; empty where nothing is known of it."""
    now = next((each.root for each in lineage.corpora(data) if each.folder.name == run.corpus), None) if data and run.root else ""
    if now is None:
        return "the corpus is not here any more"
    return (
        "" if not now else "the corpus is as it was" if now == run.root else "the corpus was built again since, with other authors or posts"
    )


def _last(log: Path) -> dict[str, Any]:
    """What the log of a run says at its end."""
    lines = log.read_text(encoding="utf8").splitlines() if log.is_file() else []
    last: dict[str, Any] = {}
    for line in lines[-100:-1] + [line for line in lines[-1:] if line.endswith("}")]:  # the last may be torn
        last |= {
            name: value
            for name, value in json.loads(line).items()
            if name in ("loss", "bits_per_byte", "tokens", "seconds", "tokens_per_second")
        }
    return {f"{name} at the end" if name in ("loss", "bits_per_byte") else name: value for name, value in last.items() if value is not None}


def _markdown(told: Mapping[str, Any]) -> str:
    data = told["data"]
    plain = [(name, value) for name, value in data.items() if not isinstance(value, Mapping) and value != ""]
    groups = [(f"{name}, {part}", ", ".join(f"{count:,} {what}" for what, count in each.items()))
              for name in ("consent", "languages") for part, each in data.get(name, {}).items()]  # fmt: skip
    held = [(f"bits per byte of {told['held_posts'].get('held_posts', 0):,} held posts: {name}", value)
            for name, value in told["held_posts"].get("bits_per_byte", {}).items()]  # fmt: skip
    parts = [
        f"# Model card: {shown(told['name'])}", "A language model trained from the posts of a network by Oscine.",
        *([f"Trained until {told['trained_at']}."] if "trained_at" in told else []),
        *section("Shape", list(told["shape"].items())), *section("Training", list(told["training"].items())), *section("Its data", [*plain, *groups]),
        *section("Beside counting words", held), "## What it remembers", _remembers(told), *_measured(told.get("evaluation", {})),
        "## Meant for", told["use"], *listed("Limits", told["limits"]), "## Licence", told["licence"], "## To be taken out", told["withdraw"],
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _remembers(told: Mapping[str, Any]) -> str:
    found = told["remembers"]
    if not found:
        return f"This was {NOT_MEASURED.format(name=shown(told['name']))}."
    rows = [f"| secrets planted {each['repetitions']} times: exposure, of {each['most']:.0f} bits | {each['exposure']:.2f} | {each['canaries']:,} |"
            for each in found.get("canaries", [])]  # fmt: skip
    rows += [f"| training posts written out, whose beginning stood there {each['repetitions']} times or more | {100 * each['share']:.1f}% | {each['posts']:,} |"
             for each in found.get("extraction", [])]  # fmt: skip
    table = "\n".join(["| what | value | of |", "| --- | --- | --- |", *rows])
    return f"{table}\n\nMeasured {found['made_at']}. Secrets that a model never saw have 1.44 bits on average."


def _measured(evaluation: Mapping[str, Any]) -> list[str]:
    return ["## Measured", evaluation["table"]] if evaluation.get("table") else []


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
