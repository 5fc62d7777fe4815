from __future__ import annotations

import pytest

from metaprop.evidence.claims import Claim
from metaprop.evidence.printed import Printed
from metaprop.evidence.summaries import PrintedSummary
from metaprop.questions.audit.printed_twice import one_number, printed_twice


@pytest.mark.parametrize(
    ("texts", "one"),
    [
        (("12.34", "12.3"), "one"),
        (("12.35", "12.4", "12"), "one"),
        (("12.36", "12.3"), "two"),
        (("27.1", "27.2"), "two"),
        (("12.3", "12.3"), "one"),
    ],
)
def test_several_printed_numbers_are_one_if_one_rounds_to_each(
    texts: tuple[str, ...], one: str
) -> None:
    assert one_number([Printed(text, 100.0) for text in texts]) is (one == "one")


def test_a_mean_that_is_printed_once_is_not_told() -> None:
    once = PrintedSummary(("age",), "mean", Printed("44.3", 1.0), "Table 1")
    assert list(printed_twice([once, once], ())) == []


def test_numbers_of_a_claim_are_held_against_those_of_other_places() -> None:
    estimate = Printed("13.15", 100.0)
    claim = Claim(2, "wound", "Table 2", estimate, q_p=Printed("0.07", 1.0))
    again = [
        PrintedSummary(("wound",), "estimate_percent", Printed("13.1", 100.0), "text"),
        PrintedSummary(("wound",), "q_p_value", Printed("0.08", 1.0), "text"),
        PrintedSummary(("wound",), "i2_percent", Printed("1", 100.0), "not in the claim"),
        PrintedSummary(("other",), "q_p_value", Printed("0.9", 1.0), "of another outcome"),
    ]
    (found,) = printed_twice(again, [claim])
    assert (found.about, found.verdict) == ("wound", "not reproduced")
    assert found.sentence.endswith(
        "no one number rounds to both: P of Q, 0.07 here and 0.08 elsewhere (text)."
    )
    (fine,) = printed_twice(again[:1], [claim])
    assert fine.verdict == "reproduced"
