"""A whole call that is handed on: who hears, thinks and speaks afterwards, and what the call may then take."""

import json
from dataclasses import replace

from pipeline.bus import Bus
from pipeline.call import Call
from pipeline.clock import MICROS, CallClock
from pipeline.events import CallEnded, CallStarted, Envelope, HandedOff, TurnBilled, TurnSettled
from pipeline.limits import Limits
from pipeline.signals import Cause
from pipeline.turn import Turn
from stages.agent import CallAgent
from stages.answer import Outside
from stages.clips import Clips
from stages.crew import Crew, Crews, Mouth
from stages.dialogue.handoff import handed_over
from stages.dialogue.load import read_agent
from stages.dialogue.spec import AgentSpec
from stages.ports import Hints, ToolCall, Voice
from stages.speak import Speak
from stages.transcribe import Transcribe
from tests.support.clock import run_virtual
from tests.support.ear import PatientEar
from tests.support.line import ScriptedLine
from tests.support.providers import FakeChat, FakeSynthesizer, FakeTranscriber, tone

SECOND = MICROS

FRONT = """
name: front
objective: Find out what it is.
greeting: Hello.
disclosure: I'm an AI assistant.
tools: []
handoffs: [{agent: back, condition: A return., line: Over to our returns desk. KEEP}]
states: [{id: open}]
"""
BACK = """
name: back
objective: Take the return.
greeting: Hello.
disclosure: I'm an AI assistant.
goodbye: Goodbye from the back.
reprompt: ["Still there?"]
language: de
tools: []
states: [{id: desk, on_enter: Here is the returns desk.}]
limits: {silence_seconds: [3, 6]}
stages: {stt: {model: second-ear}, tts: {model: second-mouth}}
"""
HAND_OFF = ToolCall(
    "h1",
    "hand_off",
    json.dumps({"rationale_for_transfer": "a return", "conversation_context": "Boots.", "destination_agent": "back"}),
)


class House:
    """A call with two agents, each with providers of its own."""

    def __init__(self, keep: bool = False) -> None:
        front = FRONT.replace(" KEEP", ", keep_voice: true" if keep else "")
        self.specs = {"front": read_agent(front, "front"), "back": read_agent(BACK, "back")}
        self.ears = {"front": FakeTranscriber("I want to send it back"), "back": FakeTranscriber("They are too small")}
        self.models = {"front": FakeChat(HAND_OFF, model="first"), "back": FakeChat(always="Why?", model="second")}
        self.mouths = {"front": FakeSynthesizer(model="first-mouth"), "back": FakeSynthesizer(model="second-mouth")}
        self.clips = Clips()
        self.clips._clips[(self.mouth(self.specs["back"]).key, "Still there?")] = tone(500)

    def mouth(self, spec: AgentSpec) -> Mouth:
        return Mouth(self.mouths[spec.name], Voice(f"{spec.name}-voice", language=spec.language))

    def crew(self, spec: AgentSpec) -> Crew:
        mouth, hints = self.mouth(spec), Hints(spec.language)
        limits = Limits(reprompts_us=(3 * SECOND,), silence_us=6 * SECOND) if spec.name == "back" else Limits()
        transcribe = Transcribe(self.ears[spec.name], hints)
        model = self.models[spec.name]
        models = (f"{spec.name}-ear", model.model, mouth.synthesizer.model)
        return Crew(model, transcribe, mouth, lambda text: self.clips.get(text, mouth.key), limits, models)

    async def colleague(self, name: str) -> AgentSpec:
        return self.specs[name]

    async def hold(self) -> tuple[Envelope, ...]:
        crews = Crews(self.crew)
        first = crews.of(self.specs["front"])
        agent = CallAgent(
            self.specs["front"],
            first.model,
            first.transcribe,
            Speak(first.mouth.synthesizer, first.mouth.voice, self.clips, others=crews.mouth),
            first.clip,
            Outside(agent=self.colleague, crews=crews),
        )
        line = ScriptedLine(60 * SECOND)
        ear = PatientEar([(6 * SECOND, 8 * SECOND), (16 * SECOND, 18 * SECOND)])
        bus = Bus("call", CallClock.start())
        await Call(line, ear, agent, bus, CallStarted("front", "0", line.name, 0)).run()
        return bus.since(0)


