"""Who may do what with the posts, and what for.

keys.py      keys: hashed, scoped, revoked at once
licences.py  what a key may have: purpose, uses, fields, rate, history, end
uses.py      who may read, search, answer from, train on, export which posts, and why not, in words
fields.py    what a licence gives of a post
reading.py   what is being read, by whom and through which door: noted by the view, kept by the log
"""

from oscine.access.keys import LOCAL, PREFIX, SCOPES, SESSION, Key, Scope, create, find, keys, live, named, resolve, revoke

__all__ = ["LOCAL", "PREFIX", "SCOPES", "SESSION", "Key", "Scope", "create", "find", "keys", "live", "named", "resolve", "revoke"]
