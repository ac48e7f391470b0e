"""Documents of Office: ZIP archives, which are opened and inflated for real, within bounds (CM-12)."""

import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Collection, Iterator
from typing import BinaryIO

MAX_ENTRIES = 10_000
MAX_INFLATED_BYTES = 500 * 1024 * 1024
MAX_INFLATED_TIMES = 100
"""So many times as long as the file may its entries be together."""
_MAX_DIRECTORY_BYTES = 2 * 1024 * 1024
"""Of 10,000 entries with long names; the library reads all of the directory, however long that is."""
_MAX_TYPES_BYTES = 1024 * 1024
_READ_BYTES = 64 * 1024
_END = struct.Struct("<4s4H2LH")
_END_MARK = b"PK\x05\x06"
_DIRECTORY_MARK = b"PK\x01\x02"
_ZIP64 = struct.Struct("<4sQ2H2L4Q4sLQL")
"""The end of an archive that may be larger than 4 GB, and what says where it is; then comes the usual end."""
_ZIP64_MARK = b"PK\x06\x06"
_LOCATOR = struct.Struct("<4sLQL")
_LOCATOR_MARK = b"PK\x06\x07"
_MAX_COMMENT_BYTES = 65_535
_TYPES = "[Content_Types].xml"
_ENCRYPTED = 0x1
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_DAMAGED = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, OverflowError)
"""What the library raises for bytes that are no archive: the last two for names and for places that there are not."""


class ContentRefused(Exception):
    """A file of a kind that is not taken; `found` says what it is, in English, to be put after "This is"."""

    def __init__(self, found: str) -> None:
        super().__init__(found)
        self.found = found


def ends_as_zip(file: BinaryIO) -> bool:
    """Whether a program that looks for an archive from the end of the file finds one.

    Whatever comes after it: programs pass over that where an archive's directory stands before its end.
    """
    size, records = file.seek(0, 2), list(_end_records(file))
    marks = [(at - numbers[4], _DIRECTORY_MARK) for at, numbers in records]
    marks += [(at - _LOCATOR.size, _LOCATOR_MARK) for at, _ in records]
    # In the order of the file, of which one piece at a time is fetched: there may be thousands.
    return any(_is_last(size, *record) for record in records) or any(_has(file, *mark) for mark in sorted(marks))


def document_part(file: BinaryIO, parts: Collection[str]) -> str:
    """Which of the parts, of which a document of Office has one, is in an archive; ContentRefused for other archives.

    All of it is inflated: what an archive says of its own size counts for nothing.
    """
    _check_directory(file)
    try:
        with zipfile.ZipFile(file) as archive:
            part = _part(archive, parts)
            _inflate(archive, file)
    except NotImplementedError as error:
        raise ContentRefused("a ZIP archive that no Office has written") from error
    except _DAMAGED as error:
        raise ContentRefused("a damaged ZIP archive") from error
    return part


def _end_records(file: BinaryIO) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Where records are that end an archive, the last one first, and their numbers."""
    size = file.seek(0, 2)
    begin = max(0, size - _END.size - _MAX_COMMENT_BYTES)
    file.seek(begin)
    tail = file.read(size - begin)
    at = tail.rfind(_END_MARK)
    while at >= 0:
        if len(tail) - at >= _END.size:
            yield begin + at, _END.unpack_from(tail, at)[1:]
        at = tail.rfind(_END_MARK, 0, at)


def _is_last(size: int, at: int, numbers: tuple[int, ...]) -> bool:
    """Whether a record, with its comment, reaches to the end of the file."""
    return at + _END.size + numbers[-1] == size


def _has(file: BinaryIO, at: int, mark: bytes) -> bool:
    if at < 0:
        return False
    file.seek(at)
    return file.read(len(mark)) == mark


def _check_directory(file: BinaryIO) -> None:
    """That the directory is one that can be read whole, before it is."""
    # The last one alone: the library takes that, and would not look for one that reaches to the end.
    at, numbers = next(_end_records(file), (0, ()))
    if not numbers or not _is_last(file.seek(0, 2), at, numbers):
        raise ContentRefused("a damaged ZIP archive")
    disk, directory_disk, here, entries, directory_bytes = _large(file, at) or numbers[:5]
    if entries > MAX_ENTRIES or directory_bytes > _MAX_DIRECTORY_BYTES:
        raise ContentRefused("a ZIP archive with too many entries")
    if disk or directory_disk or here != entries:
        raise ContentRefused("a split ZIP archive")


def _large(file: BinaryIO, at: int) -> tuple[int, ...] | None:
    """The same numbers, where an archive that may be large has them; some programs write small ones like that."""
    if not _has(file, at - _LOCATOR.size, _LOCATOR_MARK):
        return None
    begin = at - _ZIP64.size
    if not _has(file, begin, _ZIP64_MARK):
        raise ContentRefused("a damaged ZIP archive")
    file.seek(begin)
    _, _, _, _, *numbers, _, _, said, _ = _ZIP64.unpack(file.read(_ZIP64.size))
    if said != begin:
        # Others would look for it elsewhere than the library does.
        raise ContentRefused("a damaged ZIP archive")
    return tuple(numbers[:5])


def _part(archive: zipfile.ZipFile, parts: Collection[str]) -> str:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise ContentRefused("a ZIP archive with too many entries")
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise ContentRefused("an encrypted ZIP archive")
    if any(entry.volume for entry in entries):
        raise ContentRefused("a split ZIP archive")
    names = Counter(entry.filename for entry in entries)
    found = [part for part in parts if part in names]
    if len(found) != 1 or _TYPES not in names:
        raise ContentRefused(_other_archive(names))
    is_plain = min(entry.header_offset for entry in entries) == 0 and max(names.values()) == 1
    if not is_plain or any(entry.compress_type not in _METHODS for entry in entries):
        raise ContentRefused("a ZIP archive that no Office has written")
    with archive.open(_TYPES) as file:
        types = file.read(_MAX_TYPES_BYTES).lower()
    has_code = any(name.lower().endswith("vbaproject.bin") for name in names)
    if has_code or b"macroenabled" in types or b"vbaproject" in types:
        raise ContentRefused("a document with macros")
    return found[0]


def _other_archive(names: Collection[str]) -> str:
    if "META-INF/MANIFEST.MF" in names:
        return "a Java archive (JAR)"
    return "an OpenDocument file" if "mimetype" in names else "a ZIP archive"


def _inflate(archive: zipfile.ZipFile, file: BinaryIO) -> None:
    left = min(MAX_INFLATED_BYTES, MAX_INFLATED_TIMES * file.seek(0, 2))
    for entry in archive.infolist():
        with archive.open(entry) as inflated:
            while chunk := inflated.read(_READ_BYTES):
                left -= len(chunk)
                if left < 0:
                    raise ContentRefused("a ZIP archive that inflates too far")
