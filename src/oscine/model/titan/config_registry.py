"""A run as torchtitan's configuration: `torchrun -m torchtitan.train --module oscine.model.titan --config run`, or `run_fp8`.

OSCINE_RUN names the run's folder; every option of torchtitan may follow, as `--parallelism.pipeline_parallel_degree 4`. It reads what
`python -m oscine.model.titan prepare` wrote, and trains nothing itself.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from torch import nn
from torchtitan.components.checkpoint import CheckpointManager
from torchtitan.components.loss import ChunkedLossWrapper, CrossEntropyLoss
from torchtitan.components.metrics import MetricsProcessor
from torchtitan.components.optimizer import LRSchedulersContainer, default_adamw
from torchtitan.components.quantization import Float8LinearConverter
from torchtitan.config import CompileConfig, ParallelismConfig, TrainingConfig
from torchtitan.distributed.pipeline_parallel import pipeline_llm
from torchtitan.models.common import CosSinRoPE, Embedding, Linear
from torchtitan.models.common.config_utils import get_attention_config, make_ffn_config, make_gqa_config
from torchtitan.models.common.nn_modules import RMSNorm
from torchtitan.models.common.param_init import skip_param_init
from torchtitan.models.qwen3 import parallelize_qwen3
from torchtitan.models.qwen3.model import Qwen3Model, Qwen3TransformerBlock
from torchtitan.models.qwen3.state_dict_adapter import Qwen3StateDictAdapter
from torchtitan.protocols.model import ModelConfigConverter
from torchtitan.protocols.model_spec import ModelSpec
from torchtitan.trainer import Trainer

from oscine.errors import SetupError
from oscine.model.gpt import GPTConfig
from oscine.model.pretrain import LONGEST_GRADIENT, TrainConfig
from oscine.model.titan.dataloader import Posts

CHECKPOINTS = "titan"  # in the run's folder
NORMAL = {"weight": partial(nn.init.normal_, std=0.02)}


def run() -> Trainer.Config:
    """The run of OSCINE_RUN, computed with in bfloat16."""
    return configured(_folder())


def run_fp8() -> Trainer.Config:
    """The same with the blocks' products in FP8, scaled by rows, as torchtitan's Llama 3 does. It needs torchao, and an H100 or newer."""
    fp8 = Float8LinearConverter.Config(filter_fqns=["lm_head"], model_compile_enabled=True)
    return configured(_folder(), [fp8], CompileConfig(enable=True))


def _folder() -> Path:
    if "OSCINE_RUN" not in os.environ:
        raise SetupError("OSCINE_RUN is not set.", "Set it to a folder that `python -m oscine.model.titan prepare` made.")
    return Path(os.environ["OSCINE_RUN"]).resolve()


def configured(
    folder: Path, converters: Sequence[ModelConfigConverter.Config] = (), compiled: CompileConfig | None = None
) -> Trainer.Config:
    """The run in a folder. Rows at a time on a GPU are one until `--training.local_batch_size` says more."""
    config = TrainConfig.from_json(json.loads((folder / "config.json").read_text())["train"])
    rates, begin_with = config.rates, config.begin_with or None
    return Trainer.Config(
        model_spec=spec(config.model, converters),
        hf_assets_path=str(folder),
        dump_folder=str(folder / CHECKPOINTS),
        dataloader=Posts.Config(dataset="posts", dataset_path=str(folder / "tokens"), seed=config.seed),
        loss=ChunkedLossWrapper.Config(loss_fn=CrossEntropyLoss.Config(global_vocab_size=config.model.vocabulary)),
        optimizer=default_adamw(lr=rates.table, weight_decay=rates.weight_decay),
        lr_scheduler=LRSchedulersContainer.Config(warmup_steps=rates.warmup, decay_ratio=rates.decay if rates.decay < 1 else None),
        training=TrainingConfig(
            local_batch_size=1, global_batch_size=config.rows, seq_len=config.length, steps=config.steps, max_norm=LONGEST_GRADIENT,
            disable_cuda_graphs=True,
        ),
        parallelism=ParallelismConfig(context_parallel_load_balancer="ptrr"),
        checkpoint=CheckpointManager.Config(
            enable=True, interval=config.checkpoint_every, initial_load_path=begin_with, initial_load_in_hf=begin_with is not None,
            last_save_in_hf=True, keep_latest_k=max(2, config.keep),
        ),
        metrics=MetricsProcessor.Config(enable_tensorboard=True),
        compile=compiled or CompileConfig(),
    )  # fmt: skip


def spec(shape: GPTConfig, converters: Sequence[ModelConfigConverter.Config] = ()) -> ModelSpec:
    """Our shape as torchtitan's Qwen3, with what spreads it and what names its weights as Hugging Face does."""
    model: Any = model_config(shape)
    for converter in converters:
        model = converter.build().convert(model)
    return ModelSpec(
        name="oscine", flavor=f"depth {shape.depth}, width {shape.width}", model=model, parallelize_fn=parallelize_qwen3,
        pipelining_fn=pipeline_llm, post_optimizer_build_fn=None, state_dict_adapter=Qwen3StateDictAdapter,
    )  # fmt: skip


def model_config(shape: GPTConfig) -> Qwen3Model.Config:
    """The network itself. Matrices begin normal (.02)."""
    return Qwen3Model.Config(
        vocab_size=shape.vocabulary,
        dim=shape.width,
        norm=_norm(shape, shape.width),
        enable_weight_tying=shape.tied,
        tok_embeddings=Embedding.Config(
            num_embeddings=shape.vocabulary, embedding_dim=shape.width, param_init={"weight": skip_param_init} if shape.tied else NORMAL
        ),
        lm_head=Linear.Config(in_features=shape.width, out_features=shape.vocabulary, param_init=NORMAL),
        layers=[_block(shape) for _ in range(shape.depth)],
    )


def _block(shape: GPTConfig) -> Qwen3TransformerBlock.Config:
    attention = make_gqa_config(
        dim=shape.width, n_heads=shape.heads, n_kv_heads=shape.kv_heads, head_dim=shape.head_dim, wqkv_param_init=NORMAL, wo_param_init=NORMAL,
        inner_attention=get_attention_config("flex"), fuse_qkv=True, qk_norm=_norm(shape, shape.head_dim),
        rope=CosSinRoPE.Config(dim=shape.head_dim, max_seq_len=shape.context, theta=shape.rope_base),
    )  # fmt: skip
    return Qwen3TransformerBlock.Config(
        attention=attention,
        feed_forward=make_ffn_config(dim=shape.width, hidden_dim=shape.hidden, w1_param_init=NORMAL, w2w3_param_init=NORMAL),
        attention_norm=_norm(shape, shape.width),
        ffn_norm=_norm(shape, shape.width),
    )


def _norm(shape: GPTConfig, width: int) -> RMSNorm.Config:
    return RMSNorm.Config(normalized_shape=width, eps=shape.norm_eps, param_init={"weight": nn.init.ones_})
