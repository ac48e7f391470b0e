"""All that happens to the files of an appointment, in a browser, wherever their bytes are kept."""

import csv
import io
from collections.abc import AsyncIterator, Iterator

import openpyxl
import pypdf
import pytest
from playwright.async_api import Browser, FilePayload

from local_stack.external import OWN_S3, External
from local_stack.stack import Stack
from tests.e2e.agencies import founded
from tests.e2e.browser import PHONE, Window, Windows
from tests.e2e.families import PASSWORD
from tests.e2e.hands import Keyboard, Pointer
from tests.e2e.people import Person
from tests.e2e.practices import (
    FILES,
    Practice,
    downloaded_report,
    letters_in,
    practice_of,
    receive_letters,
    send_letters,
    taken_home,
)
from tests.e2e.tenants import PDF
from tests.e2e.ways import Way, opened

pytestmark = pytest.mark.long(seconds=240)
FIRST, SECOND = PDF + b"% the left knee\n" * 50_000, PDF + b"% the right knee\n" * 50_000


@pytest.fixture
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The suite of all stories, which keeps files on the disk; or one of its own, which keeps them in a SeaweedFS."""
    if request.param == "disk":
        yield request.getfixturevalue("stack")
        return
    external = External.from_environment({"PORTICO_BLOB_URL": OWN_S3})
    with Stack(tmp_path_factory.mktemp("s3"), external=external) as stack:
        yield stack


@pytest.fixture
async def open_window(browser: Browser, store: Stack) -> AsyncIterator[Windows]:
    """A browser for the pages of that suite."""
    windows = Windows(browser, store.gateway)
    yield windows
    assert [] == await windows.close()


@pytest.mark.parametrize(
    ("store", "way"),
    [
        pytest.param("disk", Way(hand=Keyboard(), language="es"), id="on-the-disk-in-Spanish"),
        pytest.param("s3", Way(hand=Pointer()), id="in-an-s3"),
    ],
    indirect=["store"],
)
async def test_the_way_of_files(store, open_window, way, tmp_path):
    """PO-07, PO-08, CM-12, CM-13, CM-14: sent, received, reported twice, read, found and taken home in each format."""
    practice = await practice_of(store, founded(store), Person(store.gateway), has_begun=True)
    letters = letters_in(tmp_path)
    phone = await opened(open_window, practice.agency, way, practice.ana.contact, PASSWORD, width=PHONE)
    await send_letters(phone, practice, letters, way)

    doctor = await opened(open_window, practice.agency, way, practice.clinic.username, PASSWORD, width=PHONE)
    await receive_letters(doctor, practice, letters)
    await doctor.open(f"/sp/bookings/{practice.booking}/outcome")
    await doctor.choose("The person came")
    await doctor.press("Record outcome")
    await doctor.sees("The outcome is recorded.")
    await doctor.open(f"/sp/bookings/{practice.booking}/reports")
    for version, (kind, content) in enumerate((("Final report", FIRST), ("Amended report", SECOND)), start=1):
        await file_report(doctor, kind, content)
        await practice.have_reports(version)

    await phone.open("/cm/reports")
    for version, content in ((1, FIRST), (2, SECOND)):
        assert ("Knee.pdf", content) == await downloaded_report(phone, version)
    await finds_it_in_the_history(phone, practice)
    assert (store.data / "blobs").exists() == (store.external.blob_url != OWN_S3)


async def file_report(doctor: Window, kind: str, content: bytes) -> None:
    """On the page of the reports, which says that it has come."""
    await doctor.field("What is it?").select_option(label=doctor.say(kind))
    file = FilePayload(name="Knee.pdf", mimeType="application/pdf", buffer=content)
    await doctor.page.locator("input[type=file]").set_input_files(file)
    await doctor.press("File the report")
    await doctor.sees("The report has arrived. It is checked for viruses, then those who get it are told.")


async def finds_it_in_the_history(phone: Window, practice: Practice) -> None:
    """Ana looks for Noah, and takes the one row home as a file of each kind, which says how far it came."""
    number = practice.agency.admin.get(f"/v1/bookings/{practice.booking}")["number"]
    await phone.open("/cm/history?query=tran")
    await phone.sees("Report is there")
    files = {ending: (await taken_home(phone, ending))[1] for ending in FILES}
    [line] = csv.DictReader(io.StringIO(files["csv"].decode("utf-8-sig"), newline=""))
    header, row = openpyxl.load_workbook(io.BytesIO(files["xlsx"])).worksheets[0].iter_rows(values_only=True)
    told = ("Booking", "Subject", "State", "Outcome", "Versions")
    expected = (number, "Noah Tran", "REPORTED", "ATTENDED", 2)
    assert tuple(map(str, expected)) == tuple(line[name] for name in told)
    assert expected == tuple(dict(zip(header, row, strict=True))[name] for name in told)
    [page] = pypdf.PdfReader(io.BytesIO(files["pdf"])).pages
    assert {*map(str, expected)} <= {*page.extract_text().splitlines()}
