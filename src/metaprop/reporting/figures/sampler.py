"""ArviZ's own pictures of the draws: what NUTS found, and whether it can be trusted.

The only figures that are not drawn by the house: ArviZ draws them from the DataTree, and they get
its sizes, a title that says what to look for, and the house's colours.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from metaprop.core import wording
from metaprop.reporting.figures import style
from metaprop.reporting.names import printable, slug

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from matplotlib.figure import Figure

    type Tree = Any
    type Plots = Any

LETTERS = 105
"""Of a line of caption at the width of a page."""
SMALL_PAGE = 62.0
"""Height of the pictures of one model, mm."""
ROW = 6.2
"""Height of a row of the forest, mm."""
EVERY = 5
"""Of so many draws one is ranked: the test of equal ranks takes them for independent."""
LONGEST = 30
"""Letters of a study's name."""
DPI = 110
"""Of the pictures of single models, which are PNG alone."""
NAMES = {
    "p": "rate",
    "average": "average rate",
    "typical": "typical study",
    "new_study": "next study",
}
"""Variables of the DataTree as a reader knows them."""


def save_sampler_figures(trees: Mapping[str, Tree], level: float, folder: Path, stem: str) -> None:
    """Write the pictures of one outcome: a forest of all models, then five for each model.

    Parameters
    ----------
    trees
        The DataTree of each model, by the model's name in print.
    level
        Probability that the outer intervals hold.
    folder, stem
        An existing folder, and the name that files begin with.
    """
    import matplotlib.pyplot as plt

    with style.house_style(), _quiet():
        varying = {name: tree for name, tree in trees.items() if _varies(tree)}
        whole = forest(varying or trees, level)
        style.save(whole, folder, f"{stem}_forest")
        plt.close(whole)  # pyplot, which ArviZ draws with, would keep it
        for name, tree in trees.items():
            for kind, draw in _PICTURES.items():
                if kind in _NEED_COUNTS and not _counted(tree).any():
                    continue
                if kind in _NEED_EACH and "study" not in tree["log_likelihood"].dims:
                    continue
                figure = draw(tree, name, level)
                path = folder / f"{stem}_{slug(tree.attrs['model'])}_{kind}.png"
                figure.savefig(path, dpi=DPI, metadata={"Software": None})
                plt.close(figure)


def forest(trees: Mapping[str, Tree], level: float) -> Figure:
    """Return the rates of studies, the average and the next study, the models beside each other."""
    import arviz as az

    first = next(iter(trees.values()))
    rows = first["posterior"].sizes["study"] + 2
    colours = [style.family_colour(tree.attrs["family"]) for tree in trees.values()]
    plots = az.plot_forest(
        {name: _named(tree) for name, tree in trees.items()},
        var_names=[NAMES[name] for name in ("p", "average", "new_study")],
        combined=True,
        ci_probs=(0.5, level),
        ci_kind="eti",
        **_size(ROW * rows + 24.0),
        **({"color": colours} if len(trees) > 1 else {}),
    )
    if len(trees) > 1:
        plots.add_legend("model")
    return _dressed(
        plots,
        "Rates of the studies, their average and the next study (NUTS)",
        f"Circle: median. Lines: 50 % and {_percent(level)} equal-tailed credible intervals. "
        "Horizontal axis: rate.",
    )


def prior_posterior(tree: Tree, name: str, _level: float) -> Figure:
    """Return prior and posterior of the hyperparameters and of the rates that follow from them."""
    import arviz as az

    wanted = [*_top(tree), "average", "new_study"]
    shown = [NAMES.get(variable, variable) for variable in dict.fromkeys(wanted)]
    plots = az.plot_prior_posterior(_named(tree), var_names=shown, **_size(SMALL_PAGE))
    return _dressed(plots, f"Prior and posterior ({name})", "Densities, each on its own scale.")


def rank(tree: Tree, name: str, _level: float) -> Figure:
    """Return the ranks of each chain's draws among all."""
    import arviz as az

    shown = [NAMES.get(parameter, parameter) for parameter in _top(tree)]
    thinned = _named(tree).isel(draw=slice(None, None, EVERY))
    plots = az.plot_rank(thinned, var_names=shown, **_size(SMALL_PAGE))
    return _dressed(
        plots,
        f"Do the chains agree? ({name})",
        f"One line a chain: its ranks, every {EVERY}th draw, against those of equal chains. They "
        "agree where p exceeds alpha.",
    )


def energy(tree: Tree, name: str, _level: float) -> Figure:
    """Return the sampler's energy: its distribution, and how far one step moves."""
    import arviz as az

    plots = az.plot_energy(tree, **_size(SMALL_PAGE))
    return _dressed(
        plots,
        f"Did the sampler reach the tails? ({name})",
        "It did where both energies overlap and each chain's BFMI (fraction of missing "
        "information) lies right of the dashed line.",
    )


