import asyncio

from api.health import Health
from tests.support.clock import run_virtual


class Probed:
    def __init__(self) -> None:
        self.asked = 0
        self.fails = False

    async def __call__(self) -> None:
        self.asked += 1
        await asyncio.sleep(0.1)
        if self.fails:
            raise OSError("away")


def test_probes_are_asked_once_for_many_and_again_after_a_while() -> None:
    async def story() -> None:
        database = Probed()
        health = Health({"database": database}, keep=3)
        answers = await asyncio.gather(*(health.readiness() for _ in range(50)))
        assert all(answer.is_ready for answer in answers)
        assert database.asked == 1
        database.fails = True
        assert (await health.readiness()).is_ready
        await asyncio.sleep(3)
        assert (await health.readiness()).reasons == ("database",)
        assert database.asked == 2

    run_virtual(story())


def test_the_door_is_always_looked_at() -> None:
    async def story() -> None:
        closed: list[str | None] = [None]
        health = Health({}, lambda: closed[0])
        assert (await health.readiness()).is_ready
        closed[0] = "draining"
        assert (await health.readiness()).reasons == ("draining",)

    run_virtual(story())


def test_a_probe_that_does_not_answer_is_a_failing_one() -> None:
    async def story() -> None:
        loop = asyncio.get_running_loop()

        async def silent() -> None:
            await asyncio.sleep(3600)

        began = loop.time()
        readiness = await Health({"stt": silent, "tts": silent, "llm": Probed()}, deadline=2).readiness()
        assert readiness.reasons == ("stt", "tts")
        assert loop.time() - began == 2

    run_virtual(story())
