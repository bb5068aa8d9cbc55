"""OpenAI's Agents SDK in a real browser, over WebRTC, with a client secret; a server's client beside it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright

from tests.e2e.test_browser_call import FLAGS
from tests.e2e.test_realtime_clients import CLIENTS
from tests.e2e.test_realtime_webrtc import clerk, http
from tests.support.phone import PATIENCE
from tests.support.realtime import door
from tests.support.speech import script, sentences, write_wav

BUNDLE = CLIENTS / "node_modules/@openai/agents-realtime/dist/bundle/openai-realtime-agents.umd.js"
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(120),
    pytest.mark.skipif(not BUNDLE.is_file(), reason="no Agents SDK here: tests/e2e/clients wants `npm ci`"),
]


@asynccontextmanager
async def site() -> AsyncIterator[str]:
    """A page of another origin than the service; Chromium lets a page that has no address at all ask no loopback."""
    page = b"<!doctype html><title>call</title>"

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\ncontent-length: {len(page)}\r\n\r\n"
        writer.write(head.encode() + page)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def until(page: Page, true: str) -> None:
    try:
        await page.wait_for_function(true, timeout=PATIENCE * 1000 / 2, polling=50)
    except Exception as late:
        raise AssertionError(f"{true}: never; {await page.evaluate('seen')}") from late


async def both(page: Page, beside: list[dict[str, Any]]) -> None:
    """The page and the other client have seen the same, in the same order, since the other one came."""
    since = beside[0]["event_id"]
    seen = [tuple(event) for event in await page.evaluate("seen.events")]
    mine = seen[[id for _, id in seen].index(since) :]
    mine = [event for event in mine if event[1]]  # the SDK tells some of its own among them
    async with asyncio.timeout(PATIENCE):
        while len(beside) < len(mine):
            await asyncio.sleep(0.02)
    assert [(event["type"], event["event_id"]) for event in beside[: len(mine)]] == mine


def test_a_page_calls_over_webrtc_with_the_agents_sdk(chromium: str, tmp_path: Path) -> None:
    wav = write_wav(tmp_path / "caller.wav", script([(5.0, sentences()[0])], 60.0))
    capture = f"--use-file-for-fake-audio-capture={wav}%noloop"

    async def story() -> None:
        async with door(clerk()) as opened, site() as origin, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium, args=[*FLAGS, capture])
            page = await browser.new_page(permissions=["microphone"])
            crashes: list[str] = []
            page.on("pageerror", lambda error: crashes.append(str(error)))
            await page.goto(origin)
            await page.add_script_tag(path=BUNDLE)
            await page.add_script_tag(path=CLIENTS / "page.js")
            async with http(opened) as server:
                bound = {"origin": origin, "transport": "webrtc"}
                asked = {"session": {"type": "realtime", "model": "gpt-realtime"}, "parley": bound}
                secret = (await server.post("/v1/realtime/client_secrets", json=asked)).json()["value"]
            address = f"http://127.0.0.1:{opened.port}/v1/realtime/calls"
            id = await page.evaluate("([address, key]) => call(address, key)", [address, secret])
            beside: list[dict[str, Any]] = []
            async with opened.client().realtime.connect(extra_query={"call_id": id}) as side:

                async def watch() -> None:
                    async for event in side:
                        beside.append(event.to_dict())

                watching = asyncio.ensure_future(watch())
                await page.evaluate("session.sendMessage('Where is A-1?')")
                await until(page, "seen.calls.length === 1 && count('output_audio_buffer.stopped') >= 1")
                await until(page, "count('conversation.item.input_audio_transcription.completed') >= 1")
                await until(page, "count('output_audio_buffer.started') >= 2")
                await page.evaluate("session.interrupt()")
                await until(page, "count('output_audio_buffer.cleared') >= 1")
                await until(page, "count('response.done') >= 3")
                await both(page, beside)
                watching.cancel()
            seen = await page.evaluate("seen")
            await browser.close()
        assert (crashes, seen["errors"], seen["calls"]) == ([], [], ["A-1"])
        assert seen["loudest"] > 0.05
        assert [role for role, _ in seen["history"]][:3] == ["user", "function_call", "assistant"]
        assert ["user", "Where is my order?"] in seen["history"]

    asyncio.run(story())
