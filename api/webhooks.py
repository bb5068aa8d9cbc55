"""Tells a URL of yours what became of each call: signed, tried again for two days, and at last given up.

Messages come from the outbox, where each was written with its outcome in one transaction, so that none is lost and none
is made up. They are signed as https://www.standardwebhooks.com says, once for each secret that is set: while you change
it, receivers may know either. A message may arrive twice, with the same `webhook-id`.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime

import httpx2
from standardwebhooks import Webhook

from api.store.database import StoreUnavailable
from api.store.keys import wall_ms
from api.store.outbox import Message
from api.store.store import Store
from pipeline.errors import ToolRefused
from stages.tls import tls
from stages.tools_address import Network, Target, target

log = logging.getLogger(__name__)

DEADLINE_S = 10.0
LEASE_MS = 30_000
"""How long a claimed message is nobody else's: longer than an attempt may take."""
POLL_S = 2.0
PAUSES_S = (5, 30, 120, 600, 1_800, 3_600, 10_800, 21_600, 43_200, 86_400)
"""Between attempts; after the last one a message is given up."""
SPREAD = 0.2
"""Each pause is longer or shorter by up to so much, drawn anew, so that a receiver that comes back is not stormed."""
GONE = 410
"""The receiver wants to hear no more of it."""


class Refused(Exception):
    """The receiver did not take a message; `final`: it never will."""

    def __init__(self, why: str, *, final: bool = False) -> None:
        super().__init__(why)
        self.final = final


class Webhooks:
    """`run` is a task for as long as the server lives."""

    def __init__(
        self,
        store: Store,
        url: str,
        secrets: Sequence[str],
        allowed: tuple[Network, ...] = (),
        wake: asyncio.Event | None = None,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._store = store
        self._url = url
        self._signers = tuple(Webhook(secret) for secret in secrets)
        self._allowed = allowed
        self._wake = wake or asyncio.Event()
        self._draw = draw

    async def run(self) -> None:
        """Deliver until cancelled."""
        while True:
            try:
                busy = await self.deliver()
            except StoreUnavailable:
                busy = False  # whoever needs the database says so
            if not busy:
                with suppress(TimeoutError):
                    async with asyncio.timeout(POLL_S):
                        await self._wake.wait()
                self._wake.clear()

    async def deliver(self) -> bool:
        """Try every message that is due, once; whether there was any."""
        claimed = await self._store.outbox.claim(wall_ms(), LEASE_MS)
        async with asyncio.TaskGroup() as scope:
            for message in claimed:
                scope.create_task(self._attempt(message))
        return bool(claimed)

    async def _attempt(self, message: Message) -> None:
        try:
            try:
                await self._send(message)
            except Refused as refused:
                await self._put_off(message, str(refused), refused.final)
            else:
                await self._store.outbox.delivered(message.id, wall_ms())
        except StoreUnavailable as away:
            log.warning("what became of a webhook cannot be noted now: %s", away, extra={"call": message.call})

    async def _put_off(self, message: Message, why: str, final: bool) -> None:
        told = {"call": message.call, "attempts": message.attempts, "why": why}
        if final or message.attempts > len(PAUSES_S):
            log.error("a webhook was given up", extra=told)
            await self._store.outbox.dead(message.id, wall_ms(), why)
            return
        pause = PAUSES_S[message.attempts - 1] * (1 + SPREAD * (2 * self._draw() - 1))
        log.warning("a webhook was not taken and is tried again", extra={**told, "again_in_s": round(pause)})
        await self._store.outbox.failed(message.id, wall_ms() + round(pause * 1000), why)

    async def _send(self, message: Message) -> None:
        try:
            async with asyncio.timeout(DEADLINE_S):
                status = await self._post(await target(self._url, self._allowed), message)
        except TimeoutError:
            raise Refused(f"no answer within {DEADLINE_S:g} s") from None
        except ToolRefused:
            raise Refused("its address is not known, or lies where webhooks may not be sent") from None
        except (httpx2.HTTPError, OSError) as broken:
            raise Refused(f"the connection failed: {type(broken).__name__}") from None
        if not 200 <= status < 300:
            raise Refused(f"answered {status}", final=status == GONE)

    async def _post(self, where: Target, message: Message) -> int:
        """One request to the address that was judged, under the name that was set; redirects are not followed."""
        url = httpx2.URL(self._url)
        request = httpx2.Request(
            "POST",
            url.copy_with(host=where.address),
            headers={"host": url.netloc.decode(), "user-agent": "parley", **self.signed(message, wall_ms() // 1000)},
            content=message.body.encode(),
            extensions={"sni_hostname": where.host, "timeout": httpx2.Timeout(DEADLINE_S).as_dict()},
        )
        verify = tls() if where.https else False
        async with httpx2.AsyncClient(verify=verify, trust_env=False, follow_redirects=False) as client:
            answer = await client.send(request, stream=True)
            await answer.aclose()  # its body is of no interest
            return answer.status_code

    def signed(self, message: Message, seconds: int) -> dict[str, str]:
        """The headers that prove where a message comes from."""
        when = datetime.fromtimestamp(seconds, UTC)
        return {
            "content-type": "application/json",
            "webhook-id": message.id,
            "webhook-timestamp": str(seconds),
            "webhook-signature": " ".join(signer.sign(message.id, when, message.body) for signer in self._signers),
        }
