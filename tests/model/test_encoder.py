"""The encoder that adapters are trained on is the one that serves them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

torch = pytest.importorskip("torch", reason="the extra `train` is not installed")

from oscine.engines import e5, e5_graph  # noqa: E402
from oscine.engines.e5 import E5Embedder  # noqa: E402
from oscine.errors import InputError  # noqa: E402
from oscine.evals.training import pretrained  # noqa: E402
from oscine.model.encoder import MATRICES, Encoder, Pretrained, padded  # noqa: E402

torch.set_num_threads(1)  # threads of its own wait for each other, which a busy machine makes long
TEXTS = [
    "The train to the coast is late again",
    "Il treno per la costa è di nuovo in ritardo",
    "列車がまた遅れています",
    "no",
]


@pytest.fixture(scope="module")
def given() -> Pretrained:
    return pretrained(e5_graph.Weights(e5.find_weights()))


@pytest.fixture(scope="module")
def short(given: Pretrained) -> Pretrained:
    """Three of the layers, so that it is quick."""
    return replace(given, layers=3)


def tokens(texts: list[str]) -> list[list[int]]:
    return [e5.tokenizer().encode(e5.PASSAGE_PREFIX + text).ids for text in texts]


def vectors(encoder: Encoder, texts: list[str]) -> np.ndarray:
    with torch.no_grad():
        return encoder.vectors(tokens(texts)).numpy()


def stirred(given: Pretrained, norms: bool = False) -> Encoder:
    """An encoder whose adapter changes something, as after training."""
    torch.manual_seed(3)
    encoder = Encoder(given, 4, norms=norms, precision="float32")
    for each in encoder.parameters():
        each.data += 0.1 * torch.randn_like(each) if each.requires_grad else 0
    return encoder


def test_it_embeds_as_the_serving_encoder_does(given: Pretrained, models: Path) -> None:
    texts = TEXTS[:3]  # of one word alone, 8 bits leave less
    ours, theirs = vectors(Encoder(given, 4), texts), E5Embedder(models).embed_passages(texts)
    assert (ours * theirs).sum(axis=1).min() > 0.99


def test_an_untrained_adapter_changes_nothing(short: Pretrained) -> None:
    torch.manual_seed(1)
    one = Encoder(short, 4, precision="float32")
    torch.manual_seed(2)  # other `down`, and another rank
    other = Encoder(short, 8, precision="float32")
    assert np.array_equal(vectors(one, TEXTS), vectors(other, TEXTS))
    assert not any(values.any() for name, values in one.adapter().items() if name.endswith(".up"))


@pytest.mark.parametrize("norms", [False, True])
def test_merged_into_the_weights_it_does_the_same(short: Pretrained, norms: bool) -> None:
    encoder = stirred(short, norms)
    merged = e5_graph.Adapted(e5.find_weights(), encoder.adapter())
    merged.layers = short.layers
    session = onnxruntime.InferenceSession(
        e5_graph.encoder(merged, quantised=False).SerializeToString(), providers=["CPUExecutionProvider"]
    )
    ids, mask = padded(tokens(TEXTS), short.padding)
    served = session.run(None, {"words": short.embed(ids), "mask": mask.astype(np.float32)})[0]
    assert np.abs(vectors(encoder, TEXTS) - served).max() < 1e-3
    assert np.abs(vectors(Encoder(short, 4, precision="float32"), TEXTS) - served).max() > 5e-2, "the adapter changed nothing"


def test_the_norms_are_kept_only_where_they_are_trained(short: Pretrained) -> None:
    without, with_norms = (set(Encoder(short, 2, norms=norms).adapter()) for norms in (False, True))
    assert len(without) == short.layers * len(MATRICES) * 2
    assert {name.rpartition(".")[0].rpartition(".")[2] for name in with_norms - without} == {"ln", "aln", "oln"}


def test_what_is_beside_a_text_does_not_change_it(short: Pretrained) -> None:
    encoder = Encoder(short, 2, precision="float32")
    assert np.abs(vectors(encoder, [TEXTS[3], " ".join(TEXTS * 4)])[0] - vectors(encoder, [TEXTS[3]])[0]).max() < 1e-5


def test_an_unknown_precision_is_refused(short: Pretrained) -> None:
    with pytest.raises(InputError, match="int8"):
        Encoder(short, 2, precision="int8")
