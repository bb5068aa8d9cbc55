"""What a journal on disk holds."""

import subprocess
import sys
from pathlib import Path

from api.store.frames import Record, records
from api.store.segments import segment_numbers, segment_path
from api.wire.envelope import from_json
from pipeline.events import Envelope

ROOT = Path(__file__).parents[3]


def kept(directory: Path) -> list[Envelope]:
    """All envelopes in the journal, oldest first."""
    return [
        from_json(found.payload)
        for number in segment_numbers(directory)
        for found in records(segment_path(directory, number).read_bytes(), final=True)
        if isinstance(found, Record)
    ]


def killed_after(directory: Path, groups: int) -> int:
    """Let a process write a journal there and kill it in the midst; the last fact that it knew to be on disk."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.api.store.doomed", str(directory)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    with child.stdout:
        try:
            return [int(child.stdout.readline()) for _ in range(groups)][-1]
        finally:
            child.kill()
            child.wait()
