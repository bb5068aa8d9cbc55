import asyncio
from ipaddress import ip_address

import pytest

from pipeline.errors import ToolRefused
from stages.tools_address import Target, is_open, networks, plain, target

CLOSED = [
    "127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "100.100.100.200", "168.63.129.16", "0.0.0.0", "0.1.2.3", "192.0.0.192", "192.0.2.1", "198.18.0.1",
    "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1",
    "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2001:0:4136:e378:8000:63bf:80ff:fffe",
    "fe80::1", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "100::1", "3fff::1", "5f00::1",
]  # fmt: skip


@pytest.mark.parametrize("address", CLOSED)
def test_what_is_not_on_the_public_net_is_closed(address: str) -> None:
    assert not is_open(ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_the_public_net_is_open(address: str) -> None:
    assert is_open(ip_address(address))


def test_a_network_can_be_opened() -> None:
    assert is_open(ip_address("10.1.2.3"), networks("10.1.0.0/16, ::1"))
    assert is_open(ip_address("::ffff:10.1.2.3"), networks("10.1.0.0/16"))
    assert is_open(ip_address("::1"), networks("10.1.0.0/16, ::1"))
    assert not is_open(ip_address("10.2.2.3"), networks("10.1.0.0/16"))


def test_networks_that_are_none_are_told() -> None:
    assert networks("") == ()
    with pytest.raises(ValueError):
        networks("somewhere")


def test_an_address_in_an_address_is_what_it_stands_for() -> None:
    assert str(plain(ip_address("::ffff:10.0.0.1"))) == "10.0.0.1"
    assert str(plain(ip_address("2606:4700::1"))) == "2606:4700::1"


def found(url: str, allowed: str = "") -> Target:
    return asyncio.run(target(url, networks(allowed)))


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/", "https://localhost/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://0/",
        "https://2130706433/", "https://0x7f.1/", "https://0177.0.0.1/", "https://127.1/", "https://169.254.169.254/",
        "https://10.0.0.1:8443/x", "http://10.0.0.1/", "https://user:word@8.8.8.8/", "ftp://8.8.8.8/", "https:///x",
        "file:///etc/passwd", "https://[fe80::1]/", "http://8.8.8.8/", "https://no-such-host.invalid/", "gopher://1/",
        "https://8.8.8.8:99999/",
    ],
)  # fmt: skip
def test_what_may_not_be_called_is_refused(url: str) -> None:
    with pytest.raises(ToolRefused):
        found(url)


def test_the_address_that_was_judged_is_the_one_that_is_used() -> None:
    assert found("https://8.8.8.8/x") == Target("8.8.8.8", 443, "8.8.8.8", True)
    assert found("https://[2606:4700::1111]:8443/x") == Target("2606:4700::1111", 8443, "2606:4700::1111", True)
    assert found("http://localhost:81/", "127.0.0.0/8, ::1").host == "localhost"


def test_plain_http_is_for_opened_networks_only() -> None:
    assert found("http://127.0.0.1:81/", "127.0.0.0/8") == Target("127.0.0.1", 81, "127.0.0.1", False)
