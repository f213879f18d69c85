"""Drafts of posts on request: a model continues what somebody began, or replies to a post; a person reads, edits and posts, or does not.

drafts.py   the whole: from a wish to drafts that may be shown, and how many were left out and why
prompt.py   what the model is given; a post is never an instruction in it
clean.py    what it wrote, as text that may be shown: without marks and control characters, personal data masked, rude words flagged
copies.py   whether it only repeats a post that is here
prompts/    the instructions for models that answer messages

Nothing here posts anything, and nothing checks whether a draft is true: a model that continues posts knows no facts.
"""
