"""What an agent can do besides talking: its tools, its specialists, and the agents it hands over to."""

from dataclasses import dataclass
from enum import StrEnum

TARGET_MS = 400
"""A tool that takes longer than this has breached its deadline, and the caller hears a filler."""
SPECIALIST_MS = 6000


class Access(StrEnum):
    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where an HTTP tool is reached. `secret` names the setting that signs the request; it is never in the file."""

    url: str
    method: str = "POST"
    secret: str = ""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool as the agent file has it. Neither `python` nor `http`: a built-in one."""

    name: str
    description: str = ""
    access: str = Access.READ
    python: str = ""
    """`module:function`; its schema comes from the function's signature."""
    http: Endpoint | None = None
    parameters: str = ""
    """JSON text: the schema of the arguments of an HTTP tool."""
    prefetch: bool = False
    """A read that starts when a state which offers it is entered; its arguments come from the fields of their names."""
    deadline_ms: int = TARGET_MS
    idempotency_key: tuple[str, ...] = ()
    """The arguments that make two writes the same one; empty: all of them."""
    requires: tuple[str, ...] = ()
    """Fields that have to be settled before it may run."""
    claims: tuple[str, ...] = ()
    """Phrases that say it was done: not spoken before it was."""
    line: str = ""
    """Said when it takes longer than its deadline; empty: one of the agent's fillers."""

    @property
    def built_in(self) -> bool:
        return not self.python and self.http is None


@dataclass(frozen=True, slots=True)
class Specialist:
    """Another model behind the tool `ask_specialist`."""

    name: str
    description: str
    instructions: str
    model: str = ""
    """Empty: the model of the agent itself."""
    deadline_ms: int = SPECIALIST_MS
    fallback: str = "I could not find that out just now."


@dataclass(frozen=True, slots=True)
class Handoff:
    """Another agent file that may take the call over."""

    agent: str
    condition: str
    line: str = "I'm passing you on to a colleague who can help with that."
    requires: tuple[str, ...] = ()
    """Fields that have to be settled before."""
    keep_voice: bool = False
    """Go on in the voice that the caller knows, whatever the other file says."""
