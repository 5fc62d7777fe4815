"""What a printed line says by itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaprop.engines.frequentist.transforms import rate_of
from metaprop.evidence.claims import Claim
from metaprop.evidence.printed import Printed
from metaprop.evidence.studies import Studies
from metaprop.questions.audit.held import Held
from metaprop.questions.audit.settings import Choice, Pooling, Variant
from metaprop.questions.audit.shape import asymmetry, information, rulers, symmetric_on
from metaprop.questions.audit.symmetry import symmetry
from metaprop.questions.audit.typing_errors import one_typo, typos
from metaprop.questions.audit.uncounted import line_findings, studies_agreeing

SIZE = 11.0
SCALES = {ruler.scale: ruler for ruler in rulers([SIZE])}
PLAIN = Choice(Variant("logit", "meta", "only0", 0.5), Pooling("dl", "z", "none"))


def printed(*rates: float, digits: int = 2) -> tuple[Printed, Printed, Printed]:
    a, b, c = (Printed(f"{100 * rate:.{digits}f}", 100.0) for rate in rates)
    return a, b, c


def line(**changed: object) -> Claim:
    a, b, c = printed(0.2, 0.1, 0.36)
    whole = Claim(2, "made up", "here", a, b, c, patients=100, studies=10)
    return replace(whole, **changed)  # type: ignore[arg-type]  # fields of a claim


@given(
    st.sampled_from(sorted(SCALES)),
    st.floats(0.02, 0.98),
    st.floats(0.01, 0.6),
    st.integers(1, 3),
)
def test_an_interval_made_on_a_scale_is_symmetric_there(
    scale: str, middle: float, half: float, digits: int
) -> None:
    ruler = SCALES[scale]  # type: ignore[index]  # one of them
    values = ruler.to(middle) + half * np.array([0.0, -1.0, 1.0])
    rates = rate_of(values, ruler.scale, SIZE)
    found = symmetric_on(printed(*rates.tolist(), digits=digits), [SIZE])
    assert scale in {one.scale for one in found}


def test_an_interval_that_is_far_from_symmetric_is_so_on_no_scale() -> None:
    assert symmetric_on(printed(0.20, 0.19, 0.60), [SIZE]) == ()


def test_asymmetry_is_told_in_what_rounding_allows() -> None:
    raw = SCALES["raw"]
    # Estimate and limits may each be off by half a last digit: 2 x .5 + .5 + .5 digits in all.
    for off, share in ((0.0, 0.0), (0.0001, 0.5), (0.0002, 1.0), (0.0004, 2.0)):
        assert asymmetry(raw, printed(0.3, 0.2, 0.4 + off)) == pytest.approx(share, abs=1e-6)
    cut = printed(0.003, 0.0, 0.9)
    assert asymmetry(raw, cut) == 0.0
    assert asymmetry(raw, (cut[0], cut[1], Printed("0.1", 100.0))) == np.inf


def test_a_zero_may_have_been_filled_in() -> None:
    texts = ("30.10", "20.01", "40.24")
    a, b, c = (Printed(text, 100.0) for text in texts)
    told = next(iter(symmetry(Held(line(estimate=a, ci_low=b, ci_high=c), "", home="raw"))))
    assert "on the untransformed scale, within rounding, if 30.10 stands for 30.1" in told.sentence
    assert not told.alarm
    changed = line(estimate=a.typed("30.11"), ci_low=b, ci_high=c)
    assert next(iter(symmetry(Held(changed, "", home="raw")))).alarm


@pytest.mark.parametrize("scale", ["logit", "raw", "log", "arcsine"])
def test_the_patients_of_a_common_rate_are_found_back(scale: str) -> None:
    ruler, rate, patients = SCALES[scale], 0.3, 240.0  # type: ignore[index]  # one of them
    half = 1.959963984540054 * np.sqrt(ruler.unit(rate) / patients)
    rates = rate_of(ruler.to(rate) + half * np.array([0.0, -1.0, 1.0]), ruler.scale)
    found = information(ruler, printed(*rates.tolist(), digits=6), 0.95)
    assert found is not None
    assert found.patients == pytest.approx(patients, rel=1e-3)
    assert found.least <= found.patients <= found.most


def test_i2_and_p_agree_for_the_studies_they_came_from() -> None:
    claim = line(i2=Printed("13.6", 100.0), q_p=Printed("0.29", 1.0))
    assert studies_agreeing(claim, 100) == (17, 18, 19, 20)
    assert studies_agreeing(line(), 100) == ()


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        ("5.60", "5.06", "swapped digits"),
        ("6.32", "6.23", "swapped digits"),
        ("5.60", "6.50", "swapped digits"),
        ("5.60", "5.61", "one digit"),
        ("5.60", "6.51", None),
        ("5.60", "0.65", None),
        ("5.60", "5.60", None),
        ("5.60", "56.0", None),
        ("5.60", "5.6", None),
    ],
)
def test_a_typing_error_is_one_digit_or_two_neighbours(
    one: str, other: str, kind: str | None
) -> None:
    found = one_typo("estimate", one, other)
    assert (None if found is None else found.kind) == kind


@given(st.from_regex(r"[0-9]{1,2}\.[0-9]{1,2}", fullmatch=True))
def test_every_number_that_may_be_mistyped_is_one_typing_error_away(text: str) -> None:
    for meant in typos(text):
        assert one_typo("estimate", text, meant) is not None


def verdicts(claim: Claim, studies: Studies | None = None) -> dict[str, str]:
    return {f.check: f.verdict for f in line_findings(Held(claim, "Made up", studies))}


def test_an_estimate_outside_its_limits_is_impossible() -> None:
    assert verdicts(line(estimate=Printed("9.00", 100.0)))["order of the limits"] == "impossible"
    assert verdicts(line())["order of the limits"] == "reproduced"


def test_a_prediction_interval_is_held_against_the_estimate_too() -> None:
    claim = line(ci_low=None, ci_high=None, pi_low=Printed("30", 100.0))
    assert verdicts(claim)["order of the limits"] == "impossible"


def test_a_rate_of_those_without_the_event_is_told() -> None:
    assert verdicts(line(events_total=80))["raw rate"] == "not reproduced"
    assert verdicts(line(events_total=20))["raw rate"] == "reproduced"


def test_an_interval_too_narrow_for_its_patients_is_told() -> None:
    assert verdicts(line(patients=15, studies=3))["information"] == "not reproduced"
    assert verdicts(line())["information"] == "reproduced"


def test_events_that_the_counts_cannot_add_up_to_are_told() -> None:
    studies = Studies.of(["A", "B"], ["1+", "0-2"], [50, 50])
    assert verdicts(line(events_total=0), studies)["sums"] == "not reproduced"
    assert verdicts(line(events_total=20), studies)["sums"] == "reproduced"


def test_without_sizes_a_line_on_no_scale_is_not_called_wrong() -> None:
    a, b, c = printed(0.20, 0.19, 0.60)
    alone = verdicts(line(estimate=a, ci_low=b, ci_high=c))
    assert alone["symmetry"] == "cannot be checked"
