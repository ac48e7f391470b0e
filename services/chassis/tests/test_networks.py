"""Which addresses count as one caller."""

import pytest

from chassis.networks import NEIGHBOURHOOD, network_of


@pytest.mark.parametrize(
    ("address", "household", "neighbourhood"),
    [
        ("203.0.113.7", "203.0.113.7/32", "203.0.113.0/24"),
        ("::ffff:203.0.113.7", "203.0.113.7/32", "203.0.113.0/24"),
        ("2001:db8:1:2:3::7", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("", "", ""),
        ("testclient", "testclient", "testclient"),
    ],
)
def test_an_address_counts_with_its_network(address, household, neighbourhood):
    """CASE-S1: an IPv6 address counts with its /64, a mapped one as the IPv4 address that it is."""
    assert (network_of(address), network_of(address, NEIGHBOURHOOD)) == (household, neighbourhood)
