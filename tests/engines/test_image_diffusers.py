"""A diffusion model run here: a tiny one with random weights, so that what it draws is noise, and the way there is real."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from PIL import Image

from oscine.engines import image
from oscine.engines.image import DiffusersImageModel
from oscine.errors import EngineUnavailable

diffusers = pytest.importorskip("diffusers")


def tiny(folder: Path) -> Path:
    """A Stable Diffusion of a few thousand weights."""
    import torch
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

    torch.manual_seed(0)
    unet = diffusers.UNet2DConditionModel(
        block_out_channels=(8, 16), layers_per_block=1, sample_size=8, down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), cross_attention_dim=16, norm_num_groups=4, attention_head_dim=4,
    )  # fmt: skip
    vae = diffusers.AutoencoderKL(
        block_out_channels=[8, 8], down_block_types=["DownEncoderBlock2D"] * 2, up_block_types=["UpDecoderBlock2D"] * 2, norm_num_groups=4
    )
    text = CLIPTextModel(CLIPTextConfig(hidden_size=16, intermediate_size=16, num_attention_heads=2, num_hidden_layers=1, vocab_size=100))
    pieces = ["<|startoftext|>", "<|endoftext|>", "a</w>", "a", "l", "ke</w>"]
    (folder / "vocab.json").write_text(json.dumps({piece: row for row, piece in enumerate(pieces)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    tokens = CLIPTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=77)
    parts = {"unet": unet, "vae": vae, "text_encoder": text, "tokenizer": tokens, "scheduler": diffusers.DDIMScheduler()}
    made = diffusers.StableDiffusionPipeline(**parts, safety_checker=None, feature_extractor=None, requires_safety_checker=False)
    made.save_pretrained(folder / "tiny")
    return folder / "tiny"


def test_draws_the_size_asked_and_the_same_for_the_same_seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image, "STEPS", 2)
    model = DiffusersImageModel(tiny(tmp_path))
    first = model.draw("a lake", 100, 68, 3)
    assert Image.open(io.BytesIO(first)).size == (100, 68)
    assert model.draw("a lake", 100, 68, 3) == first != model.draw("a lake", 100, 68, 4)


def test_a_folder_without_a_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="no image model that can be read"):
        DiffusersImageModel(tmp_path).draw("a lake", 64, 64, 0)
