"""The frequentist engine, in two steps: an estimate for each study, then their weighted mean.

From the ground up: ``options`` (every choice by name), ``quantiles``; ``tables`` (counts, one data
set or many at once) and ``transforms`` (the scales); ``effects`` (an estimate for each study);
``weighing``; ``between`` (the variance between studies); ``mean_interval`` and ``heterogeneity``;
``pooling`` (the pooled mean), with ``rates`` (back to proportions) and ``honesty`` (what a reader
must be told); ``study_intervals`` and ``crude`` (single rates, and all patients as one study);
``linear`` (weighted regression) under ``moderators``; ``subgroups``, ``deletion`` (leave one out,
influence) and ``small_study``. Arrays of counts have shape (..., k), answers shape (...): one data
set and many are the same call. A number that does not exist is NaN, with a message that says why.
"""
