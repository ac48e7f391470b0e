"""What a file is, by its content; decided without a database."""

import io
import os
import struct
import time
import zipfile
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from casemanager.files.domain.archives import MAX_ENTRIES, ContentRefused
from casemanager.files.domain.kinds import FORMS, FileKind, kind_of
from services.casemanager.tests import documents


def kind(content: bytes) -> FileKind:
    return kind_of(io.BytesIO(content))


def refusal(content: bytes) -> str:
    """What it is called."""
    with pytest.raises(ContentRefused) as refused:
        kind(content)
    return refused.value.found


@pytest.mark.parametrize(
    ("content", "is_a"),
    [
        (documents.PDF, FileKind.PDF),
        (documents.docx(), FileKind.DOCX),
        (documents.xlsx(), FileKind.XLSX),
        (documents.JPEG, FileKind.JPEG),
        (documents.PNG, FileKind.PNG),
        (documents.TIFF, FileKind.TIFF),
        (b"MM\x00*" + documents.TIFF[4:], FileKind.TIFF),
        (documents.RTF, FileKind.RTF),
        (b"Knee, left", FileKind.TEXT),
        ("Knie, links: Größe 2\n\t– ganz –".encode(), FileKind.TEXT),
        ("\ufeffWith a byte order mark".encode(), FileKind.TEXT),
        ("Größe – “quoted”".encode("cp1252"), FileKind.TEXT),
        (("é" * 100_000).encode(), FileKind.TEXT),
    ],
)
def test_what_is_taken(content, is_a):
    """CM-12: PDF, DOCX, XLSX, JPEG, PNG, TIFF, plain text and RTF are told by their content."""
    assert is_a is kind(content)
    assert is_a in FORMS


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (documents.archive({"note.txt": "a text named .docx"}), "a ZIP archive"),
        (documents.archive({"META-INF/MANIFEST.MF": "Manifest-Version: 1.0"}), "a Java archive (JAR)"),
        (documents.archive({"mimetype": "application/vnd.oasis.opendocument.text"}), "an OpenDocument file"),
        (documents.docx(**{"word/vbaProject.bin": b"code"}), "a document with macros"),
        (documents.xlsx(**{"xl/VBAPROJECT.BIN": b"code"}), "a document with macros"),
        (documents.docx(**{"xl/workbook.xml": "<workbook/>"}), "a ZIP archive"),
        (documents.archive({"word/document.xml": "<w:document/>"}), "a ZIP archive"),
        (documents.encrypted_docx(), "an encrypted ZIP archive"),
        (documents.damaged_docx(), "a damaged ZIP archive"),
        (documents.docx()[:-30], "a damaged ZIP archive"),
    ],
)
def test_archives_that_are_no_documents(content, found):
    """B-12: an archive is a document by its parts alone; others are refused by name, and macros wherever they are."""
    assert found == refusal(content)


def test_macros_under_another_name():
    """B-12: a document whose types speak of macros is refused, whatever its parts are called."""
    types = '<Types><Override ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/></Types>'
    assert "a document with macros" == refusal(documents.docx(**{"[Content_Types].xml": types}))


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"MZ\x90\x00" + bytes(60), "a Windows program"),
        (b"\x7fELF\x02\x01\x01", "a program"),
        (b"#!/bin/sh\nrm -rf /\n", "a script"),
        (b"GIF89a\x01\x00", "a GIF image"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "an encrypted document, or one of an old version of Office"),
        (b"<!DOCTYPE html><p>", "an HTML page"),
        (b"\n  <HTML><body>", "an HTML page"),
        ("\ufeff<html>".encode(), "an HTML page"),
        (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG image"),
        (b"<script>alert(1)</script>", "a script"),
        (b"<?xml version='1.0'?><a/>", "a file with markup"),
        (b"text with a \x00", "a file of an unknown kind"),
        (b"\x81\x8d undefined in Windows-1252", "a file of an unknown kind"),
        (b"\x1b[2J a control sequence", "a file of an unknown kind"),
        (("a" * 70_000).encode() + b"\x00", "a file of an unknown kind"),
    ],
)
def test_what_is_refused(content, found):
    """CM-12: HTML, SVG, scripts, programs and whatever is not known are refused, naming what was found."""
    assert found == refusal(content)


@pytest.mark.parametrize("padding", [b"", b"\n", b"PK\x05\x06", bytes(1000)])
@pytest.mark.parametrize("beginning", [documents.PDF, documents.JPEG, documents.PNG])
def test_two_files_in_one(beginning, padding):
    """CM-12: a file that is an archive as well, for who looks from its end, is refused, whatever comes after that."""
    small = documents.archive({"a.txt": "a"})
    for archive in (small, documents.docx(), documents.with_large_end(small)):
        assert "a file with a ZIP archive at its end" == refusal(beginning + archive + padding)


def test_the_mark_of_an_archive_alone():
    """CM-12: a file in which the mark of an archive's end stands, and no archive before it, is what it is."""
    assert FileKind.JPEG is kind(documents.JPEG + b"PK\x05\x06" + bytes(18) + b"\n")


