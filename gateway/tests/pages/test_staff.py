"""One application as staff see it."""

from __future__ import annotations

import pytest
from google.protobuf.struct_pb2 import Struct
from portico.applications.v1 import resources_pb2 as res
from portico.applications.v1.resources_pb2 import Guardian, TimelineEntry
from portico.applications.v1.timeline_pb2 import ListTimelineEntriesResponse
from portico.identity.v1.accounts_pb2 import BatchGetColleaguesResponse

from chassis.wire import timestamp
from portal.areas.staff import labels
from portal.core.failures import why
from portal.core.i18n import i18n_for

from .neighbours import Neighbours, refusal
from .people import Browser
from .reading import Element, Page
from .samples import (
    ADA_ID,
    APPLICATION,
    APPLICATION_ID,
    FAMILY_ID,
    GUARDIAN,
    GUARDIAN_ID,
    PARTNER_ID,
    application,
    at,
    guardian,
)


def described(card: Element) -> dict[str, str]:
    """The terms of a card and what is said of each."""
    terms, values = ([element.text for element in card.all(tag)] for tag in ("dt", "dd"))
    return dict(zip(terms, values, strict=True))


def cards(page: Page) -> list[Element]:
    """The guardians' cards."""
    return [card for card in page.main.all("section") if card.get("aria-labelledby").startswith("guardian-")]


def happened(page: Page) -> list[str]:
    """The same without their times."""
    return [line.one("div").text for line in page.main.one("ol").children if not isinstance(line, str)]


def timeline(page: Page) -> list[str]:
    """The lines of the timeline."""
    return [line.text for line in page.main.one("ol").children if not isinstance(line, str)]


