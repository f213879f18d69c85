"""Replies for the pages of trust, in the shapes of the wire: a full one of each, and the same with hostile words wherever somebody may write."""

from __future__ import annotations

from typing import Any

from .made import HOSTILE

HASH = "3f" * 32


def measure(name: str, value: float, aim: float | None = None, met: bool | None = None, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "value": value,
        "shown": f"{100 * value:.1f}%",
        "unit": "share",
        "low": value - 0.01,
        "high": value + 0.01,
        "n": 1240,
        "aim": aim,
        "met": met,
        "method": "Each case is asked once; an answer counts where a person would have said the same.",
        "made_at": "2024-05-02T08:00:00Z",
        "trend": [
            {"made_at": f"2024-0{month}-02T08:00:00Z", "value": value - 0.01 * (5 - month) + (0.03 if month == 3 else 0)}
            for month in range(1, 6)
        ],
        **more,
    }


def trust() -> dict[str, Any]:
    return {
        "aspects": [
            {
                "name": "accurate",
                "says": "What it answers stands in the posts that it cites.",
                "measures": [
                    measure("sentences that their posts support", 0.962, 0.95, True, direction="at least"),
                    measure("told to be unknown where the posts do not say", 0.881, 0.9, False, direction="at least"),
                    measure("nDCG@10", 0.541, unit="score", shown="0.541"),
                ],
            },
            {
                "name": "safe",
                "says": "Harm is seen, and nothing that an attacker writes gives orders.",
                "measures": [measure("attacks that work", 0.004, 0.01, True, direction="at most", low=None, high=None)],
            },
            {
                "name": "loyal",
                "says": "It serves the person who asks; money moves no answer.",
                "measures": [
                    measure("answers moved by tenfold revenue weights", 0, 0, True, unit="count", shown="0", low=0, high=0, trend=[])
                ],
            },
            {"name": "robust", "says": "It holds where people write carelessly, or against it.", "measures": []},
        ],
        "published": [
            {
                "name": "prompts/answer.md",
                "kind": "prompt",
                "says": "How an answer is written.",
                "sha256": HASH,
                "bytes": 2310,
                "url": "/v1/trust/published/prompts/answer.md",
            },
            {
                "name": "prompts/rewrite.md",
                "kind": "prompt",
                "sha256": HASH,
                "bytes": 1200,
                "url": "/v1/trust/published/prompts/rewrite.md",
            },
            {"name": "feed/weights.json", "kind": "weights", "sha256": HASH, "bytes": 810, "url": "/v1/trust/published/feed/weights.json"},
            {"name": "ads/policy.md", "kind": "rules", "sha256": HASH, "bytes": 9120, "url": "/v1/trust/published/ads/policy.md"},
        ],
        "incidents": [
            {
                "id": 1,
                "kind": "log",
                "title": "The log did not verify for an hour",
                "what": "A disk was full.",
                "effect": "No entry was lost.",
                "at": "2024-03-01T10:00:00Z",
                "ended_at": "2024-03-01T11:00:00Z",
                "mended": "The disk is watched now.",
            },
            {
                "id": 2,
                "kind": "purge",
                "title": "A purge is overdue",
                "what": "Deletions wait for more than 30 days.",
                "effect": "Old bytes lie in the write-ahead log.",
                "at": "2024-05-01T10:00:00Z",
                "ended_at": None,
                "mended": "",
            },
        ],
        "log": {"place": 48211, "hash": HASH, "at": "2024-05-02T09:00:00Z", "signature": HASH * 2, "public_key": HASH, "entries": 48211},
        "cards": {
            "models": [
                {"name": "sparrow-1", "sha256": HASH, "url": "/v1/trust/cards/models/sparrow-1.md", "made_at": "2024-04-01T00:00:00Z"}
            ],
            "corpora": [{"name": "spring", "built_at": "2024-03-30T00:00:00Z"}],
        },
        "deletion": {
            "pending": 3,
            "oldest_days": 4.2,
            "bound_days": 30,
            "last": {"id": "cert-1", "at": "2024-04-28T03:00:00Z", "found": 0},
        },
    }


