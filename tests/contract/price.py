"""What a change cost by hand: `make price FROM=… TO=…`.

Tests, migrations, catalogues of translations, documents and generated files do not count; the files of one message
template count as one.
"""

import subprocess
import sys
from collections import Counter
from pathlib import PurePath

_FREE = ("tests", "migrations", "locales", "docs", "bench")
_GENERATED = ("gateway/openapi.json", "requirements.lock", "protos/released.binpb.gz")


def room(path: PurePath) -> PurePath | None:
    """What a changed file counts as; None when it is free."""
    if set(path.parts) & set(_FREE) or path.suffix == ".md" or str(path) in _GENERATED:
        return None
    parts = path.parts
    if "templates" in parts[:-2] and "notifications" in parts:
        return PurePath(*parts[: parts.index("templates") + 2])
    return path


def price(numstat: str) -> Counter[PurePath]:
    """The lines that were added to each file, from `git diff --numstat --no-renames`."""
    lines: Counter[PurePath] = Counter()
    for added, _, path in (line.split("\t") for line in numstat.splitlines()):
        counted = room(PurePath(path))
        if counted is not None:
            lines[counted] += int(added) if added.isdigit() else 0
    return lines


def main() -> None:
    """Prints the files with their lines, and the sums."""
    begin, end = sys.argv[1:]
    command = ["git", "diff", "--numstat", "--no-renames", begin, end]
    lines = price(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    for path, added in sorted(lines.items()):
        print(f"{added:5}  {path}")
    print(f"{lines.total():5}  lines in {len(lines)} files")


if __name__ == "__main__":
    main()
