from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from metaprop import Studies, default_models
from metaprop.core.errors import OptionError
from metaprop.questions.calibration import cluster
from metaprop.questions.calibration.asking import Effort, calibrate
from metaprop.questions.calibration.cluster import on_cluster

STUDIES = Studies.of(["A", "B", "C"], events=[9, 14, 10], totals=[9, 15, 11])
EFFORT = Effort(100, 8, 100)


def kill_once(folder: str, job: int) -> int:
    """Die in the middle of the third job, the first time that anybody does it."""
    mark = Path(folder, "killed")
    if job == 3 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.02)
    return job * job


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # what Dask says of a killed worker is not ours
def test_a_killed_worker_loses_nothing_and_changes_no_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from distributed import LocalCluster

    # workers import this module, by the name that pytest gave it
    monkeypatch.syspath_prepend(str(Path(__file__).parents[__name__.count(".")]))
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as local,
        on_cluster(local.scheduler_address) as mapper,
    ):
        squares = mapper(Killing(str(tmp_path)), range(12), lambda: None)
        assert list(squares) == [job * job for job in range(12)]
        assert Path(tmp_path, "killed").exists()
        there = calibrate(STUDIES, default_models(), effort=EFFORT, mapper=mapper)
    assert there == calibrate(STUDIES, default_models(), effort=EFFORT)


class Killing:
    """``kill_once`` with its folder, in a form that travels to a worker."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def __call__(self, job: int) -> int:
        return kill_once(self.folder, job)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_cluster_without_workers_is_one_clear_message(monkeypatch: pytest.MonkeyPatch) -> None:
    from distributed import LocalCluster

    monkeypatch.setattr(cluster, "READY", 0.5)
    with (
        LocalCluster(n_workers=0, dashboard_address=None) as local,
        pytest.raises(OptionError, match=r"no worker .* has answered"),
        on_cluster(local.scheduler_address),
    ):
        pass


@pytest.mark.filterwarnings("ignore")
def test_a_scheduler_that_does_not_answer_is_one_clear_message(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cluster, "WAIT", 0.3)
    with pytest.raises(OptionError, match="no scheduler answers"), on_cluster("tcp://127.0.0.1:9"):
        pass


@pytest.mark.parametrize("address", ["foo", "tcp://foo", "", "tcp://a:x"])
def test_what_is_no_address_is_refused_before_anything_is_started(address: str) -> None:
    with pytest.raises(OptionError, match="no address of a scheduler"), on_cluster(address):
        raise AssertionError("no cluster was reached")
