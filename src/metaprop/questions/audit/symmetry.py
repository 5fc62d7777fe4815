"""Checks of the shape of one printed line: on which scale it is symmetric, or nearly is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.core.wording import counted, listed
from metaprop.questions.audit.held import found
from metaprop.questions.audit.records import Finding
from metaprop.questions.audit.shape import SCALE_WORDS, symmetric_on
from metaprop.questions.audit.typing_errors import one_typo, typos

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metaprop.engines.frequentist.options import Scale
    from metaprop.evidence.printed import Printed
    from metaprop.questions.audit.held import Held
    from metaprop.questions.audit.shape import Ruler
    from metaprop.questions.audit.typing_errors import Repair

MOST_REPAIRS = 6
"""Typing errors that are told; the others are counted."""


def symmetry(held: Held) -> Iterator[Finding]:
    """Say on which scales the interval is symmetric, and which typing errors would make it so."""
    line = held.line
    if line is None:
        return
    fits = symmetric_on(line, held.mean_sizes)
    mended = mends(held, line, fits)
    words = [SCALE_WORDS[ruler.scale] for ruler in fits]
    if fits:
        yield Finding(
            *(held.claim.outcome, held.claim.source, "symmetry", "reproduced with a setting"),
            sure="strong" if len(fits) == 1 else "weak",
            sentence=f"The interval is symmetric on the {listed(words)} scale, within rounding.",
            settings=tuple(words),
        )
    else:
        # Other kinds of interval need not be symmetric: told only where the usual kind is known.
        shown = held.match is not None and held.match.found
        alarm = held.home is not None and not shown
        yield found(
            *(held.claim, "symmetry", "not reproduced" if alarm else "cannot be checked", "strong"),
            "The interval is symmetric on none of five scales within rounding, as a two-step "
            "interval is; one by profile likelihood, an exact or a Bayesian one need not be.",
        )
    if mended:
        yield _mended(held, fits, mended)


def mends(
    held: Held, line: tuple[Printed, Printed, Printed], fits: tuple[Ruler, ...]
) -> tuple[tuple[Repair, tuple[Scale, ...]], ...]:
    """Return each single typing error that, taken back, makes a line symmetric: swaps first.

    On the scale of the lines reproduced from counts, if there are any; else on any scale.
    """
    if fits and (held.home is None or any(ruler.scale == held.home for ruler in fits)):
        return ()
    if any(ruler.cut_low and line[1].low <= 0.0 for ruler in fits):
        return ()  # a limit cut at 0 says next to nothing
    rows: dict[Repair, tuple[Scale, ...]] = {}
    sizes = held.mean_sizes
    for place, name in enumerate(("estimate", "lower limit", "upper limit")):
        for text in typos(line[place].text):
            changed = [*line]
            changed[place] = line[place].typed(text)
            middle, low, high = changed
            if not low.value <= middle.value <= high.value <= 1.0:
                continue
            scales = tuple(one.scale for one in symmetric_on((middle, low, high), sizes))
            repair = one_typo(name, line[place].text, text)
            if repair is not None and (held.home in scales if held.home else scales):
                rows[repair] = scales
    ordered = sorted(rows.items(), key=lambda row: row[0].kind != "swapped digits")
    return tuple(ordered)


def _mended(
    held: Held, fits: tuple[Ruler, ...], mended: tuple[tuple[Repair, tuple[Scale, ...]], ...]
) -> Finding:
    home = held.home
    where = "one of these scales" if home is None else f"the {SCALE_WORDS[home]}"
    because = "" if home is None else ", the scale of what is reproduced from counts"
    if home is not None and fits:
        where = f"the {SCALE_WORDS[home]} too"
    few = [repair.words for repair, _ in mended[:MOST_REPAIRS]]
    more = len(mended) - len(few)
    rest = f" ({counted(more, 'other', 'others')} besides)" if more else ""
    return Finding(
        *(held.claim.outcome, held.claim.source, "typing error", "cannot be checked", "weak"),
        f"With one typing error taken back it is symmetric on {where}{because}: "
        f"{listed(few, 'or')}{rest}.",
        settings=tuple(few),
        notable=True,
    )
