"""Organizations in which every kind of object stands, and what the databases say of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
import psycopg
from psycopg import sql

from chassis.call import FAMILY_ORG, Role
from chassis.testing.eventually import eventually
from local_stack.stack import Stack
from local_stack.topology import SERVICES
from tests.e2e.families import Mailbox, Submission, by_token, fresh_email, join, submit
from tests.e2e.people import Agency, Person
from tests.e2e.signing import Signer

BLOCK = {
    "kind": "AVAILABLE",
    "startMinute": 540,
    "endMinute": 720,
    "startDate": "2036-12-24",
    "appointmentMinutes": 60,
}
"""An availability that has the date of `filling`."""
APPOINTMENT = {
    "mode": "TELEHEALTH",
    "startTime": "2036-03-01T00:00:00Z",
    "minutes": 30,
    "outsideAvailabilityReason": "By phone",
}
"""A time of staff's own."""
LETTER = b"Please examine the left knee."
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
QUOTING = frozenset({"exports"})
"""Tables that say what somebody asked for, whatever they named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """An organization with one object of each kind."""

    stack: Stack = field(repr=False)
    agency: Agency = field(repr=False)
    org_id: str
    ids: Mapping[str, str]
    """By field of a request: the object of this organization that it would name."""
    accounts: Mapping[Role, str]
    """Of those who can sign in; for the other roles there is no login yet."""
    marks: frozenset[str]
    """Names, contacts and ids that nobody else may ever read."""

    def token(self, signer: Signer, role: Role) -> str:
        """Of somebody with this role here; a family's is of the family that is linked."""
        org_id = str(FAMILY_ORG) if role is Role.FAMILY else self.org_id
        return signer.token(role, org=org_id, sub=self.accounts.get(role, str(uuid4())))

    def rows(self) -> dict[str, list[str]]:
        """By table of every service, each row that is the organization's or names something of it."""
        return {name: sorted(rows) for service in SERVICES for name, rows in self._rows_of(service).items()}

    def _rows_of(self, service: str) -> dict[str, list[str]]:
        with psycopg.connect(self.stack.owner_url(service)) as database:
            tables = database.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            found = {}
            for (table,) in tables:
                rows = database.execute(sql.SQL("SELECT one::text FROM {} AS one").format(sql.Identifier(table)))
                marks = (self.org_id,) if table in QUOTING else self.marks
                found[f"{service}.{table}"] = [row for (row,) in rows if any(mark in row for mark in marks)]
            return found

    def is_quiet(self) -> bool:
        """Whether all that happened here has reached all who want to know."""
        entries = self.agency.admin.get(f"/v1/applications/{self.ids['application_id']}/timeline")["entries"]
        known = {"MESSAGE_SENT", "ACCEPTED"} <= {entry["kind"] for entry in entries}
        sending = {"QUEUED", "SENDING"} & {each["state"] for each in self.agency.admin.get("/v1/messages")["messages"]}
        return (
            known and not sending and not any(self._waiting(service) for service in SERVICES) and not self._has_rows()
        )

    def _has_rows(self) -> bool:
        """Whether the batch's rows are still there: those of a cancelled preview are forgotten after a few seconds."""
        with psycopg.connect(self.stack.owner_url("applications")) as database:
            query = "SELECT FROM batch_chunks WHERE batch_id = %s"
            return database.execute(query, [self.ids["batch_id"]]).fetchone() is not None

    def _waiting(self, service: str) -> bool:
        with psycopg.connect(self.stack.owner_url(service)) as database:
            return database.execute("SELECT FROM outbox WHERE publish_time IS NULL").fetchone() is not None


async def begun(admin: Person, case_id: str, specialist_id: str) -> str:
    """The id of an appointment that has just begun."""
    start = datetime.now(tz=UTC).replace(microsecond=0) + timedelta(seconds=3)
    time = {**APPOINTMENT, "specialistId": specialist_id, "startTime": start.isoformat().replace("+00:00", "Z")}
    booking_id = str(admin.post("/v1/bookings", caseId=case_id, time=time)["id"])
    await eventually(lambda: "FILE_REPORT" in admin.get(f"/v1/bookings/{booking_id}")["allowedActions"], timeout=30)
    return booking_id


async def reported(admin: Person, case_id: str, specialist_id: str, name: str) -> dict[str, Any]:
    """The report of an appointment that has just begun, once it was found clean."""
    reports = f"/v1/bookings/{await begun(admin, case_id, specialist_id)}/reports"
    admin.upload(reports, PDF, fileName=name)
    await eventually(lambda: admin.get(reports)["reports"][0]["state"] == "CLEAN", timeout=30)
    report: dict[str, Any] = admin.get(reports)["reports"][0]
    return report


