"""Loading cases with what stands elsewhere, opening and closing them, and what may be the same."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from portico.casemanager.v1 import case_resources_pb2 as res
from portico_errors.casemanager import CaseNotFound
from psycopg.errors import InFailedSqlTransaction

from casemanager.case_managers.usecases import summaries_of, viewer_of
from casemanager.cases.aggregate import changed_cases, new_cases
from casemanager.cases.domain import Case, CaseFile, People, Written, close, new_case
from casemanager.cases.search import PREFIX, found_by
from casemanager.cases.storage import FIND_PART, LIST_DUPLICATES, LOAD_CASE, LOCK_CASE
from casemanager.cases.wire import case_message, duplicate_messages
from casemanager.shared.bookings import BookingCounts
from casemanager.shared.deps import Deps
from casemanager.shared.numbers import next_number
from casemanager.shared.visibility import Viewer
from chassis.aggregate import TRIES, Source
from chassis.call import Call
from chassis.db import Executor
from chassis.errors import Aborted


async def check_case(deps: Deps, call: Call, case_id: UUID) -> None:
    """That the caller sees a case; raises CaseNotFound."""
    viewer = await viewer_of(deps, call)
    params = {"org_id": call.org_id, "case_id": case_id, **viewer.params()}
    if await deps.database.first(LOAD_CASE[viewer.sight], **params) is None:
        raise CaseNotFound()


async def is_party(deps: Deps, org_id: UUID, person_id: UUID) -> bool:
    """Whether a case manager has a part in a case of their company."""
    party = [{"case_manager_id": str(person_id)}]
    return await deps.database.first(FIND_PART, org_id=org_id, person_id=person_id, party=party) is not None


CountBookings = Callable[[Executor, UUID, Sequence[UUID]], Awaitable[Mapping[UUID, BookingCounts]]]
"""The counts of an organization's cases by their ids, in one statement; which is missing has none."""


@dataclass(frozen=True, slots=True)
class CaseFiles:
    """Cases with what stands elsewhere; `count_bookings` says what is booked for them."""

    deps: Deps
    count_bookings: CountBookings

    async def load(
        self,
        org_id: UUID,
        viewer: Viewer,
        case_id: UUID,
        *,
        named: Collection[UUID] = (),
        executor: Executor | None = None,
    ) -> CaseFile:
        """A case that the viewer sees, and who is `named` besides; raises CaseNotFound."""
        executor = executor or self.deps.database
        case = await executor.first(LOAD_CASE[viewer.sight], org_id=org_id, case_id=case_id, **viewer.params())
        if case is None:
            raise CaseNotFound()
        return (await self._files(executor, org_id, [case], named))[0]

    async def of(self, org_id: UUID, cases: Sequence[Case]) -> Sequence[CaseFile]:
        """The same for cases that are loaded."""
        return await self._files(self.deps.database, org_id, cases, ())

    async def _files(
        self, executor: Executor, org_id: UUID, cases: Sequence[Case], named: Collection[UUID]
    ) -> Sequence[CaseFile]:
        people = await summaries_of(executor, org_id, {*named, *(person for case in cases for person in case.people)})
        counts = await self.count_bookings(executor, org_id, [case.id for case in cases])
        return [CaseFile(case=case, people=people, bookings=counts.get(case.id, BookingCounts())) for case in cases]

    async def add(self, call: Call, written: Written) -> res.Case:
        """Opens a case, under the next number; raises what `new_case` raises."""
        deps, org_id = self.deps, call.org_id
        case_id = deps.ids()

        async def load() -> People:
            return await summaries_of(deps.database, org_id, written.people)

        async def numbered(file: CaseFile) -> CaseFile:
            return replace(file, case=replace(file.case, number=await next_number(deps.database, org_id, PREFIX)))

        return await new_cases(deps).change(
            Source(call, org_id, load),
            lambda people, command, now: new_case(people, command, org_id=org_id, case_id=case_id, now=now),
            written,
            complete=numbered,
        )

    async def close(self, call: Call, viewer: Viewer, case_id: UUID, etag: str) -> res.Case:
        """Closes a case that the viewer sees; CaseHasOpenBookings while something is booked or asked for."""
        for _ in range(TRIES):
            try:
                async with self.deps.database.transaction() as tx:
                    return await self._close(tx, call, viewer, case_id, etag)
            except InFailedSqlTransaction:
                continue  # the same call was answered meanwhile: its answer is kept by now
        raise Aborted()

    async def _close(self, tx: Executor, call: Call, viewer: Viewer, case_id: UUID, etag: str) -> res.Case:
        """What is being requested at the same moment is not seen by a statement that began before.

        So the case is locked by a statement of its own, and decided on once more. Whoever requests a booking shares
        that lock while they do.
        """

        async def load() -> CaseFile:
            return await self.load(call.org_id, viewer, case_id, executor=tx)

        async def locked(_: CaseFile) -> CaseFile:
            await tx.first(LOCK_CASE, org_id=call.org_id, case_id=case_id)
            return close(await load(), etag, self.deps.clock())

        source = Source(call, call.org_id, load)
        return await changed_cases(self.deps, tx).change(source, close, etag, complete=locked)

    async def checked(self, viewer: Viewer, file: CaseFile) -> res.Case:
        """A case as it would be written, with those that may be the same as far as the viewer sees them."""
        case, found = file.case, found_by(file.case)
        others = await self.deps.database.all(
            LIST_DUPLICATES[viewer.sight],
            org_id=case.org_id,
            case_id=case.id,
            company_id=case.company_id,
            file_key=found.file_key,
            subject_key=found.subject_key,
            birth_date=case.subject.birth_date,
            **viewer.params(),
        )
        people = await summaries_of(self.deps.database, case.org_id, {other.case_manager_id for other in others})
        message = case_message(file, may_change=True)
        message.possible_duplicates.extend(duplicate_messages(case, others, people))
        return message
