"""One evaluation of a language model: everything that can be measured of it, as JSON's types, and the same as a report.

What was not measured is not there: a key is missing where its part did not run, never nought.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oscine import __version__
from oscine.engines import registry
from oscine.errors import EngineUnavailable, InputError, NotFound
from oscine.evals import report
from oscine.evals.metrics import Interval
from oscine.evals.model import held, memory, samples, subjects, tasks
from oscine.evals.model.held import Held
from oscine.evals.model.subjects import Subject
from oscine.evals.report import Measure, Report
from oscine.trust import cards

if TYPE_CHECKING:
    from oscine.model.bits import Network, Scores

Log = Callable[[str], None]
GROUPS = 8  # languages and years that the report shows; the JSON has all
TOKENIZERS = ("smollm2-135m",)  # the registry's models whose tokenizers are compared where they are installed
ABSENT = "GPT-2's and Qwen's are not at hand"
EXTRACTED_FROM = 50_000  # training posts whose beginnings are counted
METHOD = (
    "Each post is scored alone with its end: −log2 of the probabilities of its tokens and of the end, over the UTF-8 bytes of the raw text; the end's "
    "bits count, it has no byte; nothing is left out. Long posts in windows that overlap by half. Intervals: bootstrap by post for bits, Wilson's "
    "for shares. Open models begin and end a post as their pretraining texts did. Mixture weights are chosen on the other half of the posts. "
    "Exposure as Carlini et al. 2019, extraction as Carlini et al. 2023 (10 tokens, greedy)."
)


@dataclass(frozen=True)
class Request:
    """What to evaluate: a model, on the posts of a file, beside others; `seconds` bounds the scoring of each model (0: all posts)."""

    model: str
    posts: Path
    against: tuple[str, ...] = ()
    sample: int = 0
    seconds: float = 0
    sets: Path | None = None


def run(data: Path, request: Request, log: Log = lambda _: None) -> tuple[Report, dict[str, Any]]:
    """Evaluate, keep the report, and write the cards where a run made the model. Raises `NotFound`, `InputError`, `SetupError`, `EngineUnavailable`."""
    if request.sample < 0 or request.seconds < 0:
        raise InputError("The sample or the seconds are below nought.", "They take a number, or 0 for all.")
    posts = held.read(request.posts, request.sample)
    subject = subjects.subject(data, request.model)
    found = measured(data, subject, posts, request, log)
    made = as_report(found)
    if subject.run:
        cards.evaluated(subject.run, found, report.markdown(made), data)
    report.save(made, data)
    return made, found


def measured(data: Path, subject: Subject, posts: Held, request: Request, log: Log) -> dict[str, Any]:
    """Everything that can be measured of a model."""
    log(f"{subject.name}: {len(posts.texts)} posts")
    scores = subject.reader.score(posts.texts, request.seconds)
    posts = posts.first(len(scores.bits))
    found = {"model": subject.name, "file": request.posts.name, "unread_lines": posts.unread, **held.measured(posts, scores)}
    found["bytes_per_token"] = _tokenizers(subject, posts)
    if ngrams := subject.ngrams():
        found["mixture"] = held.mixture(scores, ngrams.score(posts.texts))
    if subject.network:
        found["parameters"] = subject.network.parameters
        found |= _beyond_bits(data, subject, subject.network, request, log)
    found["against"] = [_against(data, name, subject, posts, scores, request, log) for name in request.against]
    return found


def _against(data: Path, name: str, subject: Subject, posts: Held, ours: Scores, request: Request, log: Log) -> dict[str, Any]:
    log(f"{name}: {len(posts.texts)} posts")
    own = subject.reader.words if subject.run else None
    other = subjects.subject(data, name, own)
    return {"model": name, **held.compared(ours, other.reader.score(posts.texts, request.seconds))}


def _beyond_bits(data: Path, subject: Subject, network: Network, request: Request, log: Log) -> dict[str, Any]:
    """What it remembers, how it writes, what it can tell."""
    found: dict[str, Any] = {}
    if subject.run and (canaries := memory.load(subject.run)):
        log("canaries")
        found["canaries"] = memory.exposed(network, canaries)
    if subject.run and (folder := _corpus(data, subject.run)):
        log("extraction")
        found["extraction"] = memory.extraction(network, list(subjects.training(folder))[:EXTRACTED_FROM])
    log("samples and tasks")
    drawn, cases = (min(most, request.sample or most) for most in (samples.COUNT, tasks.CASES))
    return found | {"toxicity": samples.drawn(network, drawn), "tasks": tasks.run(network, request.sets, cases)}


def _corpus(data: Path, run: Path) -> Path | None:
    """The folder of the corpus that a run was trained on, where it is still there."""
    try:
        return subjects.corpus(data, json.loads((run / "config.json").read_text())["corpus"]["folder"])
    except (OSError, ValueError, KeyError, TypeError, NotFound):
        return None


def _tokenizers(subject: Subject, posts: Held) -> dict[str, float]:
    """Bytes per token of the model's tokenizer, and of those that are at hand."""
    from oscine.model import bits

    words = {subject.name: subject.reader.words}
    for name in TOKENIZERS:
        try:
            words.setdefault(name, bits.open_words(registry.find(registry.MODELS[name]), name))
        except EngineUnavailable:
            continue
    return {name: held.bytes_per_token(posts.texts, each.encode(posts.texts)) for name, each in words.items()}


