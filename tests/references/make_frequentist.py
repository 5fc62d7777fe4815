"""Extract what the frequentist engine is held against from the values that R wrote.

Usage: ``python make_frequentist.py r_values.json``. The scripts in ``r/`` made that file (R 4.2.2,
metafor 3.8-1, meta 8.4-0, metasens 1.5-2). Kept are the numbers that a test compares, to 12
significant digits, as lists in the order of ``COLUMNS``; null is NA, "Inf" infinity.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
METHODS = ("DL", "REML", "ML", "PM", "SJ", "HE", "HS", "EB")
RANDOM_CI = ("classic", "HK", "HK_se", "HK_ci", "HK_IQWiG6", "KR")
SCALES = ("PLOGIT", "PFT", "PAS", "PLN", "PRAW")
BIAS_TESTS = ("Begg", "Egger", "Thompson", "Macaskill", "Peters")
COLUMNS = {
    "metafor.fit": ["tau2", "I2", "H2", "Q", "pQ"],
    "metafor.z": ["b", "se", "ci", "pi_metafor", "pi_hts_km2", "pi_t_km1"],
    "metafor.knha": ["se", "ci", "pi_metafor", "pi_hts_km2"],
    "metafor.adhoc": ["se", "ci", "pi_metafor"],
    "metafor.z.rates": ["b_bt", "ci_bt"],
    "metafor.common": ["b", "se", "ci", "b_bt", "ci_bt"],
    "meta.fit": ["TE.random", "seTE.random", "ci.random", "df.random", "tau2", "pi"],
    "meta.rates": ["prop.random", "prop.random_ci", "pi_prop"],
    "meta.shared": ["TE.common", "seTE.common", "ci.common", "Q", "pQ", "I2", "I2_ci", "H", "H_ci"],
    "meta.common.rates": ["prop.common", "prop.common_ci"],
}


def short(value):
    """Return a value with its numbers to 12 significant digits."""
    if isinstance(value, float):
        return float(f"{value:.12g}")
    if isinstance(value, list):
        return [short(one) for one in value]
    if isinstance(value, dict):
        return {key: short(one) for key, one in value.items()}
    return value


def picked(record, columns):
    """Return the fields of a record in the order of the columns."""
    return [record.get(name) for name in COLUMNS[columns]]


def of_metafor(cell):
    """Return one scale and correction of one data set."""
    if "fits" not in cell:
        return {"k_used": cell.get("k_used", 0)}
    kept = {"k_used": cell["k_used"], "common": picked(cell["EE"], "metafor.common")}
    for name in ("tau2_QP_ci", "tau2_PL_ci_ML", "tau2_PL_ci_REML"):
        found = cell.get(name)
        if isinstance(found, dict):
            found = found.get("tau2", found)
            kept[name] = [found.get("ci.lb"), found.get("ci.ub")]
    kept["fits"] = {
        method: {
            "fit": picked(cell["fits"][method], "metafor.fit"),
            "rates": picked(cell["fits"][method]["z"], "metafor.z.rates"),
            **{
                test: picked(cell["fits"][method][test], f"metafor.{test}")
                for test in ("z", "knha", "adhoc")
            },
        }
        for method in METHODS
    }
    return kept


def of_meta(scale):
    """Return one scale of one data set."""
    kept = {}
    for method in METHODS:
        fits = scale[method]
        kept[method] = {name: picked(fits[name], "meta.fit") for name in RANDOM_CI if name in fits}
        kept[method]["rates"] = picked(fits["classic"], "meta.rates")
    classic = scale["REML"]["classic"]
    kept["shared"] = picked(classic, "meta.shared")
    kept["common_rates"] = picked(classic, "meta.common.rates")
    kept["effects"] = [classic["TE"], classic["seTE"], classic["incr.event"]]
    kept["IVhet"] = [scale["IVhet"]["seTE.common"], scale["IVhet"]["ci.common"]]
    kept["predict"] = {
        name: found.get("pi") for name, found in scale["predict_REML"].items() if "pi" in found
    }
    kept["incr"] = {
        name.removeprefix("incr_"): [
            found["TE"],
            found["seTE"],
            picked(found, "meta.fit"),
        ]
        for name, found in scale.items()
        if name.startswith("incr_")
    }
    return kept


def of_bias(scale):
    """Return what was asked of the funnel of one scale of one data set."""
    kept = {"metabias": {}, "regtest": {}}
    for name in BIAS_TESTS:
        found = scale.get("metabias", {}).get(name, {})
        if "stat" in found:
            keys = ("stat", "p", "df", "bias", "se_bias", "intercept", "se_intercept", "tau2")
            kept["metabias"][name] = [found.get(key) for key in keys] + [found["estimate"]]
    for name, found in scale.get("regtest", {}).items():
        if "z" in found:
            kept["regtest"][name] = [found["z"], found["p"], found["limit"], found["limit_ci"]]
    for name in ("ranktest", "ranktest_default", "leave1out", "influence", "limitmeta", "metainf"):
        if name in scale and "error" not in scale[name]:
            kept[name] = scale[name]
    for name in ("trimfill_meta", "trimfill_metafor"):
        kept[name] = {
            kind: found for kind, found in scale.get(name, {}).items() if "k0" in (found or {})
        }
    return kept


def of_copas(found):
    """Return a Copas analysis without what it repeats."""
    dropped = {"time_s", "seTE.slope", "loglik1", "loglik2", "conv1", "regr", "x.slope", "y.slope"}
    return {key: value for key, value in found.items() if key not in dropped}


def main() -> None:
    """Write ``frequentist.json`` beside this script."""
    values = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    kept = {
        "columns": COLUMNS,
        "data": {
            name: {key: data[key] for key in ("events", "n")}
            for name, data in values["data"].items()
        },
        "metafor": {
            name: {
                scale: {key: of_metafor(cell) for key, cell in cells.items()}
                for scale, cells in scales.items()
            }
            for name, scales in values["metafor"].items()
        },
        "meta": {
            name: {scale: of_meta(scales[scale]) for scale in SCALES}
            for name, scales in values["meta"].items()
        },
        "study_ci": values["study_ci"],
        "study_ci_scale": {
            name: {
                key: found
                for key, found in scales["study_ci"].items()
                if key.startswith("NAsm") and "lower" in found
            }
            for name, scales in values["meta"].items()
        },
        "bias": {
            name: {scale: of_bias(found) for scale, found in scales.items() if "error" not in found}
            for name, scales in values["bias"].items()
        },
        "copas": {
            name: {scale: of_copas(found) for scale, found in scales.items()}
            for name, scales in values["copas"]["by_dataset"].items()
        },
        "copas_sweep": values["copas"]["union17_sweep"],
    }
    text = json.dumps(short(kept), separators=(",", ":"), sort_keys=True)
    (HERE / "frequentist.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