def test_a_document_with_another_end_in_its_comment():
    """CM-12: programs differ in which end of two they take: a document has one, and it ends the file."""
    content, other = documents.docx(), documents.archive({"a.txt": "a"})
    commented = content[:-2] + struct.pack("<H", len(other) + 1) + other + b"\n"
    assert "a damaged ZIP archive" == refusal(commented)
    assert "a damaged ZIP archive" == refusal(content + b"\n")


def test_something_before_the_document():
    """CM-12: a document that does not begin the file is none that Office has written."""
    hidden = documents.archive({"hidden": b"MZ"}, zipfile.ZIP_STORED)
    assert "a ZIP archive that no Office has written" == refusal(hidden + documents.docx())


def test_a_bomb_is_inflated_for_real_and_within_bounds():
    """CM-12: an archive that inflates to more than 100 times its length is refused, whatever its directory says."""
    begin = time.process_time()
    assert "a ZIP archive that inflates too far" == refusal(documents.docx(**{"word/bomb.xml": bytes(64 << 20)}))
    assert refusal(documents.lying_docx(64)) in {"a ZIP archive that inflates too far", "a damaged ZIP archive"}
    assert 5 > time.process_time() - begin


def test_the_size_of_all_entries_together(monkeypatch):
    """CM-12: 500 MB inflated are the most, also where that is less than 100 times the file."""
    filling = {f"word/media/{number}.png": os.urandom(1000) for number in range(9)}
    content = documents.docx(**filling)
    assert FileKind.DOCX is kind(content)
    monkeypatch.setattr("casemanager.files.domain.archives.MAX_INFLATED_BYTES", 9000)
    assert "a ZIP archive that inflates too far" == refusal(content)


def test_the_number_of_entries():
    """CM-12: 10,000 entries are the most, and the directory is not read when it is longer than those need."""
    usual = 3
    filling = {f"word/{number}": b"" for number in range(MAX_ENTRIES - usual)}
    assert FileKind.DOCX is kind(documents.docx(**filling))
    assert "a ZIP archive with too many entries" == refusal(documents.docx(**filling, more=b""))
    long_names = {f"word/{'x' * 1000}{number}": b"" for number in range(3000)}
    assert "a ZIP archive with too many entries" == refusal(documents.docx(**long_names))


def test_a_document_that_ends_as_a_large_one():
    """CM-12: some programs write the end for more than 4 GB after few entries: its numbers count, and its place."""
    content = documents.with_large_end(documents.docx())
    assert FileKind.DOCX is kind(content)
    assert "a ZIP archive with too many entries" == refusal(documents.with_large_end(documents.docx(), entries=10_001))
    at = content.rindex(b"PK\x06\x07")
    assert "a damaged ZIP archive" == refusal(content[: at + 8] + bytes(8) + content[at + 16 :])
    assert "a damaged ZIP archive" == refusal(content.replace(b"PK\x06\x06", b"PK\x06\x08"))


def test_a_split_archive():
    """CM-12: an archive that says that it is one of several disks is refused."""
    content = documents.docx()
    at = content.rindex(b"PK\x05\x06")
    assert "a split ZIP archive" == refusal(content[: at + 4] + b"\x01\x00" + content[at + 6 :])


def test_the_same_entry_twice():
    """CM-12: an archive with two entries of one name says different things to different readers, and is refused."""
    packed = io.BytesIO(documents.docx())
    with zipfile.ZipFile(packed, "a") as file, pytest.warns(UserWarning, match="Duplicate"):
        file.writestr("word/document.xml", "<other/>")
    assert "a ZIP archive that no Office has written" == refusal(packed.getvalue())


@pytest.mark.parametrize(
    ("field", "value", "found"),
    [
        (6, 64, "a ZIP archive that no Office has written"),
        (8, 0x20, "a ZIP archive that no Office has written"),
        (8, 0x40, "a ZIP archive that no Office has written"),
        (42, 0xFFFF, "a damaged ZIP archive"),
    ],
    ids=["a later version", "patched", "strongly encrypted", "an entry that is nowhere"],
)
def test_what_the_library_does_not_know(field, value, found):
    """CM-12: an archive of a later version, patched, strongly encrypted or cut is refused by name."""
    content = bytearray(documents.docx())
    at = content.rindex(b"PK\x01\x02") + field
    content[at : at + 2] = struct.pack("<H", value)
    assert found == refusal(bytes(content))


def test_an_entry_farther_than_any_file():
    """CM-12: a place that no file has is refused, and nothing breaks by it."""
    assert "a damaged ZIP archive" == refusal(documents.docx_beyond_all_files())


_SEEDS = (documents.docx(), documents.xlsx(), documents.with_large_end(documents.docx()))
_FLIPS = st.lists(st.tuples(st.integers(1, 250), st.integers(0, 255)), min_size=1, max_size=4)


@given(content=st.sampled_from(_SEEDS), flips=_FLIPS, cut=st.integers(0, 3))
@example(content=_SEEDS[0], flips=[(79, 64)], cut=0)
@example(content=_SEEDS[0], flips=[(77, 0x20)], cut=0)
def test_any_bytes_turned_over(content, flips, cut):
    """CM-12: whatever becomes of the end of a document, where its directory is, it is taken or refused, in words."""
    turned = bytearray(content)
    for from_end, value in flips:
        turned[-from_end] = value
    with suppress(ContentRefused):
        assert kind(bytes(turned[: len(turned) - cut])) in FORMS
