from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from planted_acts import DIMENSIONS, planted

torch = pytest.importorskip("torch")

from oscine.engines import ranker_versions  # noqa: E402
from oscine.engines.ranker import CARD, Latest, OnnxRanker, latest  # noqa: E402
from oscine.engines.ranker_versions import Given, renew  # noqa: E402
from oscine.errors import EngineUnavailable, InputError  # noqa: E402
from oscine.feed import rival  # noqa: E402
from oscine.model.interactions import Interactions, Past, Served, nobody  # noqa: E402
from oscine.model.ranker import Acts, Moments, Posts, Shape  # noqa: E402
from oscine.model.ranker_training import Config  # noqa: E402
from oscine.model.ranker_trial import trial  # noqa: E402

CONFIG = Config(Shape(dimensions=DIMENSIONS, width=32, tower=8, authors=64, dropout=0), others=7, size=64, passes=3, rate=4e-3)
QUICK = replace(CONFIG, passes=1)
RIVALS = {"prior": rival.prior(np.zeros(DIMENSIONS, np.float32)), "popularity": rival.popularity, "recency": rival.recency}
WEAK = {"oldest": lambda history, items, now: np.repeat((now - items.created)[:, None], 9, axis=1)}
NOTHING = Served(*(np.empty(0, kind) for kind in (np.int64, np.int64, np.float64)), np.empty((0, 9), np.float32))


def silent(_: str) -> None:
    pass


def given(acts: Interactions, embedder: str = "e5") -> Given:
    return Given(acts, NOTHING, embedder)


@pytest.fixture(scope="module")
def acts() -> Interactions:
    return planted(acts=3000)