async def test_an_invited_guardian(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05: who was invited how, to where and until when stands beside the contacts."""
    page = await staff.get(APPLICATION)

    assert APPLICATION_ID == neighbours.only("GetApplication").application_id
    assert "Application A-000007" == page.heading
    [card] = cards(page)
    assert "Lucía Morales" == card.one("h2").text
    assert "Invited The invitation is out, and nobody has accepted it yet." in card.text
    assert {
        "Last invitation": "by email to lucia@example.org, Jan 28, 4:00 AM",
        "Good until": "Jan 28, 1:05 PM EST",
        "Email": "lucia@example.org",
        "Phone": "+12025550123",
        "Prefers": "email",
        "Language": "Español",
    } == described(card)


async def test_a_linked_guardian(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05: a linked guardian shows the account and since when, and no invitation."""
    linked = guardian(
        link_state=Guardian.LINKED, account_username="+12025550123", link_time=timestamp(at(10)), email="", phone=""
    )
    neighbours.answers["GetApplication"] = application(linked)

    assert {
        "Online Account": "+12025550123",
        "Linked since": "Jan 28, 5:00 AM",
        "Email": "none",
        "Phone": "none",
        "Prefers": "email",
        "Language": "Español",
    } == described(cards(await staff.get(APPLICATION))[0])


async def test_a_message_that_did_not_arrive(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05: why a message did not arrive stands where staff correct the contact."""
    undelivered = guardian(link_state=Guardian.UNDELIVERABLE)
    undelivered.invitation.failure_reason = "400 21614: 'To' number is not a mobile number"
    undelivered.invitation.method = res.SMS
    neighbours.answers["GetApplication"] = application(undelivered)
    card = cards(await staff.get(APPLICATION))[0]

    assert "This number cannot receive text messages. 21614" == described(card)["Why it did not arrive"]
    assert described(card)["Last invitation"].startswith("by SMS to lucia@example.org")
    assert "Good until" not in described(card)


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("400 21614: 'To' number is not a mobile number", "Este número no puede recibir mensajes de texto."),
        ("550 5.1.1 no such user", "Esta dirección de correo no existe o no recibe correo."),
        ("REGION_NOT_ALLOWED", "No se envían mensajes de texto a este país."),
        ("451 4.7.1 try later", "No se pudo enviar el mensaje."),
        ("TEMPLATE_VALUES_INVALID", "No se pudo enviar el mensaje."),
    ],
)
def test_a_failure_is_said_in_plain_words(reason: str, expected: str) -> None:
    """CASE-S2, NT-05: staff read in their language why a message did not arrive, and whether it is the contact."""
    assert i18n_for("es")(why(reason)).startswith(expected)


async def test_an_unlink_can_be_undone_for_a_while(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05, AP-11: until when an unlink can be undone stands there."""
    unlinked = guardian(link_state=Guardian.NOT_INVITED, undo_expire_time=timestamp(at(12, 15)))
    neighbours.answers["GetApplication"] = application(unlinked)

    card = cards(await staff.get(APPLICATION))[0]
    assert "Jan 28, 7:15 AM EST" == described(card)["Undo possible until"]


async def test_what_was_asked_for(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05: children and answers stand as they were entered, and nothing where there is nothing."""
    page = await staff.get(APPLICATION)
    [what] = page.main.all("section", **{"aria-labelledby": "applied-for"})
    assert {"Child": "Mateo Morales, May 14, 2023", "Days": "Monday"} == described(what)

    answers = Struct()
    answers.update({"<b>": ["x", 1], "household": {"size": 3}})
    neighbours.answers["GetApplication"] = application(children=[res.Child(given_name="Ana")], answers=answers)
    [what] = (await staff.get(APPLICATION)).main.all("section", **{"aria-labelledby": "applied-for"})
    assert {"Child", "<b>", "Household"} == described(what).keys()
    neighbours.answers["GetApplication"] = application(children=[], answers=Struct())
    assert [] == (await staff.get(APPLICATION)).main.all("section", **{"aria-labelledby": "applied-for"})


async def test_the_timeline_says_who_did_what(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05, AP-17: newest first: what happened, how, to where, and by which colleague, or by the family."""
    page = await staff.get(APPLICATION)

    assert [
        "Jan 28, 5:00 AM Application linked to an account by the family",
        (
            "Jan 28, 4:00 AM Invitation made · email · l•••@example.org by Ada Admin Sent Jan 28, 4:01 AM"
            " Steps Jan 28, 4:01 AM Message handed to the provider · email"
        ),
    ] == timeline(page)
    request = neighbours.only("ListTimelineEntries")
    assert (APPLICATION_ID, 50, "") == (request.application_id, request.page_size, request.page_token)
    assert [ADA_ID, FAMILY_ID] == list(neighbours.only("BatchGetColleagues").account_ids)


async def test_the_timeline_does_without_names_while_identity_is_away(staff: Browser, neighbours: Neighbours) -> None:
    """AP-17, OP-06: what happened is shown without names, and nobody is taken for the family."""
    neighbours.answers["BatchGetColleagues"] = refusal("DEPENDENCY_UNAVAILABLE")

    lines = timeline(await staff.get(APPLICATION))

    assert "Jan 28, 5:00 AM Application linked to an account" == lines[0]
    assert lines[1].startswith("Jan 28, 4:00 AM Invitation made · email · l•••@example.org Sent")


async def test_nobody_is_asked_for_when_nobody_acted(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05: where only machines acted no names are asked for, and without entries there is an empty list."""
    entry = TimelineEntry(event_time=timestamp(at(9)), kind=TimelineEntry.EXPIRED)
    for entries in ([entry], []):
        neighbours.answers["ListTimelineEntries"] = ListTimelineEntriesResponse(entries=entries)
        assert len(entries) == len(timeline(await staff.get(APPLICATION)))
    assert "BatchGetColleagues" not in neighbours.rpcs


async def test_with_two_guardians_the_timeline_says_whose(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05, AP-17: where there are two guardians a line says which of them it is about."""
    partner = guardian(id=PARTNER_ID, given_name="Ana")
    neighbours.answers["GetApplication"] = application(guardian(), partner)
    kinds = ((GUARDIAN_ID, TimelineEntry.INVITED), (PARTNER_ID, TimelineEntry.REVOKED), ("", TimelineEntry.SUBMITTED))
    neighbours.answers |= {
        "ListTimelineEntries": ListTimelineEntriesResponse(
            entries=[
                TimelineEntry(event_time=timestamp(at(9)), kind=kind, guardian_id=guardian_id, actor_id=ADA_ID)
                for guardian_id, kind in kinds
            ]
        ),
    }
    page = await staff.get(APPLICATION)

    assert ["Invitation made Lucía · by Ada Admin", "Invitation withdrawn Ana · by Ada Admin"] == [*happened(page)[:2]]
    assert "Application came in entered by Ada Admin" == happened(page)[2]
    assert ["Lucía Morales", "Ana Morales"] == [card.one("h2").text for card in cards(page)]


@pytest.mark.parametrize("language", ["en", "es"])
async def test_every_kind_of_event_has_words(language: str, staff: Browser, neighbours: Neighbours) -> None:
    """PO-05, AP-17: each kind of line is said in the reader's language."""
    staff.cookies["language"] = language
    neighbours.answers |= {
        "ListTimelineEntries": ListTimelineEntriesResponse(
            entries=[
                TimelineEntry(event_time=timestamp(at(9)), kind=number)
                for number in TimelineEntry.Kind.values()
                if number
            ]
        ),
        "BatchGetColleagues": BatchGetColleaguesResponse(),
    }
    words = i18n_for(language)

    assert [words(label) for label in labels.HAPPENED.values()] == happened(await staff.get(APPLICATION))


async def test_a_long_timeline_has_pages(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05, AP-17: older lines are a link away, and so are the newest from there."""
    neighbours.answers["ListTimelineEntries"] = ListTimelineEntriesResponse(next_page_token="older+/=&page")
    page = await staff.get(APPLICATION)
    assert ["Older"] == [link.text for link in page.main.one("nav").all("a")]
    neighbours.received.clear()
    neighbours.answers["ListTimelineEntries"] = ListTimelineEntriesResponse()

    page = await staff.get(page.link("Older"))

    assert "older+/=&page" == neighbours.only("ListTimelineEntries").page_token
    assert ["Newest"] == [link.text for link in page.main.one("nav").all("a")]
    assert APPLICATION == page.link("Newest")


@pytest.mark.parametrize("state", labels.SENTENCES)
@pytest.mark.parametrize("language", ["en", "es"])
async def test_every_link_state_is_explained(language: str, state: str, staff: Browser, neighbours: Neighbours) -> None:
    """CASE-U14, PO-05, AP-03: a badge and a sentence of its own for each state, and for what ended an invitation."""
    staff.cookies["language"] = language
    person = guardian(link_state=Guardian.LinkState.Value("EXPIRED" if state in labels.ENDED else state))
    if state in labels.ENDED:
        person.invitation.outcome = res.Invitation.Outcome.Value(state)
    neighbours.answers["GetApplication"] = application(person)
    words = i18n_for(language)

    card = cards(await staff.get(APPLICATION))[0]
    assert f"{words(labels.BADGES[state])} {words(labels.SENTENCES[state])}" in card.text
    assert len(labels.BADGES) == len({words(said) for said in labels.BADGES.values()})


async def test_the_first_action_is_a_button_and_the_others_a_menu(staff: Browser, neighbours: Neighbours) -> None:
    """PO-05, AP-03: the action that the service puts first stands out; the others follow in its order."""
    order = [Guardian.UNDO_UNLINK, Guardian.INVITE, Guardian.UPDATE]
    neighbours.answers["GetApplication"] = application(guardian(allowed_actions=order))
    card = cards(await staff.get(APPLICATION))[0]

    assert ["Undo unlink", "Invite", "Update"] == [
        element.text for element in card.one("div", class_="actions") if element.tag in {"a", "button"}
    ]
    assert ["Invite", "Update"] == [entry.text for entry in card.one("details", class_="menu").all("li")]
    assert "More actions for Lucía" == card.one("summary")["aria-label"]


async def test_what_takes_something_away_never_stands_out(staff: Browser, neighbours: Neighbours) -> None:
    """CASE-U2, PO-05: where Unlink comes first no button stands out: it is an entry of the menu."""
    order = [Guardian.UNLINK, Guardian.SEND_PASSWORD_RESET, Guardian.UPDATE]
    neighbours.answers["GetApplication"] = application(guardian(allowed_actions=order))
    card = cards(await staff.get(APPLICATION))[0]

    entries = card.one("details", class_="menu").all("li")
    assert ["Unlink", "Send password reset", "Update"] == [entry.text for entry in entries]
    assert 3 == len([each for each in card.one("div", class_="actions") if each.tag in {"a", "button"}])


@pytest.mark.parametrize("actions", [[], [Guardian.INVITE]])
async def test_one_action_needs_no_menu(
    actions: list[Guardian.Action.ValueType], staff: Browser, neighbours: Neighbours
) -> None:
    """PO-05: with one action there is no menu, and with none there is no button."""
    neighbours.answers["GetApplication"] = application(guardian(allowed_actions=actions))
    card = cards(await staff.get(APPLICATION))[0]

    assert [] == card.all("details")
    assert len(actions) == len(card.all("a"))
    if actions:
        assert f"{GUARDIAN}/invite?next={APPLICATION}" == card.one("a")["href"]


async def test_people_with_one_name_are_called_by_it(staff: Browser, neighbours: Neighbours) -> None:
    """CASE-A31: no blank stands where a family name would, neither for a guardian nor for a child."""
    alone = guardian(given_name="Sukarno", family_name="")
    neighbours.answers["GetApplication"] = application(alone, children=[res.Child(given_name="Megawati")])

    page = await staff.get(APPLICATION)

    assert "><bdi>Sukarno</bdi></h2>" in page.answer.text
    assert "<dd><bdi>Megawati</bdi></dd>" in page.answer.text
