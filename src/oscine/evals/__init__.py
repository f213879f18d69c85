"""The numbers that the software publishes about itself: suites, run by one command, reported with how sure they are.

metrics.py   what is measured, and how sure a figure is; pure
report.py    what a run found: JSON, Markdown, history
network.py   a scratch network to measure on
run.py       the suites by name
attack.py    posts that give orders, forge, hide, flood; `suites/attack/` holds them, `obedient.py` a model that obeys them
"""
