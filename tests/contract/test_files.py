"""The files of the house: how long, how named, and what a test must say."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST = 400
SERVICES = ("identity", "applications", "notifications", "casemanager")
IN_EVERY_SERVICE = {"__main__", "app", "config", "migrations", "servicers"}


def python_files() -> list[Path]:
    """Every Python file that git has, or would take."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return [ROOT / name for name in names if (ROOT / name).exists()]


def test_no_file_is_too_long() -> None:
    """OP-02: a file of more than 400 lines is two topics: make it a package of the same name."""
    lengths = {path.relative_to(ROOT): len(path.read_text(encoding="utf-8").splitlines()) for path in python_files()}

    assert {} == {str(path): length for path, length in lengths.items() if length > LONGEST}, "Split it by topic."


@pytest.mark.parametrize("service", SERVICES)
def test_who_knows_one_service_knows_all(service: str) -> None:
    """OP-02: the same things stand in modules or packages of the same name in every service."""
    names = {path.stem for path in (ROOT / "services" / service / "src" / service).iterdir()}

    assert set() == IN_EVERY_SERVICE - names, "Call it what the other services call it."


def said_of_tests() -> Iterator[tuple[str, str]]:
    """Every test with its docstring."""
    for path in python_files():
        if path.name.startswith("test_"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                    yield f"{path.relative_to(ROOT)}::{node.name}", ast.get_docstring(node) or ""


def test_every_test_says_what_it_proves() -> None:
    """OP-02: the docstring of a test is a sentence of behaviour."""
    silent = [name for name, said in said_of_tests() if not said.endswith(".")]

    assert [] == silent, 'Write one sentence that begins with the requirement: """AP-09: a second account cannot …."""'
