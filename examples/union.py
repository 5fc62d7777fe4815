"""The union data in PyMC: a table in, an ArviZ DataTree out, and three ways to change the model.

Read it from top to bottom, or run it: `python examples/union.py`. The first three parts use the
models of `models/`; the last writes one of its own, with one more level, in plain PyMC.
"""

# %% Packages, and the table
from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Any

import arviz as az
import numpy as np
import pandas as pd
import pymc as pm

import metaprop
from metaprop.assumptions.model import with_prior

COUNTS = Path(__file__).parents[1] / "data" / "kalantar2026" / "counts.csv"
LEVEL: dict[str, Any] = {"ci_prob": 0.95, "ci_kind": "eti"}


def union_table() -> pd.DataFrame:
    """Return the union counts as a table: study, events, total."""
    with COUNTS.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["outcome"] == "union"]
    return pd.DataFrame(rows)[["study", "events", "total"]].astype({"events": int, "total": int})


# %% 1. The model as shipped: table in, DataTree out
def as_shipped(frame: pd.DataFrame) -> Any:
    """Fit the shipped logit-normal model by NUTS and return ArviZ's DataTree."""
    studies = metaprop.Studies.of(frame["study"], frame["events"], frame["total"])
    logit_normal, _beta_binomial = metaprop.default_models()
    posterior = metaprop.fit(studies, logit_normal, engine="nuts", seed=1)
    print(posterior.quality.message)
    return posterior.tree


# %% 2. Your own prior: the same compiled model, other numbers
def with_own_prior(frame: pd.DataFrame) -> Any:
    """Fit with less heterogeneity assumed: tau half-normal with scale 0.5."""
    studies = metaprop.Studies.of(frame["study"], frame["events"], frame["total"])
    narrower = with_prior(
        metaprop.default_models()[0], "tau", metaprop.Prior.of("half_normal", scale=0.5)
    )
    return metaprop.fit(studies, narrower, engine="nuts", seed=1).tree


# %% 3. Your own outcome: the PyMC model itself, to look at or to build upon
def own_outcome() -> pm.Model:
    """Return the PyMC model of another table; its ranges enter as what they are."""
    studies = metaprop.Studies.of(["A", "B", "C"], events=[0, "1+", "0-2"], totals=[12, 9, 20])
    return metaprop.pymc_model(studies, metaprop.default_models()[1])


# %% 4. One more level: studies of the same first author may resemble each other
def one_more_level(frame: pd.DataFrame, draws: int = 1000) -> Any:
    """Fit a model with a level of first authors between the studies and their average."""
    author = frame["study"].str.split().str[0]
    groups, group = np.unique(author, return_inverse=True)
    with pm.Model(coords={"study": frame["study"], "author": groups}):
        mu = pm.Logistic("mu", mu=0.0, s=1.0)  # the typical rate is uniform on (0, 1)
        between = pm.HalfNormal("between_authors", sigma=0.5)
        tau = pm.HalfNormal("tau", sigma=1.0)
        u = pm.Normal("u", dims="author")
        z = pm.Normal("z", dims="study")
        logit_p = mu + between * u[group] + tau * z
        pm.Deterministic("typical", pm.math.invlogit(mu))
        pm.Deterministic("p", pm.math.invlogit(logit_p), dims="study")
        pm.Binomial(
            "events", n=frame["total"], logit_p=logit_p, observed=frame["events"], dims="study"
        )
        return pm.sample(
            draws, chains=4, cores=2, random_seed=1, nuts={"target_accept": 0.95}, progressbar=False
        )


# %% All of it
def main(draws: int = 1000) -> dict[str, Any]:
    """Run every part, print what it finds, and return the trees by name."""
    frame = union_table()
    trees = {
        "as shipped": as_shipped(frame),
        "own prior": with_own_prior(frame),
        "one more level": one_more_level(frame, draws),
    }
    for name, tree in trees.items():
        print(f"\n{name}")
        print(az.summary(tree, var_names=["typical", "tau"], **LEVEL))
    print(f"\nYour own outcome, as a PyMC model:\n{own_outcome().str_repr()}")
    above = float((trees["as shipped"]["posterior"]["average"] > 0.9).mean())
    print(f"\nP(average union rate > 90 %) = {above:.3f}")
    return trees


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
