"""The folder of a data set, or a model file, from a stranger: read as data, pointing nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hostile.command import MOST_MEMORY, seen, several

if TYPE_CHECKING:
    from hostile.command import Ended

PASSPORT = """\
title = "Trees"
question = "Do they heal?"
[outcomes.healed]
label = "Healed"
direction = "higher is better"
thresholds = [0.8]
"""
STUDIES = "study,source\nA,p. 1\nB,p. 2\nC,p. 3\n"
COUNTS = "outcome,study,events,total,source\nhealed,A,9,9,p\nhealed,B,14,15,p\nhealed,C,10,11,p\n"
NUMBER = '[columns."size"]\nmeaning = "m"\nunit = "cm"\nlabel = "l"\ncovariate = "number"\n'
DEEP = 10_000
LISTS, DOTS = "[" * DEEP + "]" * DEEP, ".".join("a" * DEEP)
NINES = "9" * 10_000

PASSPORTS = {
    "lists": (PASSPORT.replace('"Trees"', LISTS), "nested too deeply"),
    "tables": (PASSPORT + "x = " + "{a=" * DEEP + "1" + "}" * DEEP, "nested too deeply"),
    "header": (PASSPORT + f"[{DOTS}]\nx = 1\n", "nested too deeply"),
    "dotted": (PASSPORT + f"{DOTS} = 1\n", "nested too deeply"),
    "quoted": (PASSPORT + ".".join(['"a"'] * DEEP) + " = 1\n", "nested too deeply"),
    "spaced": (PASSPORT + " \t. ".join("a" * DEEP) + " = 1\n", "nested too deeply"),
    "beyond_doubles": (PASSPORT.replace("0.8", "1e400"), "inf is no rate"),
    "no_numbers": (PASSPORT.replace("0.8", "nan, -inf"), "nan is no rate"),
    "huge_integer": (PASSPORT.replace("0.8", NINES), "not TOML"),
    "huge_hexadecimal": (PASSPORT.replace("0.8", "0x" + "f" * 50_000), "is not allowed"),
    "huge_total": (
        PASSPORT + f"known_total = '{NINES[:1500]}'\nknown_total_source = 'p'\n",
        "is more than 1,000,000,000 patients",
    ),
    "upwards": (PASSPORT.replace("healed", '"../../etc"'), "is no name of an outcome"),
    "absolute": (PASSPORT.replace("healed", '"/etc/passwd"'), "is no name of an outcome"),
    "line_end": (PASSPORT.replace("healed", '"healed\\n"'), "is no name of an outcome"),
    "a_path": (PASSPORT + 'studies = "../../../etc/passwd"\n', "there is no such key"),
    "long": (PASSPORT + "#" * 2**21, "longer than 1,048,576 characters"),
    "long_title": (PASSPORT.replace("Trees", "T" * 10_000), "10,000 characters"),
    "control": (PASSPORT.replace("Trees", "a\\u001b[31m"), "control characters"),
    "many_keys": (PASSPORT + "".join(f"k{i} = 1\n" for i in range(20_000)), "20,000 in all"),
    "twice": (PASSPORT + '[outcomes.healed]\nlabel = "x"\n', "not TOML"),
}
FILES = {
    "size_beyond": ({"studies.csv": "study,source,size\nA,p,1e400\nB,p,1\nC,p,2\n"}, "no number"),
    "size_huge": ({"studies.csv": f"study,source,size\nA,p,{NINES}\nB,p,1\nC,p,2\n"}, "no number"),
    "size_far": (
        {"studies.csv": "study,source,size\nA,p,1e308\nB,p,-1e308\nC,p,1e-308\n"},
        "row 2, column 'size': '1e308' is beyond 1e+12",
    ),
    "claims_beyond": (
        {"claims.csv": f"estimate_percent,outcome,source\n1e400,healed,p\n{NINES},healed,p\n"},
        "no printed number",
    ),
    "reading_spaced": ({"readings/a b.toml": 'sentence = "s"\n'}, "is no name of a reading"),
    "reading_formula": ({"readings/=cmd.toml": 'sentence = "s"\n'}, "is no name of a reading"),
    "reading_deep": (
        {"readings/a.toml": f'sentence = "s"\nleave_out = {LISTS}\n'},
        "nested too deeply",
    ),
    "reading_alone": ({"readings/a.csv": COUNTS}, "a.toml: there is no such file"),
}
LINKS = {
    "to_secret": ("studies.csv", "../../secret.txt", "there is no column 'study'"),
    "to_zeros": ("counts.csv", "/dev/zero", "larger than 32 MB"),
    "to_itself": ("dataset.toml", "dataset.toml", "Too many levels of symbolic links"),
    "to_nowhere": ("studies.csv", "../../../../none", "there is no such file"),
    "reading_to_secret": ("readings/a.toml", "../../../secret.txt", "not TOML"),
    "readings_round": ("readings", ".", "there is no column 'outcome'"),
}
MODEL = """\
name = "Mine"
family = "common-rate"
sentence = "One rate."
[location]
parameter = "average"
prior = { distribution = "beta", alpha = 1, beta = 1 }
unit = "rate"
reason = "r"
source = "s"
"""
NARROW = """\
name = "Mine"
family = "logit-normal"
sentence = "They differ by nothing that a double can hold."
[location]
parameter = "mu"
prior = { distribution = "logistic", location = 0, scale = 1 }
unit = "log odds"
reason = "r"
source = "s"
[heterogeneity]
parameter = "tau"
prior = { distribution = "half_normal", scale = 1e-300 }
unit = "log odds"
reason = "r"
source = "s"
"""
MODELS = {
    "narrow": (NARROW, "lies between two neighbouring doubles"),
    "deep": (MODEL + "x = " + LISTS, "nested too deeply"),
    "dotted": (f"{DOTS} = 1\n" + MODEL, "nested too deeply"),
    "beyond": (MODEL.replace("alpha = 1", "alpha = 1e400"), "is not finite"),
    "huge": (MODEL.replace("alpha = 1", f"alpha = {NINES[:4000]}"), "is not finite"),
    "huger": (MODEL.replace("alpha = 1", f"alpha = {NINES}"), "not TOML"),
    "none": (MODEL.replace("alpha = 1", "alpha = nan"), "is not finite"),
    "code": (MODEL.replace('"beta"', "\"__import__('os').system('touch x')\""), "no"),
    "list": (MODEL.replace('"common-rate"', '["common-rate"]'), "is not allowed"),
    "null": ("\0", "binary"),
    "empty": ("", "the key is missing"),
}


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ended]:
    """Return how every folder and model file fared; nothing was written beside them."""
    place = tmp_path_factory.mktemp("strangers")
    (place / "secret.txt").write_text("password of nobody\n", encoding="utf-8")
    files = {f"d/{name}": {"dataset.toml": text} for name, (text, _) in PASSPORTS.items()}
    files |= {f"d/{name}": given for name, (given, _) in FILES.items()}
    files |= {f"d/{name}": {} for name in (*LINKS, "sound")}
    files["d/sizes"] = {
        "dataset.toml": PASSPORT + NUMBER,
        "studies.csv": "study,source,size\nA,p,1e12\nB,p,-1e12\nC,p,1e-12\n",
    }
    for name in ("size_beyond", "size_huge", "size_far"):
        files[f"d/{name}"] = {"dataset.toml": PASSPORT + NUMBER, **files[f"d/{name}"]}
    for folder, given in files.items():
        sound = {"dataset.toml": PASSPORT, "studies.csv": STUDIES, "counts.csv": COUNTS}
        for name, text in (sound | given).items():
            path = place / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for name, (link, target, _) in LINKS.items():
        path = place / "d" / name / link
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)
        path.symlink_to(target)
    (place / "m").mkdir()
    for name, (text, _) in MODELS.items():
        (place / "m" / f"{name}.toml").write_text(text, encoding="utf-8")
    (place / "m" / "A b.toml").write_text(MODEL, encoding="utf-8")
    commands = {name: ["check", name] for name in files}
    commands |= {f"m/{name}": ["fit", "d/sound", "--model", f"m/{name}.toml"] for name in MODELS}
    commands["m/A b"] = ["fit", "d/sound", "--model", "m/A b.toml"]
    before = seen(place)
    found = dict(zip(commands, several(list(commands.values()), place), strict=True))
    assert seen(place) == before
    return found


SAID = {f"d/{name}": said for name, (_, said) in {**PASSPORTS, **FILES}.items()}
SAID |= {f"d/{name}": said for name, (_, _, said) in LINKS.items()}
SAID |= {f"m/{name}": said for name, (_, said) in MODELS.items()}
SAID["m/A b"] = "cannot be the name of a model file"


@pytest.mark.parametrize("name", SAID)
def test_a_stranger_s_file_is_refused_in_words(ended: dict[str, Ended], name: str) -> None:
    assert ended[name].refused, ended[name]
    assert ended[name].cheap
    assert SAID[name] in ended[name].err


@pytest.mark.parametrize("name", ["d/sound", "d/sizes"])
def test_sound_files_beside_them_are_read(ended: dict[str, Ended], name: str) -> None:
    assert ended[name].code == 0, ended[name]


def test_no_message_repeats_what_a_link_points_to(ended: dict[str, Ended]) -> None:
    assert not any("password" in one.err for one in ended.values())


def test_all_of_it_together_took_little_memory(ended: dict[str, Ended]) -> None:
    assert max(one.peak for one in ended.values()) < MOST_MEMORY / 4
