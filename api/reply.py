"""What an agent has said in one turn of a conversation, and how much of it the caller can be said to know."""

from collections.abc import Callable

from pipeline.events import UnitLedger
from pipeline.flow import ReplyDelta, SpeechChunk
from pipeline.pcm import samples
from pipeline.playout import Playout
from pipeline.turn import Turn


class Written:
    """Words to be read, cut into units where the agent would pause. All that was shown counts as heard."""

    def __init__(self) -> None:
        self._units: list[tuple[str, str]] = []
        self._open = False

    def add(self, delta: ReplyDelta) -> None:
        if not self._open and delta.text:
            self._units.append(("", str(delta.source)))
        if delta.text:
            text, source = self._units[-1]
            self._units[-1] = (text + delta.text, source)
        self._open = bool(self._units) and not delta.flush and (self._open or bool(delta.text))

    def ledger(self) -> tuple[UnitLedger, ...]:
        said = [(text.strip(), source) for text, source in self._units if text.strip()]
        return tuple(UnitLedger(n, text, source, 0, 0, 0, text, True) for n, (text, source) in enumerate(said))


class Spoken:
    """Sound that is fetched as fast as it is made. What was handed to the client counts as heard."""

    def __init__(self, generation: int, now: Callable[[], int]) -> None:
        self._generation = generation
        self._playout = Playout(now)
        self._untold = 0
        """Samples that wait for the client to take them."""

    def take(self, turn: Turn, chunk: SpeechChunk) -> bytes | None:
        """The sound of a chunk, which the client is told next."""
        self._playout.interject(turn, chunk)
        pcm = self._playout.pull(count) if (count := samples(chunk.pcm)) else None
        self._untold += samples(pcm or b"")
        return pcm

    def told(self, pcm: bytes) -> None:
        """The client has it."""
        self._untold -= samples(pcm)

    def ledger(self) -> tuple[UnitLedger, ...]:
        """Once, at the end of the turn, however that comes about."""
        return self._playout.cut(self._generation, lambda: self._untold)
