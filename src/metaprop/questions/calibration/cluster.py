"""Jobs on a Dask cluster, for who outgrows one machine: the same numbers, wherever they are done.

Needs the optional packages of ``metaprop[cluster]``, here and on every worker. A job whose worker
dies is done again by another; its random numbers are its own, so nothing changes.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from metaprop.core.errors import OptionError, Problem
from metaprop.core.wording import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from metaprop.questions.calibration.asking import Mapper

ADDRESS = re.compile(r"inproc://\S+|(\w+://)?\S+:\d{1,5}")
WAIT = 10
"""Seconds within which a scheduler must answer."""
READY = 60.0
"""Seconds for a first answer of any worker."""


@contextmanager
def on_cluster(address: str) -> Iterator[Mapper]:
    """Give what does jobs on the cluster of a scheduler, such as ``tcp://10.0.0.5:8786``.

    Raises
    ------
    OptionError
        The packages are not installed, or no scheduler or worker answers there.
    """
    try:
        from distributed import Client
    except ImportError:
        remedy = "Install it with `pip install metaprop[cluster]`, here and on every worker"
        raise OptionError(Problem("Dask is not installed", "--scheduler", remedy)) from None
    if not ADDRESS.fullmatch(address):  # Dask would start a client, and wait 20 s for its end
        what = f"{visible(address)!r} is no address of a scheduler"
        raise OptionError(Problem(what, "--scheduler", "Give it as tcp://HOST:PORT"))
    try:
        client = Client(address, timeout=WAIT, set_as_default=False)
    except (OSError, ValueError) as fault:
        what = f"no scheduler answers at {visible(address)} ({visible(str(fault))})"
        remedy = "Start one with `dask scheduler`, and give the address that it prints"
        raise OptionError(Problem(what, "--scheduler", remedy)) from None

    def run[J, A](
        do: Callable[[J], A], jobs: Sequence[J], on_done: Callable[[], None]
    ) -> Iterator[A]:
        for future in client.map(do, list(jobs), pure=False):
            yield future.result()
            on_done()

    with client:
        try:
            client.submit(_ready, pure=False).result(timeout=READY)
        except TimeoutError:
            what = f"no worker of {visible(address)} has answered within {READY:g} seconds"
            remedy = (
                "Start workers that have this version of metaprop: pip install metaprop[cluster]"
            )
            raise OptionError(Problem(what, "--scheduler", remedy)) from None
        yield run


def _ready() -> bool:
    """Return true; a worker that cannot import this module never answers, whatever is asked."""
    return True
