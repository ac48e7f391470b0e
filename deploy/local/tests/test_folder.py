"""The data folder belongs to one stack at a time."""

import os
from pathlib import Path

import pytest

from local_stack.files import BrokenFile
from local_stack.folder import FolderInUse, forget, only_user_of


def test_a_second_stack_is_told_that_the_folder_is_in_use(tmp_path: Path) -> None:
    """OP-01: two stacks never write into one database."""
    with only_user_of(tmp_path), pytest.raises(FolderInUse, match="already runs"), only_user_of(tmp_path):
        pass


def test_who_is_refused_leaves_the_lock_as_it_is(tmp_path: Path) -> None:
    """CASE-U12: the lock goes on naming the process that holds it, and the refusal names that one."""
    with only_user_of(tmp_path):
        for _ in range(2):
            with pytest.raises(FolderInUse, match=rf"\(process {os.getpid()}\)"), only_user_of(tmp_path):
                pass
        assert str(os.getpid()) == (tmp_path / "lock").read_text(encoding="ascii")


def test_a_lock_that_is_a_folder_is_named(tmp_path: Path) -> None:
    """CASE-S12: a folder in the place of the lock is refused in one sentence that says what to do."""
    (tmp_path / "lock").mkdir()
    with (
        pytest.raises(BrokenFile, match=r"lock is a folder, and should be a file: remove it\.$"),
        only_user_of(tmp_path),
    ):
        pass


def test_the_folder_is_free_when_the_stack_has_ended(tmp_path: Path) -> None:
    """OP-01: a stopped stack can be started again."""
    for _ in range(2):
        with only_user_of(tmp_path / "data"):
            assert (tmp_path / "data").is_dir()


def test_nothing_is_forgotten_while_a_stack_runs(tmp_path: Path) -> None:
    """OP-01: `make clean-data` does not pull the data away from under a running database."""
    (tmp_path / "kept").touch()
    with only_user_of(tmp_path), pytest.raises(FolderInUse):
        forget(tmp_path)
    assert (tmp_path / "kept").exists()


def test_all_data_is_forgotten(tmp_path: Path) -> None:
    """OP-01: `make clean-data` leaves nothing, and may be repeated."""
    (tmp_path / "data" / "postgres").mkdir(parents=True)
    for _ in range(2):
        forget(tmp_path / "data")
    assert not (tmp_path / "data").exists()
