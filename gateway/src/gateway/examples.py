"""A request and an answer of every RPC as somebody could send and get them: one family's story, told field by field.

A value stands here once, under the name of its field. Where the name alone does not say which, it stands under the name
of the message and the field; where an RPC tells of somebody else, under the RPC. None leaves a field out.
"""

from collections import ChainMap
from collections.abc import Collection, Mapping

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from gateway import (
    booking_examples,
    case_examples,
    paperwork_examples,
    provider_examples,
    report_examples,
    schedule_examples,
)
from gateway.contract import Rpc

Values = Mapping[str, object]

_APPLICATION_ID = "019a4c1e-6b7f-7a30-9c55-0d4f6e1b2a10"
_GUARDIAN_ID = "019a4c1e-6b7f-7a31-8e02-5b9d3c7f4a21"
_INVITATION_ID = "019a4c1e-6b7f-7a32-b7c8-2e4f6a8b0c43"
_BATCH_ID = "019a4c1e-6b81-7d40-8a2b-3c4d5e6f7a88"
_STAFF_ID = "019a4bf0-1c2d-7e44-a1b6-3f8e9d0c5b32"
_TOKEN = "kU3xW9bTq2LmZ7vR"  # noqa: S105 - opens nothing
_MORNING, _NEXT_WEEK = "2026-03-02T14:05:00Z", "2026-03-09T14:05:00Z"

_BATCHES: Values = {
    "accepted_count": 351,
    "all_guardians": False,
    "batch_id": _BATCH_ID,
    "cancelled_count": 0,
    "changed_count": 38,
    "changed_outcome": "OUTCOME_UNSPECIFIED",
    "BatchRow.contact": "l•••@example.org",
    "creator_id": _STAFF_ID,
    "deliveries": None,
    "delivery": "DELIVERY_UNSPECIFIED",
    "duplicate_of": "",
    "duration": "420s",
    "email_count": 812,
    "expire_days": 14,
    "failed_before": False,
    "failed_before_count": 9,
    "failed_count": 13,
    "guardian_name": "Lucía Morales",
    "ids": [_APPLICATION_ID],
    "mistyped_count": 2,
    "opened_count": 402,
    "outcome": "PENDING",
    "position": 0,
    "reason": "",
    "reissue_live": False,
    "repeated_contact_count": 4,
    "repeated_count": 0,
    "row_count": 1113,
    "send_rate_per_minute": 120,
    "send_to_me": True,
    "sent_count": 1060,
    "skipped_numbers": ["A-000127"],
    "sms_count": 301,
    "sms_segment_count": 340,
    "source_batch_id": "",
    "starter_id": "",
    "suggested_domain": "",
    "waiting_count": 40,
    "Batch.allowed_actions": ["START", "CANCEL"],
    "Batch.deliveries": None,
    "Batch.display_name": "Fall waitlist",
    "Batch.end_time": None,
    "Batch.id": _BATCH_ID,
    "Batch.kind": "INVITE",
    "Batch.run_time": None,
    "Batch.start_time": None,
    "Batch.state": "PREVIEWED",
    "BatchSample.segment_count": 0,
    "CreateBatchRequest.display_name": "Fall waitlist",
    "ExportBatchRowsRequest.format": "XLSX",
    "HttpBody.content_type": "text/csv",
    "HttpBody.data": "",
    "HttpBody.extensions": None,
    "ListBatchRowsRequest.outcomes": "SKIPPED_NO_CONTACT",
    "NewContact.phone": "(202) 555-0123",
    "OutcomeCount.count": 1113,
    "StartBatchRequest.start_time": None,
}
"""Of what is done with many families at once."""

