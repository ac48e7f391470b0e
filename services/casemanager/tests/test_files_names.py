"""The names of files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemanager.files.domain.kinds import FORMS, FileKind
from casemanager.files.domain.names import MAX_NAME_BYTES, file_name


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ('한글 "Ärzte".pdf', '한글 "Ärzte".pdf'),
        ("a/../../x.pdf", "x.pdf"),
        ("C:\\Users\\Ana\\x.pdf", "x.pdf"),
        ("é" * 300, "é" * 98 + ".pdf"),
        ("e\u0301" * 300, "é" * 98 + ".pdf"),
        ("x\u202efdp.exe", "xfdp.pdf"),
        ("line\r\nbreak\x00.pdf", "linebreak.pdf"),
        ("", "file.pdf"),
        ("..", "file.pdf"),
        (" . ", "file.pdf"),
        (".pdf", "file.pdf"),
        ("/", "file.pdf"),
        ("report.docx", "report.pdf"),
        ("SCAN.PDF", "SCAN.PDF"),
        ("scan", "scan.pdf"),
        ("Dr. Zhang, knee", "Dr. Zhang, knee.pdf"),
        ("archive.tar.gz", "archive.tar.pdf"),
        ("Referral 12.03.2026", "Referral 12.03.2026.pdf"),
        ("Letter v1.2", "Letter v1.2.pdf"),
    ],
)
def test_a_name_is_kept_but_for_what_leads_or_misleads(given_name, name):
    """B-15: names beyond ASCII stay; paths, controls and bidirectional characters go; the extension is the kind's."""
    assert name == file_name(given_name, FileKind.PDF)


@pytest.mark.parametrize(("given_name", "kind"), [("a.jpeg", FileKind.JPEG), ("a.TIF", FileKind.TIFF)])
def test_an_extension_of_the_kind_stays(given_name, kind):
    """CM-12: of several extensions that a kind has, any stays."""
    assert given_name == file_name(given_name, kind)


@given(st.text(), st.sampled_from(FileKind))
def test_any_name(text, kind):
    """B-15: whatever the name is, the result is short, has an extension of the kind, and stays as it is."""
    name = file_name(text, kind)
    assert MAX_NAME_BYTES >= len(name.encode())
    stem, _, extension = name.rpartition(".")
    assert stem
    assert extension.lower() in FORMS[kind].extensions
    assert not {"/", "\\", "\0", "\n", "\u202e"} & set(name)
    assert name == file_name(name, kind)
