"""How much room the journal has left on its disk."""

import os
from pathlib import Path

from api.store.limits import JournalLimits
from api.store.segments import segment_numbers, segment_size


class Room:
    """Measured now and then by the journal's thread, read by admission."""

    def __init__(self, directory: Path, limits: JournalLimits) -> None:
        self._directory = directory
        self._limits = limits
        self.used = 0
        """Bytes of all segments."""
        self.trouble: str | None = None
        """disk_full or quota; None if there is room."""

    def measure(self) -> None:
        self.used = sum(segment_size(self._directory, number) for number in segment_numbers(self._directory))
        disk = os.statvfs(self._directory)
        if disk.f_bavail * disk.f_frsize < self._limits.free_bytes:
            self.trouble = "disk_full"
        elif self.used > self._limits.quota_bytes * 8 // 10:
            self.trouble = "quota"
        else:
            self.trouble = None
