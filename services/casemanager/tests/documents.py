"""Small files of each kind, whole and as their programs write them, and archives that are none of these."""

import io
import struct
import zipfile
from collections.abc import Mapping

_TYPES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/{part}" ContentType="application/vnd.openxmlformats-officedocument.{type}.main+xml"/></Types>'
)
_RELATIONS = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="{part}"/>'
    "</Relationships>"
)
_DOCUMENT = (
    '<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/'
    'main"><w:body><w:p><w:r><w:t>Please examine the left knee.</w:t></w:r></w:p></w:body></w:document>'
)
_WORKBOOK = '<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00" + bytes(4)
TIFF = b"II*\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00"
RTF = b"{\\rtf1\\ansi Please examine the left knee.}"


def archive(entries: Mapping[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP archive of these entries."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as file:
        for name, content in entries.items():
            file.writestr(name, content)
    return packed.getvalue()


def _office(part: str, kind: str, content: str, more: Mapping[str, bytes | str]) -> dict[str, bytes | str]:
    return {
        "[Content_Types].xml": _TYPES.format(part=part, type=kind),
        "_rels/.rels": _RELATIONS.format(part=part),
        part: content,
        **more,
    }


def docx(**more: bytes | str) -> bytes:
    """A document of Word, with more entries or others."""
    return archive(_office("word/document.xml", "wordprocessingml.document", _DOCUMENT, more))


def xlsx(**more: bytes | str) -> bytes:
    """A workbook of Excel, with more entries or others."""
    return archive(_office("xl/workbook.xml", "spreadsheetml.sheet", _WORKBOOK, more))


def lying_docx(megabytes: int) -> bytes:
    """One whose directory says that an entry is a byte long, which inflates to so many megabytes of zeros."""
    name = "word/media/image1.png"
    content = docx(**{name: bytes(megabytes * 1024 * 1024)})
    said = (megabytes * 1024 * 1024).to_bytes(4, "little")
    at = content.rindex(name.encode("ascii")) - 46
    return content[: at + 24] + content[at + 24 : at + 28].replace(said, b"\x01\x00\x00\x00") + content[at + 28 :]


def encrypted_docx() -> bytes:
    """One with the flag of encryption on each entry."""
    content = bytearray(docx())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(mark)
        while at >= 0:
            content[at + offset] |= 1
            at = content.find(mark, at + 1)
    return bytes(content)


def damaged_docx() -> bytes:
    """One with a bit of an entry turned over."""
    content = bytearray(docx())
    at = content.index(b"word/document.xml") + len(b"word/document.xml") + 5
    content[at] ^= 0xFF
    return bytes(content)


def with_large_end(content: bytes, entries: int | None = None) -> bytes:
    """The archive with the end that one of more than 4 GB has, before its own, whose numbers then say nothing."""
    at = content.rindex(b"PK\x05\x06")
    _, _, _, here, _, directory_bytes, offset, _ = struct.unpack("<4s4H2LH", content[at:])
    count = here if entries is None else entries
    end = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, directory_bytes, offset)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, at, 1)
    return (
        content[:at]
        + end
        + locator
        + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, *[2**16 - 1] * 2, *[2**32 - 1] * 2, 0)
    )


def docx_beyond_all_files() -> bytes:
    """One whose directory says that its last entry begins where no file reaches to."""
    content = docx()
    at = content.rindex(b"PK\x01\x02")
    extra = struct.pack("<2HQ", 1, 8, 2**64 - 1)
    name_bytes = int.from_bytes(content[at + 28 : at + 30], "little")
    entry = bytearray(content[at : at + 46 + name_bytes])
    entry[30:32] = struct.pack("<H", len(extra))
    entry[42:46] = b"\xff" * 4
    end = bytearray(content[content.rindex(b"PK\x05\x06") :])
    end[12:16] = struct.pack("<L", int.from_bytes(end[12:16], "little") + len(extra))
    return content[:at] + bytes(entry) + extra + bytes(end)
