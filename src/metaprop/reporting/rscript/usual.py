"""The usual formulas and the models of the counts: calls of meta, metafor, lme4 and VGAM."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from metaprop.reporting.rscript.syntax import comment, number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metaprop.questions.frequentist.answers import ComparedMethod, FrequentistAnswer

USUAL, REML, SAFE = "logit: the usual method", "REML", "Hartung-Knapp, safeguard se"
_COUNTS = (
    "Models of the counts: nothing is added to any study. Intervals in the records are by "
    "profile likelihood, which these calls do not give."
)
_META = """{name} <- metaprop(
  event = events, n = total, studlab = study, data = studies,
  sm = "PLOGIT", method = "Inverse", method.incr = "only0", incr = 0.5,
  method.tau = "{tau2}", method.random.ci = "HK", adhoc.hakn.ci = "{safeguard}",
  prediction = TRUE, method.predict = "V", level.ma = {level}, level.predict = {level}
)
print(in_percent({name}))"""
_METAFOR = """effects <- escalc(measure = "PLO", xi = events, ni = total, data = studies,
  add = 0.5, to = "only0")
{name} <- rma(yi, vi, data = effects, method = "{tau2}", test = "{test}", level = 100 * {level})
print(100 * plogis(c({name}$beta, {name}$ci.lb, {name}$ci.ub)))"""
_IN_PERCENT = """in_percent <- function(m) {
  ends <- c(m$TE.random, m$lower.random, m$upper.random, m$lower.predict, m$upper.predict)
  c(setNames(100 * plogis(ends), c("rate", "low", "high", "next low", "next high")), tau2 = m$tau2)
}"""
_GLMM = """binomial_normal <- glmer(cbind(events, total - events) ~ 1 + (1 | row), data = studies,
  family = binomial, nAGQ = 25)
print(c(typical = 100 * plogis(as.numeric(fixef(binomial_normal))),
  tau2 = as.numeric(VarCorr(binomial_normal)$row[1])))"""
_BETA_BINOMIAL = """beta_rates <- vglm(cbind(events, total - events) ~ 1, betabinomial,
  data = studies)
print(c(average = 100 * plogis(coef(beta_rates)[[1]]), rho = plogis(coef(beta_rates)[[2]])))"""


def usual_part(found: FrequentistAnswer) -> Iterator[str]:
    """Yield the two-step methods, each with the numbers to expect from the records."""
    rows = {(row.label, row.estimand): row for row in found.compared}
    level = number(found.level)
    yield comment("Two steps: logits of the studies, their weighted mean. Estimand: typical rate.")
    yield "library(meta)"
    yield _IN_PERCENT
    for name, tau2, safeguard, label in (
        ("usual", "DL", "", USUAL),
        ("usual_safe", "DL", "se", SAFE),
        ("reml", "REML", "", REML),
    ):
        yield _expected(rows.get((label, "typical")), label)
        yield _META.format(name=name, tau2=tau2, safeguard=safeguard, level=level)
    yield _expected_safe_reml(rows.get((REML, "typical")), rows.get((SAFE, "typical")))
    yield _META.format(name="reml_safe", tau2="REML", safeguard="se", level=level)
    yield "library(metafor)"
    yield comment("The same by metafor: usual method, then safeguarded REML (its name is adhoc).")
    yield _METAFOR.format(name="by_metafor", tau2="DL", test="knha", level=level)
    yield _METAFOR.format(name="by_metafor_safe", tau2="REML", test="adhoc", level=level)


def counts_part(found: FrequentistAnswer) -> Iterator[str]:
    """Yield the models of the counts by maximum likelihood, which add no half patients."""
    rows = {(row.label, row.estimand): row for row in found.compared}
    yield comment(_COUNTS)
    yield "library(lme4)"
    yield _expected(rows.get(("GLMM", "typical")), "GLMM")
    yield comment("More than the usual 7 quadrature points: with 7 tau2 is off in its third digit.")
    yield _GLMM
    yield 'if (requireNamespace("VGAM", quietly = TRUE)) {'
    yield "library(VGAM)"
    yield _expected(rows.get(("beta-binomial", "average")), "beta-binomial")
    yield _BETA_BINOMIAL
    yield "}"


def _expected(row: ComparedMethod | None, label: str) -> str:
    """Return what the records say: rate, interval, prediction, spread; or that they are silent."""
    if row is None:
        return comment(f"Expected: the records hold no row {label}")
    words = f"Expected ({label}), {row.estimand} rate: {_percent(row.estimate)}"
    words += f" [{_percent(row.ci_low)}, {_percent(row.ci_high)}] {row.interval}"
    if not math.isnan(row.prediction_low):
        words += f"; next study {_percent(row.prediction_low)} to {_percent(row.prediction_high)}"
    for name, value in (("tau2", row.tau2), ("rho", row.rho)):
        words += "" if math.isnan(value) else f"; {name} {value:.6f}"
    return comment(words)


def _expected_safe_reml(row: ComparedMethod | None, safe: ComparedMethod | None) -> str:
    """Return what follows from the records: where both tau2 are equal, so are all weights."""
    if row is None:
        return _expected(None, REML)
    if safe is not None and row.tau2 == safe.tau2:
        return _expected(
            safe, f"{REML}, safeguard se; its tau2 is the one above, and so are its weights"
        )
    words = f"Expected, REML with safeguard, typical rate: {_percent(row.estimate)}; its interval"
    words += f" holds [{_percent(row.ci_low)}, {_percent(row.ci_high)}], that without safeguard"
    return comment(f"{words}; tau2 {row.tau2:.6f}")


def _percent(rate: float) -> str:
    return "none" if math.isnan(rate) else f"{100 * rate:.4f} %"
