"""Make ``exact.json``: reference posteriors of every problem in ``tests/problems.py``.

From the project's root::

    PYTHONPATH=tests python -m references.make_exact [part of an id ...]

Each problem is integrated at two resolutions; the second is kept, and the difference of the two
stands beside each number as its error. About half an hour on two cores.
"""

from __future__ import annotations

import json
import math
import sys
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from problems import PROBLEMS, Problem
from references.exact_posterior import COARSE, FINE, Panels

if TYPE_CHECKING:
    from collections.abc import Callable

TARGET = Path(__file__).with_name("exact.json")
ROUNDING = 2e-13  # least error stated: rounding in the likelihoods is common to both resolutions
QUANTILES = (0.025, 0.5, 0.975)
LEVELS = (0.001, 0.05, 0.3, 0.7, 0.95, 0.999)
NEW_LEVELS = (0.02, 0.25, 0.5, 0.75, 0.98)
PATIENTS = 10
GRID = sorted({
    *(float(f"1e-{j}") for j in range(2, 9)), 0.03, 0.05, 0.1, 0.2, 0.25, 0.3, 0.5, 0.7, 0.8, 0.9,
    0.95, 0.99,
})  # fmt: skip
WITH_NEW_COUNT = frozenset({"union17", "all_zero5", "deep_infection", "k2_opposite", "k1_zero"})


def logit(t: float) -> float:
    """Log odds of the float t, also near 1."""
    return math.log(t) - math.log1p(-t)


def short(x: float) -> float:
    """expit(x) with three significant digits of the smaller side, within 2e-9 of 0 or 1."""
    x = min(20.0, max(-20.0, x))
    side = float(f"{special.expit(-abs(x)):.3g}")
    return side if x < 0 else 1 - side


def studies_asked(problem: Problem) -> list[int]:
    """Return the first study and the most extreme other one, among those with exact counts."""
    cells = list(zip(problem.events_low, problem.events_high, problem.totals, strict=True))
    exact = [i for i, (low, high, _) in enumerate(cells) if low == high]
    first, others = exact[0], exact[1:]

    def extremeness(i: int) -> float:
        low, _, n = cells[i]
        return abs(logit((low + 0.5) / (n + 1)))

    one_is_enough = problem.family == "logit-normal" and "default" not in problem.tags
    if one_is_enough or len(others) == 0:
        return [first]
    return [first, max(others, key=extremeness)]


def choose_thresholds(panels: Panels) -> dict[str, Any]:
    """Informative thresholds, from the coarse resolution."""
    average = [short(panels.quantile(panels.average_above, q, 1e-3)) for q in LEVELS]
    typical = [short(panels.quantile(panels.typical_above, q, 1e-2)) for q in (0.02, 0.5, 0.98)]
    above = {t: panels.new_study_above(logit(t)) for t in GRID}
    new = [min((abs(above[t] - level), t) for t in GRID)[1] for level in NEW_LEVELS]
    nodes, studies = panels.base_nodes(), {}
    for i in studies_asked(panels.problem):
        y, n = panels.problem.events_low[i], panels.problem.totals[i]
        mean = panels.study_mean(y, n, nodes)
        sd = 1 / math.sqrt(mean * (1 - mean) * (n + 10))
        studies[i] = sorted({short(logit(mean) + c * sd) for c in (-1.2, 0.1, 1.2)})
    return {
        "average": sorted(set(average)),
        "typical": sorted(set(typical)),
        "new_study": sorted(set(new)),
        "studies": studies,
    }


def _above(function: Callable[[float], float], thresholds: list[float]) -> dict[str, float]:
    return {repr(t): function(logit(t)) for t in thresholds}


def _quantiles(
    panels: Panels,
    function: Callable[[float], float],
    scale: Callable[[float], float],
) -> dict[str, float]:
    return {repr(q): float(scale(panels.quantile(function, q))) for q in QUANTILES}


