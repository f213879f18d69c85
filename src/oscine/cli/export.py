"""`oscine export`: posts as JSON lines, as far as their authors and the operator allow."""

from __future__ import annotations
