import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import replace

import pytest

from api.providers import Providers
from api.settings import Settings
from pipeline.errors import SettingsInvalid, SpecInvalid
from pipeline.events import Event, ProviderFellBack, ProviderHedged
from pipeline.flow import Utterance
from pipeline.pcm import EAR_RATE, silence
from pipeline.signals import Cause
from pipeline.turn import Turn
from stages.breaker import State
from stages.dialogue.bounds import FallbackChoice, StageChoice, StageChoices
from stages.dialogue.load import load_agent
from stages.pace import LEAST
from stages.ports import ChatRequest, Hints, Said, TextPiece, Voice
from stages.telling import asking_for
from stages.trim import is_audible
from tests.stages.providers.standing import Standing, standing

SPOKEN = Utterance(silence(EAR_RATE), 0, 0, 1_000_000, 900_000)
HELLO = ChatRequest("Be brief.", (Said("user", "Hello."),))


@asynccontextmanager
async def providers(url: str, **settings: object) -> AsyncIterator[Providers]:
    made = Providers(Settings.load(**settings), url)
    async with AsyncExitStack() as closing:
        closing.push_async_callback(made.connections.aclose)
        yield made


def apart(story: Callable[[Standing, Standing], Awaitable[None]], *faults: str) -> None:
    """Run a story with two stand-ins: one with faults, and one that is well and says who it is."""

    async def run() -> None:
        script = {"hearing": ["From the other."], "chat": ["From the other."]}
        async with standing(*faults) as own, standing(script=script) as other:
            await story(own, other)

    asyncio.run(run())


def test_an_agent_may_choose_the_models_of_its_stages() -> None:
    async def story() -> None:
        async with providers("http://127.0.0.1:9/v1") as made:
            assert (made.brain().model, made.voice().model) == ("gpt-4.1", "gpt-4o-mini-tts")
            assert made.brain(StageChoice("other")).model == "other" == made.voice(StageChoice("other")).model
            assert made.model("other") is made.brain(StageChoice("other"))
            assert made.ear() is made.ear() is made.ear(StageChoice("gpt-4o-transcribe"))
            assert made.ear(StageChoice("other")) is not made.ear()
            assert made.own_voice() is made.voice()

    asyncio.run(story())


def test_everybody_who_may_be_asked_has_a_condition_of_his_own() -> None:
    async def story() -> None:
        async with providers("http://127.0.0.1:9/v1", llm_fallback="gpt-4.1-mini") as made:
            told = {(one.stage, one.provider, one.model, one.state) for one in made.conditions()}
            assert told == {
                ("stt", "127.0.0.1:9", "gpt-4o-transcribe", State.CLOSED),
                ("llm", "127.0.0.1:9", "gpt-4.1", State.CLOSED),
                ("llm", "127.0.0.1:9", "gpt-4.1-mini", State.CLOSED),
                ("tts", "127.0.0.1:9", "gpt-4o-mini-tts", State.CLOSED),
            }
            made.prepare(StageChoices(stt=StageChoice("whisper-1")))
            assert len(made.conditions()) == 5

    asyncio.run(story())


def test_every_stage_is_served_by_the_other_provider_while_its_own_is_dead() -> None:
    facts: list[Event] = []

    async def story(own: Standing, other: Standing) -> None:
        behind = {f"{stage}_fallback": f"{stage}-model,base_url={other.url}" for stage in ("stt", "llm", "tts")}
        behind["tts_fallback"] += ",voice=nova"
        models = {"stt": "gpt-4o-mini-transcribe", "llm": "gpt-4.1-mini", "tts": "tts-1"}
        behind = {name: value.replace(f"{name[:3]}-model", models[name[:3]]) for name, value in behind.items()}
        async with providers(own.url, **behind) as made:
            with asking_for(Turn(1, Cause.UTTERANCE, None, facts.append)):
                assert (await made.ear().transcribe(SPOKEN, Hints())).text == "From the other."
                async with aclosing(made.brain().answer(HELLO)) as pieces:
                    said = "".join([piece.text async for piece in pieces if isinstance(piece, TextPiece)])
                assert said == "From the other."
                async with aclosing(made.voice().speak("Hello.", Voice())) as sound:
                    assert is_audible(b"".join([pcm async for pcm in sound]))

    apart(story, "any:503,times=always")
    fell = [(fact.stage, fact.code, fact.model) for fact in facts if isinstance(fact, ProviderFellBack)]
    assert fell == [
        ("stt", "server_error", "gpt-4o-mini-transcribe"),
        ("llm", "server_error", "gpt-4.1-mini"),
        ("tts", "server_error", "tts-1"),
    ]


