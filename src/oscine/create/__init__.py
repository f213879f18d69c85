"""What is made for people on request: drafts of posts, texts said otherwise, pictures, texts for who does not see one. A person decides what becomes of it.

drafts.py   from a wish to drafts that may be shown, and how many were left out and why
voice.py    how the person writes, by their own posts
prompt.py   what the model is given; a post is never an instruction in it
clean.py    what it wrote, as text that may be shown: without marks and control characters, personal data masked, rude words flagged
copies.py   whether it only repeats a post that is here
rewrite.py  a text said otherwise; facts.py what changed of its numbers, names, links and denials
picture.py  a picture, drawn or composed, signed; alt.py a text for who does not see one
prompts/    the instructions for models that answer messages, languages, names of colours

Nothing here posts anything, and nothing checks whether a draft is true: a model that continues posts knows no facts.
"""
