"""Opus in line: what goes in comes out, and silence is cheap."""

import os

import av
import numpy as np
import pytest
from av.audio.codeccontext import AudioCodecContext

from api.transports.opus import PACKET_SAMPLES, SETTLE, OpusDecoder, OpusEncoder
from benchmarks._far_end import coded
from benchmarks._speech import phrases
from pipeline.pcm import EAR_RATE
from tests.api.transports.peer import strongest, tone

HEARD = 640
"""Bytes of 20 ms at 16 kHz."""


def test_a_tone_comes_out_as_the_same_tone() -> None:
    encoder, decoder = OpusEncoder(), OpusDecoder()
    out = b""
    for number in range(50):
        out += decoder.decode(encoder.encode(tone(440, 24_000, number * PACKET_SAMPLES, PACKET_SAMPLES).tobytes()))
    heard = np.frombuffer(out, np.int16)
    assert len(heard) == 50 * 320
    assert abs(strongest(heard[1600:], 16_000) - 440) < 3
    assert heard[1600:].std() > 4000


def test_each_call_gives_exactly_one_packet_of_twenty_milliseconds_that_fits_a_datagram() -> None:
    encoder, decoder = OpusEncoder(), OpusDecoder()
    noise = np.random.default_rng(1).integers(-20_000, 20_000, PACKET_SAMPLES * 100, np.int16).tobytes()
    for start in range(0, len(noise), PACKET_SAMPLES * 2):
        packet = encoder.encode(noise[start : start + PACKET_SAMPLES * 2])
        assert 0 < len(packet) < 400
        assert len(decoder.decode(packet)) == HEARD


def test_silence_is_coded_a_few_times_and_then_repeated() -> None:
    encoder, decoder = OpusEncoder(), OpusDecoder()
    decoder.decode(encoder.encode(tone(440, 24_000, 0, PACKET_SAMPLES).tobytes()))
    packets = [encoder.encode(None) for _ in range(SETTLE + 20)]
    assert len(set(packets[SETTLE - 1 :])) == 1
    quiet = np.frombuffer(b"".join(decoder.decode(packet) for packet in packets)[HEARD * 2 :], np.int16)
    assert np.abs(quiet).max() < 60  # -55 dB of full scale
    assert np.abs(quiet[HEARD * 2 :]).max() < 10


def test_speech_after_repeated_silence_is_whole() -> None:
    encoder, decoder = OpusEncoder(), OpusDecoder()
    for _ in range(100):
        decoder.decode(encoder.encode(None))
    out = b""
    for number in range(25):
        out += decoder.decode(encoder.encode(tone(1000, 24_000, number * PACKET_SAMPLES, PACKET_SAMPLES).tobytes()))
    assert abs(strongest(np.frombuffer(out, np.int16)[HEARD:], 16_000) - 1000) < 5


@pytest.mark.parametrize("payload", [b"", b"\xff", b"\xff\xff\xff", b"\x00" * 2000, os.urandom(40), os.urandom(1500)])
def test_no_payload_breaks_the_decoder(payload: bytes) -> None:
    decoder = OpusDecoder()
    decoder.decode(payload)
    assert len(decoder.decode(OpusEncoder().encode(None))) == HEARD


def test_what_a_browser_sends_is_heard_as_it_would_be_at_the_full_rate() -> None:
    """Its packets are made at 48 kHz; compared by the level in the bands of speech, which no delay shifts."""
    packets = coded(phrases()[0].pcm)
    ours, full = OpusDecoder(), av.CodecContext.create("libopus", "r")
    assert isinstance(full, AudioCodecContext)
    full.format, full.layout, full.sample_rate = "s16", "mono", 48_000
    heard = np.frombuffer(b"".join(ours.decode(packet) for packet in packets), np.int16)
    whole = np.concatenate([piece.to_ndarray()[0] for packet in packets for piece in full.decode(av.Packet(packet))])
    for low, high in ((100, 1000), (1000, 3000), (3000, 6500)):
        assert abs(level_db(heard, EAR_RATE, low, high) - level_db(whole, 48_000, low, high)) < 0.5


def level_db(pcm: np.ndarray, rate: int, low: float, high: float) -> float:
    power = np.abs(np.fft.rfft(pcm.astype(float)) / len(pcm)) ** 2
    at = np.fft.rfftfreq(len(pcm), 1 / rate)
    return float(10 * np.log10(power[(at >= low) & (at < high)].sum()))


def test_packets_of_another_length_are_heard_whole() -> None:
    """A caller may send 60 ms at once."""
    codec = av.CodecContext.create("libopus", "w")
    assert isinstance(codec, AudioCodecContext)
    codec.format, codec.layout, codec.sample_rate, codec.options = "s16", "mono", 48_000, {"frame_duration": "60"}
    frame = av.AudioFrame.from_ndarray(tone(440, 48_000, 0, 2880).reshape(1, -1), format="s16", layout="mono")
    frame.sample_rate = 48_000
    (packet,) = codec.encode(frame)
    assert len(OpusDecoder().decode(bytes(packet))) == 3 * HEARD


def test_stereo_is_heard_as_mono() -> None:
    codec = av.CodecContext.create("libopus", "w")
    assert isinstance(codec, AudioCodecContext)
    codec.format, codec.layout, codec.sample_rate = "s16", "stereo", 48_000
    decoder, out = OpusDecoder(), b""
    for number in range(25):
        both = np.repeat(tone(440, 48_000, number * 960, 960), 2).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(both, format="s16", layout="stereo")
        frame.sample_rate = 48_000
        out += b"".join(decoder.decode(bytes(packet)) for packet in codec.encode(frame))
    assert abs(strongest(np.frombuffer(out, np.int16)[1600:], EAR_RATE) - 440) < 5


@pytest.mark.parametrize("pcm", [b"", bytes(958), bytes(962)])
def test_speech_of_another_length_is_refused_instead_of_read_beyond_its_end(pcm: bytes) -> None:
    with pytest.raises(ValueError, match="480 samples"):
        OpusEncoder().encode(pcm)
