"""Which ad stands in a place, at what price, and why. Pure: no input or output, no clock; time and randomness are arguments.

place.py   what is known of a place and of the person before it: made by `ads.audience`, read by everything here
"""
