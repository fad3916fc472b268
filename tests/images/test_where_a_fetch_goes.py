"""Which addresses a fetch connects to: never one inside, whatever a URL, a redirect or a name server says."""

import ast
import ipaddress
import socket
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import articles
import newsdesk
from articles.images.addresses import inside
from articles.images.fetching import Failed, Limits, NotFetched, Refused, fetch

from .servers import PICTURE, Internet, Server, answers, redirects

INSIDE = {
    "0.0.0.0": "an address of the machine itself",
    "127.0.0.1": "an address of the machine itself",
    "127.255.255.254": "an address of the machine itself",
    "::": "an address of the machine itself",
    "::1": "an address of the machine itself",
    "10.0.0.1": "an address of a private network",
    "172.16.0.1": "an address of a private network",
    "172.31.255.255": "an address of a private network",
    "192.168.1.1": "an address of a private network",
    "fd12:3456::1": "an address of a private network",
    "fec0::1": "an address of a private network",
    "100.64.0.1": "an address shared behind a carrier's translation",
    "100.127.255.255": "an address shared behind a carrier's translation",
    "169.254.169.254": "a link-local address",
    "fe80::1": "a link-local address",
    "224.0.0.1": "a multicast address",
    "239.255.255.250": "a multicast address",
    "ff02::1": "a multicast address",
    "192.0.2.1": "an address for documentation or measurement",
    "198.51.100.1": "an address for documentation or measurement",
    "203.0.113.1": "an address for documentation or measurement",
    "198.18.0.1": "an address for documentation or measurement",
    "198.19.255.255": "an address for documentation or measurement",
    "2001:db8::1": "an address for documentation or measurement",
    "3fff::1": "an address for documentation or measurement",
    "::ffff:127.0.0.1": "an IPv4 address in IPv6 clothes",
    "::ffff:93.184.0.1": "an IPv4 address in IPv6 clothes",
    "::127.0.0.1": "an IPv4 address in IPv6 clothes",
    "64:ff9b::10.0.0.1": "an IPv4 address in IPv6 clothes",
    "64:ff9b::93.184.0.1": "an IPv4 address in IPv6 clothes",
    "64:ff9b:1::10.0.0.1": "an IPv4 address in IPv6 clothes",
    "2001:0:4136:e378:8000:63bf:f5ff:fffe": "an IPv4 address in IPv6 clothes",
    "2002:7f00:1::1": "an IPv4 address in IPv6 clothes",
    "192.0.0.1": "a reserved address",
    "192.31.196.1": "a reserved address",
    "192.52.193.1": "a reserved address",
    "192.88.99.1": "a reserved address",
    "192.175.48.1": "a reserved address",
    "240.0.0.1": "a reserved address",
    "255.255.255.255": "a reserved address",
    "2001:2::1": "a reserved address",
    "2001:20::1": "a reserved address",
    "2620:4f:8000::1": "a reserved address",
    "100::1": "a reserved address",
    "::ffff:0:127.0.0.1": "a reserved address",
    "4000::1": "a reserved address",
    "5f00::1": "a reserved address",
    "e000::1": "a reserved address",
}
PUBLIC = ["1.1.1.1", "93.184.0.1", "100.63.255.255", "100.128.0.0", "172.15.0.1", "172.32.0.1", "198.17.255.255"]
PUBLIC += ["223.255.255.255", "2606:4700::1111", "2a00:1450:4001::1", "2001:200::1", "2003::1", "2400:cb00::1"]


# -- addresses


@pytest.mark.parametrize(("address", "what"), INSIDE.items())
def test_a_name_at_an_address_inside_is_not_connected_to(internet, limits, address, what):
    internet.names["img.example"] = [[address]]
    with pytest.raises(Refused) as raised:
        fetch("http://img.example/", limits)
    assert str(raised.value) == f"img.example is at {ipaddress.ip_address(address)}, {what}."
    assert internet.connected == []


@pytest.mark.parametrize("address", PUBLIC)
def test_a_name_at_a_public_address_is(internet, limits, address):
    internet.names["img.example"] = [[address]]
    internet.at(address, answers())
    assert fetch("http://img.example/", limits).data == PICTURE
    assert internet.connected == [(address, 80)]


