"""A server makes client secrets with its key; a client begins calls with them, by OpenAI's own client."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from openai import BadRequestError, PermissionDeniedError
from openai.types.realtime import ClientSecretCreateResponse
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.api.house import KEY
from tests.support.realtime import Door, door, until


def run(story: Callable[[Door], Awaitable[None]]) -> None:
    async def main() -> None:
        async with door() as opened:
            await story(opened)

    asyncio.run(main())


async def make(opened: Door, **body: Any) -> ClientSecretCreateResponse:
    async with opened.client() as client:
        return await client.realtime.client_secrets.create(**body)


def test_a_secret_begins_one_session_as_it_was_made() -> None:
    async def story(opened: Door) -> None:
        session: Any = {"type": "realtime", "model": "gpt-realtime", "instructions": "Be kind."}
        made = await make(opened, session=session, expires_after={"anchor": "created_at", "seconds": 60})
        assert made.value.startswith("ek_")
        told = made.session.to_dict()
        assert (told["instructions"], told["object"], told["model"]) == ("Be kind.", "realtime.session", "gpt-realtime")
        async with opened.client(made.value).realtime.connect(model="gpt-realtime") as it:
            (created,) = await until(it, "session.created")
            assert created["session"]["instructions"] == "Be kind."
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"{opened.address}?model=x", additional_headers={"Authorization": f"Bearer {made.value}"})
        assert refused.value.response.status_code == 401
        assert b"client_secret_used" in refused.value.response.body

    run(story)


def test_an_empty_body_is_enough_and_an_agent_can_be_fixed() -> None:
    async def story(opened: Door) -> None:
        made = await make(opened)
        assert made.session.to_dict()["model"] == "gpt-realtime"
        made = await make(opened, extra_body={"parley": {"agent": "reception", "uses": 2, "max_seconds": 60}})
        for _ in range(2):
            async with opened.client(made.value).realtime.connect(model="gpt-realtime") as it:
                (created,) = await until(it, "session.created")
                assert created["session"]["model"] == "parley:reception"

    run(story)


def test_the_agent_that_is_set_may_be_meant_without_its_name_and_no_other_is_begun_with_it() -> None:
    async def story(opened: Door) -> None:
        made = await make(opened, session={"type": "realtime", "model": "parley:"})
        assert made.session.to_dict()["model"] == "parley:reception"
        with pytest.raises(InvalidStatus) as refused:
            async with opened.client(made.value).realtime.connect(model="parley:clinic"):
                pass
        assert refused.value.response.status_code == 400
        async with opened.client(made.value).realtime.connect(model="gpt-realtime") as it:
            (created,) = await until(it, "session.created")
            assert created["session"]["model"] == "parley:reception"

    run(story)


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        (
            {"session": {"type": "realtime", "output_modalities": ["song"]}},
            "invalid_value",
            "session.output_modalities[0]",
        ),
        ({"session": {"type": "realtime", "model": 5}}, "invalid_type", "session.model"),
        ({"expires_after": {"anchor": "created_at", "seconds": 5}}, None, None),
        ({"parley": {"origin": "not a page"}}, None, None),
        ({"parley": {"sing": True}}, None, None),
    ],
)
def test_what_is_wrong_is_its_makers_to_hear(body: Any, code: str | None, param: str | None) -> None:
    async def story(opened: Door) -> None:
        async with opened.client() as client:
            with pytest.raises(BadRequestError) as refused:
                await client.post("/realtime/client_secrets", body=body, cast_to=object)
        if code is not None:
            assert (refused.value.code, refused.value.param) == (code, param)

    run(story)


def test_an_agent_that_there_is_not_gets_no_secret() -> None:
    async def story(opened: Door) -> None:
        async with httpx.AsyncClient(headers={"authorization": f"Bearer {KEY}"}) as client:
            url = f"http://127.0.0.1:{opened.port}/v1/realtime/client_secrets"
            answer = await client.post(url, json={"session": {"type": "realtime", "model": "parley:nobody"}})
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown_agent")

    run(story)


def test_a_secret_makes_no_secrets() -> None:
    async def story(opened: Door) -> None:
        made = await make(opened)
        async with opened.client(made.value) as client:
            with pytest.raises(PermissionDeniedError):
                await client.realtime.client_secrets.create()

    run(story)


@pytest.mark.parametrize(("path", "kind"), [("sessions", "realtime"), ("transcription_sessions", "transcription")])
def test_the_beta_made_them_of_a_flat_session(path: str, kind: str) -> None:
    async def story(opened: Door) -> None:
        body: Any = {"input_audio_format": "g711_ulaw"}
        if kind == "realtime":
            body |= {"model": "gpt-4o-realtime-preview", "voice": "verse", "modalities": ["text"]}
        async with opened.client() as client:
            told: Any = await client.post(f"/realtime/{path}", body=body, cast_to=object)
        assert told["client_secret"]["value"].startswith("ek_")
        assert told["input_audio_format"] == "g711_ulaw"
        headers = {"Authorization": f"Bearer {told['client_secret']['value']}", "OpenAI-Beta": "realtime=v1"}
        async with connect(f"{opened.address}?model=gpt-4o-realtime-preview", additional_headers=headers) as it:
            first = await it.recv()
            assert ('"modalities":["text"]' in str(first)) == (kind == "realtime")
            assert "g711_ulaw" in str(first)

    run(story)


def test_a_secret_that_nobody_knows_any_more_is_told_to_be_one() -> None:
    async def story(opened: Door) -> None:
        for token, code in (("ek_0000_1111", b"client_secret_used"), ("pk_0000_1111", b"unauthorised")):
            with pytest.raises(InvalidStatus) as refused:
                await connect(f"{opened.address}?model=x", additional_headers={"Authorization": f"Bearer {token}"})
            assert refused.value.response.status_code == 401
            assert code in (refused.value.response.body or b"")

    run(story)
