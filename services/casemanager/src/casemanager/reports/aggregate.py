"""How versions of a report are filed, judged and taken back: all that is constant about it, said once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from google.protobuf.message import Message
from portico.casemanager.v1 import report_resources_pb2 as res
from portico.casemanager.v1 import reports_pb2 as pb

from casemanager.bookings.aggregate import bookings_of
from casemanager.bookings.recipients import Sender
from casemanager.files.downloads import Download
from casemanager.reports.domain.change import Change
from casemanager.reports.domain.report import Shelf
from casemanager.reports.events import events_of
from casemanager.reports.messages import messages_of
from casemanager.reports.storage import ADD_REPORT, SAVE_REPORT, SAVE_SCAN, report_params
from casemanager.reports.wire import download_message, report_message
from casemanager.shared.deps import Deps
from casemanager.shared.organizations import Organization
from chassis.aggregate import Act, Aggregate
from chassis.mapping import Params
from chassis.outbox import OutboxEvent
from chassis.saves import Save

M = TypeVar("M", bound=Message)
Reports = Aggregate[Change, res.Report]


@dataclass(frozen=True, slots=True)
class Withdrawing:
    """The versions of a booking's report, and who had downloaded the one that is taken back.

    `is_read`: the case manager has got the one that is the newest then.
    """

    shelf: Shelf
    downloads: Sequence[Download]
    is_read: bool


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A version that was taken back, and who had downloaded it."""

    change: Change
    downloads: Sequence[Download]


Withdrawals = Aggregate[Withdrawn, pb.WithdrawReportResponse]


def reports_of(deps: Deps, organization: Organization) -> Reports:
    """Reports of an organization's bookings, new versions and what a scan makes of them."""

    def answer(change: Change, _: datetime) -> res.Report:
        return report_message(change.shelf, change.report)

    return _changes(deps, organization, lambda change: change, answer, res.Report)


def withdrawals_of(deps: Deps, organization: Organization) -> Withdrawals:
    """What is taken back of an organization's reports."""

    def answer(withdrawn: Withdrawn, _: datetime) -> pb.WithdrawReportResponse:
        shelf, report = withdrawn.change.shelf, withdrawn.change.report
        downloads = [download_message(shelf, report, each) for each in withdrawn.downloads]
        return pb.WithdrawReportResponse(report=report_message(shelf, report), downloads=downloads)

    return _changes(deps, organization, lambda withdrawn: withdrawn.change, answer, pb.WithdrawReportResponse)


D = TypeVar("D")


def _changes(
    deps: Deps,
    organization: Organization,
    of: Callable[[D], Change],
    answer: Callable[[D, datetime], M],
    reply: type[M],
) -> Aggregate[D, M]:
    sender = Sender(organization=organization, public_url=deps.public_url)
    bookings = bookings_of(deps, organization)

    def params(decided: D, act: Act) -> Params:
        change = of(decided)
        own = {} if change.decision is None else bookings.params(change.decision, act)
        return {**own, **report_params(change)}

    def events(decided: D, act: Act) -> list[OutboxEvent]:
        change = of(decided)
        booking = [] if change.decision is None else bookings.events(change.decision, act)
        report = change.report
        messages = [
            message.event(
                id=deps.ids(), org_id=report.org_id, aggregate_id=report.id, version=report.version, now=act.now
            )
            for message in messages_of(change, sender)
        ]
        return [*booking, *events_of(change, deps.ids, act), *messages]

    return Aggregate(
        database=deps.database,
        clock=deps.clock,
        save=lambda decided: _save_of(of(decided)),
        params=params,
        events=events,
        answer=answer,
        reply=reply,
    )


def _save_of(change: Change) -> Save:
    if change.before is None:
        return ADD_REPORT
    return SAVE_SCAN if change.decision is None else SAVE_REPORT
