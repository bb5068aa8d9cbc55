"""The parts, put together."""

import asyncio
from pathlib import Path

import pytest

from api.chat import Chat, Piece
from api.compose import Parts, limits_of, open_parts
from api.realtime.door import Asked, entrance
from api.settings import Settings
from api.wire.realtime_refused import Refused
from pipeline.channel import Channel
from pipeline.errors import ProviderFault, SettingsInvalid
from pipeline.events import Envelope, SynthesisStarted
from pipeline.flow import AudioFrame, ReplyDelta, SpeechChunk
from pipeline.signals import Cause
from pipeline.turn import Turn
from stages.dialogue.load import load_agent
from tests.stages.providers.standing import standing

AGENT = """
name: {name}
objective: Talk.
greeting: Hello from {name}.
disclosure: I'm an AI assistant.
states:
  - id: only
    description: The only one.
"""


def test_an_agents_limits_hold_within_those_of_the_service(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        AGENT.format(name="mine") + "limits: {call_seconds: 120, warn_seconds: 30, silence_seconds: [5, 9]}\n"
    )
    spec = load_agent(path)
    limits = limits_of(spec, 900)
    assert (limits.longest_us, limits.warning_us) == (120_000_000, 30_000_000)
    assert (limits.reprompts_us, limits.silence_us) == ((5_000_000,), 9_000_000)
    assert limits_of(spec, 60).longest_us == 60_000_000


class Silent:
    """A line on which nobody speaks and that is over at once."""

    name = "silent"

    async def up(self) -> None:
        return None

    def attach(self, pull: object) -> None:
        return None

    async def frames(self):  # type: ignore[no-untyped-def]
        yield AudioFrame(bytes(640), 16_000, 0)

    def flush(self) -> int:
        return 0

    def departed(self) -> str:
        return "caller_left"

    async def close(self, reason: str) -> None:
        return None


class Collected:
    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []

    def observe(self, envelope: Envelope) -> None:
        self.envelopes.append(envelope)


def test_a_call_is_recorded_and_observed_and_its_parts_close(tmp_path: Path) -> None:
    asyncio.run(a_call_is_recorded(tmp_path))


async def a_call_is_recorded(tmp_path: Path) -> None:
    settings = Settings.load(data_dir=tmp_path, stt_base_url="http://127.0.0.1:9/v1", agent="reception")
    seen = Collected()
    async with open_parts(settings, "http://127.0.0.1:9/v1", (seen,)) as parts:
        assert parts.obstacle() is None
        assert set(parts.probes()) == {"database", "stt", "llm", "tts"}
        await parts.probes()["database"]()
        with pytest.raises(ProviderFault):
            await parts.probes()["stt"]()
        call, bus = await parts.call("call_1", Silent(), None)  # type: ignore[arg-type]
        assert await call.run() == "caller_left"
    assert [envelope.seq for envelope in seen.envelopes] == [envelope.seq for envelope in bus.since(0)]
    async with open_parts(settings, "http://127.0.0.1:9/v1") as parts:
        stored = await parts.store.envelopes("call_1")
        assert [envelope.seq for envelope in stored] == [envelope.seq for envelope in seen.envelopes]


def test_nobody_watches_a_call_whose_client_was_refused(tmp_path: Path) -> None:
    async def main() -> None:
        settings = Settings.load(data_dir=tmp_path, agent="reception")
        taken = {"type": "function", "name": "note", "description": "One that the agent has as well."}
        async with open_parts(settings, "http://127.0.0.1:9/v1") as parts:
            desk = entrance(Asked(agent="reception", session={"type": "realtime", "tools": [taken]})).desk(paced=True)
            with pytest.raises(Refused, match="agent's own"):
                await parts.call("call_1", Silent(), None, desk)  # type: ignore[arg-type]
            assert parts.outcomes is not None
            assert await parts.outcomes.told("call_1") is None

    asyncio.run(main())


def test_what_became_of_a_conversation_by_text_is_kept(tmp_path: Path) -> None:
    async def main() -> None:
        settings = Settings.load(data_dir=tmp_path)
        async with open_parts(settings, "http://127.0.0.1:9/v1") as parts:
            assert parts.outcomes is not None
            chat = Chat(*await parts.chat("call_1", None))
            await chat.greet(unread)
            chat.end("caller_left")
            async with asyncio.timeout(20):
                while await parts.store.outcomes.get("call_1") is None:
                    await asyncio.sleep(0.02)
            told = await parts.outcomes.told("call_1")
            assert told is not None and (told.disposition, told.final) == ("no_input", True)

    asyncio.run(main())


async def unread(piece: Piece) -> None:
    pass


def test_a_voice_of_the_settings_replaces_the_agents(tmp_path: Path) -> None:
    async def main() -> str:
        settings = Settings.load(data_dir=tmp_path, tts_voice="coral")
        async with open_parts(settings, "http://127.0.0.1:9/v1", recorded=False) as parts:
            return parts.voice(await parts.agents.current()).name

    assert asyncio.run(main()) == "coral"


def test_settings_that_are_wrong_are_told_at_once() -> None:
    with pytest.raises(SettingsInvalid):
        Settings.load(port=99_999)


def test_a_call_warms_the_connections_before_its_line_is_up(tmp_path: Path) -> None:
    """Those of an agent that nobody asked for before, too."""
    agent = tmp_path / "agent.yaml"

    async def main() -> None:
        async with standing() as own, standing() as other:
            fallback = f"stages: {{llm: {{fallback: {{model: gpt-4.1-mini, base_url: '{other.url}'}}}}}}\n"
            agent.write_text(AGENT.format(name="careful") + fallback, "utf-8")
            settings = Settings.load(data_dir=tmp_path, agent=str(agent))
            async with open_parts(settings, own.url, recorded=False) as parts:
                assert not own.peers and not other.peers
                await parts.call("call_1", Silent(), None)  # type: ignore[arg-type]
                async with asyncio.timeout(10):
                    while not (own.peers and other.peers):
                        await asyncio.sleep(0.01)

    asyncio.run(main())


@pytest.mark.parametrize("on", [True, False])
def test_what_the_model_says_in_a_second_call_is_not_synthesised_again_unless_that_is_off(
    tmp_path: Path, on: bool
) -> None:
    said: list[SynthesisStarted] = []

    async def say(parts: Parts, call: str) -> None:
        agent, _, _, _ = await parts.chat(call, None)
        inbox: Channel[ReplyDelta] = Channel(4)
        outbox: Channel[SpeechChunk] = Channel(100)
        for delta in ("You're very welcome!", " Is there more?"):
            inbox.offer(ReplyDelta(delta))
        inbox.close()
        turn = Turn(
            1, Cause.UTTERANCE, None, lambda fact: said.append(fact) if isinstance(fact, SynthesisStarted) else None
        )
        await agent.speak(turn, inbox, outbox)

    async def main() -> None:
        async with standing() as standin:
            settings = Settings.load(data_dir=tmp_path, speech_cache=on)
            async with open_parts(settings, standin.url, recorded=False) as parts:
                for call in ("one", "two"):
                    await say(parts, call)
                async with asyncio.timeout(20):
                    while on and len(list((tmp_path / "openings").glob("*/*.pcm"))) < 2:
                        await asyncio.sleep(0.01)
            async with open_parts(settings, standin.url, recorded=False) as parts:
                await say(parts, "three")

    asyncio.run(main())
    assert [fact.cached for fact in said] == [False, False] + [on, on] * 2
