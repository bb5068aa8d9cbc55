"""The codec of envelopes, over every fact there is."""

import json
import math
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.wire.envelope import (
    FACTS,
    TYPE_NAMES,
    EnvelopeMalformed,
    UnknownEvent,
    decode,
    decode_known,
    encode,
    from_json,
    to_json,
)
from pipeline.events import (
    CallEnded,
    Envelope,
    Event,
    SentenceReady,
    Transcribed,
    TurnBegan,
    TurnCut,
    UnitLedger,
    UtteranceDropped,
)
from pipeline.flow import Source, Token

INTEGERS = st.integers(-(2**63), 2**63 - 1)


def values(hint: Any) -> st.SearchStrategy[Any]:
    if hint is str:
        return st.text(st.characters(), max_size=30)
    if hint is int:
        return INTEGERS
    if hint is bool:
        return st.booleans()
    if hint is float:
        return st.floats(allow_nan=False, allow_infinity=False)
    if get_origin(hint) is tuple:
        return st.lists(values(get_args(hint)[0]), max_size=3).map(tuple)
    if is_dataclass(hint):
        return facts(hint)
    return st.one_of(st.none(), *(values(one) for one in get_args(hint) if one is not type(None)))


def facts(cls: Any) -> st.SearchStrategy[Any]:
    hints = get_type_hints(cls)
    return st.builds(cls, **{one.name: values(hints[one.name]) for one in fields(cls)})


envelopes = st.builds(
    Envelope, call=st.text(max_size=40), seq=INTEGERS, at=INTEGERS, event=st.one_of(*(facts(cls) for cls in FACTS))
)


@given(envelopes)
def test_any_envelope_comes_back_as_it_went(envelope: Envelope) -> None:
    assert decode(encode(envelope)) == envelope
    line = to_json(envelope)
    assert line.isascii() and "\n" not in line
    assert from_json(line) == from_json(line.encode()) == envelope


@pytest.mark.parametrize("cls", FACTS)
@given(picked=st.data())
def test_each_fact_survives_json(cls: Any, picked: st.DataObject) -> None:
    envelope = Envelope("c1", 1, 0, picked.draw(facts(cls)))
    assert from_json(to_json(envelope)) == envelope


def test_the_codec_knows_all_the_facts() -> None:
    assert set(FACTS) == set(get_args(Event))
    assert len(set(TYPE_NAMES.values())) == len(FACTS)
    assert TYPE_NAMES[TurnCut] == "turn_cut" and TYPE_NAMES[UtteranceDropped] == "utterance_dropped"


def test_the_shape_on_the_wire() -> None:
    unit = UnitLedger(0, "One moment.", "clip", 900, 700, 600, "One", False)
    assert encode(Envelope("c1", 7, 1_500_000, TurnCut(3, "claimed", True, (unit,)))) == {
        "call": "c1",
        "seq": 7,
        "at": 1_500_000,
        "type": "turn_cut",
        "body": {
            "generation": 3,
            "why": "claimed",
            "committed": True,
            "units": [
                {
                    "unit": 0,
                    "text": "One moment.",
                    "source": "clip",
                    "made_us": 900,
                    "sent_us": 700,
                    "heard_us": 600,
                    "heard": "One",
                    "complete": False,
                }
            ],
            "onset_at": None,
        },
    }


def test_an_enumerated_word_is_written_as_the_word() -> None:
    ready = Envelope("c1", 1, 0, SentenceReady(1, 0, "Hello.", "Hello.", Source.CLIP))
    assert json.loads(to_json(ready))["body"]["source"] == "clip"
    assert from_json(to_json(ready)) == ready


def test_fields_of_another_version_are_tolerated() -> None:
    raw = encode(Envelope("c1", 1, 0, UtteranceDropped("empty")))
    raw["body"]["mood"] = "fine"
    del raw["body"]["voiced_us"]
    raw["tenant"] = "acme"
    assert decode(raw) == Envelope("c1", 1, 0, UtteranceDropped("empty"))


def test_an_unknown_fact_is_named_and_can_be_passed_over() -> None:
    known = Envelope("c1", 1, 0, CallEnded("hung_up"))
    strange = {"call": "c1", "seq": 2, "at": 5, "type": "mood_changed", "body": {}}
    with pytest.raises(UnknownEvent, match="mood_changed"):
        decode(strange)
    assert list(decode_known([strange, encode(known), strange])) == [known]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "null",
        "[]",
        "{}",
        "[" * 100_000,
        '{"call":"c","seq":1,"at":0,"type":"call_ended"}',
        '{"call":"c","seq":1,"at":0,"type":"call_ended","body":{}}',
        '{"call":"c","seq":1,"at":0,"type":"call_ended","body":[]}',
        '{"call":"c","seq":1,"at":0,"type":"call_ended","body":{"reason":7}}',
        '{"call":"c","seq":"1","at":0,"type":"call_ended","body":{"reason":"x"}}',
        '{"call":"c","seq":true,"at":0,"type":"call_ended","body":{"reason":"x"}}',
        '{"call":3,"seq":1,"at":0,"type":"call_ended","body":{"reason":"x"}}',
        '{"call":"c","seq":1,"at":0,"type":["call_ended"],"body":{"reason":"x"}}',
        '{"call":"c","seq":1,"at":0,"type":"turn_began","body":'
        '{"generation":1,"cause":"x","committed":1,"speech_end_at":null}}',
        '{"call":"c","seq":1,"at":0,"type":"transcribed","body":{"generation":1,"text":"x","tokens":[3]}}',
    ],
)
def test_what_is_no_envelope_is_refused(line: str) -> None:
    with pytest.raises(EnvelopeMalformed):
        from_json(line)


@pytest.mark.parametrize("logprob", [math.inf, -math.inf, math.nan])
def test_a_figure_that_json_cannot_hold_is_read_as_no_confidence(logprob: float) -> None:
    line = to_json(Envelope("c1", 1, 0, Transcribed(1, "yes", (Token("yes", logprob),))))
    assert "null" in line
    assert from_json(line).event == Transcribed(1, "yes", (Token("yes", -math.inf),))


def test_words_that_break_encodings_survive() -> None:
    text = "naïve 東京 \x00 \ud800 \u2028 \U0001f600"
    assert from_json(to_json(Envelope("c1", 1, 0, Transcribed(1, text)))).event == Transcribed(1, text)


def test_nothing_is_as_good_as_none() -> None:
    began = Envelope("c1", 1, 0, TurnBegan(1, "greeting", True, None))
    assert from_json(to_json(began)) == began
