"""Writing to networks, as a bot or as the person who is signed in.

base.py       what is written, and what every network's writer does
bluesky.py    records of AT Protocol, over any way of calling it
mastodon.py   statuses, over Mastodon's client API
"""
