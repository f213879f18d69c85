"""The model is transformers' Qwen3, number for number, and documents of a row do not see each other."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from torch.nn.attention.flex_attention import flex_attention  # noqa: E402

from oscine.model import gpt  # noqa: E402
from oscine.model.gpt import GPT, GPTConfig  # noqa: E402
from oscine.model.kernels import cross_entropy, rms_norm  # noqa: E402

CONFIG = GPTConfig(vocabulary=300, depth=2, width=64, heads=4, kv_heads=2, hidden=96, head_dim=16)


@pytest.fixture
def model() -> GPT:
    torch.manual_seed(3)
    model = GPT(CONFIG)
    for parameter in model.parameters():  # nothing at nought or one, where a mistake would hide
        parameter.data = torch.randn_like(parameter) * 0.1 + (parameter.ndim == 1)
    return model


def theirs(model: GPT) -> torch.nn.Module:
    config = transformers.Qwen3Config(
        vocab_size=300, hidden_size=64, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, intermediate_size=96, head_dim=16,
        tie_word_embeddings=True, rope_parameters={"rope_type": "default", "rope_theta": 10_000.0}, attn_implementation="eager",
    )  # fmt: skip
    other = transformers.Qwen3ForCausalLM(config)
    missing = other.load_state_dict(model.state_dict(), strict=False)
    assert (missing.missing_keys, missing.unexpected_keys) == (["lm_head.weight"], [])
    return other.eval()


def test_it_is_qwen3(model: GPT) -> None:
    tokens = torch.randint(0, 300, (2, 33))
    theirs_logits = theirs(model)(input_ids=tokens).logits
    torch.testing.assert_close(model(tokens), theirs_logits, atol=1e-4, rtol=1e-4)
    with torch.no_grad():
        torch.testing.assert_close(model(tokens), theirs_logits, atol=1e-4, rtol=1e-4)


def test_gradients_are_qwen3s(model: GPT) -> None:
    tokens, other = torch.randint(0, 300, (2, 17)), theirs(model)
    loss = model(tokens[:, :-1], None, tokens[:, 1:])
    loss.backward()
    theirs_loss = other(input_ids=tokens, labels=tokens).loss
    theirs_loss.backward()
    torch.testing.assert_close(loss, theirs_loss)
    named = dict(other.named_parameters())
    for name, parameter in model.named_parameters():
        torch.testing.assert_close(parameter.grad, named[name].grad, atol=1e-5, rtol=1e-3, msg=name)


def test_documents_of_a_row_do_not_see_each_other(model: GPT) -> None:
    first, second = torch.randint(0, 300, (1, 9)), torch.randint(0, 300, (1, 7))
    row, documents = torch.cat([first, second], 1), torch.tensor([[1] * 9 + [2] * 7])
    together = model(row, documents)
    torch.testing.assert_close(together[:, :9], model(first), atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(together[:, 9:], model(second), atol=1e-4, rtol=1e-4)


def test_ignored_targets_are_not_counted(model: GPT) -> None:
    tokens = torch.randint(0, 300, (1, 12))
    targets = tokens.roll(-1, 1)
    targets[:, 6:] = -100
    torch.testing.assert_close(model(tokens, None, targets), model(tokens[:, :6], None, targets[:, :6]))
    half = model(tokens, None, targets, torch.tensor(12))
    torch.testing.assert_close(half * 2, model(tokens, None, targets))


def test_the_shape_counts_its_parameters() -> None:
    for tied in (True, False):
        config = GPTConfig(300, 2, 64, 4, 2, 96, 16, tied=tied)
        assert config.parameters == sum(parameter.numel() for parameter in GPT(config).parameters())


def test_the_norm_is_pytorchs() -> None:
    x, weight = torch.randn(5, 7, 16, requires_grad=True), torch.randn(16, requires_grad=True)
    ours, pytorchs = rms_norm(x, weight, 1e-6), torch.nn.functional.rms_norm(x, (16,), weight, 1e-6)
    torch.testing.assert_close(ours, pytorchs)
    slope = torch.randn(5, 7, 16)
    for mine, other in zip(*(torch.autograd.grad(y, (x, weight), slope) for y in (ours, pytorchs)), strict=True):
        torch.testing.assert_close(mine, other)


def test_the_loss_is_pytorchs_in_pieces_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oscine.model.kernels.CHUNK", 5)
    hidden, head = torch.randn(13, 8, requires_grad=True), torch.randn(50, 8, requires_grad=True)
    targets = torch.randint(0, 50, (13,))
    targets[3] = -100
    ours, pytorchs = cross_entropy(hidden, head, targets), torch.nn.functional.cross_entropy(hidden @ head.t(), targets)
    torch.testing.assert_close(ours, pytorchs)
    for mine, other in zip(*(torch.autograd.grad(loss, (hidden, head)) for loss in (ours, pytorchs)), strict=True):
        torch.testing.assert_close(mine, other)


def test_what_a_gpu_does_gives_the_same(model: GPT, monkeypatch: pytest.MonkeyPatch) -> None:
    """FlexAttention and PyTorch's norm, here without a GPU and without its compiler."""
    row, documents = torch.randint(0, 300, (2, 40)), torch.randint(0, 4, (2, 40)).sort(1).values
    with torch.no_grad():
        usual = model(row, documents)
        monkeypatch.setattr(gpt, "apart", lambda documents, _: gpt.blocks(documents))
        monkeypatch.setattr(gpt, "_flex", lambda: flex_attention)
        torch.testing.assert_close(model(row, documents), usual, atol=1e-4, rtol=1e-4)


def test_a_block_is_one_graph_for_a_compiler(model: GPT) -> None:
    x, rope = torch.randn(2, 12, 64, requires_grad=True), gpt.rotations(12, CONFIG, torch.device("cpu"), torch.float32)
    block = model.model.layers[0]
    whole = torch.compile(block, backend="aot_eager", fullgraph=True)
    slopes = [torch.autograd.grad(each(x, rope, None).square().sum(), x)[0] for each in (block, whole)]
    torch.testing.assert_close(*slopes)
