"""No command speaks to anybody: sockets are forbidden; where allowed there is no network at all.

The first holds for Python, the second for what is compiled or started, too: pandoc, Typst, nutpie.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hostile.command import TABLE, metaprop
from hostile.watched import watch, without_network

if TYPE_CHECKING:
    from pathlib import Path

    from hostile.conftest import Ran

pytestmark = pytest.mark.xdist_group("strangers")


def test_the_watch_sees_a_connection(tmp_path: Path) -> None:
    # Else the tests below would hold of anything.
    watched = watch(tmp_path / "watched")
    code = "import socket; socket.create_connection(('127.0.0.1', 9), timeout=1)"
    done = metaprop(env=watched.env, python=("-c", code))
    assert done.code == 1
    assert "no network in this test" in done.err
    assert watched.noted("network")


def test_a_run_asks_for_no_connection(strangers: Ran) -> None:
    assert strangers.ended.code == 0
    assert strangers.watched.noted("started")  # it did watch
    assert strangers.watched.noted("network") == []


@pytest.mark.slow
@pytest.mark.xdist_group("nuts")
def test_both_engines_run_where_there_is_no_network(root: Path, tmp_path: Path) -> None:
    (tmp_path / "trees.csv").write_text(TABLE, encoding="utf-8")
    watched, way = watch(tmp_path / "watched"), without_network()
    model = str(root / "models" / "logit_normal.toml")
    for command in (
        ("fit", "trees.csv", "--engine", "nuts", "--model", "logit_normal"),
        ("run", "trees.csv", model, "--simulate", "20", "--jobs", "2"),
        ("report", "results/trees"),
        ("verify", "results/trees", "trees.csv", model),
        ("calibrate", "trees.csv", "--replicates", "50", "--modelled", "5", "--ranks", "50"),
        ("new", "project"),
    ):
        done = metaprop(*command, cwd=tmp_path, env=watched.env, under=way)
        assert done.code == 0, done
    assert watched.noted("network") == []
