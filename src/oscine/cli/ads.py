"""`oscine ads …`: from a page to texts and pictures, and which wording of one story would win more clicks."""

from __future__ import annotations

import typer

from oscine.cli import ads_make, ads_score

ads = typer.Typer(no_args_is_help=True, help="Ads from a page: texts, pictures, and which wording wins.")
ads.command()(ads_make.write)
ads.command()(ads_make.draw)
ads.command()(ads_score.score)