_LOGINS: Values = {
    "activation_expire_time": None,
    "end_date": "2026-03-31",
    "event_time": _MORNING,
    "last_administrator": False,
    "lock_expire_time": None,
    "session_count": 2,
    "start_date": "2026-03-01",
    "subject_id": _STAFF_ID,
    "user_agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0",
    "AuditEvent.action": "ACCOUNT_DISABLED",
    "AuditEvent.count": 1,
    "AuditEvent.outcome": "SUCCEEDED",
    "AuditEvent.subject": {"accountId": _STAFF_ID, "displayName": "Sam Rivera", "username": "sam@sunrise.example"},
    "AuditedPerson.display_name": "Ada Park",
    "AuditedPerson.username": "ada.park@sunrise.example",
    "ExportAuditEventsRequest.actions": "ACCOUNT_DISABLED",
    "ExportAuditEventsRequest.format": "XLSX",
    "ExportAuditEventsRequest.outcome": None,
    "ListAuditEventsRequest.actions": "ACCOUNT_DISABLED",
    "ListAuditEventsRequest.outcome": None,
    "ListLoginUsersRequest.query": "ada",
    "ListLoginUsersRequest.roles": "STAFF",
    "ListLoginUsersRequest.states": "ACTIVE",
    "LoginUser.actions": ["RESET_PASSWORD", "DISABLE", "REVOKE_SESSIONS", "SET_ROLE"],
    "LoginUser.state": "ACTIVE",
}
"""Of the logins that an organization hands out."""

