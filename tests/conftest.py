"""What every test may ask for."""

import shutil
from pathlib import Path

import pytest


def _chromium() -> str | None:
    """The machine's own browser, or the one that Playwright has fetched."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    fetched = sorted((Path.home() / ".cache" / "ms-playwright").glob("chromium*/chrome-linux*/*chrom*"))
    return next((str(path) for path in reversed(fetched) if path.is_file() and path.stat().st_mode & 0o100), None)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium; a test that needs one is skipped where there is none."""
    return _chromium() or pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")
