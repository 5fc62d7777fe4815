"""What the NUTS engine returns: the answers of a posterior from draws, and its DataTree."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from metaprop.core.errors import OptionError, Problem
from metaprop.core.methods import Method
from metaprop.engines.likelihood.cells import Cells, tau_mean_undefined
from metaprop.engines.nuts import replicates
from metaprop.engines.nuts.diagnostics import diagnose, quality_of
from metaprop.engines.nuts.marginals import SampledMarginal
from metaprop.engines.nuts.sampling import Settings, sample
from metaprop.engines.nuts.tree import build_tree, hyperparameters
from metaprop.engines.posterior import CountTable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from metaprop.assumptions.model import Model
    from metaprop.core.estimates import Quality
    from metaprop.engines.nuts.diagnostics import Diagnostics
    from metaprop.engines.nuts.sampling import Trace
    from metaprop.engines.posterior import Engine
    from metaprop.evidence.studies import Studies

    Floats = NDArray[np.float64]

NUTS = Method(
    "No-U-Turn sampler",
    "Posteriors were sampled by Hamiltonian Monte Carlo (the No-U-Turn sampler) in PyMC.",
    "10.7717/peerj-cs.1516",
)


class NutsPosterior:
    """The posterior of a model given studies, by draws; errors are Monte Carlo standard errors."""

    def __init__(self, studies: Studies, model: Model, trace: Trace, settings: Settings) -> None:
        """Work out what follows from the draws of the hyperparameters."""
        self.studies = studies
        self.model = model
        self.settings = settings
        self._trace = trace
        rng = np.random.default_rng([settings.seed, 0])
        hyper = replicates.Hyper.of(model.family, trace.values)
        own = {p.parameter: trace.values[p.parameter] for p in model.parameters}
        self._values = own | hyperparameters(hyper)
        self._values["new_study"] = replicates.new_rates(hyper, rng)
        sampled = trace.values.get("p")
        self._rates = replicates.study_rates(hyper, studies, rng) if sampled is None else sampled

    @property
    def engine(self) -> Engine:
        """Which engine answered."""
        return "nuts"

    @cached_property
    def diagnostics(self) -> Diagnostics:
        """How well the chains mixed, over every quantity that is reported."""
        rates = {f"p[{name}]": self._rates[..., i] for i, name in enumerate(self.studies.names)}
        return diagnose(self._values | rates, self._trace.stats)

    @property
    def quality(self) -> Quality:
        """Whether the fit can be trusted."""
        return quality_of(self.diagnostics)

    @cached_property
    def average(self) -> SampledMarginal:
        """Mean rate over the population of studies, ``E[p]``."""
        return SampledMarginal("average", self._values["average"])

    @cached_property
    def typical(self) -> SampledMarginal:
        """Rate of the median study."""
        return SampledMarginal("typical", self._values["typical"])

    @cached_property
    def new_study(self) -> SampledMarginal:
        """Rate in a study like these, not yet seen."""
        return SampledMarginal("new_study", self._values["new_study"])

    @cached_property
    def heterogeneity(self) -> SampledMarginal | None:
        """``tau`` (logit-normal) or ``rho`` (beta-binomial); None for the common rate."""
        prior = self.model.heterogeneity
        if prior is None:
            return None
        if self.model.family == "beta-binomial":
            return SampledMarginal("rho", self._values["rho"])
        reason = tau_mean_undefined(Cells.of(self.studies), prior.prior)
        return SampledMarginal("tau", self._values["tau"], unit=False, mean_undefined=reason)

    def study(self, index: int) -> SampledMarginal:
        """Return the posterior of the rate of study ``index`` (0-based, order of the table)."""
        return SampledMarginal("study", self._rates[..., index])

    def new_count(self, patients: int) -> CountTable:
        """Return the predictive distribution of the events among ``patients`` of a new study.

        ``error`` is the largest Monte Carlo standard error among the probabilities.
        """
        rates = np.clip(self._values["new_study"].ravel(), replicates.TINY, replicates.BELOW_ONE)
        events = np.arange(patients + 1)
        choose = -np.log1p(patients) - special.betaln(events + 1.0, patients - events + 1.0)
        sums, squares = np.zeros(patients + 1), np.zeros(patients + 1)
        for part in np.array_split(rates, max(1, rates.size * patients // 1_000_000)):
            on, off = np.log(part)[:, None], np.log1p(-part)[:, None]
            p = np.exp(choose + events * on + (patients - events) * off)
            sums += p.sum(axis=0)
            squares += (p * p).sum(axis=0)
        mean = sums / rates.size
        variance = np.maximum(squares / rates.size - mean * mean, 0.0)
        size = self.new_study.effective_draws(above=float(np.median(rates)))
        return CountTable(patients, mean, float(np.sqrt(variance.max() / size)))

    @property
    def log_marginal_likelihood(self) -> None:
        """Unknown: a sampler does not give the marginal likelihood."""
        return

    def draws(self, n: int, rng: np.random.Generator) -> Mapping[str, Floats]:
        """Return ``n`` of the joint draws, taken at random with replacement, ``(n,)`` each."""
        size = self._values["average"].size
        places = rng.integers(size, size=n)
        return {name: values.ravel()[places] for name, values in self._values.items()}

    @cached_property
    def tree(self) -> Any:  # noqa: ANN401 - xarray.DataTree, whose library is not loaded here
        """The fit as an ArviZ DataTree: see ``engines.nuts.tree`` for its groups."""
        posterior = self._values | {"p": self._rates}
        return build_tree(self.studies, self.model, self._trace, posterior, self.settings)

    def loo(self) -> Any:  # noqa: ANN401 - arviz.ELPDData, whose library is not loaded here
        """Return ArviZ's PSIS-LOO: each study predicted by the others, its rate integrated out.

        ``az.loo(posterior.tree)`` is the same where it makes sense. Vehtari, Gelman and Gabry
        2017, doi:10.1007/s11222-016-9696-4.

        Raises
        ------
        OptionError
            A known total makes the studies one joint term, of which none can be left out.
        """
        if self.studies.binding_total is not None:
            what = "PSIS-LOO leaves out one study at a time, and a known total ties them together"
            remedy = "Fit without the total (known_total = None), or leave a study out of the table"
            raise OptionError(Problem(what, "known_total", remedy))
        import arviz as az

        return az.loo(self.tree, pointwise=True)


def fit_nuts(
    studies: Studies,
    model: Model,
    settings: Settings | None = None,
    on_stage: Callable[[str], None] | None = None,
) -> NutsPosterior:
    """Return the posterior by NUTS; a model of a new shape is compiled first, which takes seconds.

    Parameters
    ----------
    studies
        One outcome in k >= 1 studies; ranges and missing counts are taken as such.
    model
        Family and priors.
    settings
        Chains, draws and seed; None takes the defaults.
    on_stage
        Called with ``"compiling"`` and ``"sampling"`` as each begins.

    Raises
    ------
    OptionError
        The table is too long, or its ranges too wide, for a sampler.
    """
    settings = settings or Settings()
    return NutsPosterior(studies, model, sample(studies, model, settings, on_stage), settings)
