"""Oscine: a social network's own AI, learned from the posts around it."""

__version__ = "0.1.0"
