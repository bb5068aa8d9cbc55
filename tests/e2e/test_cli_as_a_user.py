"""The commands as a person types them: what works says so, and what cannot work is told in one clear line."""

import json
import os
import subprocess
import sys
import time
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.service import Service, serving
from tests.support.speech import recording

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

CLOSED = "http://127.0.0.1:9/v1"
"""Nothing listens there."""
SECRET = "sk-a-secret-that-nobody-may-read-1234567890"


@dataclass(frozen=True)
class Typed:
    """What came of a command."""

    code: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The one line that was said of what is wrong, and nothing else was said."""
        assert self.code and not self.out and self.err.startswith("parley: "), self
        assert self.err.count("\n") == 1, self
        return self.err


@dataclass(frozen=True)
class Shell:
    """A directory to type in."""

    directory: Path

    def parley(self, *words: str, **settings: str) -> Typed:
        given = {name: value for name, value in os.environ.items() if not name.startswith(("PARLEY_", "OPENAI_"))}
        done = subprocess.run(
            (sys.executable, "-m", "api.cli", *words),
            env={**given, "PARLEY_DATA_DIR": str(self.directory / "data"), "PARLEY_PORT": "0", **settings},
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        return Typed(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("service"), PARLEY_STANDIN_ENGINE="canned") as running:
        yield running


@pytest.mark.parametrize(
    "words", ["", "serve", "standin", "check", "call", "keys", "keys create", "keys list", "keys revoke"]
)
def test_every_command_has_help(shell: Shell, words: str) -> None:
    told = shell.parley(*words.split(), "--help")
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith(f"usage: parley {words}".rstrip())


def test_a_key_opens_the_service_until_it_is_revoked(service: Service, shell: Shell) -> None:
    where = ("--data-dir", str(service.data_dir))
    made = shell.parley("keys", "create", "--quiet", "--label", "crm", *where)
    assert (made.code, made.err) == (0, "")
    key = made.out.strip()
    with service.client() as client:

        def status() -> int:
            return client.get("/v1/calls", headers={"authorization": f"Bearer {key}"}).status_code

        assert status() == 200
        listed = shell.parley("keys", "list", *where)
        assert "crm" in listed.out
        assert key not in listed.out
        id = listed.out.split()[0]
        assert shell.parley("keys", "revoke", id, *where).code == 0
        while status() != 401:  # it may have been remembered for some seconds
            time.sleep(0.1)
    assert "revoked" in shell.parley("keys", "list", *where).out
    assert id in shell.parley("keys", "revoke", id, *where).complaint


def test_check_finds_that_a_call_could_work(shell: Shell) -> None:
    told = shell.parley("check", PARLEY_STANDIN_ENGINE="canned")
    assert (told.code, told.err) == (0, "")
    assert told.out.count("ok  ") == 4
    assert told.out.endswith("A call could work.\n")


def test_check_finds_the_provider_that_is_not_there(shell: Shell) -> None:
    away = {"PARLEY_STT_BASE_URL": CLOSED, "PARLEY_STT_API_KEY": SECRET, "PARLEY_STANDIN_ENGINE": "canned"}
    told = shell.parley("check", **away)
    assert told.code == 1
    assert "connection_failed" in told.out
    assert told.out.endswith("A call could not work.\n")
    as_json = shell.parley("check", "--json", **away)
    report = json.loads(as_json.out)
    assert (as_json.code, report["ok"]) == (1, False)
    assert {one["stage"]: one["ok"] for one in report["providers"]} == {"stt": False, "llm": True, "tts": True}
    assert SECRET not in told.out + told.err + as_json.out + as_json.err


def test_check_names_an_agent_that_cannot_be_read(shell: Shell) -> None:
    told = shell.parley("check", "--agent", "nobody", PARLEY_STANDIN_ENGINE="canned")
    assert told.code == 1
    assert "no agent 'nobody'" in told.out


def write_silence(path: Path, seconds: float) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(int(16_000 * seconds)))
    return path


def test_call_takes_no_file_that_is_no_recording(shell: Shell) -> None:
    (shell.directory / "text.wav").write_text("words, no sound\n" * 100)
    (shell.directory / "empty.wav").touch()
    hour = write_silence(shell.directory / "hour.wav", 3600)
    assert "no such file" in shell.parley("call", "missing.wav").complaint
    assert "not a file" in shell.parley("call", str(shell.directory)).complaint
    assert "empty" in shell.parley("call", str(shell.directory / "empty.wav")).complaint
    assert "not audio" in shell.parley("call", str(shell.directory / "text.wav")).complaint
    assert "15 minutes" in shell.parley("call", str(hour)).complaint


def test_call_is_not_begun_if_it_could_not_be_written_down(shell: Shell) -> None:
    caller, missing = str(recording()), shell.directory / "missing" / "reply.wav"
    assert "No such directory" in shell.parley("call", caller, "--out", str(missing)).complaint
    assert "directory" in shell.parley("call", caller, "--out", str(shell.directory)).complaint
    own = write_silence(shell.directory / "own.wav", 1)
    assert "caller's recording" in shell.parley("call", str(own), "--out", str(own)).complaint
    assert "no agent" in shell.parley("call", caller, "--agent", "nobody").complaint


def test_serve_does_not_start_on_a_port_that_is_taken(service: Service, shell: Shell) -> None:
    port = service.url.rpartition(":")[2]
    assert f"port {port}" in shell.parley("serve", "--port", port).complaint


def test_serve_does_not_start_in_a_data_directory_that_is_in_use(service: Service, shell: Shell) -> None:
    service.wait_until_ready()
    told = shell.parley("serve", "--data-dir", str(service.data_dir)).complaint
    assert f"process {service.process.pid}" in told


def test_serve_does_not_start_where_it_cannot_write(shell: Shell) -> None:
    (shell.directory / "file").touch()
    assert "file" in shell.parley("serve", "--data-dir", str(shell.directory / "file")).complaint
    assert "file" in shell.parley("serve", "--data-dir", str(shell.directory / "file" / "data")).complaint
    assert "/proc/none" in shell.parley("serve", "--data-dir", "/proc/none").complaint


def test_serve_does_not_start_with_an_agent_that_is_wrong(shell: Shell) -> None:
    wrong = shell.directory / "agent.yaml"
    wrong.write_text("name: frontdesk\nstates: 3\n")
    told = shell.parley("serve", "--agent", str(wrong))
    assert (told.code, told.out) == (1, "")
    assert told.err.startswith(f"parley: {wrong}: ")
    assert "states: " in told.err
    assert "Traceback" not in told.err
    assert "no agent" in shell.parley("serve", "--agent", "nobody").complaint


def test_serve_does_not_start_with_a_database_that_cannot_be_one(shell: Shell) -> None:
    assert "mysql" in shell.parley("serve", PARLEY_DATABASE_URL="mysql://user@host/name").complaint
