"""identity's RPCs through a real gRPC server with the production interceptor."""

import unicodedata
from datetime import timedelta
from typing import Any

import pytest
from portico.identity.v1 import accounts_pb2, login_users_pb2, registrations_pb2, resets_pb2, sessions_pb2
from portico.identity.v1.resources_pb2 import Account, Tokens
from portico.options.v1 import options_pb2

from chassis.call import FAMILY_ORG
from chassis.errors import (
    AlreadyExists,
    Conflict,
    Denied,
    Exhausted,
    InvalidArgument,
    NotFound,
    Unauthenticated,
)
from chassis.ids import new_id
from chassis.testing.grpc import TestPeople, as_service
from identity.resets.domain import RESET_LIFE
from services.identity.tests.served import GATEWAY, Served, bearer, refused
from services.identity.tests.world import (
    ADMIN,
    BETTER,
    GOOD,
    World,
    a_phone_number,
    an_email,
    opened,
)


async def _login(served: Served, sunrise: World, password: str = GOOD) -> Tokens:
    request = sessions_pb2.LoginRequest(realm=sunrise.organization.slug, username=ADMIN, password=password)
    tokens: Tokens = (await served.public.Login(request, metadata=GATEWAY)).tokens
    return tokens


async def _register(served: Served, contact: str, password: str = GOOD, name: str = "Familia Ruiz") -> Tokens:
    ticket = await served.internal.IssueContactTicket(
        registrations_pb2.IssueContactTicketRequest(contact=contact, display_name=name, language="es"),
        metadata=as_service("applications"),
    )
    signed_in = await served.public.RegisterFamily(
        registrations_pb2.RegisterFamilyRequest(contact_ticket=ticket.contact_ticket, password=password),
        metadata=GATEWAY,
    )
    tokens: Tokens = signed_in.tokens
    return tokens


@pytest.mark.parametrize(
    "name", ["x" * 100 + " " + "y" * 100, "\U00020000" * 60 + " " + "\U00020000" * 60, "\U0001f600" * 201]
)
async def test_the_longest_name_registers(served: Served, sunrise: World, name: str) -> None:
    """CASE-A3: what an application may be called by, its family may register under."""
    tokens = await _register(served, an_email(), name=name)
    me = await served.public.GetMyAccount(accounts_pb2.GetMyAccountRequest(), metadata=bearer(tokens.access_token))
    assert name == me.display_name


async def test_a_person_signs_in_and_out(served: Served, sunrise: World) -> None:
    """ID-04: a person signs in, sees who they are and where else, refreshes, and signs out."""
    tokens = await _login(served, sunrise)
    me = await served.public.GetMyAccount(accounts_pb2.GetMyAccountRequest(), metadata=bearer(tokens.access_token))
    assert (ADMIN, "Boss", options_pb2.STAFF_ADMIN, Account.ACTIVE, sunrise.organization.slug) == (
        me.username,
        me.display_name,
        me.role,
        me.status,
        me.realm,
    )
    assert me.HasField("last_login_time")
    fresh = await served.public.RefreshTokens(
        sessions_pb2.RefreshTokensRequest(refresh_token=tokens.refresh_token), metadata=GATEWAY
    )
    holder = bearer(fresh.access_token)
    (session,) = (await served.public.ListMySessions(sessions_pb2.ListMySessionsRequest(), metadata=holder)).sessions
    assert ("Firefox", "192.0.2.7", True) == (session.device, session.address, session.current)
    await served.public.Logout(sessions_pb2.LogoutRequest(), metadata=holder)
    repeated = served.public.RefreshTokens(
        sessions_pb2.RefreshTokensRequest(refresh_token=fresh.refresh_token), metadata=GATEWAY
    )
    await refused(repeated, Unauthenticated, "REFRESH_TOKEN_INVALID")