def as_report(found: dict[str, Any]) -> Report:
    """A report of what was measured."""
    beside = f" beside {', '.join(each['model'] for each in found['against'])}" if found["against"] else ""
    about = f"{found['model']}{beside} on {found['posts']:,} posts ({found['bytes']:,} bytes) of {found['file']}; {ABSENT}."
    return Report(
        suite="model", made_at=datetime.now(UTC), version=__version__, data=about, method=METHOD, measures=tuple(_measures(found))
    )


def _measures(found: dict[str, Any]) -> Iterator[Measure]:
    yield _bits("bits per byte", found["bits_per_byte"])
    yield Measure(name="bits per byte of the posts' ends", value=found["bits_per_byte_of_ends"], n=found["posts"], unit="score")
    for kind in ("language", "year"):
        groups = [(name, each) for name, each in found[f"by_{kind}"].items() if each["value"] is not None]
        yield from (_bits(f"bits per byte, {kind} {name}", each) for name, each in groups[:GROUPS])
    for name, value in found["bytes_per_token"].items():
        yield Measure(name=f"bytes per token, {name}'s tokenizer", value=value, unit="score")
    if mixture := found.get("mixture"):
        yield _bits("bits per byte, Kneser–Ney 5-gram of the same tokens", mixture["kneser_ney"])
        weight = f"the network weighs {mixture['network_weight']:.2f}"
        yield _bits("bits per byte, mixture with Kneser–Ney", mixture["bits_per_byte"], note=weight)
    for each in found["against"]:
        other = {"peer": each["theirs"]["value"], "peer_name": each["model"], "note": f"{each['ours']['value']:.3f} bits per byte"}
        yield _ratio(f"bits, ratio to {each['model']}", each["ratio"], other)
    yield from _beyond(found)


def _beyond(found: dict[str, Any]) -> Iterator[Measure]:
    for each in found.get("canaries", []):
        out = f"of {each['most']:.0f} bits that can be seen; {each['extracted']} written out, {each['drawn']} drawn"
        bits = Interval(each["exposure"], each["low"], each["high"])
        yield report.measure(f"exposure of canaries planted {each['repetitions']} times", bits, each["canaries"], unit="score", note=out)
    for each in found.get("extraction", []):
        yield _share(f"training posts extracted, beginning seen {each['repetitions']} times or more, below twice that", each, each["posts"])
    if drawn := found.get("toxicity"):
        for kind in samples.KINDS:
            yield _share(f"samples with a {kind} word", drawn[kind], drawn["samples"])
    for each in found.get("tasks", []):
        score = f"macro-F1 {each['macro_f1']:.3f}; " if "macro_f1" in each else ""
        yield _share(f"{each['task']}, by likelihood", each["accuracy"], each["cases"], note=f"{score}chance {each['chance']:.1f}")


def _bits(name: str, given: dict[str, Any], note: str = "") -> Measure:
    return report.measure(name, Interval(given["value"], given["low"], given["high"]), given["posts"], unit="score", note=note)


def _ratio(name: str, given: dict[str, Any], more: dict[str, Any]) -> Measure:
    return report.measure(name, Interval(given["value"], given["low"], given["high"]), given["posts"], unit="ratio", **more)


def _share(name: str, given: dict[str, Any], n: int, note: str = "") -> Measure:
    value = given["share"] if "share" in given else given["value"]
    return report.measure(name, Interval(value, given["low"], given["high"]), n, note=note)
