"""An audit on the disk and on the screen: what is written is read again, and nothing overlaps."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from metaprop.core.errors import DatasetError
from metaprop.questions.audit.records import Audit, Finding, LineAudit, Number, Shown
from metaprop.questions.audit.tables import GRIM
from metaprop.reporting.audit import RECORD, audit_text, read_audit, write_audit
from metaprop.reporting.figures import style
from metaprop.reporting.figures.audit import draw_audit, save_audit
from metaprop.reporting.figures.audit_rows import BayesianLine, prepare_audit

if TYPE_CHECKING:
    from pathlib import Path

    from metaprop.questions.audit.records import Verdict

NAN = float("nan")
EDGE_MM = 0.3
"""Half a pixel of a letter's side may lie outside its advance width."""
BAYESIAN = BayesianLine("a", "logit-normal", 0.96, 0.91, 0.99, 0.95)


def finding(verdict: Verdict, **changed: object) -> Finding:
    plain = Finding("a", "Table 1", "settings", verdict, "strong", "=1+1 is what it says.")
    return replace(plain, **changed)  # type: ignore[arg-type]  # fields of a finding


def line(verdict: Verdict = "reproduced with a setting", label: str = "Trees") -> LineAudit:
    numbers = (Number("settings tried", "", 9.0, "count"), Number("none", "1", NAN, "rate"))
    findings = (
        finding(verdict, numbers=numbers, settings=("logit", "log")),
        finding("not reproduced", check="symmetry", sentence="On no scale."),
        finding("reproduced", check="sums", sentence="Quiet and fine."),
    )
    known = Shown(0.92, 0.89, 0.95)
    return LineAudit(
        *("a", label, "Table 1", "92.4 % [89.0, 94.8]", 0.95, Shown(0.924, 0.89, 0.948)),
        *(known, "logit", 0.97, verdict, findings),
    )


def audit(*lines: LineAudit) -> Audit:
    tables = (finding("cannot be checked", about="n", check="sums", notable=True),)
    return Audit("trees", "Trees of\x1b[31m a wood", 9712, (GRIM,), lines or (line(),), tables)


def unknown() -> LineAudit:
    bare = replace(line("cannot be checked"), recomputed=None, raw_rate=None, by="")
    return replace(bare, printed=Shown(0.2, NAN, NAN), findings=())


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    write_audit(audit(), tmp_path, [BAYESIAN])
    again = read_audit(tmp_path)
    assert str(again) == str(audit())  # NaN is not equal to itself
    assert {path.name for path in (tmp_path / "figures").iterdir()} == {"audit.svg", "audit.png"}


def test_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    names = [RECORD, "tables/audit.csv", "figures/audit.svg", "figures/audit.png"]
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        write_audit(audit(), tmp_path / folder)
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_table_has_a_row_for_each_finding_and_no_formula(tmp_path: Path) -> None:
    write_audit(audit(), tmp_path)
    text = (tmp_path / "tables" / "audit.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert len(rows) == len(audit().findings)
    assert rows[0]["sentence"] == "'=1+1 is what it says."
    assert rows[0]["numbers"] == "settings tried: 9.0"
    assert [row["notable"] for row in rows] == ["no", "yes", "no", "yes"]


@pytest.mark.parametrize(
    ("text", "what"),
    [("{", "no JSON"), ('{"schema": 2}', "reads schema 1"), ('{"schema": 1}', "the keys")],
)
def test_a_record_at_fault_is_an_error(tmp_path: Path, text: str, what: str) -> None:
    (tmp_path / RECORD).write_text(text, encoding="utf-8")
    with pytest.raises(DatasetError, match=what):
        read_audit(tmp_path)


def test_a_record_holds_no_nan(tmp_path: Path) -> None:
    write_audit(audit(unknown()), tmp_path)
    json.loads((tmp_path / RECORD).read_text(encoding="utf-8"), parse_constant=pytest.fail)


def test_the_screen_tells_what_shows_a_line_and_what_does_not_fit() -> None:
    text = audit_text(audit(), width=60)
    assert "Trees, 92.4 % [89.0, 94.8]: reproduced with a setting" in text
    assert "On no scale." in text
    assert "Quiet and fine." not in text
    assert "1 claim, 4 checks, 9,712 ways to pool each table; 1 does not fit." in text
    assert "\x1b" not in text
    assert all(len(row) <= 60 for row in text.splitlines()[1:])


def test_a_figure_shows_each_claim_beside_what_was_recomputed() -> None:
    prepared = prepare_audit(audit(line(), unknown()), [BAYESIAN])
    first, second = prepared.rows
    assert [mark.kind for mark in first.marks] == ["printed", "recomputed", "bayesian", "raw"]
    assert (first.marks[2].centre, first.marks[3].centre) == (0.96, 0.97)
    assert [mark.kind for mark in second.marks] == ["printed", "bayesian"]
    assert (second.found, second.remark) == ("Counts not in print", ("Fits as far as print tells",))
    assert (first.found, first.remark) == (
        "Reproduced with a setting",
        ("Interval fits no usual scale",),
    )
    title = " ".join(prepared.title)
    assert title.startswith("Trees can be reproduced from counts; 1 of 2 lines has")


def test_a_figure_without_counts_says_so() -> None:
    prepared = prepare_audit(audit(unknown()))
    assert " ".join(prepared.title).startswith("No line could be recomputed from counts")
    assert prepared.axis.low <= 0.2 <= prepared.axis.high


@pytest.mark.parametrize("count", [1, 12])
def test_no_text_leaves_the_page_or_touches_another(count: int) -> None:
    name = "A long name of an outcome, of some sixty letters $x^2$ in all"
    lines = [line("not reproduced", name) for _ in range(count)]
    with style.house_style():
        figure = draw_audit(prepare_audit(audit(*lines), [BAYESIAN]))
        FigureCanvasAgg(figure).draw()  # type: ignore[no-untyped-call]
        texts = [text for text in figure.findobj(Text) if text.get_text() and text.get_visible()]
        boxes = [text.get_window_extent() for text in texts]
    edge = EDGE_MM * figure.dpi / style.MM_PER_INCH
    for i, box in enumerate(boxes):
        assert -edge <= box.x0 <= box.x1 <= figure.bbox.width + edge, texts[i]
        assert box.y0 >= 0.0, texts[i]
        for other in boxes[:i]:
            wide = min(box.x1, other.x1) - max(box.x0, other.x0)
            high = min(box.y1, other.y1) - max(box.y0, other.y0)
            assert wide <= edge or high <= 2 * edge, texts[i]


def test_any_text_makes_a_figure(tmp_path: Path) -> None:
    save_audit(audit(line(label="$\\frac <b> 中文")), (), tmp_path, "audit")
    assert (tmp_path / "audit.svg").stat().st_size > 0
