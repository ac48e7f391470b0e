"""The examples in the chassis' docstrings are true."""

import doctest
import importlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import chassis

SHOWN = {"aggregate", "columns", "machine", "mapping", "pagination", "readers", "saves"}
"""The parts that everybody uses: each shows how."""
FOLDER = Path(next(iter(chassis.__path__)))
# Only these are imported: `lean` would change the process.
EXAMPLES = sorted(path.stem for path in FOLDER.glob("*.py") if ">>> " in path.read_text(encoding="utf-8"))


def test_the_parts_that_everybody_uses_show_how():
    """OP-02: what services are made of has an example."""
    assert set() == SHOWN - set(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples(name):
    """OP-02: an example in a docstring gives what it says."""
    module = importlib.import_module(f"chassis.{name}")
    # In a thread of its own: `asyncio.run` of an example would end the event loop of the tests' thread.
    with ThreadPoolExecutor(1) as thread:
        assert 0 == thread.submit(doctest.testmod, module).result().failed
