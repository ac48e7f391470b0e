"""Files that matter."""

import errno
import subprocess
import sys
from pathlib import Path

from local_stack.files import plain

# Lets no file grow beyond 100 bytes, as a disk that is full, and then writes 4000.
FULL = """
import resource, sys
from pathlib import Path
from local_stack.files import write_private
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
write_private(Path(sys.argv[1]), b"new" * 4000)
"""


def test_a_file_that_cannot_be_written_stays_as_it_was(tmp_path: Path) -> None:
    """CASE-S12: when the disk is full the old file is still there, whole, and nothing unfinished lies beside it."""
    file = tmp_path / "secrets.json"
    file.write_bytes(b"old")
    ended = subprocess.run([sys.executable, "-c", FULL, str(file)], capture_output=True, text=True, check=False)
    assert str(file) in ended.stderr.splitlines()[-1]
    assert {"secrets.json": b"old"} == {path.name: path.read_bytes() for path in tmp_path.iterdir()}


def test_what_the_system_refuses_is_said_in_a_sentence() -> None:
    """CASE-S12: which file, what is wrong, and what to do about a full or read-only disk."""
    full, fixed = OSError(errno.ENOSPC, "No space left on device", "a"), OSError(errno.EROFS, "Read-only file system")
    assert "a: No space left on device. Make room on the disk, and start again." == plain(full)
    assert "Read-only file system. Take a folder that can be written: --data." == plain(fixed)
    assert "b: Is a directory." == plain(OSError(errno.EISDIR, "Is a directory", "b"))
