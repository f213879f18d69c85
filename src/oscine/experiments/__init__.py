"""What did it bring, and what would another choice have brought? Arithmetic for the feed and for ads.

    rounds.py      a log of choices and their propensities, beside another policy: checked, and reduced to what estimators need
    offpolicy.py   what the other policy would have earned: IPS, SNIPS, direct, DR, Switch-DR, shrunk DR, with intervals
    ranking.py     the same for pages that are dealt place by place: RIPS, IIPS
    rates.py       rewards by action, cross-fitted: the model that the direct and doubly robust estimators lean on
    sequential.py  intervals and p-values that may be looked at every day
    means.py       the same for means over people
    fixed.py       intervals for one look, planned beforehand
    thompson.py    chances of each arm under Thompson sampling, so that its log can be evaluated later

Pure: arrays in, numbers out; no input or output, no clock; randomness is a `numpy` generator that the caller gives. It knows no ad, no post, no person,
and cannot tell whether a log's propensities are true, nor whether units that it takes for independent are.
"""
