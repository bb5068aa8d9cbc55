"""Offers for tests: what Chrome sends, and what a vandal makes of it."""

import random

CHROME = "\r\n".join(
    """v=0
o=- 4611731400430051336 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1
a=extmap-allow-mixed
a=msid-semantic: WMS stream
m=audio 54321 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126
c=IN IP4 192.0.2.44
a=rtcp:9 IN IP4 0.0.0.0
a=candidate:3023553416 1 udp 2122260223 192.0.2.44 54321 typ host generation 0 network-id 1
a=candidate:842163049 1 udp 2122194687 b5a1c2d3-1111-2222-3333-444455556666.local 54322 typ host generation 0
a=ice-ufrag:EsAw
a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1
a=ice-options:trickle
a=fingerprint:sha-256 D2:FA:0E:C3:22:59:5E:14:95:69:92:3D:13:B4:84:24:2C:C2:A2:C0:3E:FD:34:8E:5E:EA:6F:AF:52:CE:E6:0F
a=setup:actpass
a=mid:0
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=sendrecv
a=msid:stream track
a=rtcp-mux
a=rtcp-rsize
a=rtpmap:111 opus/48000/2
a=rtcp-fb:111 transport-cc
a=fmtp:111 minptime=10;useinbandfec=1;usedtx=1
a=rtpmap:63 red/48000/2
a=fmtp:63 111/111
a=rtpmap:9 G722/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:13 CN/8000
a=rtpmap:110 telephone-event/48000
a=rtpmap:126 telephone-event/8000
a=ssrc:3735928559 cname:o/i14u9pJrxRKAsu
a=ssrc:3735928559 msid:stream track
m=application 54321 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 192.0.2.44
a=ice-ufrag:EsAw
a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1
a=ice-options:trickle
a=fingerprint:sha-256 D2:FA:0E:C3:22:59:5E:14:95:69:92:3D:13:B4:84:24:2C:C2:A2:C0:3E:FD:34:8E:5E:EA:6F:AF:52:CE:E6:0F
a=setup:actpass
a=mid:1
a=sctp-port:5000
a=max-message-size:262144
""".split("\n")
)


def candidate(address: str, transport: str = "udp", port: str = "5000") -> str:
    return f"a=candidate:1 1 {transport} 2122260223 {address} {port} typ host\r\n"


def vandalised(chance: random.Random) -> bytes:
    """A random offer, or a good one with random damage; never twice the same."""
    if chance.random() < 0.1:
        return chance.randbytes(chance.choice([0, 1, 50, 5_000]))
    lines = CHROME.split("\r\n")
    for _ in range(chance.choice([0, 1, 1, 2, 5, 20])):
        _DAMAGES[chance.randrange(len(_DAMAGES))](lines, chance)
        lines = lines or [""]
    offer = chance.choice(["\r\n", "\n"]).join(lines).encode("utf-8", "replace")
    if chance.random() < 0.15:
        at = chance.randrange(len(offer) + 1)
        offer = offer[:at] + chance.randbytes(chance.randrange(20)) + offer[at + chance.randrange(20) :]
    return offer


def _drop(lines: list[str], chance: random.Random) -> None:
    del lines[chance.randrange(len(lines))]


def _repeat(lines: list[str], chance: random.Random) -> None:
    lines.insert(chance.randrange(len(lines)), chance.choice(lines))


def _swap(lines: list[str], chance: random.Random) -> None:
    one, two = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[two] = lines[two], lines[one]


def _shorten(lines: list[str], chance: random.Random) -> None:
    at = chance.randrange(len(lines))
    lines[at] = lines[at][: chance.randrange(len(lines[at]) + 1)]


def _scribble(lines: list[str], chance: random.Random) -> None:
    at = chance.randrange(len(lines))
    line = list(lines[at])
    for _ in range(chance.randrange(1, 4)):
        if line:
            line[chance.randrange(len(line))] = chr(
                chance.choice([0, 9, 32, 45, 58, 65, 233, 8364, chance.randrange(33, 127)])
            )
    lines[at] = "".join(line)


def _renumber(lines: list[str], chance: random.Random) -> None:
    at = chance.randrange(len(lines))
    numbers = ["0", "-1", "65536", "99999999999999999999", "1e9", "", "127", "128"]
    lines[at] = " ".join(chance.choice(numbers) if part.isdigit() else part for part in lines[at].split(" "))


def _rename(lines: list[str], chance: random.Random) -> None:
    at = chance.randrange(len(lines))
    for old in ("sendrecv", "audio", "application", "opus", "actpass", "sha-256", "0 1", "udp", "host"):
        if old in lines[at] and chance.random() < 0.7:
            new = chance.choice(
                ["recvonly", "video", "audio", "pcmu", "active", "passive", "sha-512", "1 0", "0", "tcp", "relay"]
            )
            lines[at] = lines[at].replace(old, new)


def _add(lines: list[str], chance: random.Random) -> None:
    extra = [
        "a=end-of-candidates", "a=ice-lite", "a=sctpmap:5000 webrtc-datachannel 256", "a=sctp-port:0", "a=mid:0",
        "a=group:BUNDLE 0", "a=group:BUNDLE 9 8 7", "a=setup:active", "a=max-message-size:0", "a=crypto:1 x y",
        "a=rtpmap:300 opus/48000/2", "a=rtpmap:111", "a=fmtp:111 =;=", "a=ssrc:x", "a=ssrc-group:FID 1 2", "m=audio 9",
        "m=application 9 DTLS/SCTP 5000", "m=", "a=candidate:x", "a=extmap:15 urn:ietf:params:rtp-hdrext:sdes:mid",
        "a=candidate:1 1 udp 1 127.0.0.1 9 typ relay raddr x rport y", "c=IN IP6 ::1", "a=ice-options:", "a=identity:x",
    ]  # fmt: skip
    lines.insert(chance.randrange(len(lines) + 1), chance.choice(extra))


def _pad(lines: list[str], chance: random.Random) -> None:
    if chance.random() < 0.2:
        lines.extend(["a=x:" + "y" * 300] * chance.choice([5, 70, 700]))


_DAMAGES = (_drop, _repeat, _swap, _shorten, _scribble, _renumber, _rename, _add, _pad)