@pytest.fixture(scope="module")
def folder(acts: Interactions, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("rankers")
    renew(given(acts), made, RIVALS, CONFIG, silent)
    return made


@pytest.fixture(scope="module")
def ranker(folder: Path) -> OnnxRanker:
    found = latest(folder)
    assert found
    return found


def test_it_learns_what_people_prefer_and_is_better_than_popularity(folder: Path, acts: Interactions, ranker: OnnxRanker) -> None:
    card = ranker.card
    means = card["held_out"]["ndcg@10"]
    assert card["in_use"] and means["ranker"][1] > max(means[name][0] for name in RIVALS)
    towers = {"towers": lambda history, items, now: np.exp(ranker.places(items, now) @ ranker.taste(history, now))[:, None].repeat(9, 1)}
    found = trial(acts, card["until"], {**towers, **RIVALS}, 14)
    assert ranker.dimensions == DIMENSIONS and found.mean("towers", "recency").low > 0


def test_a_score_does_not_depend_on_what_else_is_asked_about(acts: Interactions, ranker: OnnxRanker) -> None:
    now, past = float(acts.at[-1]), Past(acts)
    items, history = past.items(np.arange(300), now, 5), past.history(5, now)
    together, places = ranker.foretell(history, items, now), ranker.places(items, now)
    for one in (0, 17, 299):
        alone = items.taken(np.array([one]))
        assert np.abs(ranker.foretell(history, alone, now) - together[one]).max() < 1e-5
        assert np.abs(ranker.places(alone, now) - places[one]).max() < 1e-5
    turned = np.random.default_rng(0).permutation(300)
    assert np.abs(ranker.foretell(history, items.taken(turned), now) - together[turned]).max() < 1e-5


def test_the_graphs_say_what_the_network_says(acts: Interactions, ranker: OnnxRanker) -> None:
    network, past, now = ranker_versions._weights(ranker).eval(), Past(acts), float(acts.at[-1])
    for person in (1, 2, 3):
        history, items = past.history(person, now), past.items(np.arange(50), now, person)
        when = torch.from_numpy(history.at)[None]
        lags = torch.from_numpy((history.at - history.items.created).astype(np.float32))[None]
        done = history.items
        told = Acts(*(torch.from_numpy(column)[None] for column in (done.vectors, done.authors, history.kinds)), when, lags,
                    torch.from_numpy(done.forms)[None])  # fmt: skip
        counts = np.concatenate([items.acts, items.author_acts[:, None]], 1)
        columns = (items.vectors, items.authors, (now - items.created).astype(np.float32), counts, items.forms, items.followed)
        posts = Posts(*(torch.from_numpy(column)[None, None] for column in columns))
        with torch.no_grad():
            found = network(
                told, posts, Moments(torch.tensor([[now]], dtype=torch.float64), torch.ones(1, 1, when.shape[1], dtype=torch.bool))
            )
            probabilities = (found.logits[0, 0] + network.level).sigmoid().numpy()
        assert np.abs(ranker.foretell(history, items, now) - probabilities).max() < 1e-4
        assert np.abs(ranker.taste(history, now) - found.taste[0, 0].numpy()).max() < 1e-4
        assert np.abs(ranker.places(items, now) - found.places[0, 0].numpy()).max() < 1e-4


def test_a_person_without_a_past_and_a_page_without_posts(acts: Interactions, ranker: OnnxRanker) -> None:
    items, now = Past(acts).items(np.arange(40), float(acts.at[-1]), 0), float(acts.at[-1])
    told = ranker.foretell(nobody(DIMENSIONS), items, now)
    assert told.shape == (40, 9) and (told > 0).all() and (told < 1).all()
    assert ranker.foretell(nobody(DIMENSIONS), items.taken(slice(0)), now).shape == (0, 9)
    assert ranker.places(items.taken(slice(0)), now).shape == (0, 8) and ranker.taste(nobody(DIMENSIONS), now).shape == (8,)


def test_it_is_served_without_torch(folder: Path, ranker: OnnxRanker) -> None:
    script = f"""
import sys
sys.modules["torch"] = None
import numpy as np
from pathlib import Path
from oscine.engines.ranker import latest
from oscine.model.interactions import Items, nobody
items = Items(np.zeros((3, {DIMENSIONS}), np.float32), np.arange(3), np.zeros(3), *(np.zeros(shape, np.float32) for shape in ((3, 3), 3, (3, 5), 3)))
ranker = latest(Path({str(folder)!r}))
print(ranker.name, ranker.foretell(nobody({DIMENSIONS}), items, 10.0).shape, ranker.taste(nobody({DIMENSIONS}), 10.0).shape)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.split("\n")[0] == f"{ranker.name} (3, 9) (8,)", done.stderr


def test_the_next_version_goes_on_and_is_judged_beside_the_last(acts: Interactions, tmp_path: Path) -> None:
    early = acts.before(float(acts.at[2000]))
    first = renew(given(early), tmp_path, WEAK, QUICK, silent)
    second = renew(given(acts), tmp_path, WEAK, QUICK, silent)
    assert first["in_use"] and second["on_from"] == f"ranker/{first['version']}"
    assert second["since"] == first["until"] < second["until"] and second["acts"] < 0.5 * len(acts.at)
    assert "last version" in second["held_out"]["ndcg@10"] and second["loss"][0] < first["loss"][0]
    assert ranker_versions._going_on(tmp_path, given(acts, "another embedder")) is None


def test_what_is_not_better_is_kept_and_not_put_in_use(acts: Interactions, tmp_path: Path) -> None:
    perfect = {"oracle": lambda history, items, now: np.tile(np.eye(1, len(items.created)).T + 0.1, 9)}  # the right answer stands first
    card = renew(given(acts.before(float(acts.at[500]))), tmp_path, perfect, QUICK, silent)
    assert not card["in_use"] and "against oracle" in card["why"] and latest(tmp_path) is None
    assert (tmp_path / card["version"] / CARD).exists()


def test_a_version_is_there_whole_or_not_at_all(acts: Interactions, tmp_path: Path) -> None:
    def broken(*_: object) -> np.ndarray:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        renew(given(acts.before(float(acts.at[500]))), tmp_path, {"broken": broken}, QUICK, silent)
    assert not list(tmp_path.iterdir())
    with pytest.raises(InputError, match="acts to learn from"):
        renew(given(acts.before(float(acts.at[20]))), tmp_path, RIVALS, QUICK, silent)


def test_a_server_takes_up_what_was_trained_meanwhile(folder: Path, tmp_path: Path) -> None:
    now = [0.0]
    in_use = Latest(tmp_path, seconds=30, clock=lambda: now[0])
    assert in_use() is None
    version = next(folder.iterdir())
    (tmp_path / version.name).symlink_to(version)
    assert in_use() is None
    now[0] = 31
    found = in_use()
    assert found is not None and found is in_use()


def test_a_damaged_ranker_says_so(tmp_path: Path) -> None:
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / CARD).write_text(json.dumps({"in_use": True}))
    with pytest.raises(EngineUnavailable, match="oscine feed train"):
        latest(tmp_path)
    assert Latest(tmp_path)() is None, "and feeds go on without it"