def test_a_clip_is_never_made_with_the_other_voice() -> None:
    async def story(own: Standing, other: Standing) -> None:
        async with providers(own.url, tts_fallback=f"tts-1,base_url={other.url}") as made:
            assert made.own_voice() is not made.voice()
            with pytest.raises(Exception) as fault:
                async with aclosing(made.own_voice().speak("Hello.", Voice())) as sound:
                    await anext(sound)
            assert getattr(fault.value, "code", "") == "server_error"

    apart(story, "tts:503,times=always")


def test_a_stage_is_ready_while_anybody_can_serve_it() -> None:
    async def story(own: Standing, other: Standing) -> None:
        async with providers(own.url, llm_fallback=f"gpt-4.1-mini,base_url={other.url}") as made:
            await made.probes()["llm"]()
            with pytest.raises(Exception) as fault:
                await made.probes()["stt"]()
            assert getattr(fault.value, "code", "") == "server_error"

    apart(story, "models:503,times=always")


@pytest.mark.parametrize(
    ("fallback", "key"),
    [
        ("m", "sk-own"),
        ("m,base_url=https://other.example/v1", "stand-in"),
        ("m,base_url=https://other.example/v1,key=OTHER", "other-key"),
        ("m,key=OTHER", "other-key"),
    ],
)
def test_a_key_goes_to_the_address_it_was_given_for(fallback: str, key: str) -> None:
    async def story() -> None:
        given = {"llm_api_key": "sk-own", "llm_base_url": "https://own.example/v1", "provider_keys": "OTHER=other-key"}
        async with providers("", llm_fallback=fallback, **given) as made:
            _, other, _ = made._configs("llm", StageChoice())
            assert other is not None and other.api_key == key

    asyncio.run(story())


def test_the_agents_fallback_goes_before_that_of_the_settings() -> None:
    async def story() -> None:
        async with providers("http://127.0.0.1:9/v1", llm_fallback="theirs", llm_api="chat") as made:
            choice = StageChoice(fallback=FallbackChoice("ours", api="responses"))
            _, other, _ = made._configs("llm", choice)
            assert other is not None and (other.model, other.api) == ("ours", "responses")
            _, other, _ = made._configs("llm", StageChoice())
            assert other is not None and (other.model, other.api) == ("theirs", "chat")

    asyncio.run(story())


def test_a_key_that_is_not_there_is_told_before_anybody_calls() -> None:
    with pytest.raises(SettingsInvalid, match="GROQ"):
        Settings.load(llm_fallback="m,key=GROQ")

    async def story() -> None:
        spec = load_agent("reception")
        stages = StageChoices(llm=StageChoice(fallback=FallbackChoice("m", key="GROQ")))
        async with providers("http://127.0.0.1:9/v1") as made:
            made.check(spec)
            with pytest.raises(SpecInvalid, match=r"stages\.llm\.fallback\.key"):
                made.check(replace(spec, stages=stages))

    asyncio.run(story())


def test_nothing_is_hedged_where_the_settings_say_so() -> None:
    async def story() -> None:
        async with providers("http://127.0.0.1:9/v1", hedge=False) as made:
            assert all(upstream.purse is None for upstream in made._upstreams.values())
        async with providers("http://127.0.0.1:9/v1") as made:
            assert all(upstream.purse is not None for upstream in made._upstreams.values())

    asyncio.run(story())


def test_the_request_that_lost_a_race_is_closed_at_the_provider_too() -> None:
    """The first one is held by the provider for ten minutes: only hanging up ends it there."""
    facts: list[Event] = []

    async def story() -> None:
        async with standing("llm:stall,after=400,times=1") as standin, providers(standin.url) as made:
            (upstream,) = (one for one in made._upstreams.values() if one.stage == "llm")
            for _ in range(LEAST):
                upstream.pace.took(0.05)
            with asking_for(Turn(1, Cause.UTTERANCE, None, facts.append), hedged=True):
                async with aclosing(made.brain().answer(HELLO)) as pieces:
                    assert [piece async for piece in pieces if isinstance(piece, TextPiece)]
            async with asyncio.timeout(5):
                await standin.idle()

    asyncio.run(story())
    (hedged,) = (fact for fact in facts if isinstance(fact, ProviderHedged))
    assert (hedged.stage, hedged.outcome) == ("llm", "won")
    assert hedged.wasted > 0
