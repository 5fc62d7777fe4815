"""The flow of records (PRISMA 2020), prepared: boxes, what is missing, what adds up.

Nothing is drawn here, and no count is made up: one found by subtraction says so. The stages are
those of Page et al. 2021, doi:10.1136/bmj.n71.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from metaprop.core.wording import counted, listed
from metaprop.reporting.figures.style import SMALL, TEXT, TITLE, look, wrapped
from metaprop.reporting.names import printable, shorten

if TYPE_CHECKING:
    from metaprop.reporting.evidence import StoredTable

MAIN, SIDE, BETWEEN = 27.0, 97.0, 10.0
"""Ends of the boxes of records kept, mm, and from there to those left out beside them."""
PADDING = 2.0
TAKEN_OUT = ("removed", "excluded", "retrieved")
ABSENT = "not printed"
LONGEST_COUNT = 12
"""Digits: more are no count of records."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the flow: the names it has in a table; ``leaves`` where records are left out."""

    names: tuple[str, ...]
    label: str
    phase: str
    leaves: bool


STAGES = (
    Stage(("records_identified",), "Records identified", "Identification", leaves=False),
    Stage(
        *(("duplicates_removed", "records_removed"), "Duplicates removed before screening"),
        *("Identification", True),
    ),
    Stage(
        *(("titles_and_abstracts_screened", "records_screened"), "Titles and abstracts screened"),
        *("Screening", False),
    ),
    Stage(
        *(("records_excluded", "titles_and_abstracts_excluded"), "Records excluded"),
        *("Screening", True),
    ),
    Stage(
        *(("reports_sought", "full_texts_sought"), "Reports sought for retrieval"),
        *("Screening", False),
    ),
    Stage(
        *(("reports_not_retrieved", "full_texts_not_retrieved"), "Reports not retrieved"),
        *("Screening", True),
    ),
    Stage(
        *(("full_texts_assessed", "reports_assessed"), "Full texts assessed for eligibility"),
        *("Screening", False),
    ),
    Stage(
        *(("full_texts_excluded", "reports_excluded"), "Full texts excluded, with reasons"),
        *("Screening", True),
    ),
    Stage(("studies_included",), "Studies included", "Included", leaves=False),
)


@dataclass(frozen=True, slots=True)
class Slot:
    """A stage with its count as printed, None where it is not."""

    stage: Stage
    count: int | None
    note: str


@dataclass(frozen=True, slots=True)
class Box:
    """A box of the flow: its lines of text; ``printed`` is False where its count is not."""

    lines: tuple[str, ...]
    printed: bool


@dataclass(frozen=True, slots=True)
class Floor:
    """One box of the main column and those beside it; ``phase`` is empty where it goes on."""

    phase: str
    main: Box
    sides: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """From one printed stage to the next: what stands beside it, and what is not accounted for.

    ``rest`` of the records left out have no printed stage; ``checked`` says that every record is
    accounted for by print, or that none can be (``wrong``).
    """

    first: Slot
    last: Slot
    absent: tuple[Slot, ...]
    rest: int

    @property
    def wrong(self) -> bool:
        """Whether the printed counts contradict one another."""
        return self.rest < 0 or (self.rest > 0 and not self.absent)

    @property
    def checked(self) -> bool:
        """Whether the printed counts can be held against one another here."""
        return self.wrong or self.rest == 0


@dataclass(frozen=True, slots=True)
class Flow:
    """Everything that the flow of records shows."""

    title: tuple[str, ...]
    subtitle: tuple[str, ...]
    note: tuple[str, ...]
    floors: tuple[Floor, ...]


def box_ends() -> tuple[tuple[float, float], tuple[float, float]]:
    """Return left and right of the boxes of records kept, and of those left out, mm.

    In one column the phases stand over the boxes, which then begin at the margin.
    """
    page = look()
    right = page.width - page.margin
    if not page.narrow:
        return (MAIN, SIDE), (SIDE + BETWEEN, right)
    middle = page.width / 2
    return (page.margin, middle), (middle + BETWEEN / 2, right)


def prepare_flow(table: StoredTable, studies: int) -> Flow:
    """Return the flow of a table of stages; ``studies`` are those of the table of studies."""
    slots, patients = slots_of(table)
    steps = steps_of(slots)
    width = look().width - 2 * look().margin
    return Flow(
        title=wrapped(_title(slots, steps), width, TITLE, bold=True),
        subtitle=wrapped(_subtitle(slots, steps, studies), width, SMALL),
        note=wrapped(_note(slots, steps), width, SMALL),
        floors=tuple(_floors(slots, steps, patients)),
    )


def slots_of(table: StoredTable) -> tuple[tuple[Slot, ...], tuple[str, ...]]:
    """Return every stage in order, with its count; and what is printed of patients, in words.

    A stage that PRISMA does not have stands where the table has it.
    """
    own = {name: stage for stage in STAGES for name in stage.names}
    slots = [Slot(stage, None, "") for stage in STAGES]
    patients: list[str] = []
    place = -1
    for row in table.rows:
        cells = dict(zip(table.columns, row, strict=True))
        name, count = cells["stage"] or "", _count(cells["count"] or "")
        note = printable(cells.get("note") or "")
        if name.startswith("patients"):
            told = "?" if count is None else f"{count:,}"
            patients.append(f"{_words(name)}: {told}")
        elif name in own:
            place = next(i for i, slot in enumerate(slots) if slot.stage is own[name])
            slots[place] = Slot(own[name], count, note)
        else:
            phase = slots[max(place, 0)].stage.phase
            other = Stage((name,), _words(name), phase, name.endswith(TAKEN_OUT))
            place += 1
            slots.insert(place, Slot(other, count, note))
    return tuple(slots), tuple(patients)


