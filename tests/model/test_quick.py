"""The quick forward is transformers' and peft's own, up to rounding: logits and gradients, rows padded on the right, the adapter off and merged."""

from __future__ import annotations

import copy
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("peft")

from oscine.model import quick  # noqa: E402
from tiny import adapted  # noqa: E402

LENGTHS = (24, 17, 1)
Made = tuple[Any, dict[str, Any]]


def rows(model: Any) -> dict[str, Any]:
    """Tokens by chance, rows of several lengths padded on the right."""
    tokens = torch.randint(model.config.vocab_size, (len(LENGTHS), max(LENGTHS)), generator=torch.Generator().manual_seed(1))
    mask = torch.arange(max(LENGTHS))[None] < torch.tensor(LENGTHS)[:, None]
    return {"input_ids": tokens.where(mask, torch.tensor(0)), "attention_mask": mask.long()}


def passed(model: Any, autocast: bool = False) -> Made:
    """The logits of what is no padding, and the gradients of a mean of them that chance weighs."""
    model.zero_grad()
    given = rows(model)
    with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
        logits = model(**given).logits.float()[given["attention_mask"].bool()]
    (logits * torch.randn(logits.shape, generator=torch.Generator().manual_seed(2))).mean().backward()
    found = {name: weights.grad.clone() for name, weights in model.named_parameters() if weights.grad is not None}
    return logits.detach(), found


def told(model: Any) -> Any:
    """The logits of what is no padding."""
    given = rows(model)
    with torch.no_grad():
        return model(**given).logits[given["attention_mask"].bool()]


def apart(one: Any, other: Any) -> float:
    """The length of the difference, as a share of the length of what it is compared with."""
    return float((one.detach().float() - other.detach().float()).norm() / other.detach().float().norm())


@pytest.fixture
def under(llama: Any) -> Any:
    """A model of the Llama family under an adapter that changes what it says; a copy, to change."""
    made = adapted(copy.deepcopy(llama), 0.15)
    assert apart(told(made), told(llama)) > 0.1
    return made


def quickened(model: Any) -> Any:
    return quick.quicken(copy.deepcopy(model))


def test_in_float32_it_is_the_same(under: Any) -> None:
    (logits, gradients), (expected, wanted) = passed(quickened(under)), passed(under)
    assert apart(logits, expected) < 1e-5
    assert gradients.keys() == wanted.keys() and len(wanted) == 2 * 7 * 3
    assert max(apart(gradients[name], wanted[name]) for name in wanted) < 1e-4


def test_a_whole_model_that_learns_is_the_same(llama: Any) -> None:
    (logits, gradients), (expected, wanted) = passed(quickened(llama)), passed(copy.deepcopy(llama))
    assert apart(logits, expected) < 1e-5
    assert gradients.keys() == wanted.keys() and any("norm" in name for name in wanted)
    assert max(apart(gradients[name], wanted[name]) for name in wanted) < 1e-4


def test_in_bfloat16_it_rounds_hardly_more(under: Any) -> None:
    """As training has it: weights in bfloat16, the adapter in float32, and autocast; both are judged by float32."""
    exact, slopes = passed(under)
    half = copy.deepcopy(under)
    for name, weights in half.named_parameters():
        weights.data = weights.data if "lora_" in name else weights.data.to(torch.bfloat16)
    (logits, gradients), (plain, wanted) = passed(quickened(half), True), passed(half, True)
    assert apart(logits, exact) < max(0.03, 2 * apart(plain, exact))
    assert gradients.keys() == wanted.keys()
    for name in wanted:
        assert apart(gradients[name], slopes[name]) < max(0.1, 2 * apart(wanted[name], slopes[name])), name


def test_the_padding_of_a_row_says_nothing_to_it(under: Any) -> None:
    model, given = quickened(under), rows(under)
    with torch.no_grad():
        whole = model(**given).logits
        for row, length in enumerate(LENGTHS):
            alone = model(input_ids=given["input_ids"][row : row + 1, :length]).logits[0]
            assert torch.allclose(whole[row, :length], alone, atol=1e-4)


def test_no_token_sees_a_later_one(under: Any) -> None:
    model, tokens = quickened(under), rows(under)["input_ids"][:1]
    other = tokens.clone()
    other[0, 12:] = (other[0, 12:] + 1) % model.config.vocab_size
    with torch.no_grad():
        one, two = model(input_ids=tokens).logits[0], model(input_ids=other).logits[0]
    assert torch.allclose(one[:12], two[:12], atol=1e-5) and not torch.allclose(one[12:], two[12:], atol=1e-2)


def test_off_it_is_the_model_beneath(under: Any, llama: Any) -> None:
    model = quickened(under)
    with model.disable_adapter():
        assert apart(told(model), told(llama)) < 1e-5


def test_merged_it_says_the_same_and_is_taken_apart_again(under: Any) -> None:
    model, expected = quickened(under), told(under)
    model.merge_adapter()
    assert apart(told(model), expected) < 1e-4
    model.unmerge_adapter()
    assert apart(told(model), expected) < 1e-4
    assert apart(told(model.merge_and_unload()), expected) < 1e-4
