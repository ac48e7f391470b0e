"""What a file is, by its content and never by its name (CM-12)."""

import codecs
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import BinaryIO

from casemanager.files.domain.archives import ContentRefused, document_part, ends_as_zip


class FileKind(IntEnum):
    """The kinds that are taken; the numbers are stored."""

    PDF = 1
    DOCX = 2
    XLSX = 3
    JPEG = 4
    PNG = 5
    TIFF = 6
    TEXT = 7
    RTF = 8


@dataclass(frozen=True, slots=True)
class Form:
    """The media type of a kind, and the extensions that its names have: the first one where a name has another."""

    media_type: str
    extensions: tuple[str, ...]


_OFFICE = "application/vnd.openxmlformats-officedocument"
FORMS: Mapping[FileKind, Form] = {
    FileKind.PDF: Form("application/pdf", ("pdf",)),
    FileKind.DOCX: Form(f"{_OFFICE}.wordprocessingml.document", ("docx",)),
    FileKind.XLSX: Form(f"{_OFFICE}.spreadsheetml.sheet", ("xlsx",)),
    FileKind.JPEG: Form("image/jpeg", ("jpg", "jpeg", "jpe")),
    FileKind.PNG: Form("image/png", ("png",)),
    FileKind.TIFF: Form("image/tiff", ("tif", "tiff")),
    FileKind.TEXT: Form("text/plain", ("txt", "text")),
    FileKind.RTF: Form("application/rtf", ("rtf",)),
}

_TAKEN = (
    (b"%PDF-", FileKind.PDF),
    (b"\xff\xd8\xff", FileKind.JPEG),
    (b"\x89PNG\r\n\x1a\n", FileKind.PNG),
    (b"II*\x00", FileKind.TIFF),
    (b"MM\x00*", FileKind.TIFF),
    (b"{\\rtf", FileKind.RTF),
)
_REFUSED = (
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"\xcf\xfa\xed\xfe", "a program"),
    (b"#!", "a script"),
    (b"GIF8", "a GIF image"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an encrypted document, or one of an old version of Office"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"PK\x07\x08", "a split ZIP archive"),
)
_MARKUP = (
    (b"<svg", "an SVG image"),
    (b"<!doctype html", "an HTML page"),
    (b"<html", "an HTML page"),
    (b"<script", "a script"),
    (b"<?php", "a script"),
)
_HEAD_BYTES = 4096
_READ_BYTES = 64 * 1024
_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\f\r")
_DOCUMENTS = {"word/document.xml": FileKind.DOCX, "xl/workbook.xml": FileKind.XLSX}


def kind_of(file: BinaryIO) -> FileKind:
    """What a whole file is; ContentRefused for what is not taken. It reads all of a text and of a ZIP archive."""
    file.seek(0)
    head = file.read(_HEAD_BYTES)
    if head.startswith(b"PK\x03\x04"):
        return _DOCUMENTS[document_part(file, _DOCUMENTS)]
    for beginning, found in _REFUSED:
        if head.startswith(beginning):
            raise ContentRefused(found)
    kind = next((kind for beginning, kind in _TAKEN if head.startswith(beginning)), None)
    if kind is None:
        _check_text(file, head)
    # A program that looks for archives from the end would see something else than we do.
    if ends_as_zip(file):
        raise ContentRefused("a file with a ZIP archive at its end")
    return kind or FileKind.TEXT


def _check_text(file: BinaryIO, head: bytes) -> None:
    """ContentRefused for what is no plain text in UTF-8 or Windows-1252."""
    beginning = head.removeprefix(codecs.BOM_UTF8).lstrip().lower()
    if beginning.startswith(b"<"):
        found = next((found for mark, found in _MARKUP if mark in beginning), "a file with markup")
        raise ContentRefused(found)
    decoders = [codecs.getincrementaldecoder(name)() for name in ("utf-8", "cp1252")]
    file.seek(0)
    while decoders:
        chunk = file.read(_READ_BYTES)
        if not _CONTROLS.isdisjoint(chunk):
            break
        decoders = [each for each in decoders if _takes(each, chunk)]
        if not chunk and decoders:
            return
    raise ContentRefused("a file of an unknown kind")


def _takes(decoder: codecs.IncrementalDecoder, chunk: bytes) -> bool:
    try:
        decoder.decode(chunk, final=not chunk)
    except UnicodeDecodeError:
        return False
    return True
