"""The Bayesian models in brms, with the stored priors and the exact answers to expect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.reporting import prose
from metaprop.reporting.rscript.priors import beta, density
from metaprop.reporting.rscript.syntax import comment, number, vector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metaprop.questions.answers import ModelAnswer, OutcomeAnswer, Summary
    from metaprop.reporting.assumptions import Assumptions, StoredModel, StoredPrior

_SAMPLING = """  chains = 4, iter = 5000, warmup = 1000, seed = {seed},
  control = list(adapt_delta = 0.99), refresh = 0
)"""
_HELPERS = """summarise <- function(rate) {{
  ends <- quantile(rate, c({low}, 0.5, {high}))
  above <- vapply(thresholds, function(t) mean(rate > t), 0)
  list(percent = 100 * c(mean = mean(rate), ends), above = setNames(above, thresholds))
}}
thresholds <- {thresholds}"""
_LOGIT_NORMAL = """logit_normal <- brm(events | trials(total) ~ 1 + (1 | row), data = studies,
  family = binomial(),
  prior = c(prior({location}, class = Intercept), prior({spread}, class = sd)),
"""
_LOGIT_NORMAL_ASKED = """draws <- as.matrix(logit_normal,
  variable = c("b_Intercept", "sd_row__Intercept"))
mu <- draws[, 1]
tau <- draws[, 2]
z <- qnorm(ppoints(1001))
average <- vapply(seq_along(mu), function(i) mean(plogis(mu[i] + tau[i] * z)), 0)
print(summarise(average))
set.seed({seed})
print(summarise(plogis(rnorm(length(mu), mu, tau))))"""
_BETA_BINOMIAL = """beta_binomial_fit <- brm(events | trials(total) ~ 1, data = studies,
  family = beta_binomial(),
  prior = c(set_prior("", class = "Intercept"), set_prior("", class = "phi")),
  stanvars = stanvar(scode = paste(
    "target += {a} * log_inv_logit(Intercept) + {b} * log1m_inv_logit(Intercept);",
    "target += {c} * log(phi) - {d} * log1p(phi);"), block = "model"),
"""
_BETA_BINOMIAL_ASKED = """draws <- as.matrix(beta_binomial_fit, variable = c("b_Intercept", "phi"))
average <- plogis(draws[, 1])
phi <- draws[, 2]
print(summarise(average))
set.seed({seed})
print(summarise(rbeta(length(average), average * phi, (1 - average) * phi)))"""


def bayes_part(outcome: OutcomeAnswer, assumed: Assumptions | None, seed: int) -> Iterator[str]:
    """Yield the Bayesian models of one outcome with exact counts."""
    yield comment("Bayesian models: minutes, most of them for the compiler of Stan.")
    yield 'if (requireNamespace("brms", quietly = TRUE)) {'
    yield "library(brms)"
    interval = outcome.models[0].estimands[0].interval
    tail = (1.0 - interval.level) / 2.0
    asked = vector(map(number, outcome.thresholds)) if outcome.thresholds else "numeric(0)"
    yield _HELPERS.format(low=f"{tail:.12g}", high=f"{1.0 - tail:.12g}", thresholds=asked)
    for family in ("logit-normal", "beta-binomial"):
        answer = next((m for m in prose.in_order(outcome.models) if m.family == family), None)
        if answer is not None:
            yield from _model(answer, _stored(assumed, answer.id), seed)
    yield "}"


def _stored(assumed: Assumptions | None, name: str) -> StoredModel | None:
    models = () if assumed is None else assumed.models
    return next((model for model in models if model.id == name), None)


def _model(answer: ModelAnswer, stored: StoredModel | None, seed: int) -> Iterator[str]:
    """Yield one model: what is assumed, the call, what to expect."""
    yield comment(f"{answer.family}, model {answer.id}")
    if stored is None:
        yield comment("Left out: the records do not hold its priors.")
        return
    for prior in stored.priors:
        yield comment(f"{prior.parameter}: {prior.prose}")
    logit = answer.family == "logit-normal"
    call = _logit_normal(stored.priors) if logit else _beta_binomial(stored.priors)
    if call is None:
        yield comment("Left out: these priors are not written for brms here.")
        return
    yield call + _SAMPLING.format(seed=seed + 1)
    yield from _expected(answer)
    yield (_LOGIT_NORMAL_ASKED if logit else _BETA_BINOMIAL_ASKED).format(seed=seed + 1)


def _logit_normal(priors: tuple[StoredPrior, ...]) -> str | None:
    given = {prior.parameter: density(prior) for prior in priors}
    location, spread = given.get("mu"), given.get("tau")
    if location is None or spread is None:
        return None
    return _LOGIT_NORMAL.format(location=location, spread=spread)


def _beta_binomial(priors: tuple[StoredPrior, ...]) -> str | None:
    """Return the call with both beta priors on the scales of brms.

    The average rate is expit(Intercept), with density ``rate^a (1 - rate)^b`` of the intercept;
    rho = 1/(1 + phi), with density ``phi^(d - 1) / (1 + phi)^(c + d)`` of phi where rho ~
    Beta(c, d): both by change of variables.
    """
    given = {prior.parameter: beta(prior) for prior in priors}
    location, spread = given.get("average"), given.get("rho")
    if location is None or spread is None:
        return None
    return _BETA_BINOMIAL.format(
        a=number(location[0]),
        b=number(location[1]),
        c=number(spread[1] - 1.0),
        d=number(spread[0] + spread[1]),
    )


def _expected(answer: ModelAnswer) -> Iterator[str]:
    """Yield the answers of the records: average rate first, then the next study."""
    for name, words in (("average", "average rate"), ("new_study", "rate in the next study")):
        summary = next(s for s in answer.estimands if s.estimand == name)
        yield comment(f"Expected, {words} ({answer.engine} engine): {_numbers(summary)}")


def _numbers(summary: Summary) -> str:
    ends = summary.interval
    words = f"mean {100 * summary.mean.value:.3f} %, median {100 * summary.median.value:.3f} %"
    words += f", {ends.kind} {100 * ends.low:.3f} % to {100 * ends.high:.3f} %"
    chances = (f"P(> {e.above:g}) = {e.probability.value:.5f}" for e in summary.above)
    return ", ".join([words, *chances])
