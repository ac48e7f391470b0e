"""Instants on the wire."""

from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from chassis.wire import timestamp

instants = st.datetimes(timezones=st.timezones(), min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1))  # noqa: DTZ001 they get their zone


@given(instants)
def test_an_instant_is_what_protobuf_makes_of_it(instant):
    """Any zone, any microsecond, before 1970 or after: protobuf's own conversion gives the same, and back."""
    written = timestamp(instant)
    expected = Timestamp()
    expected.FromDatetime(instant)
    assert expected == written
    assert instant.astimezone(UTC) == written.ToDatetime(UTC)


def test_no_instant_is_no_message():
    """None leaves the field unset."""
    assert timestamp(None) is None