@pytest.mark.parametrize(
    "host",
    "127.0.0.1 127.1 2130706433 0x7f000001 0177.0.0.1 0 １２７.0.0.1 127.0.0.1. "
    "[::1] [::ffff:127.0.0.1] [::ffff:7f00:1] [0:0:0:0:0:0:0:1]".split(),
)
def test_however_an_address_inside_is_written_it_is_not_connected_to(internet, limits, host):
    with pytest.raises(Refused, match=" is at "):
        fetch(f"http://{host}/", limits)
    assert internet.connected == []


@pytest.mark.parametrize("addresses", [["93.184.0.1", "10.0.0.1"], ["10.0.0.1", "93.184.0.1"]])
def test_a_name_that_is_both_public_and_inside_is_refused(internet, limits, addresses):
    internet.at("93.184.0.1", answers())
    internet.names["img.example"] = [addresses]
    with pytest.raises(Refused, match=r"is at 10\.0\.0\.1, an address of a private network"):
        fetch("http://img.example/", limits)
    assert internet.connected == []


@pytest.mark.parametrize(("scheme", "port"), [("http", 80), ("https", 443)])
def test_a_name_is_resolved_once_and_the_connection_goes_to_what_was_judged(internet, limits, server_tls, scheme, port):
    internet.at("93.184.0.1", answers(), certificate=server_tls("img.example") if port == 443 else None)
    internet.names["img.example"] = [["93.184.0.1"], ["127.0.0.1"]]
    assert fetch(f"{scheme}://img.example/", limits).data == PICTURE
    assert (internet.asked, internet.connected) == (["img.example"], [("93.184.0.1", port)])


def test_a_name_that_changes_its_answer_between_redirects_is_judged_anew(internet, limits):
    internet.at("93.184.0.1", redirects("/again"))
    internet.names["img.example"] = [["93.184.0.1"], ["127.0.0.1"]]
    with pytest.raises(Refused, match=r"img\.example is at 127\.0\.0\.1"):
        fetch("http://img.example/", limits)
    assert internet.connected == [("93.184.0.1", 80)]


def test_the_next_address_of_a_name_is_tried_where_one_takes_no_connection(internet, limits):
    internet.at("93.184.0.2", answers())
    internet.names["img.example"] = [["2606:4700::1", "2606:4700::1", "93.184.0.2"]]
    assert fetch("http://img.example/", limits).data == PICTURE
    assert internet.connected == [("2606:4700::1", 80), ("93.184.0.2", 80)]


def test_no_more_than_three_addresses_of_a_name_are_tried(internet, limits):
    internet.names["img.example"] = [[f"93.184.0.{number}" for number in range(1, 10)]]
    with pytest.raises(Failed, match=r"^img\.example takes no connection: Connection refused\.$"):
        fetch("http://img.example/", limits)
    assert len(internet.connected) == 3


def test_a_name_that_nobody_has_failed(internet, limits):
    with pytest.raises(Failed, match=r"^The name nobody\.example cannot be resolved\.$"):
        fetch("http://nobody.example/", limits)


def test_a_name_without_addresses_failed(internet, limits):
    internet.names["img.example"] = [[]]
    with pytest.raises(Failed, match=r"^The name img\.example cannot be resolved\.$"):
        fetch("http://img.example/", limits)


def test_a_name_server_that_does_not_answer_does_not_stretch_the_time_there_is(limits, monkeypatch):
    over = threading.Event()

    def waits(*args, **kwargs) -> list:
        over.wait(3)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", waits)
    with pytest.raises(Failed, match=r"within 0\.3 seconds"):
        fetch("http://img.example/", replace(limits, seconds=0.3))
    over.set()


# -- exceptions


def test_networks_and_ports_may_be_allowed(limits):
    """A real server of this machine, without the tests' internet."""
    server = Server(answers())
    allowed = replace(limits, ports=frozenset({server.port}), allowed=(ipaddress.ip_network("127.0.0.0/8"),))
    try:
        assert fetch(f"http://127.0.0.1:{server.port}/a.png", allowed).data == PICTURE
        with pytest.raises(Refused, match="port"):
            fetch(f"http://127.0.0.1:{server.port}/", replace(allowed, ports=limits.ports))
        with pytest.raises(Refused, match="the machine itself"):
            fetch(f"http://127.0.0.1:{server.port}/", replace(allowed, allowed=limits.allowed))
        with pytest.raises(Refused, match="IPv6 clothes"):
            fetch(f"http://[::ffff:127.0.0.1]:{server.port}/", allowed)
    finally:
        server.close()
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("dressed", "what"),
    [
        ("64:ff9b::93.184.0.1", ""),
        ("64:ff9b::10.0.0.1", "an address of a private network"),
        ("64:ff9b::127.0.0.1", "an address of the machine itself"),
        ("::ffff:169.254.169.254", "a link-local address"),
        ("2002:a00:1::1", "an address of a private network"),
        ("2001:0:4136:e378:8000:63bf:f5ff:fffe", "an address of a private network"),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "an address for documentation or measurement"),
    ],
)
def test_where_nat64_and_its_like_are_allowed_what_they_lead_to_is_judged(dressed, what):
    networks = "64:ff9b::/96 ::ffff:0:0/96 2002::/16 2001::/32"
    allowed = tuple(map(ipaddress.ip_network, networks.split()))
    assert inside(ipaddress.ip_address(dressed), allowed) == what


