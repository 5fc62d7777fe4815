from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import integrate

import made_up
import r_language
from evil import EVIL
from metaprop.assumptions.model import default_models
from metaprop.assumptions.priors import Prior
from metaprop.evidence.studies import Studies
from metaprop.questions.analysis import PlainOutcome, analyse
from metaprop.questions.frequentist.answers import FrequentistAnswer
from metaprop.questions.frequentist.comparison import compare_methods
from metaprop.reporting.assumptions import Assumptions, StoredPrior, assumptions_of
from metaprop.reporting.records import Passport, manifest_of
from metaprop.reporting.rscript.bayes import _beta_binomial
from metaprop.reporting.rscript.priors import density
from metaprop.reporting.rscript.script import script_of
from metaprop.reporting.rscript.syntax import string
from metaprop.reporting.rscript.usual import REML, SAFE, usual_part
from metaprop.reporting.stored import Beside, Results

if TYPE_CHECKING:
    from metaprop.questions.answers import Analysis

HOSTILE = (
    *EVIL,
    'A"); system("touch owned"); c("',
    "back\\slash\\",
    "two\nlines\r# and a comment",
    "line\u2028separator",
    "Röver 漢字 \U0001f9b4",
    "'single' `tick`",
)
# Calls of functions that ran in R for the pinned values (tests/references), or are R's own.
RAN = {
    *("library", "requireNamespace", "metaprop", "escalc", "rma", "glmer", "fixef", "VarCorr"),
    *("logistic", "normal"),  # names of Stan, inside prior()
    *("brm", "prior", "binomial", "beta_binomial", "trials", "cbind", "as.matrix"),
}
BASE = {
    *("c", "data.frame", "factor", "seq_len", "nrow", "function", "print", "plogis", "setNames"),
    *("as.numeric", "quantile", "vapply", "seq_along", "mean", "list", "qnorm", "ppoints"),
    *("set.seed", "rnorm", "rbeta", "length", "coef", "paste", "if", "numeric"),
}
OURS = {"in_percent", "summarise"}
DOCUMENTED = {"vglm", "set_prior", "stanvar"}
"""Written by the manuals of VGAM and brms; they did not run for the pinned values."""


def results(names: tuple[str, ...], *, title: str = "", exact: bool = True) -> Results:
    """Return results whose records name the studies so, whatever a table may hold."""
    plain = [f"S{i}" for i in range(len(names))]
    events = ["9", "10", *("12" for _ in names[2:])]
    studies = Studies.of(plain, events=events, totals=[12] * len(names))
    asked = studies if exact else Studies.of(plain, events=["9+", *events[1:]], totals=[12] * 3)
    analysis = analyse(PlainOutcome(asked, label="Union", thresholds=(0.1, 0.9)), made_up.MODELS)
    (outcome,) = analysis.outcomes
    seen = tuple(replace(s, name=n) for s, n in zip(outcome.observed, names, strict=True))
    analysis = replace(analysis, title=title, outcomes=(replace(outcome, observed=seen),))
    compared = compare_methods(studies, 0.95)
    found = FrequentistAnswer("events", "", 0.95, 0, None, compared, None, (), None, (), ())
    beside = Beside(frequentist=(found,), assumptions=assumed(analysis))
    return Results(manifest_of(analysis, Passport("", {}, {})), analysis, beside)


def assumed(analysis: Analysis) -> Assumptions:
    return assumptions_of(default_models(), (), replace(analysis, outcomes=()))


@pytest.fixture(scope="module")
def hostile() -> Results:
    with pytest.MonkeyPatch.context() as patch:
        made_up.install(patch)
        return results(HOSTILE, title='Title\n"); system("x")\u2028quit()')


def test_no_name_of_a_study_becomes_code(hostile: Results) -> None:
    script = script_of(hostile)
    seen = r_language.read(script)
    assert tuple(name for name in seen.strings if name in HOSTILE) == HOSTILE
    assert seen.calls <= RAN | BASE | OURS | DOCUMENTED
    assert any("quit()" in line for line in seen.comments)


