"""What Oscine needs of the machine and the settings, checked one by one, each with the fix."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Callable, Sequence
from typing import NamedTuple

import psycopg

from oscine.engines import adapters, local, openvino, registry
from oscine.engines.e5 import find_weights
from oscine.engines.labels import LABELS, thresholds
from oscine.engines.library import Library
from oscine.errors import OscineError, SetupError
from oscine.settings import Settings
from oscine.store.postgres import open_database

LEAST_FREE = 2 << 30  # bytes


class Check(NamedTuple):
    """One thing looked at."""

    what: str
    ok: bool
    found: str
    fix: str = ""


def examine(settings: Settings) -> list[Check]:
    """All checks, in the order in which one would mend them."""
    return [_try(what, check, settings) for what, check in CHECKS.items()]


def _try(what: str, check: Callable[[Settings], str], settings: Settings) -> Check:
    try:
        return Check(what, True, check(settings))
    except OscineError as error:
        return Check(what, False, error.what, error.fix)
    except (OSError, psycopg.Error) as error:
        return Check(what, False, str(error).strip(), "")


def _python(_settings: Settings) -> str:
    return f"{platform.python_implementation()} {sys.version.split()[0]}"


def _data(settings: Settings) -> str:
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not os.access(settings.data, os.W_OK):
        raise OscineError(f"{settings.data} cannot be written.", "Use another with OSCINE_DATA, or change its owner.")
    free = shutil.disk_usage(settings.data).free
    if free < LEAST_FREE:
        raise OscineError(f"only {free / 1e9:.1f} GB are free in {settings.data}.", "Free some space: a million posts take about 4 GB.")
    return f"{settings.data}, {free / 1e9:.0f} GB free"


def _database(settings: Settings) -> str:
    database = open_database(settings.data, settings.database_url)
    try:
        rows = database.rows("SELECT current_setting('server_version') AS version, string_agg(extname || ' ' || extversion, ', ' ORDER BY extname) AS found"
                             " FROM pg_extension WHERE extname IN ('vector', 'pg_textsearch')")  # fmt: skip
        return f"PostgreSQL {rows[0]['version']}, {rows[0]['found']}, {'external' if settings.database_url else 'embedded'}"
    finally:
        database.close()


def _embedding(settings: Settings) -> str:
    _check_choice("embedding", settings.embedding, ("e5", "http", "none"), settings.embedding_url)
    return f"multilingual-e5-small, {find_weights().stat().st_size / 1e6:.0f} MB" if settings.embedding == "e5" else settings.embedding


def _labels(settings: Settings) -> str:
    named = len(settings.label_thresholds)
    thresholds(dict.fromkeys(LABELS, 1.0), settings.label_thresholds)
    if settings.labels == "none":
        return "none"
    find_weights()
    return f"e5-labels/{adapters.load('labels').digest}" + (f", {named} thresholds set" if named else "")


def _language_model(settings: Settings) -> str:
    models = Library(settings.data)
    name, why = models.choice(settings.language_model)
    kept = [entry.name for entry in models.entries()]
    _check_choice("language_model", name, (*kept, *registry.MODELS, "http", "none"), settings.language_model_url)
    if name in registry.MODELS:
        registry.find(registry.MODELS[name])
    for fault in models.verify(name) if name in kept else ():
        raise SetupError(f"{fault.file} of the language model {name} {fault.what}.", "Remove the model and add it again.")
    sooner = local.gains(models.form(name)) and not openvino.installed()
    return f"{name}. {why}" + (" It would read prompts faster on this processor after `pip install 'oscine[fast]'`." if sooner else "")


def _check_choice(setting: str, value: str, known: Sequence[str], url: str) -> None:
    """Raise where a setting names nothing that there is, or a server without its address: `oscine up` would not start."""
    if value not in known:
        raise SetupError(f"There is no {setting.replace('_', ' ')} {value!r}.", f"OSCINE_{setting.upper()} takes {', '.join(known)}.")
    if value == "http" and not url:
        raise SetupError("No server is named.", f"Set OSCINE_{setting.upper()}_URL.")


CHECKS: dict[str, Callable[[Settings], str]] = {
    "Python": _python,
    "data directory": _data,
    "database": _database,
    "embeddings": _embedding,
    "labels": _labels,
    "language model": _language_model,
}
