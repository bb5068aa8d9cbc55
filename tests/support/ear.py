"""An ear that knows when the caller speaks: the segmenter's ladder over given stretches of voice, patience and all."""

from collections.abc import Sequence

from pipeline.flow import AudioFrame, Utterance
from pipeline.signals import Claimed, Ended, Heard, Paused, Resumed, Started, Sustained

STEP = 20_000
STARTED, SUSTAINED, CLAIMED, RESUMED = 60_000, 120_000, 360_000, 40_000
PAUSED, PATIENCE = 100_000, 500_000


class PatientEar:
    """`spans` are stretches of voice in whole 20 ms; stretch number n sounds like the sample 1000 + n."""

    def __init__(self, spans: Sequence[tuple[int, int]], longest_us: int = 30_000_000) -> None:
        self._spans = list(spans)
        self._longest = longest_us
        self._patience = PATIENCE
        self._start: int | None = None
        self._begin()

    def _begin(self) -> None:
        self._open = self._paused = False
        self._rungs: set[type] = set()
        self._pcm = bytearray()
        self._voiced = self._fresh = self._last = self._first = self._onset = 0

    @property
    def is_open(self) -> bool:
        return self._open

    def wait(self, patience_us: int | None) -> None:
        self._patience = PATIENCE if patience_us is None else patience_us

    def played(self, pcm: bytes) -> None:
        """It has no echo."""

    def feed(self, frame: AudioFrame) -> Sequence[Heard]:
        end = frame.at + STEP
        number = next((n for n, (start, stop) in enumerate(self._spans) if start <= frame.at < stop), None)
        sample = (0 if number is None else 1000 + number).to_bytes(2, "little")
        if self._open or number is not None:
            self._pcm += sample * (STEP * 16 // 1000)
        return self._voice(frame.at, end) if number is not None else self._silence(end)

    def _voice(self, at: int, end: int) -> list[Heard]:
        heard: list[Heard] = []
        if not self._fresh:
            self._first = at
        self._fresh += STEP
        if not self._open and self._fresh >= STARTED:
            self._open, self._onset = True, self._first
            heard.append(Started(self._onset))
        elif self._paused and self._fresh >= RESUMED:
            self._paused = False
            heard.append(Resumed(self._first))
        if self._open and not self._paused:
            self._voiced += self._fresh
            self._fresh, self._last = 0, end
            for rung, least in ((Sustained, SUSTAINED), (Claimed, CLAIMED)):
                if rung not in self._rungs and self._voiced >= least:
                    self._rungs.add(rung)
                    heard.append(rung(end))
            if end - self._onset >= self._longest:
                heard.append(self._close())
        return heard

    def _silence(self, end: int) -> list[Heard]:
        heard: list[Heard] = []
        self._fresh = 0
        if not self._open:
            self._pcm.clear()
            return heard
        if not self._paused and end - self._last >= PAUSED:
            self._paused = True
            self._said = self._utterance()
            heard.append(Paused(self._said))
        if self._paused and end - self._last >= self._patience:
            heard.append(self._close())
        return heard

    def _close(self) -> Ended:
        said = self._said if self._paused else self._utterance()
        self._begin()
        return Ended(said)

    def _utterance(self) -> Utterance:
        return Utterance(bytes(self._pcm), self._onset, self._onset, self._last, self._voiced)
