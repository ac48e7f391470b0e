"""Names are the words of `docs/vocabulary.md`: identifiers, fields of protos, columns of tables; never prose."""

import ast
import keyword
import re
import tokenize
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import pytest

from gateway.contract import Contract
from tests.contract.test_files import ROOT, python_files

VOCABULARY = ROOT / "docs/vocabulary.md"
CONTRACT = Contract.read(ROOT / "protos/build/portico.binpb")
STATEMENT_MAKERS = {"statement", "save"}


def table_rows(text: str) -> Iterator[tuple[str, str, str]]:
    """The rows of all tables of three columns."""
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and len(cells) == 3 and cells[2] != "not":
            yield cells[0], cells[1], cells[2]


def refused_patterns() -> Mapping[str, str]:
    """What must not be a name, with what to write instead."""
    rows = table_rows(VOCABULARY.read_text(encoding="utf-8"))
    return {pattern: term for term, _, refused in rows for pattern in re.findall(r"`([\w*?]+)`", refused)}


@cache
def names_in(kind: str) -> Mapping[str, str]:
    """Every identifier of the sources or of the tests, each with one place."""
    found = {}
    for path in python_files():
        if (kind == "tests") == ("tests" in path.parts):
            with path.open("rb") as file:
                for token in tokenize.tokenize(file.readline):
                    if token.type == tokenize.NAME and not keyword.iskeyword(token.string):
                        found[token.string] = f"{path.relative_to(ROOT)}:{token.start[0]}"
    return found


def wrong(names: Mapping[str, str]) -> dict[str, str]:
    """The names that the vocabulary refuses: where one stands, and what to write."""
    patterns = refused_patterns()
    return {
        name: f"{place}: write {term}"
        for name, place in names.items()
        for pattern, term in patterns.items()
        if fnmatchcase(name, pattern)
    }


def test_the_vocabulary_is_read() -> None:
    """OP-02: the tables of the vocabulary give patterns, so that the tests below look for something."""
    assert {"?*_at", "tenant_id", "House", "MOST_*"} <= refused_patterns().keys()
    assert {"House": "x: write `ServiceContext`"} == wrong({"House": "x", "ServiceContext": "y"})


@pytest.mark.parametrize("kind", ["sources", "tests"])
def test_names_are_the_fields_own(kind: str) -> None:
    """OP-02: an identifier is a word of the vocabulary's first column, not of its last."""
    assert {} == wrong(names_in(kind))


def test_fields_of_the_contract_are_the_fields_own() -> None:
    """OP-02: so are the fields of every message."""
    names = {field.name: field.full_name for message in CONTRACT.messages for field in message.fields}

    assert {} == wrong(names)


def columns() -> Iterator[tuple[str, str]]:
    """The name of every column that the sources describe, with its file."""
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if "tests" not in path.parts else ():
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                maker = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if maker in {"Column", "instant"}:
                    yield str(node.args[0].value), str(path.relative_to(ROOT))


def test_columns_are_the_fields_own() -> None:
    """OP-02: so are the columns, in the tables and in the migrations."""
    names = dict(columns())

    assert {"org_id", "create_time"} <= names.keys()
    assert {} == wrong(names)


def statements_in(path: Path) -> Iterator[str]:
    """The names of a module that are given a compiled statement."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id=maker))):
                if maker in STATEMENT_MAKERS:
                    yield name


def test_a_statement_is_named_in_capitals() -> None:
    """OP-02: a module's statement is a constant, and looks like one."""
    paths = [path for path in python_files() if "tests" not in path.parts]
    named = {f"{path.relative_to(ROOT)}: {name}" for path in paths for name in statements_in(path)}

    assert len(named) > 30
    assert set() == {where for where in named if not where.rpartition(" ")[2].isupper()}
