"""`oscine eval trust`: accurate, safe, interpretable, transparent, robust, aligned, trustworthy, loyal, each measured on this installation.

aspects.py   what each word means here, and which figures speak for it
told.py      the figures as everybody reads them
suite.py     the run, and incidents where a figure falls
bench.py     what is measured on: the installation, and a scratch network of its newest public posts
questions.py   questions made from posts
calls.py     calls of the real API, in this process
malformed.py   requests that nobody should send
pages.py     dark patterns, by exact definitions

The eight have a file each; loyalty itself is `evals.loyalty`.
"""
