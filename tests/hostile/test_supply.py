"""What metaprop stands on: pinned by hash, under licences that are known, without known faults."""

from __future__ import annotations

import http.server
import json
import re
import subprocess
import sys
import threading
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCKS = ("requirements.lock", "requirements-uv.lock")
PINNED = re.compile(r"([\w.-]+)(?:\[[\w,]+\])?==(\S+)(?: ; ([^\\]+?))? \\\n((?:    --hash=.*\n)+)")
UNREACHABLE = "error sending request"


def parts(root: Path) -> list[tuple[str, str, str]]:
    """Return name, version and hashes of every package in the locks."""
    text = "".join((root / name).read_text(encoding="utf-8") for name in LOCKS)
    return [(name, version, hashes) for name, version, _, hashes in PINNED.findall(text)]


def test_every_dependency_is_in_the_lock(root: Path) -> None:
    # Else an installation by the lock would fetch it without a hash, or fail.
    names = {re.sub(r"[-_.]+", "-", name).lower() for name, _, _ in parts(root)}
    listed = re.findall(r'^    "([\w.-]+)>=', (root / "pyproject.toml").read_text(), re.MULTILINE)
    assert len(listed) > 20
    assert {re.sub(r"[-_.]+", "-", name).lower() for name in listed} <= names


def test_the_licences_are_those_of_the_lock(root: Path) -> None:
    script = root / "docs" / "list_licences.py"
    spec = util.spec_from_file_location("list_licences", script)
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    sys.modules["list_licences"] = module
    spec.loader.exec_module(module)
    written = (root / "docs" / "licences.md").read_text(encoding="utf-8")
    assert written == module.page(), "run docs/list_licences.py"
    for name, version, _ in parts(root):
        assert f"| {module.plain(name)} | {version} |" in written


def audited(root: Path, place: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Return what ``uv audit`` says of all that is locked."""
    (place / "pyproject.toml").write_text(_PROJECT, encoding="utf-8")
    source = 'source = { registry = "https://registry.invalid/simple" }'
    packages = "".join(
        f'[[package]]\nname = "{name}"\nversion = "{version}"\n{source}\n'
        for name, version, _ in parts(root)
    )
    names = ", ".join(f'{{ name = "{name}" }}' for name, _, _ in parts(root))
    (place / "uv.lock").write_text(_LOCK.format(names=names, packages=packages), encoding="utf-8")
    features = "audit-command,json-output"
    return subprocess.run(
        [
            *(Path(sys.executable).with_name("uv"), "audit", "--frozen"),
            *("--preview-features", features, "--output-format", "json", *options),
        ],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
    )


_PROJECT = """\
[project]
name = "locked"
version = "0"
requires-python = ">=3.12"
"""
_LOCK = """\
version = 1
revision = 3
requires-python = ">=3.12"

[[package]]
name = "locked"
version = "0"
source = {{ virtual = "." }}
dependencies = [{names}]

{packages}"""


class Advisor(http.server.BaseHTTPRequestHandler):
    """An advisory service that knows a fault of Jinja2, and no other."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        asked = [query["package"]["name"] for query in json.loads(body)["queries"]]
        fault = {"vulns": [{"id": "MADE-UP-1", "modified": "2026-01-01T00:00:00Z"}]}
        self.answer({"results": [fault if name == "jinja2" else {} for name in asked]})

    def do_GET(self) -> None:
        found = {"id": "MADE-UP-1", "modified": "2026-01-01T00:00:00Z", "summary": "made up"}
        self.answer(found)

    def answer(self, value: Any) -> None:
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def advisor() -> Iterator[str]:
    """Return the address of a made-up advisory service."""
    with http.server.HTTPServer(("127.0.0.1", 0), Advisor) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.slow
def test_a_known_fault_of_what_is_locked_would_be_found(
    root: Path, tmp_path: Path, advisor: str
) -> None:
    done = audited(root, tmp_path, "--service-url", advisor)
    assert done.returncode == 1, done.stderr
    told = json.loads(done.stdout)
    assert [one["dependency"]["name"] for one in told["vulnerabilities"]] == ["jinja2"]
    assert told["summary"]["audited_packages"] == len(parts(root))


@pytest.mark.slow
def test_no_fault_is_known_of_what_is_locked(root: Path, tmp_path: Path) -> None:
    done = audited(root, tmp_path)
    if UNREACHABLE in done.stderr:
        pytest.skip(f"the advisory service cannot be reached: {done.stderr.splitlines()[-1]}")
    assert done.returncode == 0, done.stdout
