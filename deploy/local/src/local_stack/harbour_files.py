"""The files of the demo's provider: paperwork, of which one is held back, and a report in two versions."""

import time
from collections.abc import Sequence
from typing import Any

from local_stack.person import SECONDS, Person
from local_stack.scanner import EICAR

_POLL_SECONDS = 0.2
LETTER = (
    "Letter of instruction",
    "",
    "Please see the person and tell us which work they can do, and from when.",
    "Hours, lifting and standing are what we need to know about.",
)
REPORTS = (
    ("FINAL", "", ("Report", "", "Fit for light duties of four hours a day.", "To be seen again after six weeks.")),
    (
        "AMENDED",
        "The hours in the first version were wrong.",
        ("Report, amended", "", "Fit for light duties of six hours a day.", "To be seen again after six weeks."),
    ),
)
"""Kind, note and lines of each version."""


def add_paperwork(person: Person, booking_id: str) -> None:
    """A letter that is in order, and notes in which the test scanner finds something."""
    path, name = f"/v1/bookings/{booking_id}/paperwork", "harbour/paperwork"
    letter = {"fileName": "Letter of instruction.pdf", "kind": "LETTER_OF_INSTRUCTION"}
    person.upload_once(path, pdf(LETTER), name=f"{name}/letter", **letter)
    notes = {"fileName": "Notes of the ward.txt", "kind": "MEDICAL_RECORDS", "note": "As we got them"}
    person.upload_once(path, EICAR, name=f"{name}/notes", **notes)


def file_reports(person: Person, booking_id: str) -> None:
    """The versions, each once the one before it counts: so that it says which one it replaces."""
    path, before = f"/v1/bookings/{booking_id}/reports", dict[str, Any]()
    for number, (kind, note, lines) in enumerate(REPORTS, 1):
        _wait_for_verdict(person, before)
        said = {"fileName": "Report.pdf", "kind": kind, "note": note}
        before = person.upload_once(path, pdf(lines), name=f"harbour/report/{number}", **said)


def _wait_for_verdict(person: Person, report: dict[str, Any]) -> None:
    """Until the scanner has spoken; one of somebody else's that is slow is not waited for."""
    deadline = time.monotonic() + SECONDS
    while report.get("state") == "SCANNING" and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
        report = person.get(f"/v1/reports/{report['id']}")


def pdf(lines: Sequence[str]) -> bytes:
    """A page with these lines (ASCII, no parentheses), the same bytes each time."""
    text = "".join(f"({line}) Tj T*\n" for line in lines)
    content = f"BT\n/F1 12 Tf\n16 TL\n72 760 Td\n{text}ET\n".encode("ascii")
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources 6 0 R >>",
        b"<< /Length %d >>\nstream\n%sendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Font << /F1 5 0 R >> >>",
    )
    made, places = b"%PDF-1.7\n", list[int]()
    for number, each in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(made))
    return made + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table + trailer
