"""A signed-in person, as the pages know them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC
from typing import TYPE_CHECKING

from chassis.call import Role
from chassis.streams import MAX_STREAM_SECONDS

if TYPE_CHECKING:
    from portico.identity.v1.resources_pb2 import Organization, Tokens

REFRESH_MARGIN = 30.0
"""Seconds before its end at which an access token is exchanged, so that it lives as long as a page's calls."""
STREAM_MARGIN = MAX_STREAM_SECONDS + REFRESH_MARGIN
"""The same before a stream: a service ends it with the token that it began with."""
CHOOSING_SECONDS = 120.0
"""What the page of a form with files adds to that, so that the form itself seldom has to exchange anything."""
LATE_SECONDS = 15.0
"""Within these an exchange that is repeated gives the same tokens (`identity.sessions.domain`), whichever tab asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A signed-in person, as the cookie keeps it; instants are POSIX seconds.

    `realm` is the slug of the organization or `family`; `organization` its name, `time_zone` its IANA zone and `color`
    its colour, all empty for a family. `is_kept`: it stays when the browser is closed.
    """

    access_token: str
    access_expires: float
    refresh_token: str
    refresh_expires: float
    account_id: str
    username: str
    display_name: str
    role: Role
    realm: str
    language: str
    organization: str = ""
    time_zone: str = ""
    color: str = ""
    is_kept: bool = True

    @classmethod
    def of(cls, tokens: Tokens, organization: Organization | None, *, is_kept: bool) -> Session:
        """What a sign-in, a registration or a refresh answered."""
        account = tokens.account
        return cls(
            access_token=tokens.access_token,
            access_expires=tokens.access_expire_time.ToDatetime(UTC).timestamp(),
            refresh_token=tokens.refresh_token,
            refresh_expires=tokens.refresh_expire_time.ToDatetime(UTC).timestamp(),
            account_id=account.id,
            username=account.username,
            display_name=account.display_name,
            role=Role(account.role),
            realm=account.realm,
            language=account.language,
            organization=organization.name if organization else "",
            time_zone=organization.time_zone if organization else "",
            color=organization.color if organization else "",
            is_kept=is_kept,
        )

    def refreshed(self, tokens: Tokens) -> Session:
        """The same sign-in with the next pair of tokens."""
        session = Session.of(tokens, None, is_kept=self.is_kept)
        return replace(session, organization=self.organization, time_zone=self.time_zone, color=self.color)

    def is_stale(self, now: float, margin: float = REFRESH_MARGIN) -> bool:
        """Whether the access token must be exchanged before it is used for so many seconds."""
        return now > self.access_expires - margin
