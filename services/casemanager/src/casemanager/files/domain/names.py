"""The name of a file: as it was given, but for what could lead or mislead (CM-12)."""

import re
import unicodedata

from casemanager.files.domain.kinds import FORMS, FileKind

MAX_NAME_BYTES = 200
_UNNAMED = "file"
_EXTENSION = re.compile(r"\.(?!\d+$)([A-Za-z0-9]{1,5})$")
"""With a letter in it: people end names with a day or a number."""
_DROPPED = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Controls, halves of characters, and ends of lines and paragraphs."""
_BIDIRECTIONAL = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def file_name(given: str, kind: FileKind) -> str:
    """The name under which a file of this kind is shown and downloaded.

    Without path, controls and what changes the direction of writing; in NFC, 200 bytes at most, with an extension of
    its kind, and never empty.

    >>> file_name("a/../../x.pdf", FileKind.PDF)
    'x.pdf'
    >>> file_name("x\u202efdp.exe", FileKind.PDF)
    'xfdp.pdf'
    """
    name = unicodedata.normalize("NFC", re.split(r"[/\\]", given)[-1])
    name = "".join(each for each in name if unicodedata.category(each) not in _DROPPED and each not in _BIDIRECTIONAL)
    extensions, found = FORMS[kind].extensions, _EXTENSION.search(name)
    stem, extension = (name[: found.start()], found[1]) if found else (name, "")
    if extension.lower() not in extensions:
        extension = extensions[0]
    stem = _cut(stem.strip(), MAX_NAME_BYTES - len(extension) - 1).strip(" .") or _UNNAMED
    return f"{stem}.{extension}"


def _cut(text: str, limit: int) -> str:
    """So many bytes at most, whole characters."""
    return text.encode("utf-8")[:limit].decode("utf-8", "ignore")
