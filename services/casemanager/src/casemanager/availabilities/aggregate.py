"""How an availability is made, changed and removed: all that is constant about it, said once."""

from collections.abc import Callable

from portico.casemanager.v1 import schedule_resources_pb2 as res

from casemanager.availabilities.domain.changes import Booked
from casemanager.availabilities.storage import ADD_AVAILABILITY, SAVE_AVAILABILITY, changed_params, new_params
from casemanager.availabilities.wire import availability_message
from casemanager.shared.deps import Deps
from chassis.aggregate import Aggregate
from chassis.mapping import Params
from chassis.saves import Save

Availabilities = Aggregate[Booked, res.Availability]


def new_availabilities(deps: Deps) -> Availabilities:
    """Availabilities as they are made."""
    return _availabilities(deps, ADD_AVAILABILITY, lambda booked: new_params(booked.availability))


def changed_availabilities(deps: Deps) -> Availabilities:
    """Changes of availabilities that are there."""
    return _availabilities(
        deps, SAVE_AVAILABILITY, lambda booked: changed_params(booked.availability, is_deleted=False)
    )


def deleted_availabilities(deps: Deps) -> Availabilities:
    """Availabilities as they are removed."""
    return _availabilities(deps, SAVE_AVAILABILITY, lambda booked: changed_params(booked.availability, is_deleted=True))


def _availabilities(deps: Deps, save: Save, params: Callable[[Booked], Params]) -> Availabilities:
    return Aggregate(
        database=deps.database,
        clock=deps.clock,
        save=save,
        params=lambda booked, _: params(booked),
        events=lambda *_: [],
        answer=lambda booked, _: availability_message(booked),
        reply=res.Availability,
    )
