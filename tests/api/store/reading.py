"""What a journal on disk holds."""

from pathlib import Path

from api.store.frames import Record, records
from api.store.segments import segment_numbers, segment_path
from api.wire.envelope import from_json
from pipeline.events import Envelope


def kept(directory: Path) -> list[Envelope]:
    """All envelopes in the journal, oldest first."""
    return [
        from_json(found.payload)
        for number in segment_numbers(directory)
        for found in records(segment_path(directory, number).read_bytes(), final=True)
        if isinstance(found, Record)
    ]
