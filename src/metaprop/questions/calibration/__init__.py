"""Are the methods calibrated? Simulated reviews of known truth, and what each method says of them.

``coverage`` asks every method at a data set's own sizes, under fixed truths; ``ranks`` asks the
Bayesian models under truths drawn from their own priors, where nominal coverage must hold. Nothing
here prints or draws.
"""
