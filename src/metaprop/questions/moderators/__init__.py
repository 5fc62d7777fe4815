"""Do rates go with a covariate of the studies? Bayesian meta-regression, one at a time.

``answers`` has the records, ``before`` what the prior says of a difference, ``differences`` how
two values of a covariate differ, ``asking`` is the door.
"""
