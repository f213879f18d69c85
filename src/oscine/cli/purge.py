"""`oscine purge`, `oscine certificate`, `oscine held`: what was deleted leaves every file, and it is proven."""

from __future__ import annotations
