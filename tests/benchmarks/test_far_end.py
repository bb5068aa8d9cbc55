import asyncio

import numpy as np
import pytest
from aiortc.mediastreams import MediaStreamError

from api.transports.opus import RTP_STEP, OpusDecoder
from benchmarks._far_end import Script, Voice
from benchmarks._line import FRAME_S, Speech
from pipeline.pcm import EAR_RATE
from tests.support.clock import run_virtual

TONE = (9000 * np.sin(2 * np.pi * 440 * np.arange(4000) / EAR_RATE)).astype(np.int16)
WORDS = Speech("words", "words", TONE, 0, len(TONE))


def test_words_are_in_the_packets_where_they_are_told_to_be() -> None:
    script = Script(((0.5, WORDS),), 1.2)
    decoder = OpusDecoder()
    levels = [float(np.frombuffer(decoder.decode(packet), "<i2").std()) for packet in script.packets]
    loud = [number * FRAME_S for number, level in enumerate(levels) if level > 1000]
    (spoken,) = script.spoken(100.0)
    assert len(script.packets) == 60
    assert spoken.onset_at == pytest.approx(100.5)
    assert spoken.end_at == pytest.approx(100.75)
    # Opus looks 6.5 ms ahead: so much later is it heard.
    assert loud[0] == pytest.approx(0.5, abs=FRAME_S + 1e-6)
    assert loud[-1] + FRAME_S == pytest.approx(0.75, abs=FRAME_S + 1e-6)


def test_packets_leave_by_the_clock_and_their_lateness_is_told() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        voice = Voice((b"a", b"b", b"c"))
        left = []
        for number in range(3):
            if number == 2:
                loop.jump(0.05)  # type: ignore[attr-defined]
            packet = await voice.recv()
            left.append((packet.pts, bytes(packet), round(loop.time() - voice.start, 6)))
        assert left == [(0, b"a", 0.02), (RTP_STEP, b"b", 0.04), (2 * RTP_STEP, b"c", 0.09)]
        assert [round(late) for late in voice.late_ms] == [0, 0, 30]
        with pytest.raises(MediaStreamError):
            await voice.recv()

    run_virtual(main())
