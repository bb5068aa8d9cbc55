"""Opus in line: what goes in comes out, and silence is cheap."""

import os

import numpy as np
import pytest

from api.transports.opus import PACKET_SAMPLES, SETTLE, OpusDecoder, OpusEncoder
from tests.api.transports.peer import strongest, tone


def test_a_tone_comes_out_as_the_same_tone() -> None:
    encoder, decoder = OpusEncoder(), OpusDecoder()
    out = b""
    for number in range(50):
        out += decoder.decode(encoder.encode(tone(440, 24_000, number * PACKET_SAMPLES, PACKET_SAMPLES).tobytes()))
    heard = np.frombuffer(out, np.int16)
    assert len(heard) == 50 * 960
    assert abs(strongest(heard[4800:], 48_000) - 440) < 3
    assert heard[4800:].std() > 4000


def test_each_call_gives_exactly_one_packet_of_twenty_milliseconds_that_fits_a_datagram() -> None:
    encoder, decoder = OpusEncoder(), OpusDecoder()
    noise = np.random.default_rng(1).integers(-20_000, 20_000, PACKET_SAMPLES * 100, np.int16).tobytes()
    for start in range(0, len(noise), PACKET_SAMPLES * 2):
        packet = encoder.encode(noise[start : start + PACKET_SAMPLES * 2])
        assert 0 < len(packet) < 400
        assert len(decoder.decode(packet)) == 1920


def test_silence_is_coded_a_few_times_and_then_repeated() -> None:
    encoder, decoder = OpusEncoder(), OpusDecoder()
    decoder.decode(encoder.encode(tone(440, 24_000, 0, PACKET_SAMPLES).tobytes()))
    packets = [encoder.encode(None) for _ in range(SETTLE + 20)]
    assert len(set(packets[SETTLE - 1 :])) == 1
    quiet = np.frombuffer(b"".join(decoder.decode(packet) for packet in packets)[1920 * 2 :], np.int16)
    assert np.abs(quiet).max() < 30


def test_speech_after_repeated_silence_is_whole() -> None:
    encoder, decoder = OpusEncoder(), OpusDecoder()
    for _ in range(100):
        decoder.decode(encoder.encode(None))
    out = b""
    for number in range(25):
        out += decoder.decode(encoder.encode(tone(1000, 24_000, number * PACKET_SAMPLES, PACKET_SAMPLES).tobytes()))
    assert abs(strongest(np.frombuffer(out, np.int16)[1920:], 48_000) - 1000) < 5


@pytest.mark.parametrize("payload", [b"", b"\xff", b"\xff\xff\xff", b"\x00" * 2000, os.urandom(40), os.urandom(1500)])
def test_no_payload_breaks_the_decoder(payload: bytes) -> None:
    decoder = OpusDecoder()
    decoder.decode(payload)
    assert len(decoder.decode(OpusEncoder().encode(None))) == 1920
