"""A run that is killed at any moment leaves the old results or the new ones, whole; the next works.

Each is the real command line in a process of its own, killed as the system kills: without a word.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from hostile.victims import victim, write_old

if TYPE_CHECKING:
    from pathlib import Path

    from hostile.victims import Victim

MOST_LEFT = 1
"""Temporary folders that a killed run leaves, until the next."""


def kill_again_and_again(one: Victim, times: int, seed: int) -> None:
    """Kill runs at random moments and hold what stands there against what may, after each."""
    rng = random.Random(seed)  # noqa: S311 - moments, no secrets
    new, took = one.whole()
    killed = 0
    for _ in range(times):
        old = write_old(one.results / "trees")
        killed += one.kill(rng.uniform(0.0, took))
        assert one.stands() in (old, new)
        # The next one clears up, so that nothing piles up.
        assert len([path for path in one.results.iterdir() if path.name != "trees"]) <= 1
        assert len(list(one.tmp.iterdir())) <= MOST_LEFT
    assert killed > times / 2  # else this was no test
    write_old(one.results / "trees")
    again, _ = one.whole()
    assert again == new
    one.clean()


def test_five_runs_killed_at_any_moment_leave_old_or_new_results(
    root: Path, tmp_path: Path
) -> None:
    one = victim(
        tmp_path, root, "--engine", "exact", "--jobs", "1", light=True, models=["common_rate"]
    )
    kill_again_and_again(one, 5, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize(("times", "jobs"), [(25, "1"), (20, "2")])
def test_whole_runs_killed_at_any_moment_leave_old_or_new_results(
    root: Path, tmp_path: Path, times: int, jobs: str
) -> None:
    models = ["beta_binomial", "common_rate", "logit_normal"]
    one = victim(tmp_path, root, "--engine", "exact", "--jobs", jobs, light=False, models=models)
    kill_again_and_again(one, times, seed=int(jobs))


@pytest.mark.slow
@pytest.mark.xdist_group("nuts")
def test_runs_by_nuts_killed_at_any_moment_leave_old_or_new_results(
    root: Path, tmp_path: Path
) -> None:
    one = victim(
        tmp_path, root, "--engine", "both", "--jobs", "2", light=False, models=["logit_normal"]
    )
    kill_again_and_again(one, 5, seed=3)