# -- whatever is tried


ADDRESSES = st.one_of(
    st.sampled_from([*INSIDE, *PUBLIC]), st.ip_addresses().map(str), st.sampled_from(["127.0.0.2", "10.1.2.3"])
)
NAMES = ["a.example", "b.example", "c.example"]
HOSTS = st.one_of(
    st.sampled_from([*NAMES, "127.1", "0x7f000001", "localhost", "2130706433", "a.example@127.0.0.1", "１０.0.0.1"]),
    ADDRESSES.map(lambda address: f"[{address}]" if ":" in address else address),
    st.text(max_size=12),
)
URLS = st.one_of(
    st.builds(
        "{}{}{}{}".format,
        st.sampled_from(["http://", "HTTP://", "//", "http:/", "http:\\\\", "http:", "https://", "ftp://", ""]),
        HOSTS,
        st.sampled_from(["", ":80", ":443", ":22", ":080", ":", ":-1"]),
        st.sampled_from(["", "/", "/a", "\\a", "?b", "#c", "@127.0.0.1/", "/\r\nHost: inside"]),
    ),
    st.text(max_size=20),
)


@given(
    url=URLS,
    locations=st.lists(URLS, max_size=5),
    names=st.fixed_dictionaries({name: st.lists(st.lists(ADDRESSES, max_size=3), min_size=1) for name in NAMES}),
)
def test_no_url_no_redirect_and_no_name_server_lead_a_connection_inside(url, locations, names):
    limits = Limits("Newsdesk-tests/1", seconds=3)
    following = iter(locations)
    with Internet() as internet:
        server = internet.at("1.1.1.1", lambda wire: redirects(_header(next(following, "/")))(wire))
        internet.servers |= dict.fromkeys(PUBLIC, server)
        internet.names |= {name: list(times) for name, times in names.items()}
        try:
            fetch(url, limits)
        except NotFetched as error:
            assert str(error).endswith(".")  # noqa: PT017  both ends are right
        for address, port in internet.connected:
            found = ipaddress.ip_address(address)
            assert port in (80, 443)
            assert found.is_global
            assert not found.is_multicast


def _header(text: str) -> str:
    return text.encode("utf-8", "replace").decode("latin-1").replace("\r", "").replace("\n", "")


# -- nobody else


def test_nothing_else_imports_what_opens_connections():
    """Of our own code: Django opens those of the database, the cache, mail and the storage, as settings say."""
    openers = {"socket", "ssl", "http.client", "urllib.request", "urllib3", "requests", "httpx", "aiohttp", "asyncio"}
    openers |= {"ftplib", "smtplib", "poplib", "imaplib", "telnetlib", "xmlrpc", "http.cookiejar", "boto3", "botocore"}
    found = {
        (str(path.relative_to(package)), module)
        for package in (Path(articles.__file__).parent, Path(newsdesk.__file__).parent)
        for path in package.rglob("*.py")
        for module in _imported(path) & openers
    }
    assert found == {
        ("images/fetching.py", "socket"),
        ("images/fetching.py", "ssl"),
        ("images/fetching.py", "http.client"),
        ("images/fetching.py", "urllib3"),
        # It reads from a connection that the above has opened.
        ("images/listening.py", "socket"),
        ("images/listening.py", "http.client"),
        # How long Django’s storage waits for a bucket; it opens nothing.
        ("variables.py", "botocore"),
    }


def _imported(path: Path) -> set[str]:
    """Modules and packages that a file imports, at any depth of it: `urllib3.response` is `urllib3` as well."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names | {".".join(name.split(".")[:depth]) for name in names for depth in (1, 2)}
