"""What matters in a photo, and the cut that keeps it.

Saliency is the spectral residual (Hou and Zhang 2007) with colour that differs from the photo's mean and, for people, tones of skin
(Kovač et al. 2003), found on a small copy. It finds no faces and knows no objects: a busy background can win.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.Image import Image

SIDE = 64  # px of the small copy's longer side
Map = NDArray[np.float64]  # (height, width)
Box = tuple[float, float, float, float]  # left, top, right, bottom
WHOLE: Box = (0.0, 0.0, 1.0, 1.0)


def saliency(image: Image) -> Map:
    """How much each place of a photo matters, summing to 1, on a grid of at most 64 a side."""
    from PIL import Image as Pillow

    scale = SIDE / max(image.size)
    size = max(8, round(image.width * scale)), max(8, round(image.height * scale))
    pixels = np.asarray(image.convert("RGB").resize(size, Pillow.Resampling.BOX), dtype=np.float64) / 255
    total = 0.45 * _unit(_residual(pixels.mean(axis=2))) + 0.3 * _unit(_rarity(pixels)) + 0.25 * _skin(pixels)
    total = _blurred(total, 2) * _middle(total.shape)
    amount = float(total.sum())
    return np.asarray(total / amount if amount > 0 else np.full(total.shape, 1 / total.size))


def _unit(values: Map) -> Map:
    spread = float(values.max() - values.min())
    return np.asarray((values - values.min()) / spread if spread > 0 else np.zeros_like(values))


def _residual(grey: Map) -> Map:
    """What a spectrum has beyond its own smooth course."""
    spectrum = np.fft.fft2(grey)
    amplitude = np.log(np.abs(spectrum) + 1e-9)
    back = np.fft.ifft2(np.exp(amplitude - _blurred(amplitude, 1) + 1j * np.angle(spectrum)))
    return _blurred(np.abs(back) ** 2, 2)


def _rarity(pixels: NDArray[np.float64]) -> Map:
    """How far each colour is from the photo's mean."""
    return np.asarray(np.linalg.norm(pixels - pixels.mean(axis=(0, 1)), axis=2))


def _skin(pixels: NDArray[np.float64]) -> Map:
    r, g, b = (pixels[..., k] * 255 for k in range(3))
    spread = pixels.max(axis=2) - pixels.min(axis=2)
    return np.asarray((r > 95) & (g > 40) & (b > 20) & (spread > 15 / 255) & (r - g > 15) & (r > b), dtype=np.float64)


def _blurred(values: Map, radius: int) -> Map:
    """The mean of the square around each place."""
    for axis in (0, 1):
        padded = np.pad(values, [(radius, radius) if k == axis else (0, 0) for k in (0, 1)], mode="edge")
        values = np.mean([np.roll(padded, -shift, axis).take(range(values.shape[axis]), axis) for shift in range(2 * radius + 1)], axis=0)
    return values


def _middle(shape: tuple[int, ...]) -> Map:
    """Photographers put what matters near the middle: 1 there, 0.6 in the corners."""
    y, x = (np.linspace(-1, 1, side) for side in shape)
    return np.asarray(1 - 0.2 * (y[:, None] ** 2 + x[None, :] ** 2))


def cut(image: Image, width: float, height: float, clear: Box = WHOLE) -> tuple[int, int, int, int]:
    """The largest part of a photo in the shape width:height, in px, placed so that most of what matters lies in its `clear` part."""
    matters = saliency(image)
    scale = min(image.width / width, image.height / height)
    w, h = min(image.width, round(width * scale)), min(image.height, round(height * scale))
    best, place = -1.0, (0, 0)
    for left in np.unique(np.linspace(0, image.width - w, 25).round().astype(int)):
        for top in np.unique(np.linspace(0, image.height - h, 25).round().astype(int)):
            inner = (left + clear[0] * w, top + clear[1] * h, left + clear[2] * w, top + clear[3] * h)
            value = _within(matters, inner, image.size)
            if value > best + 1e-9:
                best, place = value, (int(left), int(top))
    return place[0], place[1], place[0] + w, place[1] + h


def _within(matters: Map, box: Box, size: tuple[int, int]) -> float:
    """How much of what matters lies in a box of the photo, weighted to its middle so that nothing is cut at the edge."""
    rows, columns = matters.shape
    x = (np.arange(columns) + 0.5) * size[0] / columns
    y = (np.arange(rows) + 0.5) * size[1] / rows
    across, down = _hat(x, box[0], box[2]), _hat(y, box[1], box[3])
    return float(down @ matters @ across)


def _hat(at: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    """1 in the middle of low to high, 0.5 at its ends, 0 outside."""
    far = np.abs(at - (low + high) / 2) / max(1e-9, (high - low) / 2)
    return np.asarray(np.where(far <= 1, 1 - 0.5 * far**2, 0.0))
