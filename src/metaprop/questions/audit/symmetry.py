"""Checks of the shape of one printed line: on which scale it is symmetric, or nearly is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.core.wording import counted, listed, percent
from metaprop.questions.audit.held import found
from metaprop.questions.audit.records import Finding, Number
from metaprop.questions.audit.shape import SCALE_WORDS, asymmetry, symmetric_on
from metaprop.questions.audit.typing_errors import one_typo, typos, unfilled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from metaprop.engines.frequentist.options import Scale
    from metaprop.evidence.claims import Claim
    from metaprop.evidence.printed import Printed
    from metaprop.questions.audit.held import Held
    from metaprop.questions.audit.shape import Ruler
    from metaprop.questions.audit.typing_errors import Repair

MOST_REPAIRS = 6
"""Typing errors that are told; the others are counted."""
BARELY = 0.9
"""Share of what rounding allows from which on a line is symmetric only just.

Of lines that are symmetric before rounding, one in a hundred or so takes more.
"""


def symmetry(held: Held) -> Iterator[Finding]:
    """Say on which scales the interval is symmetric, and which typing errors would make it so."""
    line = held.line
    if line is None:
        return
    fits = symmetric_on(line, held.mean_sizes)
    bare = without_filling(line)
    shorter = symmetric_on(bare, held.mean_sizes) if bare != line else ()
    if fits:
        yield _symmetric(held.claim, line, fits)
    elif shorter:
        yield _filled(held.claim, line, bare, shorter)
    else:
        yield _on_none(held)
    known = fits or shorter
    mended = () if held.home in {one.scale for one in shorter} else mends(held, line, known)
    if mended:
        yield _mended(held, known, mended)


def without_filling(line: tuple[Printed, Printed, Printed]) -> tuple[Printed, Printed, Printed]:
    """Return a line without the zeros at its ends that may have been filled in."""
    a, b, c = (one.typed(unfilled(one.text) or one.text) for one in line)
    return a, b, c


def _symmetric(
    claim: Claim, line: tuple[Printed, Printed, Printed], fits: tuple[Ruler, ...]
) -> Finding:
    """Return the scales of a symmetric line: strong where it is one, and not by a hair."""
    words = [SCALE_WORDS[ruler.scale] for ruler in fits]
    room = min(asymmetry(ruler, line) for ruler in fits)
    sentence = f"The interval is symmetric on the {listed(words)} scale, within rounding"
    if room > BARELY:
        sentence += f", and only just: it takes {percent(room, 0)} of what rounding allows"
    return Finding(
        *(claim.outcome, claim.source, "symmetry", "reproduced with a setting"),
        sure="strong" if len(fits) == 1 and room <= BARELY else "weak",
        sentence=f"{sentence}.",
        numbers=(Number("share of the rounding that it takes", "", room, "rate"),),
        settings=tuple(words),
        notable=room > BARELY,
    )


def _filled(
    claim: Claim,
    line: tuple[Printed, Printed, Printed],
    bare: tuple[Printed, Printed, Printed],
    fits: tuple[Ruler, ...],
) -> Finding:
    words = [SCALE_WORDS[ruler.scale] for ruler in fits]
    zeros = [f"{a.text} stands for {b.text}" for a, b in zip(line, bare, strict=True) if a != b]
    return Finding(
        *(claim.outcome, claim.source, "symmetry", "reproduced with a setting", "weak"),
        f"The interval is symmetric on the {listed(words)} scale, within rounding, if "
        f"{listed(zeros)}, the last 0 filled in; as printed it is so on none of five scales.",
        settings=tuple(words),
    )


def _on_none(held: Held) -> Finding:
    """Say that no scale fits; worth an alarm only where the usual kind of interval is known."""
    shown = held.match is not None and held.match.found
    alarm = held.home is not None and not shown
    return found(
        *(held.claim, "symmetry", "not reproduced" if alarm else "cannot be checked", "strong"),
        "The interval is symmetric on none of five scales within rounding, as a two-step "
        "interval is; one by profile likelihood, an exact or a Bayesian one need not be.",
    )


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


def shared_scale(lines: Sequence[Held]) -> Iterator[Finding]:
    """Say whether one scale fits all lines of a table, or which scales it mixes."""
    fitting = {held.label: _scales(held) for held in lines if held.line is not None}
    if len(fitting) < 2:  # noqa: PLR2004 - one line mixes nothing
        return
    left, told = dict(fitting), []
    while any(left.values()):
        scale = _commonest(left.values())
        own = [label for label, scales in left.items() if scale in scales]
        names = listed([label.lower() for label in own])
        told.append(f"{len(own)} on the {SCALE_WORDS[scale]} ({names})")
        left = {label: scales for label, scales in left.items() if label not in own}
    if left:
        told.append(f"{len(left)} on none ({listed([label.lower() for label in left])})")
    sentence = f"One scale fits all {len(fitting)} intervals: {told[0] if told else ''}."
    if len(told) > 1:
        sentence = (
            f"No one scale fits all {len(fitting)} intervals. Symmetric within rounding are "
            f"{', '.join(told)}; a line is told under the scale that fits most."
        )
    yield Finding(
        *("all lines", lines[0].claim.source, "symmetry", "reproduced with a setting", "weak"),
        sentence,
        (Number("scales that it takes", "", len(told), "count"),),
        notable=len(told) > 1,
    )


def _scales(held: Held) -> tuple[Scale, ...]:
    """Return the scales on which a line is symmetric, zeros filled in or not."""
    assert held.line is not None  # noqa: S101 - asked only with a line
    fits = symmetric_on(held.line, held.mean_sizes)
    fits = fits or symmetric_on(without_filling(held.line), held.mean_sizes)
    return tuple(ruler.scale for ruler in fits)


def _commonest(rows: Iterable[tuple[Scale, ...]]) -> Scale:
    """Return the scale of most lines; of several, the first and so the plainest in words."""
    counts = dict.fromkeys(SCALE_WORDS, 0)
    for scale in (one for row in rows for one in row):
        counts[scale] += 1
    return max(counts, key=lambda scale: counts[scale])
