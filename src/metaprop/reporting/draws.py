"""The draws of NUTS on disk: one NetCDF file for each outcome and model, read back by ArviZ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from metaprop.reporting.names import slug

if TYPE_CHECKING:
    from pathlib import Path

    type Tree = Any


def draws_file(folder: Path, outcome: str, model: str) -> Path:
    """Return where the draws of one outcome under one model lie; ids are cleaned for the disk."""
    return folder / slug(outcome) / f"{slug(model)}.nc"


def write_draws(tree: Tree, path: Path) -> None:
    """Write the DataTree of a fit as NetCDF, compressed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    packed = {"zlib": True, "complevel": 1}
    encoding = {node.path: {str(name): packed for name in node.data_vars} for node in tree.subtree}
    tree.to_netcdf(path, engine="h5netcdf", encoding=encoding)


def read_draws(path: Path) -> Tree:
    """Return the DataTree of a fit, read whole into memory."""
    import xarray as xr

    with xr.open_datatree(path, engine="h5netcdf") as tree:
        return tree.load()
