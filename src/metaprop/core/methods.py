"""What a procedure is called, what it does, and who described it.

A ``Method`` stands beside each procedure; the appendix cites those that ran and no others.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Method:
    """One procedure as a paper's methods section would have it.

    ``name`` is what the field calls it; ``sentence`` says in one sentence what was done, so that
    it can be pasted; ``doi`` is its reference without a resolver (``10.1093/...``), None for what
    needs none.

    Examples
    --------
    >>> clopper_pearson = Method(
    ...     "Clopper-Pearson interval",
    ...     "Intervals of single studies are exact binomial (Clopper-Pearson).",
    ...     "10.1093/biomet/26.4.404",
    ... )
    >>> clopper_pearson.link
    'https://doi.org/10.1093/biomet/26.4.404'
    """

    name: str
    sentence: str
    doi: str | None = None

    def __post_init__(self) -> None:
        """Refuse a reference that is no DOI: it would be printed as one."""
        if self.doi is not None and not self.doi.startswith("10."):
            raise ValueError(f"{self.name}: {self.doi!r} is no DOI; write it as 10.xxxx/yyyy")

    @property
    def link(self) -> str | None:
        """The address of the reference; None without a DOI."""
        return None if self.doi is None else f"https://doi.org/{self.doi}"