def test_what_to_expect_comes_from_the_records(hostile: Results) -> None:
    script = script_of(hostile)
    usual = next(r for r in hostile.beside.frequentist[0].compared if "usual" in r.label)
    assert f"{100 * usual.estimate:.4f} %" in script
    average = hostile.analysis.outcomes[0].models[-1].estimand("average")
    told = re.sub(r"\n# ", " ", script)
    assert f"P(> 0.9) = {average.probability(0.9).value:.5f}" in told
    assert "prior(logistic(0, 1), class = Intercept), prior(normal(0, 1), class = sd)" in script


@pytest.mark.usefixtures("made_up_engine")
def test_ranges_and_missing_records_are_said_and_not_computed() -> None:
    vague = script_of(results(("A", "B", "C"), exact=False))
    assert "take no ranges" in vague
    assert not r_language.read(vague).calls & RAN
    bare = results(("A", "B", "C"))
    silent = script_of(replace(bare, beside=Beside()))
    assert "do not hold its priors" in silent
    assert "brm" not in r_language.read(silent).calls


@pytest.mark.parametrize("text", HOSTILE)
def test_a_string_reads_back_as_it_was(text: str) -> None:
    literal = string(text)
    assert literal.isascii()
    assert r_language.decode(literal) == text


def stored(prior: Prior, parameter: str) -> StoredPrior:
    low, high = (float(prior.quantile(p)) for p in (0.025, 0.975))
    head = (parameter, prior.distribution, prior.prose(), low, high)
    return StoredPrior(*head, "unit", "reason", "source")


def test_priors_are_said_in_brms_or_not_at_all() -> None:
    said = {
        "student_t(4, 0.5, 2.5)": Prior.of("student_t", df=4.0, location=0.5, scale=2.5),
        "cauchy(0, 0.5)": Prior.of("half_cauchy", scale=0.5),
        "normal(-1, 1.5)": Prior.of("normal", location=-1.0, scale=1.5),
    }
    for call, prior in said.items():
        assert density(stored(prior, "mu")) == call
    assert density(stored(Prior.of("half_normal", scale=1.0, high=2.0), "tau")) is None
    assert density(stored(Prior.of("exponential", rate=1.0), "tau")) is None


def test_the_prior_of_phi_is_that_of_rho() -> None:
    """The density written for phi is, up to a constant, what Beta(2, 5) on rho becomes."""
    priors = (
        stored(Prior.of("beta", alpha=1.0, beta=1.0), "average"),
        stored(Prior.of("beta", alpha=2.0, beta=5.0), "rho"),
    )
    call = _beta_binomial(priors)
    assert call is not None
    c, d = map(float, re.findall(r"\+= ([\d.]+) \* log\(phi\) - ([\d.]+)", call)[0])

    def height(phi: float) -> float:
        return float(np.exp(c * np.log(phi) - d * np.log1p(phi)))

    whole, _ = integrate.quad(height, 0.0, np.inf)
    below, _ = integrate.quad(height, 0.0, 3.0)  # phi < 3 is rho > 1/4
    rho = Prior.of("beta", alpha=2.0, beta=5.0)
    assert below / whole == pytest.approx(1.0 - float(rho.cdf(0.25)), abs=1e-9)


@pytest.mark.usefixtures("made_up_engine")
@pytest.mark.parametrize(("tau2", "told"), [(0.0, "same"), (0.3, "bound")])
def test_safeguarded_reml_has_its_interval_where_the_records_tell_it(
    tau2: float, told: str
) -> None:
    found = results(("A", "B", "C")).beside.frequentist[0]
    rows = [
        replace(r, tau2=tau2) if r.label == REML else replace(r, tau2=0.0) for r in found.compared
    ]
    safe = next(row for row in rows if row.label == SAFE)
    parts = list(usual_part(replace(found, compared=tuple(rows))))
    (call,) = (i for i, part in enumerate(parts) if part.startswith("reml_safe <- "))
    words = " ".join(line.removeprefix("# ") for line in parts[call - 1].splitlines())
    ends = f"[{100 * safe.ci_low:.4f} %, {100 * safe.ci_high:.4f} %]"
    assert (ends in words) is (told == "same")
    assert ("its interval holds" in words) is (told == "bound")