def ppc_interval(tree: Tree, name: str, level: float) -> Figure:
    """Return each study's events beside what replicated studies would have."""
    import arviz as az

    counted = _with_counts(tree)
    plots = az.plot_ppc_interval(
        counted,
        ci_probs=(0.5, level),
        ci_kind="eti",
        **_size(SMALL_PAGE + 22.0),
    )
    axes = plots.viz["figure"].item().axes[0]
    names = _short(counted["observed_data"]["study"].values)
    axes.set_xticks(range(len(names)), names, rotation=90)
    axes.set_xlabel("")
    axes.set_ylabel("events")
    return _dressed(
        plots,
        f"Would such studies have been seen? ({name})",
        f"Black: observed events. Colour: median, 50 % and {_percent(level)} equal-tailed "
        "predictive intervals of new studies of the same sizes.",
    )


def loo_pit(tree: Tree, name: str, _level: float) -> Figure:
    """Return the calibration of each study's prediction from the others."""
    import arviz as az

    plots = az.plot_loo_pit(_with_counts(tree), **_size(SMALL_PAGE))
    return _dressed(
        plots,
        f"Is each study predicted by the others? ({name})",
        "LOO-PIT: where each study falls in its prediction from the others, less the diagonal. "
        "Calibrated where p exceeds alpha.",
    )


_PICTURES: dict[str, Callable[[Tree, str, float], Figure]] = {
    "prior_posterior": prior_posterior,
    "rank": rank,
    "energy": energy,
    "ppc_interval": ppc_interval,
    "loo_pit": loo_pit,
}


_NEED_COUNTS = ("ppc_interval", "loo_pit")
"""Pictures of the studies whose number of events is known."""
_NEED_EACH = ("loo_pit",)
"""Pictures of each study's own likelihood: a known total leaves but one of all together."""


def _varies(tree: Tree) -> bool:
    """Return whether the studies of a model differ."""
    return bool(tree.attrs["family"] != "common-rate")


def _top(tree: Tree) -> list[str]:
    """Return the names of the top-level parameters."""
    return [str(name) for name in tree["log_prior"].data_vars]


def _counted(tree: Tree) -> Any:  # noqa: ANN401 - an array of booleans along the studies
    """Return which studies reported a number of events."""
    return tree["observed_data"]["events"].notnull()


def _with_counts(tree: Tree) -> Tree:
    """Return the groups that a predictive check needs, for the studies that reported a number."""
    import xarray as xr

    observed = tree["observed_data"].to_dataset()
    names = observed["study"].values[_counted(tree).values]
    groups = ("posterior_predictive", "log_likelihood", "observed_data")
    own = [group for group in groups if "study" in tree[group].dims]
    kept = {group: tree[group].to_dataset().sel(study=names) for group in own}
    kept["observed_data"]["events"] = kept["observed_data"]["events"].astype(int)
    return xr.DataTree.from_dict(kept | {"posterior": tree["posterior"].to_dataset()})


def _named(tree: Tree) -> Tree:
    """Return the draws under the names that a reader knows."""
    import xarray as xr

    groups = {}
    for group in ("prior", "posterior"):
        values = tree[group].to_dataset()
        values = values.rename({ours: told for ours, told in NAMES.items() if ours in values})
        if "study" in values.coords:
            values = values.assign_coords(study=_short(values["study"].values))
        groups[group] = values
    return xr.DataTree.from_dict(groups)


def _short(names: Iterable[object]) -> list[str]:
    """Return the names of studies, printable, long ones cut."""
    return [textwrap.shorten(printable(str(name)), LONGEST, placeholder="...") for name in names]


def _percent(level: float) -> str:
    return wording.threshold(level)


def _size(height: float) -> dict[str, Any]:
    """Return what makes ArviZ draw at the width of a page, ``height`` mm high."""
    size = (style.PAGE_WIDTH / style.MM_PER_INCH, height / style.MM_PER_INCH)
    return {"figure_kwargs": {"figsize": size, "figsize_units": "inches"}}


def _dressed(plots: Plots, title: str, caption: str) -> Figure:
    """Return ArviZ's figure with a title, a caption, room for both, and no text read as maths."""
    from matplotlib.text import Text

    figure: Figure = plots.viz["figure"].item()
    figure.set_layout_engine("constrained")
    figure.suptitle(title, x=0.02, ha="left", fontsize=style.TITLE, fontweight="bold")
    figure.supxlabel(textwrap.fill(caption, LETTERS), x=0.02, ha="left", fontsize=style.TEXT)
    for text in figure.findobj(Text):
        text.set_parse_math(False)
    return figure


def _quiet() -> AbstractContextManager[None]:
    """Leave out ArviZ's warnings about pictures: the numbers are judged elsewhere."""
    import warnings

    return warnings.catch_warnings(action="ignore", category=UserWarning)
