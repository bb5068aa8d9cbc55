"""The hearing of the whole process: models loaded once, one segmenter for each call."""

from vad.config import VadConfig
from vad.detector import Detector
from vad.segmenter import VadSegmenter
from vad.silero import Silero


class Ear:
    """Shared by all calls of a process; `load` takes a few milliseconds and is done at start-up."""

    __slots__ = ("_config", "_silero")

    def __init__(self, config: VadConfig, silero: Silero) -> None:
        self._config = config
        self._silero = silero

    @classmethod
    def load(cls, config: VadConfig | None = None) -> "Ear":
        """Load the models."""
        return cls(config or VadConfig(), Silero())

    @property
    def config(self) -> VadConfig:
        return self._config

    def segmenter(self) -> VadSegmenter:
        """A segmenter for one call."""
        return VadSegmenter(self._config, Detector(self._config, self._silero))
