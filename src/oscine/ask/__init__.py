"""Ask: question → search → evidence → answer.

thread.py   what a follow-up question means, from what went before
answer.py   posts → sentences that stand on them, or a refusal; pure
fuller.py   a language model's answer, under the same check
ask.py      the whole: what the API and the CLI call
phrases.py  what Oscine itself says, in seven languages
quoting.py  what a post says, as an answer quotes it, and who said it
plan.py     which searches a question takes
values.py   a short answer as a value: do two say the same?
disagreement.py  who says what, where posts disagree
central.py  which of many posts stand for all of them
summary.py  a search, a thread, a day or an account in a few sentences
explain.py  what one needs to know to understand a post
references.py    what a post refers to
prompts/    what a language model is told; files, published
"""
