"""A company whose case managers stand in every state of a login."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from local_stack.stack import Stack
from tests.e2e.families import PASSWORD, Mailbox, fresh_email
from tests.e2e.people import Agency, Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Insurer:
    """Ids of a company, of its units and of its people, by what became of their logins; `offers` are paths of links."""

    company: str
    unit: str
    empty_unit: str
    active: str
    username: str
    """With which the active one signs in, and `PASSWORD`."""
    pending: str
    offered: str
    accepted: str
    declined: str
    without: str
    inactive: str
    task: str
    """What the active one has to do."""
    case: str
    """About Noah Tran, the active one's; `closed_case` is, too."""
    closed_case: str
    offers: dict[str, str]

    @property
    def page(self) -> str:
        """The company's page."""
        return f"/companies/{self.company}"


def days_on(count: int) -> str:
    """The day so many days from now."""
    return (datetime.now(UTC).date() + timedelta(days=count)).isoformat()


def insurer_of(stack: Stack, agency: Agency, anybody: Person) -> Insurer:
    """A company in which all this has just happened."""
    admin = agency.admin
    company = admin.post("/v1/companies", name="Harbor Insurance")["id"]
    unit, empty_unit = (
        admin.post(f"/v1/companies/{company}/business-units", name=name)["id"] for name in ("North", "South")
    )
    people: dict[str, str] = {}
    boxes: dict[str, Mailbox] = {}
    for name in ("Ana", "Ben", "Chiara", "Dae", "Eva", "Farid", "Grace"):
        boxes[name] = Mailbox(stack, fresh_email())
        known: dict[str, Any] = {"givenName": name, "familyName": "Whitfield", "businessUnitId": unit}
        person = {**known, "email": boxes[name].contact, "language": "en", "position": "CLAIMS_ADVISER", "state": "IL"}
        people[name] = admin.post("/v1/case-managers", companyId=company, caseManager=person)["id"]

    def do(name: str, verb: str) -> None:
        admin.post(f"/v1/case-managers/{people[name]}:{verb}")

    for name in ("Ana", "Ben"):
        do(name, "enableLogin")
    anybody.post("/v1/auth/activate", token=boxes["Ana"].link("activate"), password=PASSWORD)
    offers = {}
    for name, answer in (("Chiara", ""), ("Dae", "YES"), ("Eva", "NO")):
        do(name, "offerLogin")
        offers[name] = boxes[name].link("offer")
        if answer:
            anybody.post("/v1/login-offers:answer", token=offers[name], answer=answer)
    do("Grace", "deactivate")
    admin("PATCH", f"/v1/companies/{company}", company={"mainContactId": people["Grace"]})
    admin("PATCH", f"/v1/case-managers/{people['Ana']}", caseManager={"promotionsConsent": True})
    written = {"title": "Call the solicitor back", "note": "After ten", "dueDate": days_on(3)}
    task = admin.post("/v1/tasks", task=written, assigneeId=people["Ana"])["id"]
    noah = {"givenName": "Noah", "familyName": "Tran", "birthDate": "1984-06-05"}
    solicitor = {"role": "SOLICITOR", "name": "Mia Ortiz", "email": "mia@ortiz.example"}
    matter = {"serviceType": "IME", "companyFileNumber": "HI-42", "needs": "A ramp", "note": "Prefers mornings."}
    case, closed_case = (
        admin.post("/v1/cases", case={"caseManagerId": people["Ana"], "subject": subject, **matter})["id"]
        for subject in (noah, {"givenName": "Yuki"})
    )
    admin("PATCH", f"/v1/cases/{case}", case={"parties": [solicitor]})
    admin.post(f"/v1/cases/{closed_case}:close")
    return Insurer(
        company=company,
        unit=unit,
        empty_unit=empty_unit,
        active=people["Ana"],
        username=boxes["Ana"].contact,
        pending=people["Ben"],
        offered=people["Chiara"],
        accepted=people["Dae"],
        declined=people["Eva"],
        without=people["Farid"],
        inactive=people["Grace"],
        task=task,
        case=case,
        closed_case=closed_case,
        offers={"open": offers["Chiara"], "accepted": offers["Dae"], "declined": offers["Eva"]},
    )
