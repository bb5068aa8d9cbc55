"""What every test may ask for."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import settings
from playwright._impl._driver import compute_driver_executable

# How long an example takes says how busy the machine is. What a thing costs is measured by the benchmarks.
settings.register_profile("whatever the machine", deadline=None)
settings.load_profile("whatever the machine")


def _chromium() -> str | None:
    """The machine's own browser, or the one that Playwright has fetched."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    fetched = sorted((Path.home() / ".cache" / "ms-playwright").glob("chromium*/chrome-linux*/*chrom*"))
    return next((str(path) for path in reversed(fetched) if path.is_file() and path.stat().st_mode & 0o100), None)


def _drives() -> bool:
    """Playwright's driver runs; on a minimal Debian it lacks a library."""
    node, _ = compute_driver_executable()
    return subprocess.run([node, "--version"], capture_output=True, timeout=20).returncode == 0


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium; a test that needs one is skipped where there is none."""
    if not _drives():
        pytest.skip("Playwright's driver does not run on this machine (Debian: apt-get install libatomic1)")
    return _chromium() or pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")
