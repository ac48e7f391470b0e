"""The composition root of notifications: the only place that knows all its parts."""

from collections.abc import Callable

from portico.notifications.v1.service_pb2_grpc import (
    add_NotificationsInternalServiceServicer_to_server,
    add_NotificationsServiceServicer_to_server,
)

from chassis.house import House
from chassis.paging import PageTokens
from chassis.secrets import Opener
from chassis.service import ServiceDefinition
from notifications.config import NotificationsSettings
from notifications.dead_letters.deps import Ports
from notifications.messages.retention import forget_for_ever
from notifications.providers.domain import Provider
from notifications.providers.sms import SmsProvider
from notifications.providers.smtp import SmtpProvider
from notifications.requests import consumers
from notifications.sending.attempts import Attempts
from notifications.sending.sender import Sender
from notifications.servicers import NotificationsInternalServicer, NotificationsServicer
from notifications.shared.domain import Channel
from notifications.templates.catalogue import Catalogue
from notifications.templates.composition import Composer


async def ports_of(house: House[NotificationsSettings], wake: Callable[[Channel], None]) -> Ports:
    """What the use cases are handed, also those that a command runs."""
    settings = house.settings
    return Ports(
        database=await house.database(),
        clock=house.clock,
        ids=house.ids,
        hashes=house.hashes,
        composer=Composer(
            catalogue=Catalogue(),
            opener=Opener(settings.sealing_private_key.reveal()),
            public_url=settings.public_url,
            mail_from=settings.mail_from,
        ),
        wake=wake,
        redrive_event=(await house.consumes()).redrive,
    )


async def build(house: House[NotificationsSettings]) -> None:
    """Puts the service together."""
    senders: dict[Channel, Sender] = {}
    ports = await ports_of(house, lambda channel: senders[channel].wake())
    for channel, provider, connections in (
        (Channel.EMAIL, _smtp(house), house.settings.mail_connections),
        (Channel.SMS, _sms(house), house.settings.sms_connections),
    ):
        attempts = Attempts(ports.composer, provider, house.clock, house.ids)
        senders[channel] = Sender(channel, attempts, ports.database, clock=house.clock, connections=connections)
        house.background(f"{channel.name.lower()}-sender", senders[channel].run)
    house.background("forgetting", lambda: forget_for_ever(ports.database, house.clock))
    pages = PageTokens(house.settings.hash_key.reveal())
    house.publishes("NOTIFICATIONS", aggregates=("message",))
    house.serve(add_NotificationsServiceServicer_to_server, NotificationsServicer(ports, pages))
    house.serve(add_NotificationsInternalServiceServicer_to_server, NotificationsInternalServicer(ports, pages))
    consumers.register(await house.consumes(), ports)


definition = ServiceDefinition(
    name="notifications",
    settings=NotificationsSettings,
    build=build,
    commands="notifications.commands",
)


def _smtp(house: House[NotificationsSettings]) -> Provider:
    return SmtpProvider(house.settings.smtp_url.reveal(), sender=house.settings.mail_from)


def _sms(house: House[NotificationsSettings]) -> Provider:
    settings = house.settings
    return SmsProvider(
        settings.sms_url,
        account=settings.sms_account,
        token=settings.sms_token.reveal(),
        sender=settings.sms_from,
        clock=house.clock,
    )
