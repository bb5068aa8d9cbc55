"""Random and mutated requests against a running service: never a 500, never a hang, memory flat.

Half come from the service's own OpenAPI document, right and wrong ones (schemathesis); half are byte strings:
requests that were cut, doubled, spliced or sprinkled with junk. `python -m benchmarks.fuzz_http --count 3000` starts a
service of its own, with no provider behind it, and exits with 1 if anything was found.
"""

import argparse
import contextlib
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

TOKEN = "token-of-the-fuzzer"
HANG_SECONDS = 20.0
NOWHERE = "http://127.0.0.1:9/v1"
FLAT_KB = 8_000
"""What memory may grow by after the first tenth: allocators round, caches fill."""


@dataclass
class Outcome:
    statuses: Counter[str] = field(default_factory=Counter)
    found: list[str] = field(default_factory=list)
    grown_kb: int = 0

    def note(self, status: int | None, request: str) -> None:
        self.statuses[str(status or "closed")] += 1
        if status == 500 or (status is not None and status > 503):
            self.found.append(f"{status}: {request[:2000]}")


@dataclass(frozen=True, slots=True)
class Service:
    address: str
    pid: int

    @property
    def memory_kb(self) -> int:
        resident = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{self.pid}/status").read_text())
        return int(resident[1]) if resident else 0

    def is_well(self) -> bool:
        return requests.get(f"{self.address}/healthz", timeout=HANG_SECONDS).status_code == 200


