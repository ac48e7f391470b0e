"""Every RPC says all that the house needs to know of it."""

from pathlib import Path

import pytest
from buf.validate import validate_pb2
from google.api.httpbody_pb2 import HttpBody
from google.protobuf.descriptor import FieldDescriptor

from chassis.exports import MEDIA_TYPES, Format
from gateway.contract import Contract, Rpc, Verb

CONTRACT = Contract.read(Path(__file__).parents[2] / "protos/build/portico.binpb")
RPCS = {rpc.full_name: rpc for service in CONTRACT.services for rpc in service.rpcs}
PUBLIC = {rpc.full_name: rpc for service in CONTRACT.public_services for rpc in service.rpcs}
INTERNAL = {name: rpc for name, rpc in RPCS.items() if name not in PUBLIC}
LISTS = {name: rpc for name, rpc in RPCS.items() if rpc.name.startswith("List")}


def each(rpcs: dict[str, Rpc]) -> pytest.MarkDecorator:
    """The test once for every one of these RPCs."""
    return pytest.mark.parametrize("rpc", rpcs.values(), ids=rpcs)


@each(RPCS)
def test_every_rpc_has_a_comment(rpc: Rpc) -> None:
    """GW-02: an RPC says in words what it does."""
    assert rpc.comment, "Write above the rpc what it does, what it returns, its limits and its errors."


@each(RPCS)
def test_every_rpc_says_who_may_call_it_in_one_way(rpc: Rpc) -> None:
    """GW-01: an RPC is for anybody, for people with a role, or for services."""
    ways = [rpc.access.anonymous, bool(rpc.access.roles), bool(rpc.access.services)]

    assert 1 == sum(ways), (
        "Give the rpc one `access`, or its service a `default_access`: `anonymous`, `roles` or `services`."
    )


@each(RPCS)
def test_an_anonymous_rpc_names_its_bound(rpc: Rpc) -> None:
    """CASE-S1: the contract says how often one network may call what is for anybody."""
    is_bound = bool(rpc.bound.burst and rpc.bound.per_minute)

    assert rpc.access.anonymous == is_bound, "Give an anonymous rpc a `bound` with both numbers, and no other."


@each(PUBLIC)
def test_a_public_rpc_has_a_route_and_is_for_people(rpc: Rpc) -> None:
    """GW-01: what is public can be reached over REST, and is never for services."""
    assert rpc.routes, "Give the rpc a `google.api.http` route, or move it to the internal service."
    assert not rpc.access.services, "An rpc for services belongs into the internal service."


@each(INTERNAL)
def test_an_internal_rpc_is_for_services_only_and_has_no_route(rpc: Rpc) -> None:
    """GW-01: what is internal has no route, and names the services that may call it."""
    assert not rpc.routes, "Remove `google.api.http`, or move the rpc to the public service."
    assert rpc.access.services, "Say in `access` which services may call it: `services: […]`."


@each(RPCS)
def test_reasons_stand_in_the_package(rpc: Rpc) -> None:
    """GW-04: an RPC answers with reasons of its own package or a neighbour's by full name, each named once."""
    known = {f"{package}.{name}" for package in CONTRACT.packages for name in CONTRACT.reasons(package)}

    assert set() == set(rpc.reasons) - known, (
        "Add the reason to `ErrorReason` in errors.proto, or correct its name at the rpc."
    )
    assert len(rpc.reasons) == len(set(rpc.reasons)), "Name each reason once."


@each(RPCS)
def test_what_changes_something_can_be_repeated(rpc: Rpc) -> None:
    """GW-01: a call that changes something takes a `request_id`, or says why repeating it does no harm."""
    has_key = "request_id" in rpc.request.fields_by_name

    if rpc.only_reads:
        assert not has_key, "Remove `request_id`: an rpc with NO_SIDE_EFFECTS can be repeated anyway."
        assert not rpc.repeatable, "Remove `repeatable`: an rpc with NO_SIDE_EFFECTS can be repeated anyway."
    else:
        assert has_key != bool(rpc.repeatable), "Take a `request_id`, or say in `repeatable` why none is needed."


