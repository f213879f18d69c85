"""The HTTP face: thin routes over an `App`. It decides nothing: who may do what is `access`, what is found is `search`, what is said is `ask`.

server.py    the application: routes, static files, middleware, start and stop
guard.py     who is calling, with which rights; keys, loopback, other people's pages
limits.py    size and rate
errors.py    our errors as JSON
schemas.py   the wire shapes
routes/      one file a resource
"""
