"""The audit as administrators take it home."""

import io

import openpyxl
import pypdf
import pytest

from chassis.call import Role
from chassis.exports import Format, export
from chassis.exports.cells import ExportTooLarge, iso
from chassis.ids import new_id
from identity.shared.audit.domain import Action
from services.identity.tests.audits import Reader, write
from services.identity.tests.desks import Desk, a_login, store
from services.identity.tests.world import World


@pytest.fixture
async def reader(world: World) -> Reader:
    return Reader(await Desk.of(world))


async def test_the_file_of_each_kind(world: World, reader: Reader) -> None:
    """ID-15, CASE-B16: XLSX has an instant, a number and texts that are no formulas; PDF says the same."""
    person = await store(world, a_login("=1+1"))
    when = world.clock()
    await write(world, action=Action.PASSWORD_CHANGED, subject_id=person.id, address="+1", event_time=when)
    wanted = {"actions": ["PASSWORD_CHANGED"]}
    file = await reader.exported(Format.XLSX, format="XLSX", **wanted)
    [header, row] = openpyxl.load_workbook(io.BytesIO(file)).worksheets[0].iter_rows()
    cells = dict(zip((cell.value for cell in header), row, strict=True))
    told = ("Time (UTC)", "Action", "Count", "Login", "Address")
    assert [
        (when.replace(tzinfo=None), "d"),
        ("PASSWORD_CHANGED", "s"),
        (1, "n"),
        (person.display_name, "s"),
        ("+1", "s"),
    ] == [(cells[name].value, cells[name].data_type) for name in told]
    [page] = pypdf.PdfReader(io.BytesIO(await reader.exported(Format.PDF, format="PDF", **wanted))).pages
    assert {"Audit", iso(when), "PASSWORD_CHANGED", person.display_name, str(person.id), "+1"} <= {
        *page.extract_text().splitlines()
    }
    [line] = await reader.file(format="CSV", **wanted)
    assert (f"{when:%Y-%m-%d %H:%M:%S}", f"'{person.display_name}", "'+1") == (
        line["Time (UTC)"],
        line["Login"],
        line["Address"],
    )
    assert [line] == await reader.file(**wanted)


async def test_a_pdf_of_too_many_lines_is_refused(
    world: World, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ID-15: only the lines that were asked for count, and the refusal says how many they are."""
    monkeypatch.setattr(export, "MAX_PDF_ROWS", 2)
    for action in (Action.SIGNED_IN, Action.SIGNED_IN, Action.SIGN_IN_FAILED, Action.ACCOUNT_DISABLED):
        await write(world, action=action, subject_id=new_id())
    wanted = {"actions": ["SIGNED_IN", "ACCOUNT_DISABLED"], "format": "PDF"}
    with pytest.raises(ExportTooLarge) as refused:
        await reader.exported(Format.PDF, **wanted)
    assert len(await reader.events(actions=wanted["actions"])) == int(refused.value.metadata["rows"])
    assert await reader.exported(Format.PDF, format="PDF", actions=["ACCOUNT_DISABLED"])


async def test_a_file_has_no_formulas(world: World, reader: Reader) -> None:
    """ID-15: what a stranger's device says of itself is text to a spreadsheet, and so is a name."""
    account = await store(world, a_login('=HYPERLINK("http://x")', role=Role.SPECIALIST))
    await write(world, subject_id=account.id, user_agent="@SUM(1)\r\n,x", address="+1")
    [row] = await reader.file(subject_id=str(account.id))
    expected = ('\'=HYPERLINK("http://x")', "'@SUM(1)\r\n,x", "'+1")
    assert expected == (row["Login"], row["Device"], row["Address"])
