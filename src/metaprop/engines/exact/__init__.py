"""The exact engine: deterministic quadrature of the posterior, an error with every number.

``coordinates`` (free coordinates and priors on them) < ``lattice`` (sinh lattices, sinc sums)
< ``locate`` (where the mass lies) < ``grid`` (the posterior on a grid) < ``marginals`` (a
one-dimensional posterior and its questions) < ``projection`` (from the grid to each estimand)
< ``posterior`` (what the engine returns).
"""