def _count(cell: str) -> int | None:
    """Return a count as printed; none of a table's own stages may be empty, but it may be 0."""
    fine = cell.isascii() and cell.isdigit() and len(cell) <= LONGEST_COUNT
    return int(cell) if fine else None


def _words(name: str) -> str:
    words = shorten(printable(name).replace("_", " "))
    return words[:1].upper() + words[1:]


def steps_of(slots: tuple[Slot, ...]) -> tuple[Step, ...]:
    """Return what lies between each printed stage of the main column and the next."""
    mains = [i for i, slot in enumerate(slots) if not slot.stage.leaves and slot.count is not None]
    return tuple(_step(slots[i], slots[j], slots[i + 1 : j]) for i, j in pairwise(mains))


def _step(first: Slot, last: Slot, between: tuple[Slot, ...]) -> Step:
    sides = [slot for slot in between if slot.stage.leaves]
    out = sum(slot.count for slot in sides if slot.count is not None)
    absent = tuple(slot for slot in sides if slot.count is None)
    return Step(first, last, absent, (first.count or 0) - (last.count or 0) - out)


def _floors(
    slots: tuple[Slot, ...], steps: tuple[Step, ...], patients: tuple[str, ...]
) -> list[Floor]:
    derived = {id(step.first): step for step in steps}
    floors: list[Floor] = []
    last = ""
    main_width, side_width = (right - left for left, right in box_ends())
    for i, slot in enumerate(slots):
        if slot.stage.leaves:
            continue
        sides = [_box(side, side_width) for side in _beside(slots[i + 1 :])]
        step = derived.get(id(slot))
        if step is not None and step.rest:
            sides.append(_remainder(step))
        more = patients if slot.stage is STAGES[-1] else ()
        main = _box(slot, main_width, more)
        floors.append(
            Floor("" if slot.stage.phase == last else slot.stage.phase, main, tuple(sides))
        )
        last = slot.stage.phase
    return floors


def _beside(after: tuple[Slot, ...]) -> list[Slot]:
    """Return what is printed as left out before the next stage of the main column."""
    found = []
    for slot in after:
        if not slot.stage.leaves:
            break
        if slot.count is not None:
            found.append(slot)
    return found


def _box(slot: Slot, width: float, more: tuple[str, ...] = ()) -> Box:
    count = ABSENT if slot.count is None else f"{slot.count:,}"
    texts = (f"{slot.stage.label}: {count}", *more, *([slot.note] if slot.note else []))
    return Box(_lines(texts, width), slot.count is not None)


def _remainder(step: Step) -> Box:
    """Return the box of records that no printed stage accounts for."""
    left, right = box_ends()[1]
    width = right - left
    if step.wrong:
        first, last = step.first.stage.label.lower(), step.last.stage.label.lower()
        texts = (f"Does not add up: {first} less what is left out is {step.rest:+,} off {last}",)
        return Box(_lines(texts, width), printed=False)
    names = listed([slot.stage.label for slot in step.absent])
    names = names[0] + names[1:].lower()
    return Box(_lines((f"{names}: {ABSENT}; {step.rest:,} by subtraction",), width), printed=False)


def _lines(texts: tuple[str, ...], width: float) -> tuple[str, ...]:
    return tuple(line for text in texts for line in wrapped(text, width - 2 * PADDING, TEXT))


def absent_stages(slots: tuple[Slot, ...], steps: tuple[Step, ...]) -> tuple[str, ...]:
    """Return the stages that are not printed and of which something may be missing."""
    whole = {id(slot) for step in steps if step.rest == 0 for slot in step.absent}
    absent = (slot for slot in slots if slot.count is None and id(slot) not in whole)
    return tuple(slot.stage.label for slot in absent)


def _title(slots: tuple[Slot, ...], steps: tuple[Step, ...]) -> str:
    known = [slot for slot in slots if slot.count is not None and not slot.stage.leaves]
    if not known:
        return "PRISMA flow: no stage is printed"
    first, last = known[0], known[-1]
    head = f"PRISMA flow: {first.stage.label.lower()} {first.count:,}, "
    head += f"{last.stage.label.lower()} {last.count:,}"
    checked = [step for step in steps if step.checked]
    wrong = sum(step.wrong for step in checked)
    absent = len(absent_stages(slots, steps))
    if wrong:
        return f"{head}; {wrong} of {counted(len(checked), 'step', 'steps')} not adding up"
    missing = f"{absent} of {len(slots)} stages not printed" if absent else "every stage printed"
    return f"{head}; {missing}"


def _subtitle(slots: tuple[Slot, ...], steps: tuple[Step, ...], studies: int) -> str:
    checked = [step for step in steps if step.checked]
    right = len(checked) - sum(step.wrong for step in checked)
    number = counted(len(steps), "step", "steps")
    adds = "adds" if right == 1 else "add"
    text = f"Counts as printed. {len(checked)} of {number} from one printed stage to the next "
    text += f"can be checked, and {right} {adds} up. "
    included = next((s.count for s in slots if s.stage is STAGES[-1]), None)
    if included is not None:
        text += f"The table of studies has {counted(studies, 'study', 'studies')}"
        text += " too." if included == studies else f", not {included:,}."
    return text


def _note(slots: tuple[Slot, ...], steps: tuple[Step, ...]) -> str:
    absent = absent_stages(slots, steps)
    if not absent:
        return "Every stage of PRISMA 2020 is printed."
    text = f"Dashed: not printed. Missing of PRISMA 2020: {'; '.join(absent)}."
    if any(step.rest > 0 and step.last.stage is STAGES[-1] for step in steps):
        text += " What is left of full texts counts one report a study; one study may have several."
    return text
