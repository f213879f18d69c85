"""Four- and six-bit blocks of weights, Q4_K and Q6_K, as llama.cpp's reference (`ggml-quants.c`) makes them, in numpy.

The `gguf` package reads these two kinds and writes neither. A super-block is 256 weights of one row: Q4_K holds eight blocks of 32 with a
scale and a minimum each, Q6_K sixteen blocks of 16 with a scale each. It knows no tensor by name and takes no importance matrix.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

SUPER = 256
ROWS_AT_ONCE = 1024  # super-blocks: what is worked on stays near the processor
LEAST = np.float32(1e-15)  # below this a block is zero


def q4_k(weights: Floats) -> Bytes:
    """Rows of weights [rows, n·256] as rows of bytes [rows, n·144]."""
    return _by_super_blocks(weights, _q4_k)


def q6_k(weights: Floats) -> Bytes:
    """Rows of weights [rows, n·256] as rows of bytes [rows, n·210]."""
    return _by_super_blocks(weights, _q6_k)


def _by_super_blocks(weights: Floats, quantise: Any) -> Bytes:
    blocks = np.ascontiguousarray(weights, np.float32).reshape(-1, SUPER)
    done = [quantise(blocks[start : start + ROWS_AT_ONCE]) for start in range(0, len(blocks), ROWS_AT_ONCE)]
    return np.concatenate(done).reshape(len(weights), -1)


def _q4_k(blocks: Floats) -> Bytes:
    x = blocks.reshape(-1, 8, 32)
    scale, low = _scale_and_minimum(x, np.sqrt((x * x).mean(-1, keepdims=True)) + np.abs(x))
    d, scales = _six_bits(scale)
    d_low, lows = _six_bits(low)
    step, offset = (_float(d) * scales)[..., None], (_float(d_low) * lows)[..., None]
    quants = np.clip(np.rint(_divided(x + offset, step)), 0, 15).astype(np.uint8).reshape(-1, 4, 2, 32)
    packed = quants[:, :, 0] | (quants[:, :, 1] << 4)
    return np.concatenate([d.view(np.uint8), d_low.view(np.uint8), _interleaved(scales, lows), packed.reshape(-1, 128)], axis=1)


def _scale_and_minimum(x: Floats, weights: Floats, most: int = 15, steps: int = 20) -> tuple[Floats, Floats]:
    """The scale and the minimum (as a positive number) of each block that leave the least weighted squared error, by trying `steps` scales."""
    high, low = x.max(-1), np.minimum(x.min(-1), 0)
    flat = high == low
    sum_w, sum_x = weights.sum(-1), (weights * x).sum(-1)
    scale = np.where(flat, 0, (high - low) / np.float32(most)).astype(np.float32)
    best = _error(x, weights, scale, low, _levels(x, low, _divided(np.float32(most), high - low), most))
    for step in range(steps + 1):
        levels = _levels(x, low, _divided(np.float32(most - 1 + 0.1 * step), high - low), most)
        weighted = weights * levels
        sum_l, sum_l2, sum_xl = weighted.sum(-1), (weighted * levels).sum(-1), (weighted * x).sum(-1)
        determinant = sum_w * sum_l2 - sum_l * sum_l
        fit_low = _divided(sum_l2 * sum_x - sum_l * sum_xl, determinant)
        fit = np.where(fit_low > 0, _divided(sum_xl, sum_l2), _divided(sum_w * sum_xl - sum_x * sum_l, determinant))
        fit_low = np.minimum(fit_low, 0)
        error = _error(x, weights, fit, fit_low, levels)
        better = (determinant > 0) & (error < best) & ~flat
        best, scale, low = np.where(better, error, best), np.where(better, fit, scale), np.where(better, fit_low, low)
    return scale, -low


def _levels(x: Floats, low: Floats, inverse: Floats, most: int) -> Floats:
    return np.clip(np.rint(inverse[..., None] * (x - low[..., None])), 0, most)


def _error(x: Floats, weights: Floats, scale: Floats, low: Floats, levels: Floats) -> Floats:
    difference = scale[..., None] * levels + low[..., None] - x
    error: Floats = (weights * difference * difference).sum(-1)
    return error


def _six_bits(values: Floats) -> tuple[NDArray[np.float16], Bytes]:
    """What eight scales are multiples of [blocks, 1], and which multiples, 0 to 63 [blocks, 8]."""
    top = values.max(-1, keepdims=True)
    quants = np.minimum(np.rint(_divided(np.float32(63), top) * values), 63).astype(np.uint8)
    return (top / np.float32(63)).astype(np.float16), quants


def _interleaved(scales: Bytes, lows: Bytes) -> Bytes:
    """Eight scales and eight minimums of six bits in twelve bytes."""
    first, second = scales[:, :4] | ((scales[:, 4:] >> 4) << 6), lows[:, :4] | ((lows[:, 4:] >> 4) << 6)
    return np.concatenate([first, second, (scales[:, 4:] & 15) | ((lows[:, 4:] & 15) << 4)], axis=1)


def _q6_k(blocks: Floats) -> Bytes:
    x = blocks.reshape(-1, 16, 16)
    scale = _symmetric_scale(x)
    top = np.take_along_axis(scale, np.abs(scale).argmax(-1)[:, None], -1)
    top = np.where(np.abs(top) < LEAST, 0, top).astype(np.float32)
    d = (top / np.float32(-128)).astype(np.float16)
    scales = np.minimum(np.rint(_divided(np.float32(-128), top) * scale), 127).astype(np.int8)
    quants = np.clip(np.rint(_divided(x, (_float(d) * scales)[..., None])), -32, 31) + 32
    q = quants.astype(np.uint8).reshape(-1, 2, 4, 32)
    low, high = q & 15, q >> 4
    ql = np.concatenate([low[:, :, 0] | (low[:, :, 2] << 4), low[:, :, 1] | (low[:, :, 3] << 4)], axis=-1)
    qh = high[:, :, 0] | (high[:, :, 1] << 2) | (high[:, :, 2] << 4) | (high[:, :, 3] << 6)
    return np.concatenate([ql.reshape(-1, 128), qh.reshape(-1, 64), scales.view(np.uint8), d.view(np.uint8)], axis=1)


def _symmetric_scale(x: Floats, most: int = 32) -> Floats:
    """The scale of each block that leaves the least squared error, weighted by the squares, out of nineteen."""
    top = np.take_along_axis(x, np.abs(x).argmax(-1)[..., None], -1)[..., 0]
    top = np.where(np.abs(top) < LEAST, 0, top).astype(np.float32)
    scale, best = np.zeros_like(top), np.full_like(top, -1)
    for step in (0, *range(-9, 0), *range(1, 10)):
        levels = np.clip(np.rint(_divided(np.float32(-(most + 0.1 * step)), top)[..., None] * x), -most, most - 1)
        weighted = x * x * levels
        sum_xl, sum_l2 = (weighted * x).sum(-1), (weighted * levels).sum(-1)
        better = (sum_l2 > 0) & (sum_xl * sum_xl > best * sum_l2)
        scale = np.where(better, _divided(sum_xl, sum_l2), scale)
        best = np.where(better, scale * sum_xl, best)
    return scale


def _divided(above: Any, below: Floats) -> Floats:
    """A quotient, 0 where nothing divides."""
    above = np.broadcast_to(np.asarray(above, np.float32), np.broadcast_shapes(np.shape(above), below.shape))
    quotient: Floats = np.divide(above, below, out=np.zeros(above.shape, np.float32), where=below != 0)
    return quotient


def _float(half: NDArray[np.float16]) -> Floats:
    return np.asarray(half, np.float32)
