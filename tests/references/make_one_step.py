"""Extract what the one-step tests need from the values that R gave: ``one_step.json``.

Usage: ``PYTHONPATH=tests python -m references.make_one_step R_VALUES.json``. The values came from
``r/02_glmm.R`` and, for the prediction intervals, ``r/03_meta.R`` (R 4.2.2, lme4 1.1-31, metafor
3.8-1, meta 8.4-0). Only what is exact is kept: high quadrature, never rma.glmm's own fit, whose 7
points are off in the fourth digit; of that only what goes into its prediction intervals.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
KEPT = {
    "glmer": ("glmer_nAGQ100", ("b", "se", "tau2")),
    "quadrature": ("exact_ML_gh81", ("b", "tau2", "loglik", "loglik_tau0", "se_obsinfo")),
    "common": ("rma_glmm_FE", ("b", "se")),
    "beta_binomial": ("betabinom_ML", ("mu", "rho", "loglik")),
}
PREDICTIONS = {"t-k-1": "predict_V", "t-k-2": "predict_HTS", "normal": "predict_S"}


def entry(values, name):
    """Return one data set with what R found for it."""
    data, glmm, pooled = values["data"][name], values["glmm"][name], values["meta"][name]["GLMM"]
    found = {"events": data["events"], "totals": data["n"]}
    for ours, (theirs, fields) in KEPT.items():
        fit = glmm.get(theirs, {})
        if "error" not in fit and fit:
            found[ours] = {field: fit[field] for field in fields}
    inputs = {k: pooled["classic"][k] for k in ("TE.random", "seTE.random", "tau2")}
    limits = {ours: pooled[theirs] for ours, theirs in PREDICTIONS.items()}
    if isinstance(inputs["tau2"], float) and all(isinstance(v, list) for v in limits.values()):
        found["prediction"] = {"inputs": inputs, "limits": limits}
    return found


def main():
    """Write the compact file."""
    values = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    found = {name: entry(values, name) for name in values["data"]}
    text = json.dumps(found, separators=(",", ":")).replace('},"', '},\n"')
    (HERE / "one_step.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