VALUES: Values = {
    "access_token": "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIwMTlhIn0.c2lnbmF0dXJl",
    "account_exists": False,
    "account_id": _STAFF_ID,
    "account_ids": _STAFF_ID,
    "account_username": "",
    "actor_id": _STAFF_ID,
    "address": "192.0.2.7",
    "alg": "EdDSA",
    "answers": {"days": "Monday to Friday"},
    "application_id": _APPLICATION_ID,
    "application_number": "A-000123",
    "assignee_id": _STAFF_ID,
    "attention": "INVITED_LONG_AGO",
    "attentions": None,
    "attempt_count": 1,
    "birth_date": {"year": 2023, "month": 5, "day": 14},
    "challenge": None,
    "channel": "EMAIL",
    "child_family_name": "Morales",
    "code": "7K2QP-X4M9D",
    "company_id": "019a4bf0-1c2d-7e45-b0a7-6c1d2e3f4a53",
    "color": "#0b5394",
    "count": 412,
    "contact_ticket": "tk_Zr4c8Wm1Qx6Yb0Ns",
    "country": "US",
    "crv": "Ed25519",
    "current": True,
    "current_password": "seventeen green umbrellas",
    "detail": "l•••@example.org",
    "device": "Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile",
    "device_token": "dt_5hJ2kL9mN4pQ7rS1",
    "device_tokens": "dt_5hJ2kL9mN4pQ7rS1",
    "display_name": "Ada Park",
    "email": "lucia.morales@example.org",
    "email_failure_time": None,
    "exceeded": False,
    "expire_time": _NEXT_WEEK,
    "failure_reason": "",
    "family_name": "Morales",
    "given_name": "Lucía",
    "guardian_id": _GUARDIAN_ID,
    "hours": "Mon to Fri, 8 am to 5 pm",
    "id": _APPLICATION_ID,
    "invitation_id": _INVITATION_ID,
    "kid": "2026-03",
    "kind": "INVITED",
    "kty": "OKP",
    "language": "en",
    "languages": ["en", "es"],
    "link_state": "INVITED",
    "link_time": None,
    "masked_contact": "l•••@example.org",
    "masked_username": "l•••@example.org",
    "message": "A proof of address from this year",
    "message_id": "019a4c1e-6b80-7b12-9d3e-7f2a4b6c8d75",
    "method": "EMAIL",
    "name": "Sunrise Childcare",
    "new_password": "otra puerta azul abierta",
    "next_attempt_time": None,
    "next_page_token": "",
    "number": "A-000123",
    "order_by": "family_name",
    "organization_name": "Sunrise Childcare",
    "page_size": 50,
    "page_token": None,
    "password": "seventeen green umbrellas",
    "phone": "+12025550123",
    "phone_failure_time": None,
    "preferred_method": "EMAIL",
    "previous_page_token": "",
    "proof_life": "3600s",
    "query": "morales",
    "realm": "sunrise-childcare",
    "reference": f"invitations/{_INVITATION_ID}",
    "refresh_token": "rt_9bV3nC7xZ1kM5jH8",
    "request_id": "3f0c9d52-7c1e-4b86-9a41-5d2e8f60b7c4",
    "revoked_count": 2,
    "role": "STAFF",
    "segment_count": 0,
    "send_rate_per_minute": 3000,
    "session_id": "019a4c2a-0e11-7c9a-b2d4-1a3c5e7f9b64",
    "slug": "sunrise-childcare",
    "state": "VALID",
    "states": "PERMANENT_FAILURE",
    "status": "ACTIVE",
    "statuses": "ACTIVE",
    "subject": "Your application at Sunrise Childcare",
    "template": "FAMILY_INVITATION",
    "template_version": 1,
    "text": "Hello Lucía Morales, …",
    "time_zone": "America/Chicago",
    "token": _TOKEN,
    "unassigned": None,
    "undo_expire_time": None,
    "update_mask": "phone",
    "update_request": "",
    "use": "sig",
    "username": "ada.park@example.org",
    "web_page": "https://sunrise.example",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    # An instant is the morning unless it is named above.
    "time": _MORNING,
    # Where the name alone does not say which.
    "access_expire_time": "2026-03-02T14:10:00Z",
    "refresh_expire_time": "2026-03-03T02:05:00Z",
    "Account.id": _STAFF_ID,
    **_BATCHES,
    **provider_examples.VALUES,
    **schedule_examples.VALUES,
    **case_examples.VALUES,
    **booking_examples.VALUES,
    **paperwork_examples.VALUES,
    **report_examples.VALUES,
    **_LOGINS,
    "Application.allowed_statuses": ["UPDATE_NEEDED", "UNDER_REVIEW", "ENROLLED", "CLOSED"],
    "Challenge.expire_time": _MORNING,
    "Child.given_name": "Mateo",
    "ClaimInvitationResponse.expire_time": "2026-03-02T14:35:00Z",
    "Colleague.id": _STAFF_ID,
    "Company.id": "019a4bf0-1c2d-7e45-b0a7-6c1d2e3f4a53",
    "Company.name": "Lakeside Pediatrics",
    "CreateCompanyRequest.name": "Lakeside Pediatrics",
    "FamilyContact.language": "es",
    "Guardian.allowed_actions": ["REINVITE", "REVOKE_INVITATION", "UPDATE"],
    "Guardian.id": _GUARDIAN_ID,
    "Guardian.language": "es",
    "GuardianPatch.email": None,
    "GuardianPatch.family_name": None,
    "GuardianPatch.given_name": None,
    "GuardianPatch.language": None,
    "GuardianPatch.phone": "(202) 555-0123",
    "GuardianPatch.preferred_method": None,
    "Invitation.contact": "lucia.morales@example.org",
    "Invitation.id": _INVITATION_ID,
    "CountLinkStatesRequest.assignee_id": None,
    "CountLinkStatesRequest.link_states": None,
    "CountLinkStatesResponse.attentions": {
        "attention": "INVITED_LONG_AGO",
        "applications": {"count": 9, "exceeded": False},
    },
    "ListApplicationsRequest.assignee_id": None,
    "ListApplicationsRequest.link_states": None,
    "LoginRequest.device_tokens": None,
    "Invitation.outcome": "OUTCOME_UNSPECIFIED",
    "Message.id": "019a4c1e-6b80-7b12-9d3e-7f2a4b6c8d75",
    "Message.state": "SENT",
    "NewGuardian.language": "es",
    "Organization.id": "019a4bef-9a00-7001-8c3d-4e5f6a7b8c00",
    "Organization.email": "hello@sunrise.example",
    "Organization.phone": "+13125550100",
    "OrganizationProfile.email": "hello@sunrise.example",
    "OrganizationProfile.phone": "+13125550100",
    "OrganizationPatch.phone": "(312) 555-0100",
    "OrganizationPatch.name": None,
    "OrganizationPatch.email": None,
    "OrganizationPatch.hours": None,
    "OrganizationPatch.web_page": None,
    "OrganizationPatch.color": None,
    "OrganizationPatch.listed": None,
    "Organization.listed": True,
    "FindOrganizationsRequest.query": "sunrise",
    "FindOrganizationsResponse.has_more": False,
    "SendMyOrganizationsRequest.email": "lucia.morales@example.org",
    "Recipient.address": "lucia.morales@example.org",
    "Application.warnings": [],
    "Session.id": "019a4c2a-0e11-7c9a-b2d4-1a3c5e7f9b64",
}
_LUCIA: Values = {
    "Account.id": "019a4c30-2f4e-7d18-8b6a-9c0e1f2a3b86",
    "display_name": "Lucía Morales",
    "language": "es",
    "realm": "family",
    "role": "FAMILY",
    "username": "lucia.morales@example.org",
}
_LINKED: Values = {
    "link_state": "LINKED",
    "Guardian.allowed_actions": ["UNLINK", "UPDATE", "SEND_PASSWORD_RESET"],
    "account_username": "lucia.morales@example.org",
    "link_time": _MORNING,
    "Invitation.outcome": "ACCEPTED",
}
OF_RPC: Mapping[str, Values] = {
    "CheckReset": {"status": "VALID"},
    "CreateApplication": {"assignee_id": ""},
    "CreateLoginUser": {"Account.status": "PENDING_ACTIVATION", "activate_time": None, "last_login_time": None},
    "ForgotPassword": _LUCIA,
    "RegisterFamily": _LUCIA,
    "ResetPassword": _LUCIA,
    "RevokeInvitation": {
        "link_state": "EXPIRED",
        "Invitation.outcome": "REVOKED",
        "Guardian.allowed_actions": ["REINVITE", "UPDATE"],
    },
    "SendPasswordReset": _LINKED,
    "SetStatus": {
        "status": "UPDATE_NEEDED",
        "update_request": "A proof of address from this year",
        "Application.allowed_statuses": ["ACTIVE", "UNDER_REVIEW", "ENROLLED", "CLOSED"],
    },
    "Unassign": {"assignee_id": ""},
    "UndoUnlink": _LINKED,
    "UnlinkGuardian": {
        "link_state": "NOT_INVITED",
        "Guardian.allowed_actions": ["UNDO_UNLINK", "INVITE", "UPDATE"],
        "invitation": None,
        "undo_expire_time": "2026-03-02T14:20:00Z",
    },
}