def me() -> dict[str, Any]:
    return {
        "account": {"network": "local", "account": "ann", "handle": "ann", "name": "Ann Heron"},
        "held": [
            {"what": "posts", "count": 1204, "kept": "until you delete them", "where": "the store and its indexes"},
            {"what": "likes and replies", "count": 311, "kept": "180 days", "where": "the store"},
            {"what": "what feeds were served", "count": 90, "kept": "30 days", "where": "the store"},
        ],
        "choices": {"searchable": "allow", "training": "deny", "archive": "unset", "bulk": "unset"},
        "reads": {
            "total": 5120,
            "by_door": {"search": 4100, "ask": 800, "export": 220},
            "by_purpose": {"": 4900, "research": 220},
            "newest": [
                {"at": "2024-05-02T08:00:00Z", "door": "export", "purpose": "research", "holder": "University of Quarnholm", "posts": 220},
                {"at": "2024-05-01T08:00:00Z", "door": "search", "purpose": "", "holder": "", "posts": 4},
            ],
        },
        "corpora": [{"name": "spring", "posts": 800, "bytes": 120_400, "built_at": "2024-03-30T00:00:00Z", "proof": {"root": HASH}}],
        "models": [{"name": "sparrow-1", "corpus": "spring", "posts": 800, "trained_at": "2024-04-01T00:00:00Z"}],
        "labels": [
            {
                "post": "p1",
                "network": "local",
                "label": "auto-spam",
                "by": "machine",
                "probability": 0.97,
                "at": "2024-05-01T00:00:00Z",
                "reason": {"start": 0, "end": 7, "text": "Buy now"},
                "appeal": None,
            }
        ],
        "deletions": [
            {"kind": "post", "key": "p0", "at": "2024-04-20T00:00:00Z", "certificate": "cert-1"},
            {"kind": "consent", "key": "training", "at": "2024-05-01T00:00:00Z", "certificate": ""},
        ],
    }


LICENCE = {
    "holder": "University of Quarnholm",
    "purpose": "research",
    "uses": ["search", "export"],
    "fields": ["text", "author"],
    "networks": [],
    "days": 30,
    "per_minute": 60,
    "expires_at": "2099-01-01T00:00:00Z",
    "version": 2,
    "granted_at": "2024-05-01T00:00:00Z",
    "by": "the person at this computer",
    "why": "A study of tides.",
}


def keys() -> dict[str, Any]:
    return {
        "keys": [
            {
                "id": "k1",
                "name": "operator",
                "scopes": ["admin"],
                "networks": [],
                "account": None,
                "created_at": "2024-01-01T00:00:00Z",
                "revoked_at": None,
                "licence": None,
            },
            {
                "id": "k2",
                "name": "tides",
                "scopes": ["read"],
                "networks": [],
                "account": None,
                "created_at": "2024-04-01T00:00:00Z",
                "revoked_at": None,
                "licence": LICENCE,
            },
            {
                "id": "k3",
                "name": "old bot",
                "scopes": ["read", "write"],
                "networks": ["local"],
                "account": "local/bot",
                "created_at": "2024-02-01T00:00:00Z",
                "revoked_at": "2024-03-01T00:00:00Z",
                "licence": None,
            },
        ]
    }


def log() -> dict[str, Any]:
    return {
        "entries": [
            {
                "place": 3,
                "at": "2024-05-02T08:00:00Z",
                "what": "read",
                "door": "export",
                "key": "k2",
                "purpose": "research",
                "person": "a1" * 32,
                "posts": 220,
                "authors": ["b2" * 32],
                "detail": {"path": "/v1/export"},
                "hash": HASH,
            },
            {
                "place": 2,
                "at": "2024-05-01T08:00:00Z",
                "what": "licence",
                "door": "",
                "key": "k2",
                "purpose": "",
                "person": "",
                "posts": 0,
                "authors": [],
                "detail": {"holder": "University of Quarnholm", "version": 2},
                "hash": HASH,
            },
        ],
        "after": None,
    }


def hostile(value: Any, keep: tuple[str, ...] = ("kind", "found")) -> Any:
    """The same with hostile words in place of every text."""
    if isinstance(value, dict):
        return {name: each if name in keep else hostile(each, keep) for name, each in value.items()}
    if isinstance(value, list):
        return [hostile(each, keep) for each in value]
    return f"{HOSTILE} \u202e{'W' * 300}" if isinstance(value, str) else value


def certificate() -> dict[str, Any]:
    return {
        "id": "cert-1",
        "made_at": "2024-04-28T03:00:00Z",
        "covers": {"account": 1, "post": 2, "edit": 0, "consent": 0, "posts": 14},
        "places": [{"place": "table posts", "did": "written anew", "count": 14, "before": 90_000, "after": 81_920}],
        "corpora": [{"name": "spring", "did": "built again", "accounts": 1}],
        "models": [{"name": "sparrow-1", "known": True, "posts": 14, "bytes": 2100}],
        "search": {"files": 812, "bytes": 93_000_000},
        "found": 0,
        "found_in": [],
        "not_reached": ["Copies outside of this data directory."],
        "signature": {"algorithm": "Ed25519", "public_key": HASH, "signature": HASH * 2},
    }
