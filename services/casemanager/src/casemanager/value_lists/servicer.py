"""The words that an organization chooses from."""

from portico.casemanager.v1 import value_lists_pb2 as pb
from portico.casemanager.v1.value_lists_pb2_grpc import ValueListsServiceServicer

from casemanager.shared.deps import Deps
from casemanager.shared.names import checked_name
from casemanager.value_lists.domain import Kind, Value, ValueList, set_values
from casemanager.value_lists.storage import SAVE_VALUES, value_params
from casemanager.value_lists.usecases import value_lists_of
from chassis.aggregate import Aggregate, Source
from chassis.call import current_call
from chassis.interceptor import Context


class ValueListsServicer(ValueListsServiceServicer):
    """For all who book and are booked; administrators change them."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._lists: Aggregate[ValueList, pb.ValueList] = Aggregate(
            database=deps.database,
            clock=deps.clock,
            save=SAVE_VALUES,
            params=lambda values, _: value_params(values),
            events=lambda *_: [],
            answer=lambda values, _: _list_message(values),
            reply=pb.ValueList,
        )

    async def ListValues(self, request: pb.ListValuesRequest, context: Context) -> pb.ListValuesResponse:
        lists = await value_lists_of(self._deps.database, current_call().org_id)
        wanted = [Kind(request.kind)] if request.kind else Kind
        return pb.ListValuesResponse(lists=(_list_message(lists[kind]) for kind in wanted))

    async def UpdateValueList(self, request: pb.UpdateValueListRequest, context: Context) -> pb.ValueList:
        call = current_call()

        async def load() -> ValueList:
            return (await value_lists_of(self._deps.database, call.org_id))[Kind(request.kind)]

        new = [_written(place, value) for place, value in enumerate(request.values)]
        source = Source(call, call.org_id, load).seen(request.etag)
        return await self._lists.change(source, set_values, new)


def _written(place: int, value: pb.ListedValue) -> Value:
    """A value in its one form; InvalidArgument for words that cannot be seen."""
    where = f"values[{place}]"
    return Value(
        key=checked_name(value.key, field=f"{where}.key"),
        english=checked_name(value.english, field=f"{where}.english"),
        spanish=checked_name(value.spanish, field=f"{where}.spanish") if value.spanish.strip() else "",
    )


def _list_message(values: ValueList) -> pb.ValueList:
    return pb.ValueList(
        kind=pb.ValueList.Kind.ValueType(values.kind),
        values=(pb.ListedValue(key=each.key, english=each.english, spanish=each.spanish) for each in values.values),
        etag=str(values.version),
    )
