"""One study's log likelihood (an exact count or a range) in each family, and a known sum of ranges.

Not here: priors, and integrals over hyperparameters.
"""
