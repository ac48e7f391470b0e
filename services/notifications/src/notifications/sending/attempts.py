"""One attempt to send a message: compose, hand over, judge the answer."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from opentelemetry.trace import SpanKind

from chassis import telemetry
from chassis.clock import Clock
from chassis.ids import Ids
from notifications.messages.domain import NOT_ATTEMPTED, SUPERSEDED, TOO_LATE, AttemptResult, State, is_too_late
from notifications.messages.events import attempt_ended, publication
from notifications.providers.domain import Accepted, OutboundMessage, Outcome, Provider, Refused
from notifications.sending.domain import Attempt, after_attempt, retries_end
from notifications.sending.redaction import scrubbed
from notifications.sending.storage import Claimed, Result
from notifications.shared.domain import Channel, Profile
from notifications.templates.composition import Composed, Composer, Draft

_PROVIDERS = {Channel.EMAIL: "smtp", Channel.SMS: "sms"}
_AFTER_SENT = 2
"""How far SENT moves a claimed message's version; see `RECORD_RESULTS`. Anything else moves it by one."""

_log = telemetry.logger(__name__)
_duration = telemetry.METER.create_histogram(
    "notifications.attempt.duration",
    unit="s",
    description="Time that a provider took, by provider and outcome.",
    explicit_bucket_boundaries_advisory=telemetry.SECONDS,
)
_states = telemetry.METER.create_counter("notifications.messages", description="Messages by channel and new state.")


@dataclass(frozen=True, slots=True)
class Attempts:
    """Sends claimed messages of one channel; `chance` gives numbers in [0, 1) that spread the retries."""

    composer: Composer
    provider: Provider
    clock: Clock
    ids: Ids
    chance: Callable[[], float] = random.random

    async def attempt(self, claimed: Claimed) -> tuple[Result, datetime | None]:
        """What became of the message, and until when the provider wants to be left alone by everybody."""
        now = self.clock()
        if claimed.is_superseded:
            return self._result(claimed, AttemptResult(State.CANCELLED, SUPERSEDED), None), None
        if is_too_late(claimed.not_after, now):
            return self._result(claimed, AttemptResult(State.CANCELLED, TOO_LATE), None), None
        if now >= retries_end(claimed.retry_since):
            reason = claimed.failure_reason or NOT_ATTEMPTED
            return self._result(claimed, AttemptResult(State.TEMPORARY_FAILURE, reason, is_dead=True), None), None
        name = f"{_PROVIDERS[claimed.channel]} send"
        with telemetry.span(name, kind=SpanKind.CLIENT, traceparent=claimed.traceparent) as span:
            composed, outcome = await self._hand_over(claimed, now)
            span.set_attribute("outcome", _word_for(outcome))
        now = self.clock()
        attempt = Attempt(claimed.attempt_count, claimed.retry_since, claimed.not_after)
        attempt_result = after_attempt(attempt, outcome, now=now, chance=self.chance())
        retry_after = outcome.retry_after if isinstance(outcome, Refused) else None
        return self._result(claimed, attempt_result, composed), now + retry_after if retry_after else None

    async def _hand_over(self, claimed: Claimed, now: datetime) -> tuple[Composed | None, Outcome]:
        try:
            draft = Draft(
                message_id=claimed.id,
                template=self.composer.catalogue.template(claimed.template, claimed.channel),
                recipient=claimed.address,
                language=claimed.language,
                values=claimed.values,
                sealed_values=claimed.sealed_values,
            )
            composed = self.composer.compose(draft, now=now, profile=Profile(**(claimed.profile or {})))
        except Exception as error:  # noqa: BLE001 one message must not stop the others, and its words may hold a secret
            # Another release may have stored it with values that this one does not know, and takes the next attempt.
            _log.error("message.not_composed", message_id=str(claimed.id), error=type(error).__name__)
            return None, Refused(f"not composed: {type(error).__name__}", is_permanent=False)
        started = time.perf_counter()
        try:
            outcome = await self.provider.send(OutboundMessage(claimed.id, claimed.address, composed.content))
        except Exception as error:  # noqa: BLE001 a fault of ours in one message must not stop the others
            # Its words and its trace may hold the content, so they are not logged.
            _log.error("message.attempt_broke", message_id=str(claimed.id), error=type(error).__name__)
            outcome = Refused(type(error).__name__, is_permanent=False)
        _duration.record(
            time.perf_counter() - started,
            {"provider": _PROVIDERS[claimed.channel], "outcome": _word_for(outcome)},
        )
        if isinstance(outcome, Refused):
            _log.warning("message.refused", message_id=str(claimed.id), outcome=_word_for(outcome))
            words = scrubbed(outcome.reason, recipient=claimed.address, secrets=composed.secrets)
            outcome = replace(outcome, reason=words)
        return composed, outcome

    def _result(self, claimed: Claimed, attempt_result: AttemptResult, composed: Composed | None) -> Result:
        now = self.clock()
        is_sent = attempt_result.state is State.SENT
        version = claimed.version + (_AFTER_SENT if is_sent else 1)
        event = attempt_ended(
            attempt_result,
            message_id=claimed.id,
            template=claimed.template,
            reference=claimed.reference,
            channel=claimed.channel,
            version=version,
            now=now,
        )
        published = publication(event, org_id=claimed.org_id, group=claimed.group)
        _states.add(1, {"channel": claimed.channel.name, "state": attempt_result.state.name})
        kept = composed if is_sent else None
        return Result(
            org_id=claimed.org_id,
            id=claimed.id,
            version=version,
            state=attempt_result.state,
            failure_reason=attempt_result.reason,
            due_time=attempt_result.due_time,
            send_time=now if is_sent else None,
            dead_time=now if attempt_result.is_dead else None,
            template_version=kept.template_version if kept else None,
            subject=kept.subject if kept else "",
            text=kept.text if kept else "",
            segment_count=kept.segment_count if kept else 0,
            event_id=self.ids(),
            event_subject=published.subject,
            event_type=published.type,
            event_aggregate_id=published.aggregate_id,
            event_head=published.head,
            event_payload=published.payload,
            event_time=now,
            traceparent=claimed.traceparent,
        )


def _word_for(outcome: Outcome) -> str:
    if isinstance(outcome, Accepted):
        return "accepted"
    return "refused" if outcome.is_permanent else "refused_for_now"
