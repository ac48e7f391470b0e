"""What must be true of a request before anything of it is stored."""

import json
import re
from dataclasses import dataclass, replace

from portico_errors.notifications import RecipientInvalid

from chassis.contacts import normalise_email, normalise_phone
from chassis.errors import FieldViolation
from chassis.secrets import KeyedHash
from notifications.shared.domain import Channel, Request, RequestInvalid, Urgency
from notifications.templates.catalogue import FALLBACK
from notifications.templates.composition import Checked, Composer

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_LATER = ("group", "not_before", "group_rate")
"""The release before hashed without them."""


@dataclass(frozen=True, slots=True)
class CheckedRequest:
    """A request in its one form that can be sent, with a keyed hash of what is asked."""

    request: Request
    template_version: int
    body_hash: bytes


def checked_request(composer: Composer, hashes: KeyedHash, request: Request) -> CheckedRequest:
    """The request, if it can be sent; raises `RequestInvalid`, `RecipientInvalid`, or what `Composer.check` raises."""
    request = _normalised(request)
    checked = composer.check(request)
    return CheckedRequest(request, checked.template.version, _body_hash(hashes, request, checked))


def _normalised(request: Request) -> Request:
    """The request with its address in one form, and a language that is a tag."""
    texts = (request.reference, request.idempotency_key, request.supersedes, request.group, *request.values.values())
    if any("\0" in text for text in texts):
        raise RequestInvalid("A text holds a NUL character.")
    if request.supersedes == request.reference:
        raise RequestInvalid("A message cannot supersede itself.")
    if request.group and request.urgency is not Urgency.BULK:
        raise RequestInvalid("A message of a group goes in bulk.")
    try:
        if request.channel is Channel.EMAIL:
            address = normalise_email(request.address)
            address.encode("ascii")  # a mailbox like `josé@` needs SMTPUTF8, which few servers on the way have
        else:
            address = normalise_phone(request.address, country="ZZ")  # no country: only E.164 will do
    except ValueError:
        field = "recipient.address"
        raise RecipientInvalid(
            violations=[FieldViolation(field=field, reason="ADDRESS_INVALID", description="is not valid")]
        ) from None
    language = request.language if _LANGUAGE.fullmatch(request.language) else FALLBACK
    return replace(request, address=address, language=language)


def _body_hash(hashes: KeyedHash, request: Request, checked: Checked) -> bytes:
    """Of what is asked, with the secrets open: sealed twice, the same secret makes other bytes."""
    # `asdict` would copy every text of every value, which takes longer than all the rest here.
    asked = {name: getattr(request, name) for name in Request.__dataclass_fields__}
    asked["sealed_values"] = dict(checked.secrets)
    del asked["account_id"]  # the address says whose it is, and the release before hashed without it
    for name in _LATER:
        if not asked[name]:
            del asked[name]
    return hashes("message", json.dumps(asked, sort_keys=True, default=str))
