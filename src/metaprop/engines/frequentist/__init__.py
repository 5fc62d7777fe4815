"""The frequentist engine, in two steps: an estimate for each study, then their weighted mean.

From the ground up: ``options`` (every choice by name), ``quantiles``; ``tables`` (counts, one data
set or many at once) and ``transforms`` (the scales); ``effects`` (an estimate for each study);
``weighing``; ``between`` (the variance between studies); ``mean_interval`` and ``heterogeneity``;
``pooling`` (the pooled mean), with ``rates`` (back to proportions) and ``honesty`` (what a reader
must be told). Arrays of counts have shape (..., k), answers shape (...).
"""
