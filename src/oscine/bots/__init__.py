"""Answering people on their own networks, where they ask.

bot.py       one bot on one network: notices mentions, answers each once, deletes what no longer stands
manners.py   whom to answer, and what is an order to be silent; pure
question.py  what a mention asks, and what went before it in its thread
reply.py     an answer as one short post, every claim with its link; pure
addresses.py where people read a post on its own network
phrases.py   what the bot itself says, and the orders that it knows, in seven languages
messengers/  workplace messengers
"""
