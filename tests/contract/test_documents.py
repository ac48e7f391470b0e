"""What the documents name is there: paths, links and names."""

import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MADE = ("/", ".local/", ".venv/", "protos/build/", "protos/released.binpb.gz")
"""Beginnings of what is no file of ours: addresses, and what the build or `make run` makes."""
PATH = re.compile(r"`([\w./-]*?[\w-]+(?:/|\.(?:py|proto|md|ya?ml|j2|toml|html|css|js|json|po|lock|txt)))`")
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
NAME = re.compile(r"`([a-z]+_\w+|[A-Z][A-Z0-9]*_\w+|[A-Z][a-z]+[A-Z]\w+)(?:\([^`]*\))?`")
WORD = re.compile(r"\w+")
_TEST = re.compile(r"test_\w+")
_PROOFS = re.compile(r"((?:`test_\w+`,? ?)+)(?:in `([\w/]+\.py)`|there)")
"""Tests and their file; `there` is the one that was named before."""
_FIRST_CELLS = tuple(f"| {digit}" for digit in range(1, 10))


@cache
def tracked() -> tuple[str, ...]:
    """Every file that git has, or would take."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return tuple(name for name in names if (ROOT / name).exists())


def documents() -> list[str]:
    """Every document in Markdown."""
    return [name for name in tracked() if name.endswith(".md")]


@cache
def known_paths() -> frozenset[str]:
    """Every file and folder by each end of its path: `chassis/saves.py` is enough, as it is for a reader."""
    found = set()
    # A template goes by the name of its area.
    for name in (*tracked(), *(name.replace("/templates/", "/") for name in tracked())):
        parts = name.split("/")
        for start in range(len(parts)):
            found |= {"/".join(parts[start:end]) + "/" for end in range(start + 1, len(parts))}
            found.add("/".join(parts[start:]))
    return frozenset(found)


@cache
def known_words() -> frozenset[str]:
    """Every word of the code, the protos and the settings of the tools."""
    endings = (".py", ".proto", ".toml", ".html", ".j2", ".yaml", ".po", "Makefile")
    files = [ROOT / name for name in tracked() if name.endswith(endings)]
    return frozenset(word for file in files for word in WORD.findall(file.read_text(encoding="utf-8")))


def prose(document: str) -> Iterator[str]:
    """Its lines, without blocks of code; of the vocabulary without what is not to be written."""
    is_code = False
    for line in (ROOT / document).read_text(encoding="utf-8").splitlines():
        is_code ^= line.lstrip().startswith("```")
        if not is_code:
            yield line.strip("|").rpartition("|")[0] if document == "docs/vocabulary.md" and line[:1] == "|" else line


@pytest.mark.parametrize("document", documents())
def test_a_path_that_is_named_exists(document: str) -> None:
    """OP-02: a document names files and folders that are there, so that whoever reads it can open them."""
    named = {path for line in prose(document) for path in PATH.findall(line)}

    assert [] == sorted(path for path in named - known_paths() if not path.startswith(MADE)), "Name where it is now."


@pytest.mark.parametrize("document", documents())
def test_a_link_leads_somewhere(document: str) -> None:
    """OP-02: a link to another file of ours leads to one."""
    folder = (ROOT / document).parent
    links = {link for line in prose(document) for link in LINK.findall(line)}

    assert [] == sorted(link for link in links if not (folder / link).exists())


@pytest.mark.parametrize("document", [name for name in documents() if name.startswith("docs/") or "/" not in name])
def test_a_name_that_is_named_exists(document: str) -> None:
    """OP-02: a function, a class, a table or a reason that a document names is in the code."""
    named = {name for line in prose(document) for name in NAME.findall(line)}

    assert [] == sorted(named - known_words()), "Name what it is called now."


def test_every_row_of_file_security_has_its_tests() -> None:
    """CM-12: what is said of the safety of files is proved by tests, each in the file that its row names."""
    rows = [row.strip(" |").rpartition("|") for row in prose("docs/file-security.md") if row[:3] in _FIRST_CELLS]
    wrong, file = [], ""
    for said, _, proof in rows:
        groups = _PROOFS.findall(proof)
        wrong += [] if groups else [said]
        for names, named_file in groups:
            file = named_file or file
            source = (ROOT / file).read_text(encoding="utf-8")
            wrong += [f"{name} in {file}" for name in _TEST.findall(names) if f"def {name}(" not in source]

    assert rows
    assert [] == wrong, "Name a test for it, and the file in which it is now."
