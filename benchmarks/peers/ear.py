"""The end of an utterance for systems that leave it to the caller: webrtcvad and an energy gate, counted exactly."""

import numpy as np
import webrtcvad
from phone import RATE


class Ear:
    """Silence counted from the last frame that webrtcvad calls speech and that is louder than the gate."""

    def __init__(self, hold_ms: int) -> None:
        self._vad = webrtcvad.Vad(2)
        self._frames: list[bytes] = []
        self._speech = self._quiet = 0
        self._hold = hold_ms // 20

    def feed(self, frame: bytes) -> bytes | None:
        samples = np.frombuffer(frame, "<i2").astype(np.float32)
        loud = float(np.sqrt(samples.dot(samples) / samples.size)) > 150
        if loud and self._vad.is_speech(frame, RATE):
            self._speech += 1
            self._quiet = 0
        else:
            self._quiet += 1
        self._frames.append(frame)
        if self._speech < 5:
            del self._frames[:-20]
            if self._quiet > 10:
                self._speech = 0
        elif self._quiet >= self._hold:
            whole, self._frames, self._speech, self._quiet = b"".join(self._frames), [], 0, 0
            return whole
        return None
