"""What is known of each outcome, as a table in Markdown and as words in a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaprop.core.wording import counted, listed
from metaprop.evidence.knowledge import knowledge
from metaprop.reporting.names import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metaprop.evidence.dataset import Outcome

HEAD = ("outcome", "exact count", "at least", "a range", "nothing, read as none", "nothing")


def knowledge_table(outcomes: Sequence[Outcome]) -> str:
    """Return a table in Markdown: one row an outcome, how many studies are known how well."""
    lines = [f"| {' | '.join(HEAD)} |", "|---" + "|--:" * (len(HEAD) - 1) + "|"]
    for outcome in outcomes:
        known = knowledge(outcome)
        numbers = (known.exact, known.at_least, known.ranges, known.read_as_none, known.nothing)
        label = printable(outcome.label or outcome.id).replace("|", "\\|")
        lines.append(f"| {label} | {' | '.join(map(str, numbers))} |")
    return "\n".join(lines)


def knowledge_words(outcome: Outcome) -> str:
    """Return the same of one outcome for a line of text, without what does not occur."""
    known = knowledge(outcome)
    parts = [
        (known.exact, "exact count", "exact counts"),
        (known.at_least, "lower bound", "lower bounds"),
        (known.ranges, "range", "ranges"),
        (known.read_as_none, "silence read as none", "silences read as none"),
        (known.nothing, "not reported", "not reported"),
    ]
    return listed([counted(number, *nouns) for number, *nouns in parts if number])