@each(RPCS)
def test_a_file_says_its_type(rpc: Rpc) -> None:
    """GW-02: an RPC that answers with a file, and no other, says the type of it."""
    assert rpc.gives_file == bool(rpc.stream.media_types), (
        "Name the `media_types` in `stream` exactly where it is HttpBody."
    )


@each({name: rpc for name, rpc in RPCS.items() if rpc.gives_file and "format" in rpc.request.fields_by_name})
def test_a_list_as_a_file_is_of_the_kinds_that_there_are(rpc: Rpc) -> None:
    """GW-02, CM-14: an RPC whose caller chooses a format has those of the chassis, and says the type of each."""
    kinds = rpc.request.fields_by_name["format"].enum_type

    assert {int(each): each.name for each in Format} == {
        each.number: each.name for each in (kinds.values if kinds else ()) if each.number
    }
    assert [MEDIA_TYPES[each].partition(";")[0] for each in Format] == [*rpc.stream.media_types]


@each({name: rpc for name, rpc in RPCS.items() if "request_id" in rpc.request.fields_by_name})
def test_a_request_id_is_a_uuid(rpc: Rpc) -> None:
    """GW-01: a `request_id` is a UUID or absent."""
    rules = rpc.request.fields_by_name["request_id"].GetOptions().Extensions[validate_pb2.field]

    assert rules.string.uuid, "Give `request_id` the rule `string: {uuid: true}`."
    assert validate_pb2.IGNORE_IF_ZERO_VALUE == rules.ignore, "Add `ignore: IGNORE_IF_ZERO_VALUE`: it may be absent."


@each(PUBLIC)
def test_get_is_for_reading(rpc: Rpc) -> None:
    """GW-01: GET is for RPCs without side effects, and they are GET unless their comment says why they are POST."""
    by_get = {route.verb is Verb.GET for route in rpc.routes}
    reads_by_post = rpc.only_reads and "POST because" in rpc.comment

    assert {rpc.only_reads} == by_get or reads_by_post, (
        "Set `idempotency_level = NO_SIDE_EFFECTS` and `get` together, or say in the comment: POST because …"
    )


@each(PUBLIC)
def test_a_route_carries_the_whole_request(rpc: Rpc) -> None:
    """GW-01: POST, PATCH and PUT take the message as their body, or the file of it; GET and DELETE take none."""
    files = [
        field.name
        for field in rpc.request.fields
        if field.message_type and field.message_type.full_name == HttpBody.DESCRIPTOR.full_name
    ]
    for route in rpc.routes:
        expected = "" if route.verb in {Verb.GET, Verb.DELETE} else next(iter(files), "*")
        assert expected == route.body, f'Write `body: "{expected}"` for {route.verb.name}.'
        assert set(route.variables) <= set(rpc.request.fields_by_name), (
            "A variable in the path must be a field of the request itself: no dots."
        )


@each({name: rpc for name, rpc in PUBLIC.items() if not rpc.routes[0].body})
def test_what_travels_in_a_query_is_plain(rpc: Rpc) -> None:
    """GW-01: a request without a body has fields that a query can say: no messages, no maps."""
    messages = [field.name for field in rpc.request.fields if field.type == FieldDescriptor.TYPE_MESSAGE]

    assert [] == messages, "Make these fields plain ones, or let the rpc be POST and say why."


def test_no_two_rpcs_share_a_route() -> None:
    """GW-01: verb and path lead to one RPC."""
    routes = [(route.verb, route.path) for rpc in PUBLIC.values() for route in rpc.routes]

    assert len(routes) == len(set(routes)), "Change one of the paths."


@each(LISTS)
def test_lists_come_in_pages(rpc: Rpc) -> None:
    """GW-01: a list takes a size and a token and gives the next token, unless its comment says why it is not paged."""
    if "Not paged" in rpc.comment:
        return
    fields = rpc.request.fields_by_name

    assert {"page_size", "page_token"} <= set(fields), "Add both, or say in the comment: Not paged: …"
    assert "next_page_token" in rpc.reply.fields_by_name, "Add `next_page_token` to the response."
    rules = fields["page_size"].GetOptions().Extensions[validate_pb2.field].int32
    assert rules.HasField("gte"), "Give `page_size` the rule `gte: 0`."
    assert rules.HasField("lte"), "Give `page_size` a largest value: `lte`."
