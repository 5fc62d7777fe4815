"""The exact engine: deterministic quadrature of the posterior, an error with every number.

From the ground up: ``coordinates`` (free and natural ones, and the priors on them), ``lattice``
(sinh lattices, sinc series), ``beta_shape`` (the median of a beta distribution); ``surface``
(a model with its data) and ``locate`` (modes and widths); ``survey`` (what a first look tells)
and ``layout`` (where to lay a grid); ``grid`` (the posterior on it), ``marginals`` (one quantity
and its questions), ``quantities`` (their scales); ``projection`` and ``scatter`` (from the grid to
a rate); ``mixture`` (of marginals); ``turns`` (rates as coordinates) and ``cut_off`` (such a rate
where a prior ends in a jump);
``estimands``, ``predictive`` (counts and draws), ``reweighing`` (many priors on one grid) and
``shared`` (nodes laid for that); ``allotment`` (a study whose count takes part in a known total);
``refining`` (when a grid is fine enough); ``posterior`` (what is returned).
"""
