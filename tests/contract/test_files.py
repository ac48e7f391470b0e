"""The files of the house: how long, how named, and what a test must say."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.rooms import BESIDE, KINDS, ROOMS, SERVICES, mermaid, modules

ROOT = Path(__file__).parents[2]
MAX_LINES = 400


def python_files() -> list[Path]:
    """Every Python file that git has, or would take."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return [ROOT / name for name in names if (ROOT / name).exists()]


def test_no_file_is_too_long() -> None:
    """OP-02: a file of more than 400 lines is two topics: make it a package of the same name."""
    lengths = {path.relative_to(ROOT): len(path.read_text(encoding="utf-8").splitlines()) for path in python_files()}

    assert {} == {str(path): length for path, length in lengths.items() if length > MAX_LINES}, "Split it by topic."


@pytest.mark.parametrize("service", ROOMS)
def test_a_service_is_a_list_of_features(service: str) -> None:
    """OP-02: beside the features there are the composition root, the settings, the migrations, and what they share."""
    names = {path.stem for path in (SERVICES / service / "src" / service).iterdir() if path.stem != "py"}

    assert set() == names - BESIDE - ROOMS[service].keys() - {"__pycache__"}, "Enter the feature in rooms.py."
    assert set() == ROOMS[service].keys() - names, "Remove the feature from rooms.py."


@pytest.mark.parametrize(("service", "feature"), [(service, name) for service in ROOMS for name in ROOMS[service]])
def test_who_knows_one_feature_knows_all(service: str, feature: str) -> None:
    """OP-02: the same things stand in modules or packages of the same name in every feature."""
    known = {*KINDS, *ROOMS[service][feature].files}

    assert set() == modules(service, feature).keys() - known, "Call it by its kind, or enter it in rooms.py."


def test_rooms_have_an_order() -> None:
    """OP-02: a feature imports those that stand before it, so that there is no circle."""
    for rooms in ROOMS.values():
        order = list(rooms)
        assert [] == [
            (name, other)
            for name, room in rooms.items()
            for other in room.imports
            if other not in order[: order.index(name)]
        ]


@pytest.mark.parametrize("service", ROOMS)
def test_the_readme_shows_the_rooms(service: str) -> None:
    """OP-02: the picture in a service's README is the one that the walls are made from."""
    readme = (SERVICES / service / "README.md").read_text(encoding="utf-8")

    assert mermaid(service) in readme, f"Put this into services/{service}/README.md:\n\n{mermaid(service)}"


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