async def test_wrong_password_is_uniform(served: Served, sunrise: World) -> None:
    """ID-04: an unknown realm, an unknown user and a wrong password get the very same answer."""
    answers = set()
    for realm, username, password in (
        ("nowhere", ADMIN, GOOD),
        (sunrise.organization.slug, "nobody@example.org", GOOD),
        (sunrise.organization.slug, ADMIN, "wrong"),
    ):
        request = sessions_pb2.LoginRequest(realm=realm, username=username, password=password)
        refusal = await refused(served.public.Login(request, metadata=GATEWAY), Unauthenticated, "LOGIN_FAILED")
        answers.add((refusal.message, str(refusal.metadata), refusal.violations, refusal.retry_after))
    assert 1 == len(answers)


async def test_only_the_front_states_addresses(served: Served, sunrise: World) -> None:
    """ID-10: the client's address counts when the gateway or the portal states it, and from nobody else."""
    request = sessions_pb2.LoginRequest(realm=sunrise.organization.slug, username=ADMIN, password=GOOD)
    told = (("x-portico-client-address", "203.0.113.9"), ("x-portico-user-agent", "Liar"))
    await served.public.Login(request, metadata=(*as_service("casemanager"), *told))
    await served.public.Login(request, metadata=(*as_service("portal"), *told))
    assert ["", "203.0.113.9"] == [entry.address for entry in (await sunrise.audit())[-2:]]


async def test_one_session_and_all_others_are_revoked(served: Served, sunrise: World) -> None:
    """ID-06: a person revokes one session and all others, but nobody else's."""
    laptop, phone, tablet = [await _login(served, sunrise) for _ in range(3)]
    holder = bearer(laptop.access_token)
    session_id = str(served.deps.refresh_tokens.read(phone.refresh_token).session_id)
    await served.public.RevokeMySession(sessions_pb2.RevokeMySessionRequest(session_id=session_id), metadata=holder)
    repeated = served.public.RevokeMySession(
        sessions_pb2.RevokeMySessionRequest(session_id=session_id), metadata=holder
    )
    await refused(repeated, NotFound, "SESSION_NOT_FOUND")
    others = await served.public.RevokeMyOtherSessions(sessions_pb2.RevokeMyOtherSessionsRequest(), metadata=holder)
    assert 1 == others.revoked_count
    for dead in (phone, tablet):
        refresh = served.public.RefreshTokens(
            sessions_pb2.RefreshTokensRequest(refresh_token=dead.refresh_token), metadata=GATEWAY
        )
        await refused(refresh, Unauthenticated, "REFRESH_TOKEN_INVALID")


async def test_revoked_session_is_refused(served: Served, sunrise: World, people: TestPeople) -> None:
    """ID-06: the access token of a session that was revoked is refused, however long it would live."""
    tokens = await _login(served, sunrise)
    people.revocations.add([served.deps.refresh_tokens.read(tokens.refresh_token).session_id])
    answer = served.public.GetMyAccount(accounts_pb2.GetMyAccountRequest(), metadata=bearer(tokens.access_token))
    await refused(answer, Unauthenticated, "SESSION_REVOKED")


async def test_forgotten_password_says_nothing(served: Served, sunrise: World) -> None:
    """ID-07: whoever asks for whomever gets the same answer, and the person gets a link that works."""
    for realm, username in (("nowhere", ADMIN), (sunrise.organization.slug, "x"), (sunrise.organization.slug, ADMIN)):
        request = resets_pb2.ForgotPasswordRequest(realm=realm, username=username)
        answer = await served.public.ForgotPassword(request, metadata=GATEWAY)
        assert RESET_LIFE == answer.proof_life.ToTimedelta()
    token = opened(await sunrise.awaited_message(to=ADMIN))["link"].rpartition("/")[2]
    await served.public.ResetPassword(
        resets_pb2.ResetPasswordRequest(token=token, new_password=BETTER), metadata=GATEWAY
    )
    await _login(served, sunrise, BETTER)
    repeated = served.public.ResetPassword(
        resets_pb2.ResetPasswordRequest(token=token, new_password=GOOD), metadata=GATEWAY
    )
    await refused(repeated, Conflict, "RESET_TOKEN_INVALID")