def said_by(mouth: FakeSynthesizer) -> list[tuple[str, str, str]]:
    return [(text, voice.name, voice.language) for text, voice in mouth.calls]


def test_after_a_hand_off_the_other_agents_ear_model_voice_and_limits_serve_the_call() -> None:
    house = House()
    envelopes = run_virtual(house.hold())
    assert [e.event.agent for e in envelopes if isinstance(e.event, HandedOff)] == ["back"]
    heard = [e.event.heard for e in envelopes if isinstance(e.event, TurnSettled)]
    assert "Over to our returns desk. Here is the returns desk. Why?" in heard, "the caller is told"
    first, second = said_by(house.mouths["front"]), said_by(house.mouths["back"])
    assert first[-1] == ("Over to our returns desk.", "front-voice", "en")
    assert second == [("Here is the returns desk.", "back-voice", "de"), *[("Why?", "back-voice", "de")] * 2]
    assert [hints.language for _, hints in house.ears["front"].calls] == ["en"]
    assert [hints.language for _, hints in house.ears["back"].calls] == ["de"]
    assert (len(house.models["front"].calls), len(house.models["back"].calls)) == (1, 2)
    ended = envelopes[-1]
    assert isinstance(ended.event, CallEnded) and ended.event.reason == "silence"
    assert ended.at < 30 * SECOND, "the second agent is less patient than the first"
    assert heard[-1] == "Still there?", "its own line, from the clips in its own voice"


def test_the_file_may_say_that_the_voice_is_kept() -> None:
    house = House(keep=True)
    run_virtual(house.hold())
    assert said_by(house.mouths["back"]) == []
    assert {voice for _, voice, _ in said_by(house.mouths["front"])} == {"front-voice"}
    assert ("Here is the returns desk.", "front-voice", "en") in said_by(house.mouths["front"])
    assert [hints.language for _, hints in house.ears["back"].calls] == ["de"]


def test_a_crew_is_made_once_for_each_agent() -> None:
    house, made = House(), list[str]()

    def make(spec: AgentSpec) -> Crew:
        made.append(spec.name)
        return house.crew(spec)

    crews = Crews(make)
    assert crews.mouth(house.specs["back"].hash) is None
    assert crews.of(house.specs["back"]) is crews.of(house.specs["back"])
    assert crews.mouth(house.specs["back"].hash) is crews.of(house.specs["back"]).mouth
    assert made == ["back"]


def test_each_turn_is_paid_with_the_models_that_were_asked() -> None:
    async def story(keep: bool) -> list[tuple[str, str, str]]:
        house = House(keep=keep)
        bills: list[tuple[str, str, str]] = []
        for envelope in await house.hold():
            if isinstance(envelope.event, TurnBilled) and envelope.event.llm_model:
                told = envelope.event
                if told.earlier:
                    (share,) = told.earlier
                    assert (share.stt_model, share.llm_model, share.tts_model) == first
                    assert 0 < share.input_tokens < told.input_tokens
                bills.append((told.stt_model, told.llm_model, told.tts_model))
        return bills

    first, second = ("front-ear", "first", "first-mouth"), ("back-ear", "second", "second-mouth")
    given_away = run_virtual(story(False))
    assert given_away[0] == first and second in given_away and set(given_away) == {first, second}
    assert given_away == sorted(given_away, key=lambda models: models == second), "never back to the first"
    assert set(run_virtual(story(True))) == {first, ("back-ear", "second", "first-mouth")}


def test_the_openings_that_are_left_out_are_those_of_the_agent_that_has_the_call() -> None:
    front, back = read_agent(FRONT.replace("KEEP", ""), "front"), read_agent(BACK, "back")
    back = replace(back, lines=replace(back.lines, openers=("Well, well.",), acknowledgements=()))
    agent = CallAgent(front, FakeChat(), Transcribe(FakeTranscriber("")), Speak(FakeSynthesizer(), Voice()))
    turn = Turn(1, Cause.UTTERANCE, None, lambda event: None)
    assert "Well, well." not in agent.openings(turn) and "Got it." in agent.openings(turn)
    agent._memory.dialogue = handed_over(agent.dialogue, back)
    assert agent.openings(turn) == {"Well, well."}
