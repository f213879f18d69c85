"""What ads brought, and what else they might have brought: numbers with intervals, and sentences that say no more than those.

report.py    counts, rates and costs by up to three dimensions
lift.py      what a campaign changed, against people who were kept from seeing it; and who is kept from it
compare.py   its creatives as a test that may be looked at daily; original against generated
whatif.py    clicks, had another policy chosen the creatives
summary.py   what worked and what to do next, in plain sentences, each number linked
phrases.py   the sentences, which stand in phrases.toml
"""
