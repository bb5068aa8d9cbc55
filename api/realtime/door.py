"""Who comes in by the Realtime door: who answers, in which session, and for how long, by the address and the secret."""

import secrets
import time
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from api.principal import USED, Principal
from api.realtime.desk import Desk
from api.wire.realtime_session import (
    SESSION_SECONDS,
    Json,
    Session,
    agent_session,
    open_session,
    transcription_session,
)
from api.wire.realtime_story import Story
from pipeline.clock import MICROS
from pipeline.errors import CallerFault, Unauthorised
from stages import mcp_client

PREFIX = "parley:"


class NotGranted(CallerFault):
    """The client secret is good for something else."""

    code = "not_granted"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a client asks for in its address, and over WebRTC in its form."""

    model: str = ""
    agent: str | None = None
    hears: bool = False
    """Nobody is to answer."""
    session: Json = field(default_factory=dict)
    is_beta: bool = False
    """It speaks the old dialect, whose tutorials count on transcripts without asking for them."""

    @property
    def named(self) -> str | None:
        """The agent that is named, in either way; empty: the one that is set."""
        return self.agent if self.agent is not None else agent_of(self.model)


@dataclass(frozen=True, slots=True)
class Entrance:
    """A session that may begin. Without a named agent, the usual one answers where `has_agent` says so."""

    session: Session
    agent: str | None
    has_agent: bool
    most_us: int | None = None
    """Longest duration of the call, where the secret says one."""

    def desk(self, *, paced: bool) -> Desk:
        """Where the call's clients meet it; `paced`: the agent's speech is heard on a line of its own."""
        story = Story(self.session.id, self.session, paced=paced)
        return Desk(story, has_agent=self.has_agent, most_us=self.most_us)


class Grants(Protocol):
    async def use(self, id: str) -> bool: ...


def agent_of(model: object) -> str | None:
    """The agent that a model's name asks for; `parley:` alone is the one that is set."""
    return model[len(PREFIX) :] if isinstance(model, str) and model.startswith(PREFIX) else None


async def enter(
    asked: Asked, principal: Principal | None, grants: Grants, transport: Literal["webrtc", "websocket"]
) -> Entrance:
    """Judge what is asked for, and use the client secret up. Raises NotGranted, Unauthorised, or Refused."""
    grant = principal.grant if principal is not None else None
    if grant is None:
        return entrance(asked)
    terms = grant.terms
    if terms.transport not in ("", transport):
        raise NotGranted(f"This client secret is good for {terms.transport} only.")
    bound = terms.agent or agent_of(terms.session.get("model"))
    if bound is not None and asked.named not in (None, bound):
        raise NotGranted(f"This client secret is good for the agent {bound or 'that is set'} only.")
    granted = Asked(
        model=asked.model or terms.session.get("model", ""),
        agent=bound if bound is not None else asked.named,
        hears=asked.hears or terms.session.get("type") == "transcription",
        session=asked.session,
        is_beta=asked.is_beta,
    )
    most_us = None if terms.most_seconds is None else terms.most_seconds * MICROS
    entered = entrance(granted, terms.session, most_us)
    if not await grants.use(grant.id):
        raise Unauthorised(USED, code="client_secret_used")
    return entered


def entrance(asked: Asked, granted: Json | None = None, most_us: int | None = None) -> Entrance:
    """The session to begin with, as the address, the secret and the client's own form have it. Raises Refused."""
    id = f"sess_{secrets.token_hex(12)}"
    has_agent = not asked.hears and (asked.named is not None or not asked.model)
    if asked.hears:
        session = transcription_session(id)
    elif has_agent:
        session = agent_session(id)
    else:
        session = open_session(id, asked.model, transcribed=asked.is_beta)
    session.takes_servers = mcp_client.is_installed()
    for patch in (granted or {}, asked.session):
        settle(session, patch)
    seconds = SESSION_SECONDS if most_us is None else min(SESSION_SECONDS, most_us // MICROS)
    session.expires_at = time.time_ns() // 1_000_000_000 + seconds
    return Entrance(session, (asked.named or None) if has_agent else None, has_agent, most_us)


def settle(session: Session, patch: Json) -> None:
    """What a session is to begin with; the model is the address's business. Raises Refused."""
    wanted: dict[str, Any] = {key: value for key, value in patch.items() if key != "model"}
    if wanted.keys() - {"type"}:
        kind = "transcription" if session.realtime is None else "realtime"
        session.update({"type": kind, **wanted})
