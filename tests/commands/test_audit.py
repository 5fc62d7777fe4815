"""``metaprop audit``: what a user types, and what comes back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from metaprop.cli import main
from metaprop.commands.audit import audit
from metaprop.core.errors import InputError, OutputError

if TYPE_CHECKING:
    from pathlib import Path

TABLE = "study,events,total\nAsh,9,9\nBirch,14,15\nCedar,10,11\n"
CLAIMS = "estimate_percent,ci_low_percent,ci_high_percent\n91,70,98\n"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "trees.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


@pytest.fixture
def claims(tmp_path: Path) -> Path:
    path = tmp_path / "claims.csv"
    path.write_text(CLAIMS, encoding="utf-8")
    return path


def test_two_lines_about_a_table_are_audited_and_written(
    table: Path, claims: Path, tmp_path: Path
) -> None:
    target = tmp_path / "found"
    reply = audit(str(table), claims=str(claims), output=str(target))
    assert "91 % [70, 98]" in reply.out
    assert "findings were written to" in reply.out
    assert reply.code == 0
    record = json.loads((target / "audit.json").read_text(encoding="utf-8"))
    assert record["audit"]["settings_tried"] > 9000
    assert (target / "figures" / "audit.svg").exists()


def test_two_lines_alone_are_audited(claims: Path) -> None:
    reply = audit(str(claims))
    assert "cannot be checked" in reply.out
    assert "no table of counts tells the studies" in reply.out


def test_a_folder_that_is_not_ours_stays_as_it_was(claims: Path, tmp_path: Path) -> None:
    target = tmp_path / "mine"
    target.mkdir()
    (target / "letter.txt").write_text("Dear", encoding="utf-8")
    runner = CliRunner()
    result = runner.invoke(main, ["audit", str(claims), "--output", str(target)])
    assert result.exit_code == 1
    assert "audit.json" in result.stderr
    assert [path.name for path in target.iterdir()] == ["letter.txt"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["nowhere"],
        [""],
        ["TABLE"],
        ["TABLE", "--claims", "nowhere.csv"],
        ["TABLE", "--claims", "TABLE"],
        ["CLAIMS", "--output", ""],
    ],
)
def test_what_is_wrong_is_one_message_and_exit_code_one(
    table: Path, claims: Path, arguments: list[str]
) -> None:
    known = {"TABLE": str(table), "CLAIMS": str(claims)}
    result = CliRunner().invoke(main, ["audit", *(known.get(word, word) for word in arguments)])
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.count("Error: ") == 1
    assert "Traceback" not in result.stderr


def test_a_plain_table_without_claims_says_how_to_name_them(table: Path) -> None:
    with pytest.raises(InputError, match="--claims"):
        audit(str(table))


def test_the_command_has_its_door(claims: Path) -> None:
    result = CliRunner().invoke(main, ["audit", str(claims)])
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0].endswith("do not fit.")


def test_a_folder_with_an_audit_of_another_program_is_not_replaced(
    table: Path, claims: Path, tmp_path: Path
) -> None:
    (tmp_path / "npm").mkdir()
    (tmp_path / "npm" / "audit.json").write_text('{"vulnerabilities": {}}', encoding="utf-8")
    with pytest.raises(OutputError, match=r"no audit\.json of this command"):
        audit(str(table), claims=str(claims), output=str(tmp_path / "npm"))
    for _ in range(2):  # one's own is
        assert audit(str(table), claims=str(claims), output=str(tmp_path / "own")).code == 0
