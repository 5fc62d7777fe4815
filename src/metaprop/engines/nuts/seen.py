"""How a PyMC model is told what was seen: for one table by name, or so that any table can follow.

Both say the same, tested equal. ``ByName`` is for a reader, who finds the events as an observed
variable. ``AnyTable`` is for the sampler: its two arrays can be exchanged without compiling
again, and they are packed because each costs a third of a second of compilation. That of ranges is
there only where the table has some, for the same reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from metaprop.engines.nuts.range_op import beta_binomial_ranges, binomial_ranges
from metaprop.engines.nuts.total_op import log_total

if TYPE_CHECKING:
    from metaprop.engines.nuts.table import Table

    type Tensor = Any


class Seen(Protocol):
    """What a model says of its counts: how they are distributed."""

    @property
    def centred(self) -> Tensor | None:
        """1 for each study that tells its own rate, else 0; None where there is none."""

    def binomial(self, logit_p: Tensor) -> None:
        """Say ``y_i ~ Binomial(n_i, p_i)``, the logits a vector or a scalar."""

    def beta_binomial(self, alpha: Tensor, beta: Tensor) -> None:
        """Say ``y_i ~ BetaBinomial(n_i, alpha, beta)``, scalars."""


class ByName:
    """The counts of one table: exact ones observed as ``events``, ranges as a potential.

    The potential is ``ranges``, or ``known_total`` where a total is known.
    """

    def __init__(self, table: Table) -> None:
        """Add the counts as data to the model that is open."""
        import pymc as pm

        self._data = {name: pm.Data(name, array) for name, array in table.data().items()}

    @property
    def centred(self) -> Tensor | None:
        """1 for each study that tells its own rate, else 0; None where there is none."""
        return self._data.get("centred")

    def binomial(self, logit_p: Tensor) -> None:
        """Say ``y_i ~ Binomial(n_i, p_i)``."""
        import pymc as pm

        self._observe(pm.Binomial, logit_p=logit_p)

    def beta_binomial(self, alpha: Tensor, beta: Tensor) -> None:
        """Say ``y_i ~ BetaBinomial(n_i, alpha, beta)``."""
        import pymc as pm

        self._observe(pm.BetaBinomial, alpha=alpha, beta=beta)

    def _observe(self, distribution: Any, **parameters: Tensor) -> None:  # noqa: ANN401 - of PyMC
        import pymc as pm

        data = self._data
        n, y = data["total"], data["counted"]
        distribution("events", n=n, observed=y, dims="study", **parameters)
        if "range_study" not in data:
            return
        at = {
            name: value[data["range_study"]][:, None] if value.ndim else value
            for name, value in parameters.items()
        }
        in_ranges = distribution.dist(n=data["range_total"][:, None], **at)
        each = pm.logp(in_ranges, data["range_counts"]) + data["range_allowed"]
        if "beyond" in data:
            pm.Potential("known_total", log_total(each, data["beyond"]))
        else:
            pm.Potential("ranges", pm.math.logsumexp(each, axis=1).sum())


class AnyTable:
    """The counts of any table: the least of each study observed, and what its range adds to it."""

    def __init__(self, table: Table) -> None:
        """Add the counts as data to the model that is open."""
        import pymc as pm

        arrays = table.packed()
        cells = pm.Data("cells", arrays["cells"])
        self._low, self._total, self._centred = (cells[row] for row in range(3))
        self._ranges: Tensor | None = None
        if table.study.size:
            self._ranges = pm.Data("range_rows", arrays["range_rows"])

    @property
    def centred(self) -> Tensor:
        """1 for each study that tells its own rate, else 0."""
        return self._centred

    def binomial(self, logit_p: Tensor) -> None:
        """Say ``y_i ~ Binomial(n_i, p_i)``."""
        import pymc as pm

        pm.Binomial("events", n=self._total, logit_p=logit_p, observed=self._low)
        if self._ranges is not None:
            study = self._ranges[0, :-1]
            at = logit_p[study.astype("int64")] if logit_p.ndim else logit_p + 0.0 * study
            pm.Potential("ranges", binomial_ranges(at, self._ranges))

    def beta_binomial(self, alpha: Tensor, beta: Tensor) -> None:
        """Say ``y_i ~ BetaBinomial(n_i, alpha, beta)``."""
        import pymc as pm

        pm.BetaBinomial("events", n=self._total, alpha=alpha, beta=beta, observed=self._low)
        if self._ranges is not None:
            pm.Potential("ranges", beta_binomial_ranges(alpha, beta, self._ranges))
