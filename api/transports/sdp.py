"""Looks at an SDP offer before aiortc does, and at the answer before the caller does.

aiortc's parser takes megabytes and raises whatever it meets. So an offer must first be small and say what a call needs:
one audio line with Opus that can hear us, at most one data channel line, ICE credentials and a fingerprint. Candidates
are filtered on the way: each one makes us send packets to an address that a stranger chose.
"""

import ipaddress
import re
from dataclasses import dataclass

from pipeline.errors import ProtocolViolation

LONGEST = 20 * 1024
MOST_LINES = 600
MOST_CANDIDATES = 16
CANDIDATE = "a=candidate:"
UFRAG = re.compile(r"a=ice-ufrag:[A-Za-z0-9+/]{4,256}")
PASSWORD = re.compile(r"a=ice-pwd:[A-Za-z0-9+/]{22,256}")
FINGERPRINT = re.compile(r"a=fingerprint:sha-(?:256|384|512) (?:[0-9A-Fa-f]{2}:){31,63}[0-9A-Fa-f]{2}")
SETUP = re.compile(r"a=setup:(?:actpass|active|passive)")
MID = re.compile(r"a=mid:([A-Za-z0-9_.-]{1,32})")
OPUS = re.compile(r"a=rtpmap:(\d{1,3}) opus/48000/2", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Section:
    """One m-line with what follows it."""

    kind: str
    lines: tuple[str, ...]

    def has(self, line: str) -> bool:
        return line in self.lines

    def count(self, start: str) -> int:
        return sum(line.startswith(start) for line in self.lines)

    def matches(self, pattern: re.Pattern[str]) -> bool:
        return any(pattern.fullmatch(line) for line in self.lines)


def refuse(code: str, message: str) -> ProtocolViolation:
    return ProtocolViolation(message, code=code)


def check_offer(offer: str, allow_private: bool = True) -> str:
    """The offer as it may be given to aiortc. Raises ProtocolViolation (`sdp_*`) for any other."""
    if len(offer.encode("utf-8", "surrogatepass")) > LONGEST:
        raise refuse("sdp_too_large", f"An SDP offer may have {LONGEST} bytes at most.")
    lines = offer.replace("\r\n", "\n").rstrip("\n").split("\n")
    if lines[0] != "v=0":
        raise refuse("sdp_invalid", "The body is not an SDP offer: it must begin with v=0.")
    if len(lines) > MOST_LINES:
        raise refuse("sdp_too_large", f"An SDP offer may have {MOST_LINES} lines at most.")
    if not all(len(line) > 2 and line[1] == "=" and line.isprintable() for line in lines):
        raise refuse("sdp_invalid", "Every line of an SDP offer is a letter, an equals sign and a value.")
    head, sections = _split(lines)
    _check_sections(head, sections)
    if sum(line.startswith(CANDIDATE) for line in lines) > MOST_CANDIDATES:
        raise refuse("sdp_too_many_candidates", f"An offer may name {MOST_CANDIDATES} ICE candidates at most.")
    kept = [line for line in lines if _may_stay(line, allow_private)]
    return "\r\n".join(kept) + "\r\n"


def rewrite_answer(answer: str, public_ip: str) -> str:
    """The answer with the address that the world knows us by in place of our host candidates' own (1:1 NAT)."""
    if not public_ip:
        return answer
    lines = []
    for line in answer.split("\r\n"):
        parts = line.split(" ")
        if line.startswith(CANDIDATE) and " typ host" in line and ":" not in parts[4]:
            parts[4] = public_ip
        lines.append(" ".join(parts))
    return "\r\n".join(lines)


def _split(lines: list[str]) -> tuple[Section, list[Section]]:
    starts = [index for index, line in enumerate(lines) if line.startswith("m=")]
    bounds = [*starts, len(lines)]
    head = Section("", tuple(lines[: bounds[0]]))
    sections = [
        Section(lines[start][2:].split(" ")[0], tuple(lines[start:end]))
        for start, end in zip(starts, bounds[1:], strict=True)
    ]
    return head, sections


def _check_sections(head: Section, sections: list[Section]) -> None:
    kinds = [section.kind for section in sections]
    if kinds.count("audio") != 1 or kinds.count("application") > 1 or len(kinds) > 1 + kinds.count("application"):
        raise refuse("sdp_unsupported_media", "Offer one audio line, at most one data channel, and nothing else.")
    for section in sections:
        for what, pattern in (("ice-ufrag", UFRAG), ("ice-pwd", PASSWORD), ("fingerprint", FINGERPRINT)):
            if not section.matches(pattern) and not head.matches(pattern):
                raise refuse("sdp_no_credentials", f"The {section.kind} line has no valid a={what}.")
        if not section.matches(SETUP) and not head.matches(SETUP):
            raise refuse("sdp_no_credentials", f"The {section.kind} line has no valid a=setup.")
    _check_bundle(head, sections)
    _check_audio(head, next(section for section in sections if section.kind == "audio"))


def _check_bundle(head: Section, sections: list[Section]) -> None:
    """All lines share one transport: aiortc comes to grief over a bundle that names others."""
    mids = [found[1] for section in sections for line in section.lines if (found := MID.fullmatch(line))]
    groups = [line.split(" ")[1:] for line in head.lines if line.startswith("a=group:BUNDLE")]
    is_whole = len(groups) == 1 and sorted(groups[0]) == sorted(mids)
    if not is_whole or len(set(mids)) != len(mids) or any(section.count("a=mid:") != 1 for section in sections):
        raise refuse("sdp_not_bundled", "Each line needs its own a=mid, and one a=group:BUNDLE must name them all.")


def _check_audio(head: Section, audio: Section) -> None:
    if not audio.has("a=rtcp-mux"):
        raise refuse("sdp_unsupported_media", "The audio line must offer a=rtcp-mux.")
    if any(line in ("a=sendonly", "a=inactive") for line in (*head.lines, *audio.lines)):
        raise refuse("sdp_cannot_hear", "The audio line must be able to receive (a=sendrecv or a=recvonly).")
    offered = audio.lines[0].split(" ")[3:]
    opus = [found[1] for line in audio.lines if (found := OPUS.fullmatch(line))]
    if not any(number in offered and int(number) < 128 for number in opus):
        raise refuse("sdp_no_opus", "The audio line must offer Opus (opus/48000/2).")


def _may_stay(line: str, allow_private: bool) -> bool:
    if line == "a=end-of-candidates":
        # Who connects from behind a name or a NAT is found by its own checks; we must go on listening for them.
        return False
    if not line.startswith(CANDIDATE):
        return True
    parts = line[len(CANDIDATE) :].split(" ")
    if len(parts) < 8 or parts[1] != "1" or parts[2].lower() != "udp" or not _is_port(parts[5]):
        return False
    try:
        address = ipaddress.ip_address(parts[4])
    except ValueError:
        return False  # a name: resolving it would take time, and ask whom a stranger names
    return _may_be_sent_to(address, allow_private)


def _may_be_sent_to(address: ipaddress.IPv4Address | ipaddress.IPv6Address, allow_private: bool) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        hidden = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if hidden is not None:
            return False
    if address.is_multicast or address.is_unspecified or (address.is_reserved and not address.is_loopback):
        return False
    if allow_private:
        return not address.is_link_local or isinstance(address, ipaddress.IPv6Address)
    return address.is_global


def _is_port(text: str) -> bool:
    return text.isdecimal() and len(text) <= 5 and 0 < int(text) < 65536