@contextlib.contextmanager
def running() -> Iterator[Service]:
    """A service on a free port, its providers nowhere."""
    with tempfile.TemporaryDirectory() as directory:
        own = {f"PARLEY_{stage}_BASE_URL": NOWHERE for stage in ("STT", "LLM", "TTS")}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PARLEY_")}
        child = subprocess.Popen(
            (sys.executable, "-m", "api.cli", "serve", "--port", "0", "--data-dir", directory),
            env={**kept, **own, "PARLEY_TOKEN": TOKEN, "PARLEY_LOG_LEVEL": "error"},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert child.stdout is not None
            address = next(found[1] for line in child.stdout if (found := re.search(r"(http://[^/]+)/\?token=", line)))
            yield Service(address, child.pid)
        finally:
            child.terminate()
            child.communicate()


def fuzz(service: Service, count: int, number: int) -> Outcome:
    outcome = Outcome()
    tenth = count // 10
    for share in (tenth, count - tenth):
        before = service.memory_kb
        fuzz_documented(service, share // 2, number + share, outcome)
        fuzz_bytes(service, share - share // 2, number + share, outcome)
        outcome.grown_kb = service.memory_kb - before
    if not service.is_well():
        outcome.found.append("the service is not well afterwards")
    return outcome


def fuzz_documented(service: Service, count: int, number: int, outcome: Outcome) -> None:
    """What the OpenAPI document allows, and what it does not."""
    known = {"Authorization": f"Bearer {TOKEN}"}
    document = requests.get(f"{service.address}/openapi.json", headers=known, timeout=HANG_SECONDS).json()
    operations = [found.ok() for found in schemathesis.openapi.from_dict(document).get_all_operations()]
    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    cases = st.one_of([operation.as_strategy(generation_mode=mode) for operation in operations for mode in modes])
    session = requests.Session()

    @seed(number)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, is_known=st.sampled_from((True, True, True, False)))
    def ask(case: Any, is_known: bool) -> None:
        headers = known if is_known else {}
        try:
            answer = case.call(
                base_url=service.address, session=session, headers=headers, timeout=HANG_SECONDS, stream=True
            )
            outcome.note(answer.status_code, f"{case.method} {case.formatted_path} {case.body!r}")
        except requests.Timeout:
            outcome.found.append(f"hang: {case.method} {case.formatted_path} {case.body!r}"[:2000])
        except (requests.RequestException, ValueError, UnicodeError):
            outcome.note(None, "")  # the client would not send it

    ask()


def fuzz_bytes(service: Service, count: int, number: int, outcome: Outcome) -> None:
    """What no client would send."""
    dice = random.Random(number)
    place = urlsplit(service.address)
    for _ in range(count):
        sent = mutated(dice)
        try:
            outcome.note(answer_to(sent, (str(place.hostname), int(place.port or 0))), repr(sent))
        except TimeoutError:
            outcome.found.append(f"hang: {sent!r}"[:2000])


def answer_to(sent: bytes, place: tuple[str, int]) -> int | None:
    """The status of the first answer, None if the connection was closed without one."""
    with socket.create_connection(place, timeout=HANG_SECONDS) as line:
        try:
            line.sendall(sent)
            line.shutdown(socket.SHUT_WR)
            head = line.recv(4096)
        except TimeoutError:
            raise
        except OSError:
            return None
    found = re.match(rb"HTTP/1\.1 (\d{3}) ", head)
    return int(found[1]) if found else None


PATHS = (
    "/", "/healthz", "/readyz", "/metrics", "/openapi.json", "/v1/calls", "/v1/calls/call_x", "/v1/calls/call_x/events",
    "/v1/realtime/calls", "/v1/realtime/calls/call_x/hangup", "/v1/console", "/console/main.js", "/console/../app.py",
)  # fmt: skip
QUERIES = ("", "?limit=5", "?before=call_x", "?token=x", "?after=1", "?agent=reception", "?%00", "?" + "a" * 3000)
HEADERS = (
    "authorization: Bearer " + TOKEN,
    "cookie: parley_console_8080=x; a=b; =; ;;",
    "origin: null",
    "content-type: application/sdp",
    "content-type: application/json",
    "content-type: multipart/form-data; boundary=x",
    "content-type: multipart/form-data",
    "content-type: text/plain; charset=nonsense",
    "content-length: 5",
    "content-length: 300000",
    "content-length: 99999999999999999999",
    "transfer-encoding: chunked",
    "content-encoding: gzip",
    "expect: 100-continue",
    "last-event-id: 3",
    "last-event-id: \u00ff",
    "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: eA==",
    "connection: close",
    "x-request-id: " + "y" * 200,
    "x-forwarded-for: 127.0.0.1, not an address",
    "range: bytes=5-1",
    "if-none-match: *",
    "host:",
)
BODIES = (
    b"", b"hello", b"{}", b"[" * 50_000,
    b"v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n", b"5\r\nhello\r\n0\r\n\r\n",
    b"--x\r\ncontent-disposition: form-data; name=sdp\r\n\r\nv=0\r\n--x--\r\n", b"\x00\xff" * 500, b"x" * 300_000,
)  # fmt: skip


def mutated(dice: random.Random) -> bytes:
    method = dice.choice(("GET", "GET", "POST", "POST", "DELETE", "PUT", "HEAD", "OPTIONS", "CONNECT", "X" * 40))
    headers = dice.sample(HEADERS, dice.randrange(0, 6))
    if dice.random() < 0.7:
        headers += [HEADERS[0], "host: 127.0.0.1"]
    line = f"{method} {dice.choice(PATHS)}{dice.choice(QUERIES)} HTTP/1.1"
    sent = "\r\n".join((line, *headers, "", "")).encode("latin-1") + dice.choice(BODIES)
    for _ in range(dice.choice((0, 0, 0, 1, 2, 5))):
        at, width = dice.randrange(len(sent) + 1), dice.randrange(1, 12)
        match dice.randrange(4):
            case 0:
                sent = sent[:at] + sent[at + width :]
            case 1:
                sent = sent[:at] + dice.randbytes(width) + sent[at:]
            case 2:
                sent = sent[:at] + sent[max(0, at - width) :]
            case _:
                sent = sent[:at]
    return sent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=3000, help="requests (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="another seed, other requests (default %(default)s)")
    options = parser.parse_args()
    with running() as service:
        outcome = fuzz(service, options.count, options.seed)
    for status, times in sorted(outcome.statuses.items()):
        print(f"{times:6} x {status}")
    print(f"{len(outcome.found)} found, memory grew by {outcome.grown_kb} kB after the first tenth")
    for finding in outcome.found[:20]:
        print(finding)
    return 1 if outcome.found or outcome.grown_kb > FLAT_KB else 0


if __name__ == "__main__":
    sys.exit(main())