async def test_code_resets_a_family(served: Served, sunrise: World) -> None:
    """ID-07: a family resets its password with the code of an SMS and its phone number."""
    contact = a_phone_number()
    await _register(served, contact)
    await served.public.ForgotPassword(
        resets_pb2.ForgotPasswordRequest(realm="family", username=contact), metadata=GATEWAY
    )
    code = opened(await sunrise.awaited_message(to=contact, org_id=FAMILY_ORG))["code"]

    def reset(typed: str) -> Any:
        proof = resets_pb2.PasswordCode(realm="family", username=contact, code=typed)
        return served.public.ResetPassword(
            resets_pb2.ResetPasswordRequest(code=proof, new_password=BETTER), metadata=GATEWAY
        )

    await refused(reset("0000-0000"), Conflict, "RESET_TOKEN_INVALID")
    await reset(code)
    request = sessions_pb2.LoginRequest(realm="family", username=contact, password=BETTER)
    assert (await served.public.Login(request, metadata=GATEWAY)).tokens.account.realm == "family"


async def test_password_reasons_speak_the_callers_language(served: Served, sunrise: World) -> None:
    """ID-09: every reason comes back as a field violation, in Spanish for who reads Spanish."""
    tokens = await _login(served, sunrise)
    request = resets_pb2.ChangePasswordRequest(current_password=GOOD, new_password="boss")
    answer = served.public.ChangePassword(request, metadata=bearer(tokens.access_token, "es-MX,en;q=0.5"))
    refusal = await refused(answer, InvalidArgument, "PASSWORD_WEAK")
    assert [("new_password", "TOO_SHORT"), ("new_password", "PERSONAL_DATA")] == [
        (violation.field, violation.reason) for violation in refusal.violations
    ]
    assert "Use al menos 12 caracteres." == refusal.violations[0].localized["es"]


async def test_password_is_changed(served: Served, sunrise: World) -> None:
    """ID-16: a person changes their password with the current one, and not without."""
    tokens = await _login(served, sunrise)
    holder = bearer(tokens.access_token)
    wrong = resets_pb2.ChangePasswordRequest(current_password=BETTER, new_password=BETTER)
    await refused(served.public.ChangePassword(wrong, metadata=holder), Denied, "PASSWORD_WRONG")
    right = resets_pb2.ChangePasswordRequest(current_password=GOOD, new_password=BETTER)
    await served.public.ChangePassword(right, metadata=holder)
    await _login(served, sunrise, BETTER)


async def test_the_longest_password_signs_in_however_it_is_typed(served: Served) -> None:
    """ID-09: a keyboard that composes its letters sends more of them, and signs in all the same."""
    contact, password = an_email(), ("ñandúes pequeños añoran jamón, " * 5)[:128]
    await _register(served, contact, password)
    decomposed = unicodedata.normalize("NFD", password)
    assert 128 < len(decomposed)
    await served.public.Login(
        sessions_pb2.LoginRequest(realm="family", username=contact, password=decomposed), metadata=GATEWAY
    )


async def test_administrator_makes_a_login(served: Served, sunrise: World) -> None:
    """ID-02: an administrator makes a staff login, which its person activates; a repeated call makes no second one."""
    holder = bearer((await _login(served, sunrise)).access_token)
    request = login_users_pb2.CreateLoginUserRequest(
        request_id=str(new_id()),
        role=options_pb2.STAFF,
        username="noor@example.org",
        display_name="Noor",
        language="es",
    )
    made = await served.public.CreateLoginUser(request, metadata=holder)
    assert (Account.PENDING_ACTIVATION, options_pb2.STAFF) == (made.status, made.role)
    assert made == await served.public.CreateLoginUser(request, metadata=holder)
    request.display_name = "Another"
    await refused(served.public.CreateLoginUser(request, metadata=holder), AlreadyExists, "REQUEST_ID_REUSED")
    request.request_id = ""
    await refused(served.public.CreateLoginUser(request, metadata=holder), AlreadyExists, "USERNAME_TAKEN")
    token = opened((await sunrise.messages(to="noor@example.org"))[0])["link"].rpartition("/")[2]
    await served.public.ActivateAccount(
        resets_pb2.ActivateAccountRequest(token=token, password=BETTER), metadata=GATEWAY
    )
    login = sessions_pb2.LoginRequest(realm=sunrise.organization.slug, username="noor@example.org", password=BETTER)
    assert (await served.public.Login(login, metadata=GATEWAY)).tokens.account.id == made.id


