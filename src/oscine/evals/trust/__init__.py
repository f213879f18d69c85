"""`oscine eval trust`: accurate, safe, interpretable, transparent, robust, aligned, trustworthy, loyal, each measured on this installation.

aspects.py   what each word means here, and which figures speak for it
told.py      the figures as everybody reads them
"""
