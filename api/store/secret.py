"""The installation's secret: random bytes in the data directory that only its owner may read."""

import os
import secrets
from pathlib import Path

from pipeline.errors import SettingsInvalid

SIZE = 32


def load_secret(data_dir: Path) -> bytes:
    """Read `secret`, or make it: it appears whole or not at all, and of two processes that make it one wins."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = data_dir / "secret"
    if not path.exists():
        _create(path)
    words = path.read_text(encoding="ascii", errors="replace").strip()
    try:
        secret = bytes.fromhex(words)
    except ValueError:
        secret = b""
    if len(secret) < SIZE:
        raise SettingsInvalid(
            f"{path} does not hold the installation's secret; restore it, or remove it and make new API keys"
        )
    return secret


def _create(path: Path) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(file, "w", encoding="ascii") as writing:
            writing.write(secrets.token_hex(SIZE) + "\n")
            writing.flush()
            os.fsync(file)
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
    finally:
        draft.unlink()
