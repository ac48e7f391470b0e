"""New contacts for the families of a batch that unlinked them: typed by row, or from a file."""

from __future__ import annotations

import pytest
from portico.applications.v1 import batch_requests_pb2 as requests
from portico.applications.v1.batch_resources_pb2 import BatchRow

from chassis.errors import FieldViolation

from .neighbours import Neighbours, refusal
from .people import Browser
from .samples import (
    ADA_ID,
    BATCH,
    BATCH_ID,
    batch_row,
    unlinking,
)

CONTACTS = f"{BATCH}/contacts"


@pytest.fixture
def unlinked(neighbours: Neighbours) -> Neighbours:
    """Two families whose access was taken away for another contact."""
    rows = [batch_row(outcome=BatchRow.UNLINKED), batch_row(outcome=BatchRow.UNLINKED, application_number="A-000008")]
    neighbours.answers["GetBatch"] = unlinking()
    neighbours.answers["ListBatchRows"] = requests.ListBatchRowsResponse(rows=rows, next_page_token="2")
    return neighbours


async def test_new_contacts_are_typed_by_row(staff: Browser, unlinked: Neighbours) -> None:
    """AP-13: what was typed is saved for its family, empty rows are left out, and the next page follows."""
    page = await staff.get(CONTACTS)

    answer = await staff.press(page, "Save, and show the next page", email2="ana@example.org")

    request = unlinked.only("SetBatchContacts")
    assert [("A-000008", "ana@example.org", "")] == [
        (each.application_number, each.email, each.phone) for each in request.contacts
    ]
    assert f"{CONTACTS}?page=2" == answer.goes_to
    assert f"/staff/batches/new?kind=invite&outcome=UNLINKED&source={BATCH_ID}" == page.link("Invite them")


def wrong_second(request: requests.SetBatchContactsRequest) -> requests.SetBatchContactsResponse:
    """What applications says when the last of the contacts is none."""
    last = len(request.contacts) - 1
    raise refusal(
        "CONTACT_INVALID", FieldViolation(f"contacts[{last}].email", "EMAIL_INVALID", "not an email address.")
    )


async def test_a_wrong_new_contact_is_said_beside_its_field(staff: Browser, unlinked: Neighbours) -> None:
    """AP-13: the field of the row that is wrong says so, and all that was typed is still there."""
    unlinked.answers["SetBatchContacts"] = wrong_second

    page = await staff.press(await staff.get(CONTACTS), "Save, and show the next page", email2="nothing", phone1="12")

    assert (400, "This is not an email address.", "") == (
        *(page.status, page.problem_of("email2"), page.problem_of("email1")),
    )
    assert ("12", "nothing") == tuple(page.main.one("input", id=name)["value"] for name in ("phone1", "email2"))


def multipart(**fields: str) -> tuple[bytes, dict[str, str]]:
    """What a browser sends for a form with a file."""
    parts = [
        f'--x\r\ncontent-disposition: form-data; name="{name}"{"; filename=a" * (name == "file")}\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    headers = {"content-type": "multipart/form-data; boundary=x", "sec-fetch-site": "same-origin"}
    return ("".join(parts) + "--x--\r\n").encode(), headers


@pytest.mark.parametrize("heads", [["number,email,phone"], []], ids=["heads", "no heads"])
@pytest.mark.parametrize("separator", [",", ";"])
async def test_new_contacts_are_read_from_a_file(
    separator: str, heads: list[str], staff: Browser, unlinked: Neighbours
) -> None:
    """AP-13: as spreadsheets write it: a byte order mark, a line of heads, quotes, lines without a contact."""
    lines = [*heads, "A-000007,ana@example.org,", "A-000008,,", 'A-000009,,"(202) 555-0123"']
    text = "\ufeff" + "\r\n".join(lines).replace(",", separator)
    body, headers = multipart(**{"as": ADA_ID}, file=text)

    answer = await staff.post(CONTACTS, body, headers)

    assert CONTACTS == answer.goes_to
    assert [("A-000007", "ana@example.org", ""), ("A-000009", "", "(202) 555-0123")] == [
        (each.application_number, each.email, each.phone) for each in unlinked.only("SetBatchContacts").contacts
    ]


async def test_a_wrong_line_of_a_file_is_named(staff: Browser, unlinked: Neighbours) -> None:
    """AP-13: by its number in the file, also where lines without a contact stand before it."""
    unlinked.answers["SetBatchContacts"] = wrong_second
    body, headers = multipart(**{"as": ADA_ID}, file="A-000007,ana@example.org\nA-000008\nA-000009,nothing\n")

    page = await staff.post(CONTACTS, body, headers)

    assert (400, "Line 3: This is not an email address.") == (
        page.status,
        page.main.one("ul", id="file-problem").text,
    )


async def test_numbers_that_were_not_found_are_named(staff: Browser, unlinked: Neighbours) -> None:
    """AP-13: what of the file was not used is said."""
    unlinked.answers["SetBatchContacts"] = requests.SetBatchContactsResponse(changed_count=1, skipped_numbers=["A-9"])
    body, headers = multipart(**{"as": ADA_ID}, file="A-000007,ana@example.org\nA-9,b@example.org\n")

    page = await staff.post(CONTACTS, body, headers)

    assert "1 are saved. Not found in this batch, or changed since: A-9" == page.problem


async def test_a_file_without_contacts_is_refused(staff: Browser, unlinked: Neighbours) -> None:
    """AP-13: an empty file, or one of something else, changes nothing and says so."""
    body, headers = multipart(**{"as": ADA_ID}, file="")

    assert (
        "There is no email address and no phone number to save." == (await staff.post(CONTACTS, body, headers)).problem
    )
    assert "SetBatchContacts" not in unlinked.rpcs
