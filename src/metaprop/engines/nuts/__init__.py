"""The posterior by Hamiltonian Monte Carlo (NUTS): the one door to PyMC, nutpie and ArviZ.

posterior    what the engine returns, and ``fit_nuts``          tree  its DataTree, group by group
sampling     compile once for each shape, rebind, sample        diagnostics  can it be trusted?
models       the models as PyMC has them                        marginals    answers from draws
priors       each prior as PyMC declares it                     replicates   what follows from draws
table        the counts, as arrays of one length                pointwise    log prior, likelihood
totals       counts that add up to a known total                total_op     the same for PyTensor
joint        several outcomes of the same studies, and ``fit_joint``; beside it its table, model,
             rates and tree
"""