async def tenant_of(stack: Stack, agency: Agency, anybody: Person, *, names: tuple[str, str]) -> Tenant:
    """The organization after a family came in, with a company, who books for it, and a message that was given up."""
    admin = agency.admin
    mailbox, provider = Mailbox(stack, fresh_email()), Mailbox(stack, fresh_email())
    application = submit(agency, Submission(email=mailbox.contact, names=names))
    family = join(anybody, by_token(mailbox.link("i"))).get("/v1/me")
    me, [session] = admin.get("/v1/me"), admin.get("/v1/me/sessions")["sessions"]
    [message] = admin.get("/v1/messages")["messages"]
    company = admin.post("/v1/companies", name=f"{names[1]} & Daughters")
    unit = admin.post(f"/v1/companies/{company['id']}/business-units", name=names[1])
    case_manager = admin.post(
        "/v1/case-managers",
        companyId=company["id"],
        caseManager={
            "businessUnitId": unit["id"],
            "givenName": names[0],
            "familyName": names[1],
            "email": provider.contact,
        },
    )
    admin.post(f"/v1/case-managers/{case_manager['id']}:offerLogin")
    anybody.post("/v1/login-offers:answer", token=provider.link("offer"), answer="YES")
    [task] = admin.get("/v1/tasks")["tasks"]
    place = admin.post("/v1/places", place={"name": f"{names[1]} House", "timeZone": "Australia/Sydney"})
    specialist = admin.post(
        "/v1/specialists",
        specialist={"givenName": names[0], "familyName": f"{names[1]} Junior", "timeZone": "Australia/Sydney"},
    )
    availability = admin.post("/v1/availabilities", specialistId=specialist["id"], mode="TELEHEALTH", block=BLOCK)
    time_off = admin.post(
        f"/v1/specialists/{specialist['id']}/time-off",
        startTime="2036-01-07T00:00:00Z",
        endTime="2036-01-14T00:00:00Z",
    )
    owner = admin.post(
        "/v1/case-managers",
        companyId=company["id"],
        caseManager={
            "businessUnitId": unit["id"],
            "givenName": names[0],
            "familyName": "Owner",
            "email": fresh_email(),
        },
    )
    owner = admin.post(f"/v1/case-managers/{owner['id']}:enableLogin")
    reader = {"role": "REPORT_RECIPIENT", "name": f"{names[1]} Solicitors", "email": fresh_email()}
    subject = {"givenName": f"{names[0]} the Younger"}
    case = admin.post("/v1/cases", case={"caseManagerId": owner["id"], "subject": subject, "parties": [reader]})
    booking = admin.post("/v1/bookings", caseId=case["id"], wishes={})
    booking = admin.post(
        f"/v1/bookings/{booking['id']}:offer", options=[{"own": {**APPOINTMENT, "specialistId": specialist["id"]}}]
    )
    paperwork = admin.upload(f"/v1/bookings/{booking['id']}/paperwork", LETTER, fileName=f"{names[1]}.txt")
    report = await reported(admin, case["id"], specialist["id"], f"{names[1]}.pdf")
    login = admin.post(
        "/v1/login-users", role="STAFF", username=fresh_email(), displayName=f"{names[0]} Dale", language="en"
    )
    offered = submit(agency, Submission(email=mailbox.contact, names=names))
    batch = admin.post("/v1/batches", invite={}, applications={"ids": [application["id"]]})
    # Whoever watches it sees its end, and not ten minutes of nothing; and nothing is written of it any more.
    await eventually(lambda: admin.get(f"/v1/batches/{batch['id']}")["state"] == "PREVIEWED", timeout=30)
    admin.post(f"/v1/batches/{batch['id']}:cancel")
    org_id = jwt.decode(admin.access_token, options={"verify_signature": False})["org"]
    ids = {
        "application_id": application["id"],
        "guardian_id": application["guardians"][0]["id"],
        "invitation_id": offered["guardians"][0]["invitation"]["id"],
        "session_id": session["id"],
        "subject_id": me["id"],
        "person_id": str(uuid4()),
        "account_id": family["id"],
        "LoginUser.account_id": login["id"],
        "account_ids": me["id"],
        "assignee_id": me["id"],
        "message_id": message["id"],
        "dead_letter_id": message["id"],
        "reference": message["reference"],
        "supersedes": message["reference"],
        "company_id": company["id"],
        "business_unit_id": unit["id"],
        **dict.fromkeys(("case_manager_id", "main_contact_id"), case_manager["id"]),
        "responsible_staff_id": me["id"],
        "task_id": task["id"],
        "booking_id": booking["id"],
        **dict.fromkeys(("rebooked_from_id", "exclude_booking_id"), booking["id"]),
        **dict.fromkeys(("paperwork_id", "replaces_id"), paperwork["id"]),
        "report_id": report["id"],
        "excluded_party_ids": case["parties"][0]["id"],
        **dict.fromkeys(("option_id", "option_ids"), booking["options"][0]["id"]),
        "place_id": place["id"],
        "place_ids": place["id"],
        "specialist_id": specialist["id"],
        "specialist_ids": specialist["id"],
        "availability_id": availability["id"],
        "time_off_id": time_off["id"],
        "case_id": case["id"],
        "batch_id": batch["id"],
        "ids": application["id"],
    }
    personal = {
        *ids.values(),
        *names,
        mailbox.contact,
        provider.contact,
        org_id,
        me["id"],
        agency.name,
        agency.username,
    }
    tenant = Tenant(
        stack=stack,
        agency=agency,
        org_id=org_id,
        ids=ids,
        accounts={
            Role.STAFF_ADMIN: me["id"],
            Role.FAMILY: family["id"],
            Role.CASE_MANAGER: owner["login"]["accountId"],
        },
        marks=frozenset(personal),
    )
    await eventually(tenant.is_quiet)
    with psycopg.connect(stack.owner_url("notifications")) as database:
        # A day of failed attempts is more than a test has.
        database.execute("UPDATE messages SET dead_time = now(), dead_reason = '451' WHERE id = %s", [message["id"]])
    return tenant