async def test_family_registers(served: Served) -> None:
    """ID-02: a family registers with the ticket that applications got for it, and is found from then on."""
    contact = an_email()
    applications = as_service("applications")
    look_up = accounts_pb2.LookUpFamilyRequest(username=contact.upper())
    assert not (await served.internal.LookUpFamily(look_up, metadata=applications)).exists
    tokens = await _register(served, contact)
    assert (await served.internal.LookUpFamily(look_up, metadata=applications)).exists
    found = await served.internal.GetFamilyAccount(
        accounts_pb2.GetFamilyAccountRequest(account_id=tokens.account.id), metadata=applications
    )
    assert (contact, options_pb2.FAMILY) == (found.username, found.role)
    await refused(_register(served, contact), AlreadyExists, "USERNAME_TAKEN")
    me = await served.public.GetMyAccount(accounts_pb2.GetMyAccountRequest(), metadata=bearer(tokens.access_token))
    assert found == me


async def test_ticket_and_access_token_are_not_each_other(served: Served, sunrise: World) -> None:
    """ID-02: a contact ticket signs nobody in, and an access token registers nobody."""
    ticket = await served.internal.IssueContactTicket(
        registrations_pb2.IssueContactTicketRequest(contact=an_email(), language="en"),
        metadata=as_service("applications"),
    )
    answer = served.public.GetMyAccount(accounts_pb2.GetMyAccountRequest(), metadata=bearer(ticket.contact_ticket))
    await refused(answer, Unauthenticated, "TOKEN_INVALID")
    tokens = await _login(served, sunrise)
    request = registrations_pb2.RegisterFamilyRequest(contact_ticket=tokens.access_token, password=GOOD)
    await refused(served.public.RegisterFamily(request, metadata=GATEWAY), Conflict, "CONTACT_TICKET_INVALID")


async def test_staff_send_a_reset_through_applications(served: Served, sunrise: World) -> None:
    """ID-07: applications asks for a family's reset in a staff member's name; repeated, it is sent once."""
    contact = an_email()
    family = (await _register(served, contact)).account
    request = resets_pb2.SendFamilyPasswordResetRequest(
        request_id=str(new_id()), account_id=family.id, actor_id=str(new_id()), actor_org_id=str(new_id())
    )
    for _ in range(2):
        await served.internal.SendFamilyPasswordReset(request, metadata=as_service("applications"))
    assert 1 == len(await sunrise.messages(FAMILY_ORG, to=contact))
    for _ in range(2):
        request.request_id = str(new_id())
        await served.internal.SendFamilyPasswordReset(request, metadata=as_service("applications"))
    request.request_id = str(new_id())
    answer = served.internal.SendFamilyPasswordReset(request, metadata=as_service("applications"))
    refusal = await refused(answer, Exhausted, "RESET_LIMIT_REACHED")
    assert timedelta(minutes=59) < (refusal.retry_after or timedelta()) <= timedelta(hours=1)


async def test_casemanager_provisions(served: Served, sunrise: World) -> None:
    """ID-02: casemanager provisions a login; a second time it gets the same one."""
    request = login_users_pb2.ProvisionAccountRequest(
        org_id=str(sunrise.organization.org_id),
        role=options_pb2.CASE_MANAGER,
        username="(213) 555-0177",
        display_name="Cam",
        language="en",
        person_id=str(new_id()),
        generation=1,
    )
    made = await served.internal.ProvisionAccount(request, metadata=as_service("casemanager"))
    assert ("+12135550177", Account.PENDING_ACTIVATION) == (made.username, made.status)
    assert made == await served.internal.ProvisionAccount(request, metadata=as_service("casemanager"))
    request.role = options_pb2.SPECIALIST
    answer = served.internal.ProvisionAccount(request, metadata=as_service("casemanager"))
    await refused(answer, AlreadyExists, "USERNAME_TAKEN")
    request.org_id = str(new_id())
    answer = served.internal.ProvisionAccount(request, metadata=as_service("casemanager"))
    await refused(answer, NotFound, "ORGANIZATION_NOT_FOUND")
