"""Signing in with the network that one is from: by OAuth at a Mastodon server, or at the server of one's AT Protocol identity.

wire.py      one call to a server that a stranger may have named: small, in time, never redirected
pkce.py      the secret by which a code is worth something to us alone
offer.py     what signing in is, whatever the network
vault.py     what is kept is sealed by a key that is not in the database
apps.py      what servers know us as
mastodon.py  Mastodon's OAuth
atproto.py   AT Protocol's OAuth: identity, server, pushed request, code, refresh
client.py    who we are to AT Protocol's servers
dpop.py      proofs that we hold the key that a token is bound to
desk.py      from the button to a session, and back out

It knows neither HTTP as we serve it nor who may do what here: a session says who somebody is.
"""
