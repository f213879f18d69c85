"""The model that a name means: a run, a model of the library, a path, a registered GGUF, or `kneser-ney:CORPUS`.

It opens models and does not judge them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from oscine import names
from oscine.engines import registry
from oscine.errors import NotFound, SetupError

if TYPE_CHECKING:
    from oscine.model.bits import Network, Scores, Words
    from oscine.model.kneser_ney import KneserNey

NGRAMS = "kneser-ney:"
VOCABULARY = 4096  # of the tokenizer that n-grams get where no run gives them one
CHUNK = 4096  # posts


class Reader(Protocol):
    """What gives posts their probabilities."""

    @property
    def words(self) -> Words:
        """Its tokenizer."""
        ...

    def score(self, texts: Sequence[str], seconds: float = 0) -> Scores:
        """Score posts, in order; with `seconds`, as many as that time allows."""
        ...


@dataclass(frozen=True)
class Ngrams:
    """A Kneser–Ney model with its tokenizer. Quick enough to have no need of a time limit."""

    words: Words
    model: KneserNey

    def score(self, texts: Sequence[str], seconds: float = 0) -> Scores:
        """Score posts, in order."""
        from oscine.model import bits
        from oscine.model.kneser_ney import flat

        tokens, offsets = flat(self.words.posts(texts))
        logs = self.model.log_probabilities(tokens, offsets)
        return bits.scored(texts, np.split(logs, (offsets - np.arange(len(offsets)))[1:-1]) if texts else [])


@dataclass(frozen=True)
class Subject:
    """A model with the name that it was asked for by; `run` is the folder of the run that made it, if one did."""

    name: str
    reader: Reader
    network: Network | None = None  # the reader itself, where it is a network
    run: Path | None = None

    def ngrams(self) -> Ngrams | None:
        """The n-gram model that the run fitted on the same tokens, if it did."""
        from oscine.model.kneser_ney import FILE, KneserNey

        if self.run is None or not (self.run / FILE).is_file():
            return None
        return Ngrams(self.reader.words, KneserNey.load(self.run / FILE))


def find(data: Path, name: str) -> tuple[Path, Path | None]:
    """Where a network lies, and the run that made it if one did. Raises `NotFound`, `EngineUnavailable`.

    A name is looked for among runs, then the library's models (where the folder of weights is kept beside the GGUF), then those that the
    registry knows; anything else is a path.
    """
    places = [data / "runs" / name, data / "language-models" / name] if names.fits(name) else []
    for place in [*places, *([registry.find(registry.MODELS[name])] if name in registry.MODELS else []), Path(name)]:
        found = next(
            (each for each in (place / "model", place / "hf", place) if each.suffix == ".gguf" or (each / "config.json").is_file()), None
        )
        if found is not None and found.exists():
            return found, place if found == place / "model" else None
    raise NotFound(
        f"There is no model {name!r}.", "Name a run, a model of `oscine models`, a Hugging Face folder, a .gguf file, or kneser-ney:CORPUS."
    )


def subject(data: Path, name: str, words: Words | None = None) -> Subject:
    """Open the model of that name; `words` is the tokenizer for n-grams. Raises as `find`, and `SetupError` without the extra `train`."""
    try:
        from oscine.model import bits
    except ImportError as error:
        raise SetupError(f"{error.name} is not installed.", "Run `pip install 'oscine[train]'`.") from None
    if name.startswith(NGRAMS):
        return Subject(name, fitted(corpus(data, name.removeprefix(NGRAMS)), words))
    path, run = find(data, name)
    network = bits.open_model(path, name)
    return Subject(name, network, network, run)


def corpus(data: Path, name: str) -> Path:
    """The folder of a corpus, by its name or path. Raises `NotFound`."""
    named = [data / "corpora" / name] if names.fits(name) else []
    found = next((each for each in [*named, Path(name)] if (each / "documents").is_dir()), None)
    if found is None:
        raise NotFound(f"There is no corpus {name!r}.", "Build one with `oscine corpus build --name NAME`.")
    return found


def fitted(folder: Path, words: Words | None = None) -> Ngrams:
    """A 5-gram model fitted on the documents of a corpus that are for training, by `words`, else by a tokenizer trained on the same."""
    from oscine.model.kneser_ney import KneserNey, flat

    texts = list(training(folder))
    words = words or _trained(texts)
    documents = [document for start in range(0, len(texts), CHUNK) for document in words.posts(texts[start : start + CHUNK])]
    return Ngrams(words, KneserNey.fit(*flat(documents), words.inner.get_vocab_size()))


def _trained(texts: Sequence[str]) -> Words:
    from oscine.model import bits, tokenizer

    with tempfile.TemporaryDirectory(prefix="oscine-tokenizer-") as folder:
        tokenizer.train(texts, VOCABULARY).save(Path(folder) / "tokenizer.json")
        return bits.own_words(Path(folder), "the corpus's tokenizer")


def training(folder: Path) -> Iterator[str]:
    """The texts of a corpus that are for training, each turn by itself. Raises `SetupError` without the extra `train`."""
    try:
        from oscine.model import shards

        for part in shards.documents(folder, "train"):
            yield from (turn.text for document in part for turn in document.turns)
    except ImportError as error:
        raise SetupError(f"{error.name} is not installed.", "Run `pip install 'oscine[train]'`.") from None
