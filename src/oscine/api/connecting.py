"""How connections to networks are told: as JSON, and to Prometheus. It reads nothing by itself."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import Any

from oscine.api import schemas
from oscine.store.connections import Connection
from oscine.store.dead_letters import Letter

FIGURES: dict[str, tuple[str, str, Callable[[Connection], float | None]]] = {
    "running": ("gauge", "Whether the connection is being read.", lambda one: one.state == "running"),
    "lag_seconds": ("gauge", "How long after it happened the newest event was stored; where it does not run, how long ago that was.", lambda one: one.lag),
    "rate": ("gauge", "Events a second of late.", lambda one: one.rate),
    "events_total": ("counter", "Events that were read.", lambda one: one.events),
    "refused_total": ("counter", "Pieces that could not be used.", lambda one: one.refused),
    "dead_letters": ("gauge", "Pieces that could not be used and are kept.", lambda one: one.dead),
    "gaps": ("gauge", "Accounts that are still to be compared with their network.", lambda one: one.gaps),
}  # fmt: skip
_ESCAPED = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


def connection(one: Connection) -> dict[str, Any]:
    """`lag` in seconds, null where nothing was read yet; `rate` in events a second."""
    return {
        "name": one.name, "network": one.network, "state": one.state, "lag": one.lag, "rate": round(one.rate, 2), "events": one.events,
        "refused": one.refused, "dead_letters": one.dead, "gaps": one.gaps, "trouble": one.trouble,
        "stored_at": schemas.time(one.stored_at) if one.stored_at else None,
    }  # fmt: skip


def letter(kept: Letter) -> dict[str, Any]:
    """`raw` is the piece itself, in base64."""
    return {"id": kept.id, "at": schemas.time(kept.at), "reason": kept.reason, "tries": kept.tries, "raw": base64.b64encode(kept.raw).decode()}


def metrics(stand: Sequence[Connection]) -> str:
    """Figures of each connection in Prometheus's text format."""
    return "".join(_metric(name, stand) for name in FIGURES) if stand else ""


def _metric(name: str, stand: Sequence[Connection]) -> str:
    kind, text, value = FIGURES[name]
    head = f"# HELP oscine_connection_{name} {text}\n# TYPE oscine_connection_{name} {kind}\n"
    told = ((one, value(one)) for one in stand)
    return head + "".join(f"oscine_connection_{name}{_labels(one)} {float(figure):.12g}\n" for one, figure in told if figure is not None)


def _labels(one: Connection) -> str:
    return f'{{connection="{one.name.translate(_ESCAPED)}",network="{one.network.translate(_ESCAPED)}"}}'
