"""What every test may ask for."""

from __future__ import annotations

import os
from pathlib import Path

import hypothesis
import pytest

# Set before anything draws: no test opens a window.
os.environ["MPLBACKEND"] = "Agg"

# The same examples on every machine and every day; how long one takes says nothing here.
hypothesis.settings.register_profile("house", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("house")


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the folder of the checkout."""
    return Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def no_appendix(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the five documents of every report to their own tests: they take seconds."""
    monkeypatch.setattr("metaprop.reporting.report.write_appendix", lambda *_: None)


@pytest.fixture
def with_appendix(no_appendix: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    """Write the documents after all, where a test is about a whole folder of results."""
    from metaprop.reporting.appendix.document import write_appendix

    monkeypatch.setattr("metaprop.reporting.report.write_appendix", write_appendix)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tables the fuzz tried, wherever its parts ran."""
    found: dict[str, float] = {"fuzzed tables": 0.0, "fuzz seconds": 0.0}
    for reports in terminalreporter.stats.values():
        for report in reports:
            called = getattr(report, "when", "") == "call"  # the others repeat its properties
            for key, value in report.user_properties if called else ():
                if key in found:
                    found[key] += value
    if found["fuzzed tables"]:
        tables, seconds = found["fuzzed tables"], found["fuzz seconds"]
        terminalreporter.write_line(
            f"fuzz: {tables:,.0f} random tables in {seconds:,.0f} s of processor time"
        )
