"""What a GPU holds, by part, in bytes: as our own training keeps it (model/parallel.py, optim.py, kernels.py), and FSDP2 as torchtitan does.

Weights are float32 in pieces, gathered in bfloat16 a layer at a time; gradients float32; Muon keeps one moment of a matrix, AdamW two.
Counted, not measured: tests hold weights, gradients and optimizer to what PyTorch says of a sharded model, and activations to what autograd
keeps of a layer. What the allocator wastes is left to `USABLE`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from oscine.model.plan.cost import MUON_TURN, Layout, Recipe
from oscine.model.plan.shapes import Shape

USABLE = 0.9  # of a GPU's memory; the rest is left to the allocator (assumed)
RUNTIME = 3e9  # CUDA and NCCL (assumed)
LOGITS_CHUNK = 1 << 13  # tokens of logits at a time (model/kernels.py)
LOGIT_BYTES = 12  # of a number of them: bfloat16, its float32 softmax, the slope in both


@dataclass(frozen=True)
class Memory:
    """Bytes on the fullest GPU."""

    weights: float
    gradients: float
    optimizer: float
    activations: float
    logits: float
    buffers: float

    @property
    def total(self) -> float:
        """All parts."""
        return float(sum(asdict(self).values()))


def memory(shape: Shape, layout: Layout, recipe: Recipe) -> Memory:
    """What a GPU of the first stage holds at its fullest."""
    layers = -(-shape.layers // layout.pipeline)
    tables = shape.tables if layout.pipeline == 1 else shape.table
    held_tables = tables / (1 if recipe.whole_head else layout.tensor)
    matrices = layers * shape.layer / layout.tensor
    layer, own = shape.layer / layout.tensor, matrices + held_tables
    gathered = 2 * held_tables + 2 * 2 * layer  # the tables from first to last, this layer and the next
    if recipe.sharding == "gradients":
        gathered = 2 * own
    summing = 4 * own if layout.accumulation > 1 else 4 * held_tables + 2 * 4 * layer  # float32 and whole, until they are exchanged
    moments = (4 if recipe.optimizer == "muon" else 8) * matrices + 8 * held_tables
    return Memory(
        weights=4 * own / layout.shards + gathered,
        gradients=4 * own / layout.shards + summing,
        optimizer=moments / layout.shards,
        activations=activations(shape, layout, recipe),
        logits=logits(shape, layout, recipe),
        buffers=RUNTIME + (3 * 2 * MUON_TURN if recipe.optimizer == "muon" else 0),
    )


def activations(shape: Shape, layout: Layout, recipe: Recipe) -> float:
    """What the backward pass needs of the forward one, of all micro-batches that are on their way through a stage."""
    tokens = layout.micro * recipe.length / layout.context
    layers = -(-shape.layers // layout.pipeline)
    whole = 1 / layout.tensor if recipe.sequence_parallel else 1.0
    entry = 2 * shape.width * whole
    kept = layer_bytes(shape, layout.tensor, recipe.sequence_parallel)
    again = {"none": kept, "selective": kept, "half": (kept + entry) / 2, "full": entry}[recipe.recompute]
    rest = kept if recipe.recompute in ("half", "full") else 0.0  # one layer that is made again
    flying = 1.0
    if layout.pipeline > 1:  # 1F1B (Narayanan et al. 2021), interleaved (Korthikanti et al. 2022, section 4.2.3)
        flying = min(layout.accumulation, layout.pipeline)
        flying *= 1 + (layout.pipeline - 1) / (layout.pipeline * layout.virtual) if layout.virtual > 1 else 1
    return tokens * (layers * again * flying + rest)


def layer_bytes(shape: Shape, tensor: int = 1, sequence_parallel: bool = False) -> float:
    """Bytes a token that autograd keeps of one of our layers, in bfloat16.

    Whole: both norms' inputs and what they give. Shared by tensor ranks: queries and keys before their norms; queries, keys, values and the
    result of attention; gate, its activation, up, and their product.
    """
    keys = shape.kv_heads * shape.head_dim
    whole = 4 * shape.width / (tensor if sequence_parallel else 1)
    shared = 3 * shape.width + 3 * keys + 4 * shape.hidden
    return 2 * (whole + shared / tensor)


def logits(shape: Shape, layout: Layout, recipe: Recipe) -> float:
    """The head's product and its gradients; ours makes them a chunk at a time, with the loss."""
    tokens = layout.micro * recipe.length / layout.context
    if not recipe.whole_head:
        return LOGIT_BYTES * tokens * shape.vocabulary / layout.tensor
    return LOGIT_BYTES * min(tokens, LOGITS_CHUNK) * shape.vocabulary + 6 * shape.table
