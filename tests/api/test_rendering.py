import asyncio

from api.rendering import WAITING, Rendering
from stages.clips import Clips
from stages.crew import Mouth
from stages.dialogue.spec import AgentSpec
from stages.ports import Voice
from tests.stages.dialogue.agents import booking
from tests.support.clock import run_virtual
from tests.support.providers import FakeSynthesizer


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
    assert named(0).hash in rendering._begun
    assert named(WAITING).hash not in rendering._begun
