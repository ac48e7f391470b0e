"""The states of batches, the rows of a preview, and how long sending takes. Pure."""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from portico_errors.applications import ActionNotAllowed

from applications.batches.domain.batch import CHUNK, MAX_SAME_CONTACT, Batch, BatchAction, BatchState, Kind
from applications.batches.domain.commands import Command, act, may_hand_over
from applications.batches.domain.duration import duration
from applications.batches.domain.rows import Contacts
from applications.batches.domain.typos import meant_domain
from applications.batches.usecases.invite import Parcels
from chassis.bus import MAX_EVENT_BYTES

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
SOMEBODY = UUID(int=7)
S, A = BatchState, BatchAction


def a_batch(kind: Kind, state: BatchState, *, has_run: bool = True, send_rate: int = 3000, reported: int = 0) -> Batch:
    """A batch in some state."""
    before_start = state in {S.PREVIEWING, S.PREVIEWED}
    return Batch(
        org_id=SOMEBODY,
        id=SOMEBODY,
        kind=kind,
        state=state,
        display_name="",
        method=None,
        reissue_live=False,
        all_guardians=False,
        expire_days=None,
        send_rate=send_rate,
        unlink_reason=None,
        source_id=None,
        creator_id=SOMEBODY,
        create_time=NOW,
        row_count=1,
        repeated_count=0,
        chunk_count=1,
        starter_id=None if before_start else SOMEBODY,
        preview_time=NOW if state is S.PREVIEWED else None,
        run_time=NOW if has_run and not before_start and state is not S.SCHEDULED else None,
        undo_expire_time=NOW + timedelta(minutes=15) if kind is Kind.UNLINK else None,
        reported_count=reported,
    )


ALLOWED = {
    (Kind.INVITE, S.PREVIEWING): {A.CANCEL: S.CANCELLED},
    (Kind.INVITE, S.PREVIEWED): {A.START: S.RUNNING, A.CANCEL: S.CANCELLED},
    (Kind.INVITE, S.SCHEDULED): {A.CANCEL: S.CANCELLING},
    (Kind.INVITE, S.RUNNING): {A.PAUSE: S.PAUSED, A.CANCEL: S.CANCELLING},
    (Kind.INVITE, S.PAUSED): {A.RESUME: S.RUNNING, A.CANCEL: S.CANCELLING},
    (Kind.INVITE, S.SUCCEEDED): {A.RETRY: S.SUCCEEDED, A.REVOKE: S.REVOKING},
    (Kind.INVITE, S.CANCELLED): {A.RETRY: S.CANCELLED, A.REVOKE: S.REVOKING},
    (Kind.UNLINK, S.PREVIEWING): {A.CANCEL: S.CANCELLED},
    (Kind.UNLINK, S.PREVIEWED): {A.START: S.RUNNING, A.CANCEL: S.CANCELLED},
    (Kind.UNLINK, S.SCHEDULED): {A.CANCEL: S.CANCELLING},
    (Kind.UNLINK, S.RUNNING): {A.PAUSE: S.PAUSED, A.CANCEL: S.CANCELLING},
    (Kind.UNLINK, S.PAUSED): {A.RESUME: S.RUNNING, A.CANCEL: S.CANCELLING, A.UNDO: S.UNDOING},
    (Kind.UNLINK, S.SUCCEEDED): {A.UNDO: S.UNDOING},
    (Kind.UNLINK, S.CANCELLED): {A.UNDO: S.UNDOING},
}
"""The table of the specification, once more."""


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("before", S)
@pytest.mark.parametrize("action", A)
def test_every_pair_of_state_and_command_is_allowed_or_refused(
    kind: Kind, before: BatchState, action: BatchAction
) -> None:
    """AP-12, AP-13: a command leads to the next state, or is refused with those that fit."""
    batch, command = a_batch(kind, before), Command(action=action, actor_id=SOMEBODY)
    allowed = ALLOWED.get((kind, before), {})
    assert tuple(allowed) == batch.allowed_actions(NOW)
    if action is A.START and batch.starter_id is not None:
        assert batch == act(batch, command, NOW)
    elif action in allowed:
        assert allowed[action] is act(batch, command, NOW).state
    else:
        with pytest.raises(ActionNotAllowed) as refused:
            act(batch, command, NOW)
        assert {each.name for each in allowed} == set(
            filter(None, refused.value.metadata["allowed_actions"].split(","))
        )