class Examples:
    """The examples of one RPC."""

    def __init__(self, rpc: Rpc) -> None:
        self._values = ChainMap(dict(OF_RPC.get(rpc.name, {})), dict(VALUES))
        self.unnamed: set[str] = set()
        """Fields without a value here: they get what fits their type, and a test asks for something better."""

    def message(self, message: Descriptor, *, without: Collection[str] = ()) -> dict[str, object]:
        """The message in proto JSON; of a oneof the first. Fields whose names are in `without` are left out."""
        others = {*without, *(field.name for oneof in message.oneofs for field in oneof.fields[1:])}
        values = {field.json_name: self.field(field) for field in message.fields if field.name not in others}
        return {name: value for name, value in values.items() if value is not None}

    def field(self, field: FieldDescriptor) -> object:
        """The value of a field; None: it is left out."""
        instant = ("time",) if field.name.endswith("_time") else ()
        for name in (".".join(field.full_name.split(".")[-2:]), field.name, *instant):
            if name in self._values:
                value = self._values[name]
                return [value] if field.is_repeated and value is not None and not isinstance(value, list) else value
        value = self._fitting(field)
        return [value] if field.is_repeated else value

    def _fitting(self, field: FieldDescriptor) -> object:
        if field.message_type is not None:
            return self.message(field.message_type)
        self.unnamed.add(field.full_name)
        if field.enum_type is not None:
            return field.enum_type.values[-1].name
        if field.type == FieldDescriptor.TYPE_BOOL:
            return True
        return 1 if field.cpp_type != FieldDescriptor.CPPTYPE_STRING else "…"
