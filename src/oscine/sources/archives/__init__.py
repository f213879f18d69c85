"""Archives: what networks hand to those who leave or keep a copy, read where it lies. Nothing is ever unpacked to a disk.

recognise.py   which archive a file is, by its content
archive.py     what all of them share: events numbered for resuming, what is left out is counted
container.py   the members of a zip or a tar, of which only those that are asked for are ever opened
elements.py    the elements of a JSON file of any size, one at a time
x.py           X archives of any generation; x_layout.py, x_tweet.py: their files and posts; x_notes.py: long posts
x_api.py       X API v2; x_api_layout.py: its answers; x_compliance.py: what must be deleted or hidden
mastodon.py    Mastodon's exports
bluesky.py     AT Protocol repositories, as CAR
reddit.py      Reddit's comments and submissions, as JSON lines
"""
