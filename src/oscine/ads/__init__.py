"""Ads, from an advertiser's page to what they brought. A folder for each step, in this order:

creatives/   texts and pictures from a page, each claim tied to the passage that it stands on; their review
audience/    whom and where: what is known of a page and, where they allow it, of a person; never a special category
decision/    which ad stands in a place, at what price, and why: pure, explained in full
ledger/      what was shown, clicked and charged: tokens, rules against invalid traffic
measure/     what it brought: reports, lift, what another policy would have brought
rights/      what a person may know and change, and what the public may look up

The records that pass between them are `oscine.advertising`; what is kept is kept by `oscine.store`.
"""