@pytest.mark.parametrize("kind", Kind)
def test_a_batch_that_never_ran_has_nothing_to_take_back(kind: Kind) -> None:
    """AP-12, AP-13: a preview that was cancelled can be neither revoked, undone nor retried."""
    batch = a_batch(kind, S.CANCELLED, has_run=False)
    assert () == batch.allowed_actions(NOW)
    for action in (A.UNDO, A.REVOKE, A.RETRY):
        with pytest.raises(ActionNotAllowed):
            act(batch, Command(action=action, actor_id=SOMEBODY), NOW)


@given(
    rate=st.integers(1, 60_000),
    reported=st.integers(0, 10**6),
    ahead=st.integers(0, 10**5),
)
def test_a_minutes_worth_is_handed_over_ahead(rate: int, reported: int, ahead: int) -> None:
    """AP-12: never more than a minute's messages, or one chunk, wait at notifications; and one always may."""
    batch = a_batch(Kind.INVITE, S.RUNNING, send_rate=rate, reported=reported)
    may = may_hand_over(batch, reported + ahead)
    assert may or ahead > 0
    assert not may or ahead + CHUNK <= max(rate, CHUNK)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 30)), max_size=60))
def test_no_contact_gets_more_than_five(rows: list[tuple[int, int]]) -> None:
    """AP-12, CASE-duplicates: turns of a contact are 0 to 4, each once, and an application has one of them."""
    contacts = Contacts()
    taken: dict[int, list[tuple[int, int]]] = {}
    for contact, application in rows:
        turn, in_the_way = contacts.take(bytes([contact]), UUID(int=application))
        if in_the_way is None:
            taken.setdefault(contact, []).append((turn, application))
    for pairs in taken.values():
        assert [turn for turn, _ in pairs] == list(range(len(pairs)))
        assert len(pairs) <= MAX_SAME_CONTACT
        assert len({application for _, application in pairs}) == len(pairs)


@given(st.lists(st.integers(1, MAX_EVENT_BYTES), max_size=50))
def test_events_in_bulk_stay_below_what_nats_takes(sizes: list[int]) -> None:
    """AP-12: the pieces of one event are together no more than an event may have, and stay in their order."""
    parcels = Parcels()
    numbers = [parcels.of(b"x" * size) for size in sizes]
    assert numbers == sorted(numbers)
    for number in set(numbers):
        assert sum(size for size, at in zip(sizes, numbers, strict=True) if at == number) <= MAX_EVENT_BYTES


@pytest.mark.parametrize(
    ("address", "meant"),
    [
        ("ana@gmial.com", "gmail.com"),
        ("ana@gmail.con", "gmail.com"),
        ("ana@gmai.com", "gmail.com"),
        ("ana@gmaiil.com", "gmail.com"),
        ("ana@hotnail.com", "hotmail.com"),
        ("ana@gmail.com", ""),
        ("ana@mail.com", ""),
        ("ana@example.org", ""),
    ],
)
def test_addresses_that_look_mistyped_are_noticed(address: str, meant: str) -> None:
    """AP-12: one letter away from where everybody has mail; what exists is left alone."""
    assert meant == meant_domain(address)


@given(
    emails=st.integers(0, 50_000),
    texts=st.integers(0, 50_000),
    rate=st.integers(1, 10_000),
    hour=st.integers(0, 24 * 60),
    zone=st.sampled_from(["America/New_York", "Asia/Kolkata", "Pacific/Auckland", "UTC"]),
)
def test_sending_takes_as_long_as_rate_and_quiet_hours_make_it(
    emails: int, texts: int, rate: int, hour: int, zone: str
) -> None:
    """AP-12, NT-13: at least what the rate says; texts end between 8:00 and 21:00 of the organization's clock."""
    now = NOW + timedelta(minutes=hour)
    took = duration(emails, texts, rate=rate, now=now, time_zone=zone)
    assert took >= timedelta(minutes=(emails + texts) / rate) - timedelta(milliseconds=1)
    if texts and not emails:
        end = (now + took).astimezone(ZoneInfo(zone))
        assert 8 <= end.hour < 21 or (end.hour, end.minute, end.second) == (21, 0, 0)
