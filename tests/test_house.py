"""What holds of the house as a whole: floors, doors, front door, lock."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import metaprop

HEAVY = {"arviz", "matplotlib", "nutpie", "pandas", "pymc", "pytensor", "scipy.stats", "xarray"}
DATA = "study,events,total\nA,9,9\nB,20,21\nC,11,12\n"
# Written in halves, so that this file does not hold what it looks for.
MACHINE_PATH = re.compile(r"(?<![\w.~-])/(?:work|root|home|tmp|opt)" + "/")
REGISTRY = re.compile("py" + r"pi\.org|python" + "hosted", re.IGNORECASE)
NOT_OURS = {".git", ".venv", "build", "dist", "draws", "__pycache__", ".hypothesis"}


def python(*arguments: str, cwd: Path | None = None, path: Path | None = None) -> str:
    """Run a fresh interpreter, with ``path`` before the installed packages; return its output."""
    first = {} if path is None else {"PYTHONPATH": str(path)}
    run = subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env={**os.environ, **first},
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def loaded_after(statements: str) -> set[str]:
    """Return the names of the modules that a fresh interpreter has loaded after some statements."""
    printed = python("-c", f"{statements}\nimport json, sys; print(json.dumps(list(sys.modules)))")
    return set(json.loads(printed.splitlines()[-1]))


def our_files(root: Path) -> list[Path]:
    """Return the files of the checkout, without what git ignores."""
    return [
        path
        for path in root.rglob("*")
        if path.is_file()
        and not NOT_OURS.intersection(parts := path.relative_to(root).parts)
        and not any(part.endswith("_cache") for part in parts)
    ]


def test_imports_go_down_only(root: Path) -> None:
    tool = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run(
        [tool, "--no-cache"], capture_output=True, text=True, check=False, cwd=root
    )
    assert run.returncode == 0, run.stdout


def test_the_front_door_loads_no_room() -> None:
    loaded = loaded_after("import metaprop")
    assert {name for name in loaded if name.startswith("metaprop")} == {"metaprop"}
    assert "numpy" not in loaded


def test_an_exact_fit_loads_nothing_heavy() -> None:
    statements = (
        "import metaprop\n"
        "studies = metaprop.Studies.of(['A', 'B'], events=[9, 20], totals=[9, 21])\n"
        "for path in metaprop.shipped_models():\n"
        "    metaprop.fit(studies, metaprop.read_model(path)).average.probability(above=0.9)\n"
    )
    assert not HEAVY & loaded_after(statements)


def test_help_does_not_wait_for_numpy() -> None:
    statements = (
        "import contextlib, sys\n"
        "from metaprop.cli import main\n"
        "sys.argv = ['metaprop', '--help']\n"
        "with contextlib.suppress(SystemExit):\n"
        "    main()\n"
    )
    loaded = loaded_after(statements)
    assert "metaprop.cli" in loaded
    assert "numpy" not in loaded


def test_the_package_is_a_command() -> None:
    assert "fit" in python("-m", "metaprop", "--help")


@pytest.mark.parametrize("name", metaprop.__all__)
def test_a_public_name_shows_an_example(name: str) -> None:
    documentation = getattr(metaprop, name).__doc__
    assert re.search(r"^ *Examples\n *-{8}\n", documentation, re.MULTILINE), documentation
    assert ">>>" in documentation


def test_the_public_names_are_sorted_and_listed() -> None:
    assert sorted(metaprop.__all__) == metaprop.__all__
    assert set(metaprop.__all__) < set(dir(metaprop))


def test_the_version_is_that_of_the_distribution(root: Path) -> None:
    assert f'version = "{metaprop.__version__}"' in (root / "pyproject.toml").read_text()


def test_a_misspelt_name_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="no attribute 'analyze'"):
        metaprop.analyze  # type: ignore[attr-defined]  # noqa: B018


def test_every_package_folder_says_what_it_is_for(root: Path) -> None:
    folders = {path.parent for path in (root / "src" / "metaprop").rglob("*.py")}
    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-uv.lock"])
def test_a_lock_pins_by_hash_and_names_no_host(root: Path, name: str) -> None:
    text = (root / name).read_text()
    requirements = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE | re.IGNORECASE)[1:]
    assert requirements
    pinned = re.compile(
        r"[\w.\[\]-]+==\S+(?: ; [^\\\n]+)? \\\n(?:    --hash=sha256:[0-9a-f]{64}.*\n)+"
    )
    assert [one for one in requirements if not pinned.fullmatch(one)] == []
    assert "://" not in text


def test_no_file_holds_a_path_of_a_machine_or_a_registry(root: Path) -> None:
    texts = {path: path.read_bytes().decode("utf-8", "replace") for path in our_files(root)}
    held = [path for path, text in texts.items() if MACHINE_PATH.search(text)]
    assert held == []
    assert [path for path, text in texts.items() if REGISTRY.search(text)] == []


def test_a_wheel_answers_in_an_empty_folder(root: Path, tmp_path: Path) -> None:
    python("-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path), cwd=root)
    (wheel,) = tmp_path.glob("*.whl")
    installed, empty = tmp_path / "installed", tmp_path / "empty"
    zipfile.ZipFile(wheel).extractall(installed)
    empty.mkdir()
    (empty / "mine.csv").write_text(DATA)
    show = "import metaprop; print(metaprop.__file__, *metaprop.shipped_models())"
    for place in python("-c", show, cwd=empty, path=installed).split():
        assert Path(place).is_relative_to(installed)
    answer = python(
        "-m", "metaprop", "fit", "mine.csv", "--above", "0.9", cwd=empty, path=installed
    )
    assert "above 90 %" in answer
