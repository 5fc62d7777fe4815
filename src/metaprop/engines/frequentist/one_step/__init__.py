"""One-step models by maximum likelihood: the binomial itself, no correction, no normal studies.

From the ground up: ``records`` (what is returned), ``climbing`` (Newton's method for many
problems at once), ``average_rate`` and ``beta_median`` (rates from parameters); ``family`` (the
two likelihoods in one shape); ``maximum`` (the best fit of many data sets); ``slices`` (a
likelihood region cut at given heterogeneities) and ``region`` (profile-likelihood limits);
``extremes`` (tables with nothing to maximise); ``fitting`` (one data set, every answer); then
``simulation``, ``heterogeneity_test``, ``prediction`` and ``moderators``.
"""
