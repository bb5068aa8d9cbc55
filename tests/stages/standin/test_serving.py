"""The process: it tells its port, ends with its parent, and its connections do not dawdle."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest

from stages.standin.config import StandinConfig
from stages.standin.serving import listen, url_of
from tests.stages.standin.running import running

COMMAND = (sys.executable, "-m", "stages.standin.cli", "--engine", "canned", "--port", "0")


def started(*options: str, **how: object) -> "subprocess.Popen[str]":
    return subprocess.Popen([*COMMAND, *options], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True, **how)  # type: ignore[call-overload, no-any-return]


def url_told(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("standin listening on http://127.0.0.1:") and line.endswith("/v1\n")
    return line.split()[-1]


def ended(process: "subprocess.Popen[str]") -> int:
    with process:
        return process.wait(30)


def test_it_ends_when_standard_input_is_closed() -> None:
    process = started("--end-with-stdin")
    with urllib.request.urlopen(url_told(process).removesuffix("/v1") + "/healthz", timeout=30) as answer:
        assert answer.status == 200
    assert process.stdin is not None
    process.stdin.close()
    assert ended(process) == 0


def test_it_ends_at_once_when_that_is_not_its_parent() -> None:
    process = started("--parent-pid", "1")
    assert ended(process) == 0


def test_it_tells_the_port_on_a_descriptor() -> None:
    hears, tells = os.pipe()
    process = started("--ready-fd", str(tells), pass_fds=(tells,))
    os.close(tells)
    with open(hears) as pipe:
        told = pipe.read().strip()
    assert told == url_told(process)
    process.send_signal(signal.SIGTERM)
    # uvicorn raises the signal again once it is done.
    assert ended(process) in (0, -signal.SIGTERM)


def test_a_taken_port_is_one_clear_line() -> None:
    with listen("127.0.0.1", 0) as taken:
        taken.listen()
        process = subprocess.run(
            [*COMMAND[:-1], str(taken.getsockname()[1])], capture_output=True, text=True, timeout=60, check=False
        )
    assert process.returncode == 2
    assert process.stderr.startswith("parley standin: ") and process.stderr.count("\n") == 1


def test_small_answers_do_not_wait_for_an_acknowledgement() -> None:
    with listen("127.0.0.1", 0) as listening:
        listening.listen()
        with socket.create_connection(listening.getsockname()):
            accepted, _ = listening.accept()
            with accepted:
                # asyncio switches Nagle's delay off for sockets that name their protocol.
                assert accepted.proto == socket.IPPROTO_TCP


def test_an_ipv6_address_is_written_in_brackets() -> None:
    try:
        listening = listen("::1", 0)
    except OSError:
        pytest.skip("no IPv6 on this machine")
    with listening:
        assert url_of(listening).startswith("http://[::1]:")


def test_two_run_side_by_side() -> None:
    with running(StandinConfig()) as one, running(StandinConfig()) as two:
        assert one != two
