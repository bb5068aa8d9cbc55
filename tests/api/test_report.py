"""The report of a call."""

import json

import numpy as np

from api.report import as_text, report, silence_ms
from api.wire.calls import tell
from pipeline.events import Envelope
from tests.support.clock import run_virtual
from tests.support.line import ScriptedAgent, ScriptedEar, ScriptedLine, hold, says

SECOND = 1_000_000


def a_call() -> tuple[tuple[Envelope, ...], ScriptedLine]:
    agent = ScriptedAgent("one two three four five six seven eight nine ten eleven twelve")
    line = ScriptedLine(12 * SECOND)
    script = says(2 * SECOND, 3 * SECOND) + says(5 * SECOND, 6 * SECOND)
    _, envelopes = run_virtual(hold(line, ScriptedEar(script), agent))
    return tuple(envelopes), line


def a_report() -> dict:
    envelopes, line = a_call()
    caller = np.zeros(12 * 24_000, np.int16)
    caller[2 * 24_000 : 3 * 24_000] = caller[5 * 24_000 : 6 * 24_000] = 5000
    said = b"".join(pcm or bytes(960) for _, pcm in line.heard)
    return report(envelopes, caller, np.frombuffer(said, "<i2"))


def test_the_report_is_plain_and_complete() -> None:
    told = json.loads(json.dumps(a_report()))
    assert told["reason"] == "caller_left" and told["agent"] == "scripted"
    assert [line["who"] for line in told["lines"]] == ["agent", "caller", "agent", "caller", "agent"]
    assert told["lines"][2]["cut"] and told["lines"][2]["generated"].startswith(told["lines"][2]["text"])


def test_it_tells_a_call_under_the_names_that_the_http_api_has_for_it() -> None:
    envelopes, _ = a_call()
    call = tell(envelopes[0].call, envelopes, None)
    assert call is not None
    told = a_report()
    added = {"line_up_ms", "dropped"}
    assert {name: value for name, value in told.items() if name not in {*added, "turns"}} == call.model_dump(
        mode="json", exclude={"turns"}
    )
    turns = [
        {name: value for name, value in turn.items() if name != "silence_on_recording_ms"} for turn in told["turns"]
    ]
    assert turns == call.model_dump(mode="json")["turns"]
    assert added < set(told)


def test_the_silence_on_the_recording_is_what_the_waterfall_says() -> None:
    turn = next(turn for turn in a_report()["turns"] if turn["cause"] == "utterance")
    assert turn["unattributed_ms"] == 0
    assert abs(sum(segment["ms"] for segment in turn["spans"]) - turn["first_content_ms"]) < 1
    assert abs(turn["silence_on_recording_ms"] - turn["first_content_ms"]) <= 40


def test_a_person_can_read_it() -> None:
    text = as_text(a_report())
    assert "not heard:" in text and "first_content" in text and "█" in text
    assert "which saved" in text and "Speculation saved" in text.splitlines()[-1]


def test_no_silence_is_made_up() -> None:
    nothing = np.zeros(100, np.bool_)
    assert silence_ms(nothing, nothing, 500) is None
    said = nothing.copy()
    said[60:] = True
    assert silence_ms(nothing, said, 600) is None
    heard = nothing.copy()
    heard[:20] = True
    assert silence_ms(heard, said, 600) == 400
