"""What is estimated, and the models: equations first, then the priors and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.core.scales import expit, logit
from metaprop.core.wording import listed
from metaprop.reporting.appendix.blocks import (
    Citation,
    Column,
    Equation,
    Formula,
    Heading,
    Section,
    Strong,
    Table,
    TableNumber,
    bullets,
    cells,
    inlines,
    paragraph,
)
from metaprop.reporting.appendix.evidence_part import range_equation
from metaprop.reporting.appendix.ran import prior_dois
from metaprop.reporting.appendix.words import in_percent, interval_name
from metaprop.reporting.names import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metaprop.questions.answers import Summary
    from metaprop.reporting.appendix.blocks import Block, Inlines, Piece
    from metaprop.reporting.appendix.ran import Ran
    from metaprop.reporting.assumptions import Assumptions, StoredModel, StoredPrior
    from metaprop.reporting.stored import Results

POOLED_ON_A_SCALE = (
    "Methods that pool on a transformed scale estimate this one; with rates near 0 or 1 it lies "
    "further out than the average."
)
IMPLIED_OF = ("average", "typical", "new_study")
PRIORS, IMPLIED = "priors", "implied"
NORMAL = 1.959963984540054
"""Between plus and minus this lie 95 % of a standard normal distribution."""
MODEL_NAMES = {
    "logit-normal": "Bayesian binomial-normal model",
    "beta-binomial": "Bayesian beta-binomial model",
    "common-rate": "Bayesian common-rate model",
    "joint": "Joint model of several outcomes",
    "meta-regression": "Bayesian meta-regression",
}
EQUATIONS: dict[str, str] = {
    "logit-normal": r"\mathrm{logit}(p_i) \sim \mathrm{Normal}(\mu, \tau^2)",
    "beta-binomial": (
        r"p_i \sim \mathrm{Beta}\left(m\kappa,\, \left(1-m\right)\kappa\right), \qquad "
        r"\rho = \frac{1}{1+\kappa}"
    ),
    "common-rate": r"p_1 = p_2 = \dots = p_k = m",
    "joint": (
        r"\mathrm{logit}(p_{ic}) = \alpha_c + \lambda u_i + v_{ic}, \qquad "
        r"\alpha_c \sim \mathrm{Normal}(\alpha, \sigma_\alpha^2), \quad "
        r"u_i \sim \mathrm{Normal}(0, 1), \quad v_{ic} \sim \mathrm{Normal}(0, \omega^2)"
    ),
    "meta-regression": (r"\mathrm{logit}(p_i) \sim \mathrm{Normal}(\mu + x_i^\top \beta, \tau^2)"),
}
SYMBOLS = {
    "mu": r"\mu",
    "tau": r"\tau",
    "average": "m",
    "logit_average": r"\mathrm{logit}(m)",
    "typical": r"\mathrm{expit}(\mu)",
    "rho": r"\rho",
    "kappa": r"\kappa",
    "alpha": r"\alpha",
    "sigma_alpha": r"\sigma_\alpha",
    "lambda": r"\lambda",
    "omega": r"\omega",
    "beta": r"\beta",
}
MEANINGS = {
    "logit-normal": "the log odds of the studies follow a normal distribution",
    "beta-binomial": "the rates of the studies follow a beta distribution",
    "common-rate": "all studies share one rate; a yardstick, not a belief",
    "joint": (
        "outcomes of one group share a centre, and a study with much of one tends to have more "
        "of the others"
    ),
    "meta-regression": (
        "the log odds go with one covariate of the studies, a number over two standard deviations "
        "or groups; what it leaves follows a normal distribution"
    ),
}


def estimands(results: Results) -> Section:
    """Return the definition of every estimand."""
    items: list[tuple[Piece, ...]] = [
        (
            Strong("Average"),
            ": the mean of the rate over the population of studies, ",
            Formula(r"\mathrm{E}[p]"),
            " (",
            Formula("m"),
            ", or ",
            Formula(r"\int \mathrm{expit}(\theta)\, d\mathrm{N}(\theta; \mu, \tau^2)"),
            "). It is the headline of this analysis.",
        ),
        (
            Strong("Typical"),
            ": the rate of the median study (",
            Formula(r"\mathrm{expit}(\mu)"),
            f", or the median of the beta distribution). {POOLED_ON_A_SCALE}",
        ),
        (
            Strong("New study"),
            ": the rate of a study like these, not seen yet; its interval is one of prediction.",
        ),
        (Strong("Study"), ": the rate of each study itself, drawn towards the others."),
    ]
    lead = (
        "Every number names its estimand. All are rates, proportions between 0 and 1, given in "
        f"percent. Intervals are {interval_name(results)}s unless another kind is named; "
        "estimates are posterior medians."
    )
    return Section((Heading(1, "Estimands"), paragraph(lead), bullets(*items)))


def models(results: Results, ran: Ran) -> Section:
    """Return the models as equations, and the priors with what they imply."""
    assumed = results.beside.assumptions
    if assumed is None:
        told = paragraph("The results hold no record of the models and their priors.")
        return Section((Heading(1, "Models"), told))
    blocks: list[Block] = [
        Heading(1, "Models"),
        paragraph(
            "In study ",
            Formula("i"),
            " of ",
            Formula("k"),
            ", ",
            Formula("y_i"),
            " of ",
            Formula("n_i"),
            " patients had the event:",
        ),
        Equation(r"y_i \mid p_i \sim \mathrm{Binomial}(n_i, p_i), \qquad i = 1, \dots, k"),
        *_ranges(results),
        *(block for model in _in_order(assumed) for block in _model(model, ran)),
        Heading(1, "Priors"),
        paragraph(*_priors()),
    ]
    return Section(tuple(blocks), (_prior_table(assumed), _implied_table(results, assumed)))


def _in_order(assumed: Assumptions) -> list[StoredModel]:
    """Return the models as they are told: the joint one and the common rate last."""
    order = list(EQUATIONS)
    return sorted(assumed.models, key=lambda model: order.index(model.family))


def _ranges(results: Results) -> Iterator[Block]:
    evidence = results.beside.evidence
    counts = [] if evidence is None else [c for o in evidence.outcomes for c in o.counts]
    if any(count.low < count.high for count in counts):
        yield paragraph(
            "A count that is only known to lie between ",
            Formula("l_i"),
            " and ",
            Formula("u_i"),
            " enters with",
        )
        yield range_equation()


def _model(model: StoredModel, ran: Ran) -> Iterator[Block]:
    name = printable(model.name)
    yield paragraph(f"{name}: {MEANINGS[model.family]}", *ran.cite(MODEL_NAMES[model.family]), ".")
    yield Equation(EQUATIONS[model.family])
    if model.family == "joint":
        yield paragraph(
            "Here ",
            Formula("c"),
            " counts the outcomes of a group. A probability that one outcome is more frequent than "
            "another compares their average rates. Dependence of outcomes within a patient is not "
            "modelled.",
        )


def _priors() -> Inlines:
    return inlines(
        "Priors, their ranges and the reason for each stand in ",
        TableNumber(PRIORS),
        "; what all priors of a model together say of the rates before any study is seen, in ",
        TableNumber(IMPLIED),
        ". The models do not assume the same about how much studies differ, so results are given "
        "by each: the gap between them is what the choice of a model is worth.",
    )


def _prior_table(assumed: Assumptions) -> Table:
    heads = (
        Column("Model", 0.13),
        Column("Parameter", 0.1),
        Column("Prior", 0.18),
        Column("On the rate scale", 0.22),
        Column("Why", 0.37),
    )
    rows = tuple(
        cells(
            printable(model.name),
            inlines(Formula(SYMBOLS[prior.parameter]), f" ({printable(prior.unit)})"),
            printable(prior.prose),
            _on_rate_scale(prior),
            _why(prior),
        )
        for model in _in_order(assumed)
        for prior in model.priors
    )
    return Table(PRIORS, "Priors, what they mean on the rate scale, and why.", heads, rows)


def _why(prior: StoredPrior) -> Inlines:
    dois = prior_dois(prior.source)
    source = printable(prior.source)
    for doi in dois:
        source = source.replace(f", doi:{doi}", "").replace(f"doi:{doi}", "")
    cited: tuple[Piece, ...] = (" ", Citation(dois)) if dois else ()
    return inlines(f"{printable(prior.reason)} {source}", *cited)


def _on_rate_scale(prior: StoredPrior) -> str:
    """Return the 95 % range of a prior in terms of rates."""
    low, high = prior.low, prior.high
    match prior.parameter:
        case "average" | "typical":
            return f"95 %: {in_percent(low)} % to {in_percent(high)} %"
        case "mu" | "alpha" | "logit_average":
            ends = [in_percent(float(expit(end))) for end in (low, high)]
            return f"95 %: {ends[0]} % to {ends[1]} %"
        case "beta":
            moved = [_moved(rate, low, high) for rate in (0.5, 0.95)]
            return f"One step of the covariate moves {' and '.join(moved)} (95 %)"
        case "rho" | "kappa":
            rho = [low, high] if prior.parameter == "rho" else [1 / (1 + high), 1 / (1 + low)]
            spread = [in_percent((value * 0.25) ** 0.5) for value in rho]
            return (
                f"Standard deviation of rates around 50 %: {spread[0]} to {spread[1]} percentage "
                "points (95 %)"
            )
        case _:
            ends = [_spread(end) for end in (low, high)]
            return (
                f"95 % of rates around 50 % lie between {ends[0]} (lower end of the prior) and "
                f"{ends[1]} (upper end)"
            )


def _moved(rate: float, low: float, high: float) -> str:
    """Return to where the ends of a log odds ratio move a rate."""
    ends = [in_percent(float(expit(logit(rate) + end))) for end in (low, high)]
    return f"a rate of {in_percent(rate)} % to between {ends[0]} % and {ends[1]} %"


def _spread(sd: float) -> str:
    """Return between which rates 95 % lie around 50 %, for a standard deviation of the log odds."""
    ends = (in_percent(float(expit(sign * NORMAL * sd))) for sign in (-1, 1))
    return " and ".join(f"{end} %" for end in ends)


def _implied_table(results: Results, assumed: Assumptions) -> Table:
    told = [model for model in _in_order(assumed) if model.implied]
    heads = (
        Column("Model", 0.3),
        Column("Average", 0.23),
        Column("Typical study", 0.23),
        Column("New study", 0.24),
    )
    rows = tuple(
        cells(printable(model.name), *(_range(model, estimand) for estimand in IMPLIED_OF))
        for model in told
    )
    kind = interval_name(results).replace("credible interval", "range")
    left = [printable(model.name) for model in assumed.models if not model.implied]
    note = f"Not computed for: {listed(left)}." if left else ""
    caption = f"What the priors of each model together imply for the rates (percent, {kind})."
    return Table(IMPLIED, caption, heads, rows, (inlines(note),) if note else ())


def _range(model: StoredModel, estimand: str) -> str:
    found: Summary | None = next((s for s in model.implied if s.estimand == estimand), None)
    if found is None:
        return ""
    return f"{in_percent(found.interval.low)} to {in_percent(found.interval.high)}"