def quantities(panels: Panels, thresholds: dict[str, Any]) -> dict[str, Any]:
    """All reference values of one problem at one resolution."""
    problem, nodes = panels.problem, panels.base_nodes()
    scale = math.exp if panels.logit_normal else special.expit
    spread: dict[str, Any] = {"quantiles": _quantiles(panels, panels.spread_above, scale)}
    if panels.mean_exists:
        spread["mean"] = panels.spread_mean()
    typical: dict[str, Any] = {"above": _above(panels.typical_above, thresholds["typical"])}
    if panels.logit_normal:
        typical["quantiles"] = _quantiles(panels, panels.typical_above, special.expit)
    studies = {}
    for i, asked in thresholds["studies"].items():
        y, n = problem.events_low[i], problem.totals[i]
        studies[str(i)] = {
            "mean": panels.study_mean(y, n, nodes),
            "above": {repr(t): panels.study_above(y, n, logit(t)) for t in asked},
        }
    found: dict[str, Any] = {
        "log_marginal_likelihood": panels.log_marginal_likelihood,
        "average": {
            "mean": panels.average_mean(nodes),
            "above": _above(panels.average_above, thresholds["average"]),
            "quantiles": _quantiles(panels, panels.average_above, special.expit),
        },
        "typical": typical,
        "new_study": {"above": _above(panels.new_study_above, thresholds["new_study"])},
        "tau" if panels.logit_normal else "rho": spread,
        "studies": studies,
    }
    if problem.data in WITH_NEW_COUNT:
        found[f"new_count_{PATIENTS}"] = panels.new_count(PATIENTS, nodes)
    return found


def with_errors(fine: Any, coarse: Any) -> Any:
    """Replace each number by [value, error]."""
    if isinstance(fine, dict):
        return {key: with_errors(fine[key], coarse[key]) for key in fine}
    if isinstance(fine, list):
        return [with_errors(a, b) for a, b in zip(fine, coarse, strict=True)]
    error = max(abs(fine - coarse), ROUNDING * max(1.0, abs(fine)))
    return [float(fine), float(f"{error:.2g}")]


def solve(number: int) -> tuple[str, dict[str, Any], float]:
    """Reference values of one problem, and the seconds they took."""
    problem, start = PROBLEMS[number], perf_counter()
    coarse = Panels(problem, COARSE)
    thresholds = choose_thresholds(coarse)
    rough = quantities(coarse, thresholds)
    fine = quantities(Panels(problem, FINE), thresholds)
    return problem.id, with_errors(fine, rough), perf_counter() - start


def attempt(number: int) -> tuple[str, dict[str, Any], float]:
    """Solve; a failure is told and leaves the other problems alone."""
    try:
        return solve(number)
    except (ArithmeticError, ValueError, IndexError) as error:
        sys.stderr.write(f"{PROBLEMS[number].id}: {error!r}\n")
        return PROBLEMS[number].id, {}, 0.0


def leaves(tree: Any) -> list[list[float]]:
    """All [value, error] pairs."""
    if isinstance(tree, dict):
        return [pair for branch in tree.values() for pair in leaves(branch)]
    if tree and isinstance(tree[0], list):
        return [pair for branch in tree for pair in leaves(branch)]
    return [tree]


def save(found: dict[str, Any]) -> None:
    """Write what is known so far, in the order of the table."""
    ordered = {p.id: found[p.id] for p in PROBLEMS if p.id in found}
    content = {"note": "Each number is [value, error]. See README.md.", "posteriors": ordered}
    TARGET.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def main(asked: list[str]) -> None:
    """Solve the problems asked for (all that are missing, without arguments)."""
    found: dict[str, Any] = {}
    if TARGET.exists():
        found = json.loads(TARGET.read_text(encoding="utf-8"))["posteriors"]
    wanted = [
        i
        for i, p in enumerate(PROBLEMS)
        if (any(word in p.id for word in asked) if asked else p.id not in found)
    ]
    wanted.sort(key=lambda i: len(PROBLEMS[i].totals) * (PROBLEMS[i].family == "logit-normal"))
    with get_context("spawn").Pool(2) as pool:
        for name, result, seconds in pool.imap_unordered(attempt, wanted):
            if not result:
                continue
            found[name] = result
            save(found)
            worst = np.max([error for _, error in leaves(result)])
            sys.stdout.write(f"{name}: worst error {worst:.1e}, {seconds:.0f} s\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
