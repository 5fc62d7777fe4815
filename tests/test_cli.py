from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import made_up
from metaprop.cli import main

TABLE = "study,events,total\nAsh,9,9\nBirch,14,15\nCedar,10,11\n"


@pytest.fixture
def table(tmp_path: Path) -> str:
    path = tmp_path / "trees.csv"
    path.write_text(TABLE, encoding="utf-8")
    return str(path)


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setattr("metaprop.engines.fitting.fit", made_up.fit)
    return CliRunner()


def metaprop(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "metaprop", *arguments],
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
        env={**os.environ, "PYTHONUTF8": "1", **env},
    )


def test_fit_answers(cli: CliRunner, table: str) -> None:
    result = cli.invoke(main, ["fit", table, "--above", "0.9"])
    assert result.exit_code == 0
    assert result.output.startswith("Probability that the average rate is above 90 %: ")


def test_fit_speaks_to_machines(cli: CliRunner, table: str) -> None:
    result = cli.invoke(main, ["fit", table, "--json", "--model", "common_rate"])
    assert result.exit_code == 0
    assert {record["model"] for record in json.loads(result.stdout)} == {"common_rate"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["fit"],
        ["fit", "nowhere.csv"],
        ["fit", "TABLE", "--above", "90%"],
        ["fit", "TABLE", "--engine", "stan"],
        ["fit", "TABLE", "--model", "nothing"],
        ["fit", "TABLE", "--bogus"],
        ["check", "nowhere"],
        ["template", "nowhere"],
        ["template", "TABLE", "--output", ""],
        ["run", "nowhere", "nowhere"],
        ["bogus"],
        ["fit", ""],
        ["check", ""],
        ["run", "TABLE", "nowhere"],
        ["run", "TABLE", "--output", ""],
    ],
)
def test_what_is_wrong_is_one_message_and_exit_code_one(
    cli: CliRunner, table: str, arguments: list[str]
) -> None:
    result = cli.invoke(main, [table if word == "TABLE" else word for word in arguments])
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "Error: " in result.stderr
    assert "Traceback" not in result.stderr


def test_check_and_run_have_their_doors(
    cli: CliRunner, table: str, root: Path, tmp_path: Path
) -> None:
    assert "no fault found" in cli.invoke(main, ["check", str(root / "data/kalantar2026")]).output
    into = ["--output", str(tmp_path), "--engine", "exact", "--simulate", "0"]
    result = cli.invoke(main, ["run", table, str(root / "models"), *into])
    assert result.exit_code == 0
    assert result.stderr == ""
    assert (tmp_path / "trees" / "figures" / "forest_events.svg").exists()


def test_template_has_its_door(cli: CliRunner, root: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.csv"
    arguments = ["template", str(root / "data" / "kalantar2026"), "--output", str(sheet)]
    first, second = (cli.invoke(main, arguments) for _ in range(2))
    assert (first.exit_code, second.exit_code) == (0, 1)
    assert sheet.exists()
    assert second.stdout == ""
    assert "this file exists already" in second.stderr


def test_help_says_which_engine_answers(cli: CliRunner) -> None:
    for command, usual in (("fit", "exact"), ("run", "both")):
        result = cli.invoke(main, [command, "--help"])
        assert result.exit_code == 0
        assert f"[default: {usual}]" in " ".join(result.output.split())


def test_help_does_not_load_numpy() -> None:
    code = (
        "import sys\nfrom metaprop.cli import main\n"
        "try: main(['fit', '--help'])\nexcept SystemExit: pass\n"
        "print('numpy' in sys.modules, 'rich' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "False False"


def test_the_real_engine_answers_in_a_process_of_its_own(table: str) -> None:
    done = metaprop("fit", table, "--above", "0.9", "--model", "logit_normal", COLUMNS="40")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert done.stdout.startswith("Probability that the average rate is above 90 %: ")


def test_the_surgeons_question_is_answered_on_the_papers_data(root: Path) -> None:
    done = metaprop(
        *("fit", str(root / "data" / "kalantar2026"), "--outcome", "union", "--above", "0.9")
    )
    assert done.returncode == 0, done.stderr
    average, next_study = done.stdout.splitlines()[:2]
    assert average == (
        "Probability that the average union rate is above 90 %: "
        "98.8 % (logit-normal), 98.3 % (beta-binomial)"
    )
    assert next_study.endswith(": 94.9 % (logit-normal), 89.2 % (beta-binomial)")


def test_an_answer_that_cannot_be_printed_is_one_message(table: str) -> None:
    with Path(table).open(encoding="utf-8") as only_to_read:
        done = subprocess.run(
            [sys.executable, "-m", "metaprop", "check", table],
            stdout=only_to_read,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == "Error: The answer could not be printed (Bad file descriptor).\n"


def test_without_an_output_the_exit_code_is_the_answer(
    table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(SystemExit) as left:
        main(["check", table])
    assert left.value.code == 0


def test_a_reader_who_leaves_early_is_no_error(table: str) -> None:
    arguments = ["fit", table, "--json", "--model", "common_rate"]
    with subprocess.Popen(
        [sys.executable, "-m", "metaprop", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        told = process.stderr.read()
        assert process.wait() == 0
    assert told == b""


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (OSError(28, "No space left on device", "draws.nc"), "draws.nc: No space left on device"),
        (MemoryError(), "The memory of this machine does not suffice"),
    ],
)
def test_a_machine_that_cannot_is_one_message(
    cli: CliRunner, table: str, monkeypatch: pytest.MonkeyPatch, fault: BaseException, said: str
) -> None:
    def fail(*_: object, **_options: object) -> None:
        raise fault

    monkeypatch.setattr("metaprop.commands.fit.fit", fail)
    result = cli.invoke(main, ["fit", table])
    assert result.exit_code == 1
    assert result.stdout == ""
    assert said in result.stderr
    assert "Traceback" not in result.stderr
