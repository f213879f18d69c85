"""Engines: language and embedding models, each behind a small protocol."""
