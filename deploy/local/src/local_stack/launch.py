"""Become another program that is told when its parent dies: `launch.py PARENT SIGNAL USER PROGRAM [ARGUMENT…]`.

A program of its own, because code between fork and exec is not safe in a parent with threads (gRPC has many), and
because the kernel forgets the wish when the user changes. USER is a numeric user id; -1 keeps the present one.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def main() -> None:
    """Change the user, ask for the signal, execute the program."""
    parent, signal_number, user, program = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
    if user >= 0:
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal_number)
    if os.getppid() != parent:  # died before the kernel knew our wish
        sys.exit(1)
    try:
        os.execvp(program[0], program)  # noqa: S606 - no shell is wanted
    except OSError as error:
        sys.exit(f"{program[0]}: {error.strerror}")


if __name__ == "__main__":
    main()
