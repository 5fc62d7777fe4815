"""One study's log likelihood (an exact count or a range) in each family.

Not here: priors, and integrals over hyperparameters.
"""
