"""The service as a user runs it: `parley serve` in a process of its own."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx


@dataclass(frozen=True)
class Service:
    url: str
    token: str
    process: "subprocess.Popen[str]"
    data_dir: Path

    @property
    def console(self) -> str:
        return f"{self.url}/?token={self.token}"

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers={"authorization": f"Bearer {self.token}"}, timeout=30)

    def async_client(self, key: str = "") -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=self.url, headers={"authorization": f"Bearer {key or self.token}"}, timeout=30
        )

    def wait_until_ready(self, seconds: float = 90.0) -> None:
        """Until a call could be held."""
        until = time.monotonic() + seconds
        with self.client() as client:
            while (answer := client.get("/readyz")).status_code != 200:
                assert time.monotonic() < until, answer.text
                time.sleep(0.1)


@contextmanager
def serving(data_dir: Path, **settings: str) -> Iterator[Service]:
    """Start it, wait for the address that it prints, and stop it at the end."""
    import os

    environment = {**os.environ, "PARLEY_DATA_DIR": str(data_dir), "PARLEY_PORT": "0", "PARLEY_DRAIN_SECONDS": "0"}
    environment.pop("OPENAI_API_KEY", None)
    process = subprocess.Popen(
        [sys.executable, "-m", "api.cli", "serve"],
        env={**environment, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            found = re.search(r"(http://[\d.]+:\d+)/\?token=(\S+)", line)
            if found:
                yield Service(found[1], found[2], process, data_dir)
                break
        else:
            raise AssertionError("the service ended before it printed its address")
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert process.stdout is not None
        process.stdout.close()
