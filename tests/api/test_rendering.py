import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import ClassVar

from api.rendering import WAITING, Lacking, Rendering
from pipeline.limits import Limits
from stages.clips import Clips
from stages.crew import Crew, Crews, Mouth
from stages.dialogue.spec import AgentSpec
from stages.ports import Hints, Synthesizer, Voice
from stages.transcribe import Transcribe
from tests.stages.dialogue.agents import booking
from tests.support.clock import run_virtual
from tests.support.providers import FakeChat, FakeSynthesizer, FakeTranscriber


def test_an_agents_lines_are_rendered_beside_the_calls_and_once() -> None:
    async def story() -> None:
        provider, clips = FakeSynthesizer(), Clips()
        mouth = Mouth(provider, Voice("coral"))
        rendering = Rendering(clips, lambda spec: mouth)
        running = asyncio.create_task(rendering.run())
        for _ in range(3):
            rendering.want(booking())
        await asyncio.sleep(60)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert all(clips.get(line, mouth.key) for line in booking().clip_texts())
        assert sorted(set(provider.texts)) == sorted(provider.texts)

    run_virtual(story())


def test_what_finds_no_room_is_asked_for_again() -> None:
    def named(number: int) -> AgentSpec:
        spec = booking()
        return AgentSpec(f"agent_{number}", spec.objective, spec.lines, spec.states)

    rendering = Rendering(Clips(), lambda spec: Mouth(FakeSynthesizer(), Voice()))
    for number in range(WAITING + 1):
        rendering.want(named(number))
    assert named(0).hash in begun(rendering)
    assert named(WAITING).hash not in begun(rendering)


def begun(rendering: Rendering) -> set[str]:
    return {spec for spec, _ in rendering._begun}


def test_an_agent_that_takes_over_in_a_known_voice_has_its_lines_made_in_that_voice() -> None:
    class Noting:
        made: ClassVar[list[tuple[str, str]]] = []

        async def render(self, synthesizer: Synthesizer, voice: Voice, texts: Iterable[str]) -> Sequence[Lacking]:
            self.made.append((voice.name, next(iter(texts))))
            return ()

    async def story() -> None:
        rendering = Rendering(Noting(), lambda spec: Mouth(FakeSynthesizer(), Voice(f"{spec.name} with nobody behind")))
        crews = Crews(crew_of, rendering.want)
        first = replace(booking(), name="first")
        crews.of(first)
        crews.pass_to(booking(), "", keep_voice=True)
        crews.pass_to(booking(), "", keep_voice=True)
        rendering._wanted.close()
        await rendering.run()
        assert [voice for voice, _ in Noting.made] == ["first with nobody behind"], "in no other, and not by a fallback"

    run_virtual(story())


def test_an_agent_that_takes_over_in_its_own_voice_has_its_lines_made_in_that_one() -> None:
    class Noting:
        made: ClassVar[list[str]] = []

        async def render(self, synthesizer: Synthesizer, voice: Voice, texts: Iterable[str]) -> Sequence[Lacking]:
            self.made.append(voice.name)
            return ()

    async def story() -> None:
        rendering = Rendering(Noting(), lambda spec: Mouth(FakeSynthesizer(), Voice("own")))
        crews = Crews(crew_of, rendering.want)
        crews.of(replace(booking(), name="first"))
        crews.pass_to(booking(), "")
        rendering._wanted.close()
        await rendering.run()
        assert Noting.made == ["own"]

    run_virtual(story())


def crew_of(spec: AgentSpec) -> Crew:
    mouth = Mouth(FakeSynthesizer(), Voice(f"{spec.name}'s"))
    ear = Transcribe(FakeTranscriber(""), Hints())
    return Crew(FakeChat(), ear, mouth, lambda _: None, Limits(), ("ear", "brain", "mouth"))
