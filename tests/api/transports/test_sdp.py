"""Offers: what a browser sends is taken, everything else is refused with a code, and no stranger aims our packets."""

import pytest

from api.transports.sdp import LONGEST, check_offer, rewrite_answer
from pipeline.errors import ProtocolViolation
from tests.api.transports.offers import CHROME, candidate


def code(offer: str) -> str:
    with pytest.raises(ProtocolViolation) as raised:
        check_offer(offer)
    return raised.value.code


def test_what_a_browser_offers_is_taken() -> None:
    checked = check_offer(CHROME)
    assert "m=audio" in checked
    assert checked.endswith("\r\n")
    assert check_offer(CHROME.replace("\r\n", "\n")) == checked


@pytest.mark.parametrize(
    ("offer", "expected"),
    [
        ("", "sdp_invalid"),
        ("hello", "sdp_invalid"),
        ("v=0\r\n", "sdp_unsupported_media"),
        ("v=0\r\nnonsense\r\n", "sdp_invalid"),
        (CHROME.replace("s=-", "s=\x00"), "sdp_invalid"),
        (CHROME + "a=x\ud800\r\n", "sdp_invalid"),
        (CHROME + "a=" + "x" * LONGEST, "sdp_too_large"),
        (CHROME + "a=x\r\n" * 700, "sdp_too_large"),
        (CHROME + candidate("192.0.2.7") * 17, "sdp_too_many_candidates"),
        (CHROME.replace("m=audio", "m=video"), "sdp_unsupported_media"),
        (CHROME + CHROME[CHROME.index("m=audio") : CHROME.index("m=application")], "sdp_unsupported_media"),
        (CHROME + CHROME[CHROME.index("m=application") :], "sdp_unsupported_media"),
        (CHROME.replace("a=ice-ufrag:", "a=ice-fragment:"), "sdp_no_credentials"),
        (CHROME.replace("a=ice-pwd:", "a=ice-pwd: "), "sdp_no_credentials"),
        (CHROME.replace("a=fingerprint:sha-256", "a=fingerprint:md5"), "sdp_no_credentials"),
        (CHROME.replace("a=setup:actpass", "a=setup:holdconn"), "sdp_no_credentials"),
        (CHROME.replace("a=rtcp-mux\r\n", ""), "sdp_unsupported_media"),
        (CHROME.replace("a=group:BUNDLE 0 1", "a=group:BUNDLE 1 7"), "sdp_not_bundled"),
        (CHROME.replace("a=group:BUNDLE 0 1", "a=group:LS 0 1"), "sdp_not_bundled"),
        (CHROME.replace("a=mid:1", "a=mid:0"), "sdp_not_bundled"),
        (CHROME.replace("a=mid:1\r\n", ""), "sdp_not_bundled"),
        (CHROME.replace("a=mid:1\r\n", "").replace("a=mid:0", "a=mid:0\r\na=mid:1"), "sdp_not_bundled"),
        (CHROME.replace("a=sendrecv", "a=sendonly"), "sdp_cannot_hear"),
        (CHROME.replace("a=sendrecv", "a=inactive"), "sdp_cannot_hear"),
        (CHROME.replace("opus/48000/2", "opus/48000"), "sdp_no_opus"),
        (CHROME.replace("a=rtpmap:111", "a=rtpmap:112"), "sdp_no_opus"),
    ],
)
def test_every_other_offer_is_refused_with_its_code(offer: str, expected: str) -> None:
    assert code(offer) == expected


def test_a_caller_who_only_listens_is_welcome() -> None:
    assert "a=recvonly" in check_offer(CHROME.replace("a=sendrecv", "a=recvonly"))


def kept(address: str, allow_private: bool, **more: str) -> bool:
    return f" {address} " in check_offer(CHROME + candidate(address, **more), allow_private)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111"])
def test_public_candidates_are_always_kept(address: str) -> None:
    assert kept(address, True)
    assert kept(address, False)


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.1.2.3", "192.168.1.9", "172.16.0.1", "100.64.0.1", "::1", "fd00::7"]
)
def test_private_candidates_are_kept_only_where_that_is_allowed(address: str) -> None:
    assert not kept(address, False)
    assert kept(address, True)


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "224.0.0.1", "255.255.255.255", "0.0.0.0", "::", "ff02::1", "::ffff:10.0.0.1", "240.0.0.1",
     "2002:7f00:1::", "a1b2.local", "example.com", "127.1", "0x7f000001", "2130706433"],
)  # fmt: skip
def test_names_and_addresses_that_no_caller_has_are_never_kept(address: str) -> None:
    assert not kept(address, True)
    assert not kept(address, False)


def test_only_udp_candidates_with_a_port_are_kept() -> None:
    assert not kept("8.8.8.8", True, transport="tcp")
    assert not kept("8.8.8.8", True, port="0")
    assert not kept("8.8.8.8", True, port="70000")
    assert not kept("8.8.8.8", True, port="-1")
    assert "candidate" not in check_offer(CHROME.split("a=candidate")[0] + "a=candidate:\r\n" + _tail())


def _tail() -> str:
    """What follows the last candidate of Chrome's offer."""
    lines = CHROME.split("\r\n")
    last = max(index for index, line in enumerate(lines) if line.startswith("a=candidate"))
    return "\r\n".join(lines[last + 1 :])


def test_candidates_found_later_are_listened_for() -> None:
    assert "end-of-candidates" not in check_offer(CHROME + "a=end-of-candidates\r\n")


def test_the_answer_names_the_public_address_for_ipv4_hosts() -> None:
    answer = "v=0\r\n" + candidate("10.0.0.5") + candidate("fd00::1") + "a=mid:0\r\n"
    told = rewrite_answer(answer, "203.0.113.9")
    assert " 203.0.113.9 " in told
    assert " 10.0.0.5 " not in told
    assert " fd00::1 " in told
    assert rewrite_answer(answer, "") == answer
