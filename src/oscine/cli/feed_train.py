"""`oscine feed train`: a ranker for feeds, learned from what people did here."""

from __future__ import annotations

from typing import Annotated

import typer

from oscine.cli import base
from oscine.cli.base import AsJson, Data


def train(
    context: typer.Context,
    from_scratch: Annotated[bool, typer.Option("--from-scratch", help="Learn from everything, not on from the version in use.")] = False,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """Learn what people here do with posts, and put it in use where it is better than what was there. Run it again for what was done since."""
    with base.app(context, data) as app:
        card = app.train_ranker(base.say, from_scratch=from_scratch)
    if as_json:
        base.print_json(card)
        return
    for name, (value, low, high) in sorted(card["held_out"]["ndcg@10"].items(), key=lambda told: -told[1][0]):
        typer.echo(f"{value:.3f} ({low:.3f} to {high:.3f})  {name}")
    base.say(f"NDCG@10 over {card['held_out']['cases']} acts that were held out. {card['why']}.")
    base.say(f"Version {card['version']} is in use." if card["in_use"] else f"Version {card['version']} is kept, and not put in use.")
