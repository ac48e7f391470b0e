"""Who counts as one caller when nobody is signed in: the network that an address lies in."""

from ipaddress import IPv6Address, ip_address, ip_network

HOUSEHOLD = (32, 64)
"""Bits of an IPv4 and of an IPv6 address: what one household or one attacker has to itself."""

NEIGHBOURHOOD = (24, 48)
"""Bits of the networks that one attacker can rent whole."""


def network_of(address: str, bits: tuple[int, int] = HOUSEHOLD) -> str:
    """The network that the address lies in, in its one form; what is no IP address stands for itself.

    >>> network_of("2001:db8::7")
    '2001:db8::/64'
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped:
        # `::ffff:203.0.113.7`: by its /64 all of IPv4 would be one household.
        parsed = parsed.ipv4_mapped
    of_v4, of_v6 = bits
    return str(ip_network((parsed, of_v6 if isinstance(parsed, IPv6Address) else of_v4), strict=False))
