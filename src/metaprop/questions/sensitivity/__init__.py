"""How far the conclusions move: with the priors, with the evidence, with the family.

From the ground up: ``records`` (what is found); ``distance`` (between priors); ``choices`` (the
priors that could have been chosen) and ``powers`` (a prior raised to a power); ``asking`` (one
posterior under many priors); ``grid`` and ``paths`` (priors crossed; one moved at a time, and where
a conclusion tips), ``evidence`` (studies left out, studies added by year), ``families`` (which
predicts better, and an average over them), ``power_scaling`` (ArviZ's diagnostic against the exact
answer), ``multiverse`` (every choice at once); ``outcome`` (all of that for one outcome).
"""
