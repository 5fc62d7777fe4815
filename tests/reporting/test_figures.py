from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

import made_up
from metaprop.reporting.figures import style
from metaprop.reporting.figures.forest import draw_forest, save_forest
from metaprop.reporting.figures.forest_rows import prepare_forest
from metaprop.reporting.figures.threshold_curves import draw_threshold_curves, save_threshold_curves
from metaprop.reporting.figures.threshold_rows import prepare_threshold_curves

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from matplotlib.figure import Figure

    from metaprop.questions.analysis import PlainOutcome
    from metaprop.questions.answers import OutcomeAnswer

pytestmark = pytest.mark.usefixtures("made_up_engine")
NASTY = ["$x^2$ <b>&amp;</b> -->", "50 % $ \\alpha_1", "中文 студия", "=1+1"]
# Half a pixel of a letter's side may lie outside its advance width.
EDGE_MM = 0.3
LOOKS = [
    pytest.param(look, id=name)
    for name, look in (("two columns", style.TWO_COLUMNS), ("one column", style.ONE_COLUMN))
]


def answer(asked: PlainOutcome) -> OutcomeAnswer:
    return made_up.analysis(asked).outcomes[0]


def nasty() -> PlainOutcome:
    k = len(NASTY)
    return made_up.outcome(
        [n.replace("\x00", "") for n in NASTY], [1] * k, [5] * k, label="$\\frac"
    )


@pytest.mark.parametrize("save", [save_forest, save_threshold_curves])
def test_the_same_figure_has_the_same_bytes(save: Callable[..., None], tmp_path: Path) -> None:
    for stem in ("one", "two"):
        save(answer(made_up.three()), 0.95, "equal-tailed", tmp_path, stem)
    for suffix in (".svg", ".png"):
        first, second = (tmp_path / f"{stem}{suffix}" for stem in ("one", "two"))
        assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("save", [save_forest, save_threshold_curves])
def test_any_text_gives_well_formed_svg_without_a_date(
    save: Callable[..., None], tmp_path: Path
) -> None:
    save(answer(nasty()), 0.95, "equal-tailed", tmp_path, "nasty")
    text = (tmp_path / "nasty.svg").read_text(encoding="utf-8")
    ET.fromstring(text)  # noqa: S314 - our own file
    assert not re.search(r"\d{4}-\d\d-\d\dT", text)


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("k", [1, 3, 17, 60])
def test_no_text_of_a_forest_leaves_the_page_or_touches_another(k: int, look: style.Look) -> None:
    names = [
        f"{i:02d} " + "A long name of a study and its authors, of sixty letters 2024"[:57]
        for i in range(k)
    ]
    asked = made_up.outcome(names, [i % 9 for i in range(k)], [9 + i for i in range(k)])
    with style.house_style(), style.looking(look):
        figure = draw_forest(prepare_forest(answer(asked), 0.95, "equal-tailed"))
        assert_apart(text_boxes(figure))
    assert figure.get_figwidth() * style.MM_PER_INCH == pytest.approx(look.width)
    assert min(text_sizes(figure)) >= style.LEAST


def test_no_text_of_the_curves_leaves_the_page_or_touches_another() -> None:
    prepared = prepare_threshold_curves(answer(made_up.three()), 0.95, "equal-tailed")
    with style.house_style():
        boxes = text_boxes(draw_threshold_curves(prepared))
    assert_apart(boxes)


def text_boxes(figure: Figure) -> list[tuple[str, float, float, float, float]]:
    """Return each text with its box in mm on the page: left, right, bottom, top."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text

    if style.look().narrow:  # fitted to coarse pixels, small letters are 2 % wider than in print
        figure.set_dpi(style.PNG_DPI)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    mm = style.MM_PER_INCH / figure.dpi
    boxes = []
    for text in figure.findobj(Text):
        if text.get_text() and text.get_visible():
            box = text.get_window_extent()
            boxes.append((text.get_text(), box.x0 * mm, box.x1 * mm, box.y0 * mm, box.y1 * mm))
    return boxes


def text_sizes(figure: Figure) -> set[float]:
    """Return the sizes of all texts that are shown, points."""
    from matplotlib.text import Text

    texts = (text for text in figure.findobj(Text) if text.get_text() and text.get_visible())
    return {float(text.get_fontsize()) for text in texts}


def assert_apart(boxes: list[tuple[str, float, float, float, float]]) -> None:
    for i, (text, left, right, bottom, top) in enumerate(boxes):
        assert left >= -EDGE_MM, text
        assert right <= style.look().width + EDGE_MM, text
        assert bottom >= 0, text
        for other, l2, r2, b2, t2 in boxes[:i]:
            wide = min(right, r2) - max(left, l2)
            high = min(top, t2) - max(bottom, b2)
            assert wide <= EDGE_MM or high <= 2 * EDGE_MM, (text, other)


def test_the_users_own_settings_do_not_show(tmp_path: Path) -> None:
    import matplotlib as mpl

    asked = answer(made_up.three())
    save_forest(asked, 0.95, "equal-tailed", tmp_path, "plain")
    with mpl.rc_context({"font.size": 30, "lines.linewidth": 9, "axes.grid": True}):
        save_forest(asked, 0.95, "equal-tailed", tmp_path, "own")
    assert (tmp_path / "plain.svg").read_bytes() == (tmp_path / "own.svg").read_bytes()


def test_drawing_leaves_no_trace_in_matplotlib(tmp_path: Path) -> None:
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    save_forest(answer(made_up.three()), 0.95, "equal-tailed", tmp_path, "plain")
    assert dict(mpl.rcParams) == before
