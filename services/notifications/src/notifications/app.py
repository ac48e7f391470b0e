"""The composition root of notifications: the only place that knows all its parts."""

from collections.abc import Callable, Sequence

from chassis.context import ServiceContext
from chassis.pagination import Pager, PageTokens
from chassis.secrets import Opener
from chassis.service import ServiceDefinition
from notifications.config import NotificationsSettings
from notifications.dead_letters.deps import Deps
from notifications.dead_letters.servicer import DeadLettersInternalServicer
from notifications.messages.retention import keep_forgetting
from notifications.messages.servicer import MessagesServicer
from notifications.providers.domain import Provider
from notifications.providers.sms import SmsProvider
from notifications.providers.smtp import SmtpProvider
from notifications.requests import consumers
from notifications.requests.servicer import RequestsInternalServicer
from notifications.sending.attempts import Attempts
from notifications.sending.sender import Sender
from notifications.shared.domain import Channel
from notifications.templates.catalogue import Catalogue
from notifications.templates.composition import Composer


async def deps_of(context: ServiceContext[NotificationsSettings], wake: Callable[[Channel], None]) -> Deps:
    """What the use cases are handed, also those that a command runs."""
    settings = context.settings
    return Deps(
        database=await context.database(),
        clock=context.clock,
        ids=context.ids,
        pager=Pager(PageTokens(settings.hash_key.reveal())),
        hashes=context.hashes,
        composer=Composer(
            catalogue=Catalogue(),
            opener=Opener(settings.sealing_private_key.reveal()),
            public_url=settings.public_url,
            mail_from=settings.mail_from,
        ),
        sms_regions=frozenset(settings.sms_regions.split()),
        wake=wake,
        redrive_event=(await context.consumes()).redrive,
    )


async def build(context: ServiceContext[NotificationsSettings]) -> None:
    """Puts the service together."""
    senders: dict[Channel, Sender] = {}
    deps = await deps_of(context, lambda channel: senders[channel].wake())
    for channel, provider, connections in (
        (Channel.EMAIL, _smtp(context), context.settings.mail_connections),
        (Channel.SMS, _sms(context), context.settings.sms_connections),
    ):
        attempts = Attempts(deps.composer, provider, context.clock, context.ids)
        senders[channel] = Sender(channel, attempts, deps.database, clock=context.clock, connections=connections)
        context.background(f"{channel.name.lower()}-sender", senders[channel].run)
    context.background("forgetting", lambda: keep_forgetting(deps.database, context.clock))
    context.publishes("NOTIFICATIONS", aggregates=("message",))
    context.serve(*servicers(deps))
    consumers.register(await context.consumes(), deps)


def servicers(deps: Deps) -> Sequence[object]:
    """One for each gRPC service."""
    return [MessagesServicer(deps), RequestsInternalServicer(deps), DeadLettersInternalServicer(deps)]


definition = ServiceDefinition(
    name="notifications",
    settings=NotificationsSettings,
    build=build,
    commands="notifications.commands",
)


def _smtp(context: ServiceContext[NotificationsSettings]) -> Provider:
    return SmtpProvider(context.settings.smtp_url.reveal(), sender=context.settings.mail_from)


def _sms(context: ServiceContext[NotificationsSettings]) -> Provider:
    settings = context.settings
    return SmsProvider(
        settings.sms_url,
        account=settings.sms_account,
        token=settings.sms_token.reveal(),
        sender=settings.sms_from,
        clock=context.clock,
    )
