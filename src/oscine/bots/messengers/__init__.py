"""Workplace messengers: a question from a channel in, a short answer with links out. Only public posts are answered from.

desk.py        the three doors: any signed webhook, Slack's events, DingTalk's robots
signatures.py  whether a messenger signed what came; pure
slack.py       Slack's events and messages; pure
dingtalk.py    DingTalk's; pure
"""
