"""The agent's own voice, coming back, is told from a caller's."""

import numpy as np

from vad.config import VadConfig
from vad.echo import SILENT_DB, Echo

RANDOM = np.random.default_rng(7)


def sound(level_db: float) -> bytes:
    """20 ms at 24 kHz."""
    return (RANDOM.standard_normal(480) * 32768 * 10 ** (level_db / 20)).clip(-32768, 32767).astype("<i2").tobytes()


def syllables(index: int, length: float = 12.5) -> float:
    """The level of a voice at that frame; `length` of its syllables in frames."""
    return -26.0 + 8.0 * abs(np.sin(np.pi * index / length)) + float(RANDOM.uniform(-1, 1))


def talk(echo: Echo, seconds: float, comes_back_db: float, delay: int = 5) -> list[float]:
    """The agent speaks in syllables at about -20 dB; what comes in is that, later and by so much fainter."""
    out: list[float] = []
    thresholds = []
    for index in range(round(seconds * 50)):
        level = -20.0 - 12.0 * (index // 6 % 2) + float(RANDOM.uniform(-2, 2))
        echo.played(sound(level))
        out.append(level)
        back = out[index - delay] + comes_back_db if index >= delay else -70.0
        thresholds.append(echo.threshold_db(max(-70.0, back)))
        echoed.append((back, thresholds[-1]))
    return thresholds


echoed: list[tuple[float, float]] = []


def test_without_the_agent_nothing_is_in_the_way() -> None:
    echo = Echo(VadConfig())
    assert {echo.threshold_db(level) for level in (-90.0, -30.0, 0.0)} == {SILENT_DB}


def test_an_echo_stays_below_the_threshold_from_the_first_second_on() -> None:
    for coupling in (-10.0, -20.0, -30.0, -45.0):
        echoed.clear()
        talk(Echo(VadConfig()), 10, coupling)
        passed = [back > threshold for back, threshold in echoed[50:]]
        assert sum(passed) <= len(passed) // 100, coupling


def test_where_nothing_comes_back_a_quiet_caller_is_soon_heard() -> None:
    assert talk(Echo(VadConfig()), 3, -100.0)[-1] < -50.0


def test_the_start_of_a_reply_is_stricter_but_never_deaf() -> None:
    thresholds = talk(Echo(VadConfig()), 1, -100.0)
    assert thresholds[0] > thresholds[-1]
    assert max(thresholds) < -25.0, "a caller who speaks at -25 dB is heard over an agent at -20 dB"


def test_the_echo_is_over_half_a_second_after_the_agent() -> None:
    config = VadConfig()
    echo = Echo(config)
    talk(echo, 2, -15.0)
    after = [echo.threshold_db(-70.0) for _ in range(config.echo_ms // config.frame_ms + 1)]
    assert after[0] > -45.0 and after[-1] == SILENT_DB


def test_a_caller_over_the_agent_moves_the_guess_but_little() -> None:
    echo = Echo(VadConfig())
    talk(echo, 5, -35.0)
    before = echo.loss_db
    for _ in range(10):
        echo.played(sound(-20.0))
        echo.threshold_db(-22.0)
    assert echo.loss_db - before < 8.0


def test_a_caller_who_begins_just_after_the_agent_is_not_its_echo() -> None:
    for delay in (10, 15, 20, 24):
        echo = Echo(VadConfig())
        talk(echo, 2, -100.0)
        for _ in range(60):
            echo.threshold_db(-70.0)
        heard = []
        for index in range(50):
            echo.played(sound(-20.0 + float(RANDOM.uniform(-4, 4))))
            level = -24.0 + float(RANDOM.uniform(-4, 4)) if index >= delay else -70.0
            threshold = echo.threshold_db(level)
            heard += [level > threshold] if index >= delay else []
        assert sum(heard) >= len(heard) - 2, delay


def test_words_over_the_end_of_one_reply_are_not_the_echo_of_the_next() -> None:
    """The agent is cut and the caller goes on; seconds later it begins again, and they cut in 0.7 s after that."""
    for said_over in range(8, 40, 2):
        echo = Echo(VadConfig())
        talk(echo, 4, -100.0)
        for index in range(said_over + 60):
            if index < said_over:
                echo.played(sound(syllables(index)))
            echo.threshold_db(syllables(index, 9.0) if index < said_over + 20 else -70.0)
        heard = []
        for index in range(60):
            echo.played(sound(syllables(index)))
            level = syllables(index, 9.0) if index >= 35 else -70.0
            threshold = echo.threshold_db(level)
            heard += [level > threshold] if index >= 35 else []
        assert all(heard[:6]), said_over


def test_words_over_a_reply_do_not_make_a_known_echo_forgotten() -> None:
    echo = Echo(VadConfig())
    talk(echo, 4, -20.0)
    known = echo.loss_db
    for index in range(50):
        echo.played(sound(-20.0 - 12.0 * (index // 6 % 2)))
        echo.threshold_db(syllables(index, 9.0))
    assert echo.loss_db > known - 4.0
    echoed.clear()
    talk(echo, 3, -20.0)
    assert sum(back > threshold for back, threshold in echoed) <= 3


def test_an_echo_that_has_gone_is_forgotten_within_a_second_of_the_agent_alone() -> None:
    echo = Echo(VadConfig())
    talk(echo, 4, -15.0)
    assert talk(echo, 1.5, -100.0)[-1] < -45.0


def test_an_echo_that_rings_in_the_room_is_found() -> None:
    """Each frame rings on, 60 dB fainter half a second later."""
    echo = Echo(VadConfig())
    ringing = 0.0
    out: list[float] = []
    passed = 0
    for index in range(300):
        level = -20.0 - 12.0 * (index // 6 % 2) + float(RANDOM.uniform(-2, 2))
        echo.played(sound(level))
        out.append(level)
        ringing = ringing * 10 ** (-60 / 25 / 10) + (10 ** (out[index - 5] / 10) if index >= 5 else 0.0)
        back = 10 * np.log10(ringing * 10**-1.5 + 1e-7)
        passed += bool(back > echo.threshold_db(back)) and index > 50
    assert passed <= 5
