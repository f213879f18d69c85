"""`oscine ads …`: from a page to texts and pictures, which wording of one story would win more clicks, and campaigns."""

from __future__ import annotations

import typer

from oscine.cli import ads_make, ads_score, campaigns

ads = typer.Typer(no_args_is_help=True, help="Ads from a page: texts, pictures, which wording wins, campaigns.")
ads.command()(ads_make.write)
ads.command()(ads_make.draw)
ads.command()(ads_score.score)
ads.command()(campaigns.ledger)
ads.add_typer(campaigns.advertiser, name="advertiser")
ads.add_typer(campaigns.campaign, name="campaign")
