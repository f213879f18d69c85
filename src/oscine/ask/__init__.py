"""Ask: question → search → evidence → answer.

thread.py   what a follow-up question means, from what went before
answer.py   posts → sentences that stand on them, or a refusal; pure
fuller.py   a language model's answer, under the same check
ask.py      the whole: what the API and the CLI call
prompts/    what a language model is told; files, published
"""
