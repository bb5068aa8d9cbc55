import asyncio

from prometheus_client.parser import text_string_to_metric_families

from tests.api.house import house


def test_prometheus_can_read_what_it_is_told() -> None:
    async def story() -> None:
        async with house(max_calls=2) as h, h.client() as client:
            await h.start()
            slot = h.calls.admit()
            try:
                h.calls.admit()
            except Exception:
                slot.release()
            answer = await client.get("/metrics")
            assert answer.headers["content-type"].startswith("text/plain")
            values = {
                (sample.name, *sample.labels.values()): sample.value
                for family in text_string_to_metric_families(answer.text)
                for sample in family.samples
            }
            assert values["parley_calls_live",] == 1
            assert values["parley_call_capacity",] == 2
            assert values["parley_draining",] == 0
            assert values["parley_admission_rejected_total", "too_busy"] == 1

    asyncio.run(story())
