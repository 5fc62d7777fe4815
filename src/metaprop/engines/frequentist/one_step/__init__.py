"""One-step models by maximum likelihood: the binomial itself, no correction, no normal studies.

From the ground up: ``climbing`` and ``crossing`` (tops and crossings of many functions at once);
``family`` (the two likelihoods in one shape); ``rates`` (average and typical rate from the
parameters); ``touching`` and ``region`` (profile-likelihood limits), ``maximum`` (the best fit of
many data sets) and ``design`` (of one, with covariates); ``records`` (what is returned);
``inside`` and ``extremes`` (its answers, with and without a maximum inside); ``fitting`` (one data
set, every answer) and ``simulation``; ``heterogeneity_test``, ``prediction`` and ``moderators``.
"""
