"""What each checklist asks, in our words, and where in a folder of results the answer would be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaprop.reporting.checklists import facts

if TYPE_CHECKING:
    from metaprop.reporting.stored import Results

Fact = Callable[["Results"], str]
APPENDIX, PAGE = "methods_appendix.html", "report.html"


@dataclass(frozen=True, slots=True)
class Asks:
    """One item: ``fact`` says what the records lack; ``places`` are patterns, each of which counts.

    ``never`` is the reason of an item that numbers cannot meet, ``apart`` of one that does not
    apply; both empty elsewhere.
    """

    number: str
    words: str
    fact: Fact = facts.anything
    places: tuple[str, ...] = ()
    never: str = ""
    apart: str = ""


def _in(section: str) -> str:
    return f"{APPENDIX}#{section}"


NOT_DECIDED = "No decision is taken: probabilities are reported, and the reader weighs them"
NOT_DOUBLED = (
    "Chains were not run twice as long; where both engines ran, tables/agreement.csv holds the "
    "draws against quadrature"
)
PEOPLE = "A judgement of people: the table of the appendix is empty until authors fill it"

BARG = (
    Asks(
        "0A",
        "Why a Bayesian analysis",
        facts.anything,
        (f"{PAGE}#usual", _in("frequentist-comparators")),
    ),
    Asks("0B", "The goals", facts.question, (_in("question"),)),
    Asks("1A", "The data", facts.anything, (_in("data"), f"{PAGE}#data")),
    Asks("1B", "Likelihood and parameters", facts.anything, (_in("models"), _in("estimands"))),
    Asks("1C", "Priors, each with its reason", facts.reasoned_priors, (_in("priors"),)),
    Asks("1D", "Model as formula or code", facts.anything, (_in("models"), "equivalent.R")),
    Asks("1E", "What the priors imply before the data", facts.shown_priors, ("figures/priors.*",)),
    Asks("2A", "Software and versions", places=(_in("software-and-reproduction"), "manifest.json")),
    Asks("2B", "Chains agree, in every quantity", facts.converged, ("tables/agreement.csv",)),
    Asks("2C", "Enough effective draws of each", facts.resolved, ("tables/agreement.csv",)),
    Asks("2D", "Error where no chains are used", facts.exact_errors, ("tables/estimates.csv",)),
    Asks(
        "3A",
        "Model held against data",
        facts.checked_fits,
        ("tables/checks.csv", "figures/checks_*"),
    ),
    Asks("3B", "Centre and credible interval", facts.trusted_fits, ("tables/estimates.csv",)),
    Asks("3C", "Model probabilities", facts.asked_sensitivity, ("tables/families.csv",)),
    Asks("4A", "Why a decision", apart=NOT_DECIDED),
    Asks("4B", "Loss function", apart=NOT_DECIDED),
    Asks(
        "4C",
        "Limits of what is as good as equal: here the thresholds, each with its reason",
        facts.reasoned_thresholds,
        ("tables/thresholds.csv",),
    ),
    Asks("4D", "Limit of a Bayes factor", apart=NOT_DECIDED),
    Asks("4E", "Estimates, decision or none", facts.trusted_fits, ("tables/estimates.csv",)),
    Asks("5A", "Other broad priors", facts.asked_sensitivity, ("tables/sensitivity_priors.csv",)),
    Asks(
        "5B",
        "Others in the place of an informed prior",
        facts.asked_sensitivity,
        ("tables/sensitivity_priors.csv",),
    ),
    Asks("5C", "Other default priors", facts.asked_sensitivity, ("tables/tipping_points.csv",)),
    Asks(
        "5D",
        "Model probabilities under other priors",
        never="Model weights are given under the default priors only",
    ),
    Asks(
        "5E",
        "Conclusions under other priors (none of them is a decision)",
        facts.asked_sensitivity,
        ("tables/sensitivity_choices.csv",),
    ),
    Asks("6A", "What to install", places=("manifest.json", _in("software-and-reproduction"))),
    Asks("6B", "Script and data", places=("manifest.json", "equivalent.R")),
    Asks("6C", "A script to be read", places=("equivalent.R",)),
    Asks("6D", "Files beside it", places=("manifest.json", "outcomes/*/*.json")),
    Asks("6E", "A command that makes it all again", places=("manifest.json",)),
    Asks("6F", "Random numbers come again", places=("manifest.json",)),
    Asks("6G", "Figures that can be enlarged", places=("figures/forest_*.svg",)),
)
WAMBS = (
    Asks("1", "Are the priors understood?", facts.reasoned_priors, (_in("priors"),)),
    Asks(
        "2", "Do the traces of the chains agree?", facts.converged, ("figures/sampler/*_rank.png",)
    ),
    Asks(
        "3",
        "Does that hold for twice the draws?",
        never=NOT_DOUBLED,
    ),
    Asks(
        "4",
        "Are there draws enough for a smooth histogram?",
        facts.resolved,
        ("tables/agreement.csv",),
    ),
    Asks("5", "Are draws strongly autocorrelated?", facts.resolved, ("tables/agreement.csv",)),
    Asks(
        "6",
        "Does the posterior make sense beside the data?",
        facts.checked_fits,
        ("figures/checks_*", "figures/surprise_*"),
    ),
    Asks(
        "7",
        "Other priors of variances: here one variance, between studies",
        facts.asked_sensitivity,
        ("tables/tipping_points.csv",),
    ),
    Asks(
        "8",
        "Against priors that say less",
        facts.asked_sensitivity,
        ("tables/sensitivity_priors.csv",),
    ),
    Asks(
        "9",
        "How far the answer moves when priors change",
        facts.asked_sensitivity,
        ("tables/sensitivity_choices.csv",),
    ),
    Asks(
        "10",
        "Told in Bayesian words",
        facts.trusted_fits,
        (_in("thresholds-and-results"), f"{PAGE}#answer"),
    ),
)
ROBUST = (
    Asks("1", "Prior: which", facts.anything, (_in("priors"),)),
    Asks("2", "Prior: why", facts.reasoned_priors, (_in("priors"),)),
    Asks("3", "Prior: others tried", facts.asked_sensitivity, ("tables/sensitivity_priors.csv",)),
    Asks("4", "Model", facts.anything, (_in("models"),)),
    Asks("5", "How it was computed", facts.trusted_fits, (_in("computation"),)),
    Asks("6", "Centre of the posterior", facts.trusted_fits, ("tables/estimates.csv",)),
    Asks("7", "Its spread", facts.trusted_fits, ("tables/estimates.csv",)),
)
PRISMA = (
    Asks(
        "13a",
        "How it was decided which studies enter which synthesis",
        facts.anything,
        (_in("data"), "evidence.json"),
    ),
    Asks(
        "13b",
        "How data were prepared: counts that are missing or told otherwise",
        facts.anything,
        (_in("data"),),
    ),
    Asks(
        "13c",
        "How studies and syntheses are shown",
        facts.anything,
        ("figures/forest_*.svg", "tables/shrinkage.csv"),
    ),
    Asks(
        "13d",
        "How results were combined, and why; how heterogeneity was measured; which software",
        facts.trusted_fits,
        (_in("models"), _in("priors"), _in("computation"), _in("software-and-reproduction")),
    ),
    Asks(
        "13e",
        "How causes of heterogeneity were explored",
        facts.explored,
        (_in("frequentist-comparators"), _in("moderators"), "tables/moderators.csv"),
    ),
    Asks("13f", "How robustness was asked", facts.read_otherwise, (_in("sensitivity"),)),
    Asks(
        "14",
        "How missing results were assessed: small-study effects alone",
        facts.small_studies,
        (_in("frequentist-comparators"), "tables/small_study.csv"),
    ),
    Asks("15", "How certainty was assessed", never=PEOPLE),
    Asks(
        "20a",
        "Studies that contribute to each synthesis, and their risk of bias",
        facts.appraised,
        (_in("data"), "figures/minors*.svg"),
    ),
    Asks(
        "20b",
        "Results of every synthesis: estimate, precision, heterogeneity",
        facts.trusted_fits,
        ("tables/estimates.csv", "figures/forest_*.svg"),
    ),
    Asks("20c", "Results: causes of heterogeneity", facts.explored, ("tables/moderators.csv",)),
    Asks("20d", "Results: robustness", facts.read_otherwise, ("tables/sensitivity_choices.csv",)),
    Asks(
        "21",
        "Results: missing results, by small-study effects alone",
        facts.small_studies,
        ("tables/small_study.csv", "figures/funnel_*.svg"),
    ),
    Asks("22", "Results: certainty of each body of evidence", never=PEOPLE),
)
LISTS = (
    ("BARG", "Bayesian analysis reporting guidelines", "10.1038/s41562-021-01177-7", BARG),
    ("WAMBS", "When to worry about a Bayesian analysis", "10.1037/met0000065", WAMBS),
    ("ROBUST", "Bayesian analyses of clinical studies", "10.1016/j.jclinepi.2004.08.010", ROBUST),
    ("PRISMA 2020", "Systematic reviews: items of the synthesis", "10.1136/bmj.n71", PRISMA),
)
"""Short name, what it is, DOI, items."""
