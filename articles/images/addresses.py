"""Which addresses are of the public internet, and which are inside: of this machine, of its network, or of nobody."""

import ipaddress
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_DRESSED = "an IPv4 address in IPv6 clothes"
# IANA's registries of special-purpose addresses (RFC 6890 and what came after), written out: which of them `ipaddress`
# calls global differs between the versions of Python. Of IPv6, 2000::/3 is all that was ever given out.
_INSIDE = {
    "an address of the machine itself": "0.0.0.0/8 127.0.0.0/8 ::/128 ::1/128",
    "an address of a private network": "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7 fec0::/10",
    "an address shared behind a carrier's translation": "100.64.0.0/10",
    "a link-local address": "169.254.0.0/16 fe80::/10",
    "a multicast address": "224.0.0.0/4 ff00::/8",
    "an address for documentation or measurement": "192.0.2.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 "
    "2001:db8::/32 3fff::/20",
    _DRESSED: "::/96 ::ffff:0:0/96 64:ff9b::/96 64:ff9b:1::/48 2001::/32 2002::/16",
    "a reserved address": "192.0.0.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.175.48.0/24 240.0.0.0/4 "
    "2001::/23 2620:4f:8000::/48 ::/3 4000::/2 8000::/1",
}
# The first that fits gives its name: the narrow ones stand above the wide ones.
_NETWORKS = [(ipaddress.ip_network(network), what) for what, some in _INSIDE.items() for network in some.split()]


def inside(address: Address, allowed: tuple[Network, ...] = ()) -> str:
    """What an address is that is not of the public internet ("a link-local address"), or "" where it is.

    Networks `allowed` pass. An IPv4 address in IPv6 clothes (mapped, NAT64, 6to4, Teredo) passes only where both are
    allowed or public: nobody publishes one, but a network with NAT64 makes them, and its operator may allow that.
    """
    what = next((what for network, what in _NETWORKS if address in network), "")
    if not any(address in network for network in allowed):
        return what
    return inside(_undressed(address), allowed) if what == _DRESSED else ""


def _undressed(address: IPv6Address) -> IPv4Address:
    """The IPv4 address that stands in an IPv6 one: as 6to4 has it, as Teredo's client, else in the last 32 bits."""
    carried = address.sixtofour or (address.teredo or (None, None))[1]
    return carried or IPv4Address(int(address) & 0xFFFFFFFF)
