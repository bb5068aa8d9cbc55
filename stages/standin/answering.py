"""One chat answer as it comes: words and tool calls in time, whatever the endpoint makes of them."""

import re
import secrets
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass

from stages.ports import Said, ToolCall, ToolResult
from stages.standin.backstage import Backstage
from stages.standin.engines.ports import ChatEngineRequest, EngineToolCall
from stages.standin.latency import ChatPace
from stages.standin.models import ChatModel

_TOKENS = re.compile(r"\s*\w{1,12}|\s*[^\w\s]+|\s+$")
_HIDDEN = {"none": 0, "minimal": 32, "low": 128, "medium": 320, "high": 960, "xhigh": 2048, "max": 4096}
CHARS_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class Opened:
    """The answer is under way: headers and opening events may go."""


@dataclass(frozen=True, slots=True)
class Word:
    text: str


@dataclass(frozen=True, slots=True)
class CallBegun:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class CallPiece:
    """A piece of the arguments of the call that was begun last."""

    arguments: str


@dataclass(frozen=True, slots=True)
class CallEnded:
    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Closed:
    """The end. `reason`: stop, tool_calls or length."""

    reason: str
    prompt_tokens: int
    tokens: int
    reasoning_tokens: int


Part = Opened | Word | CallBegun | CallPiece | CallEnded | Closed


@dataclass(frozen=True, slots=True)
class Asked:
    """A checked chat request, the same for both endpoints."""

    model: ChatModel
    effort: str
    request: ChatEngineRequest
    parallel: bool = True
    tier: str = "default"
    """The service tier that serves it."""


def tokens(text: str) -> list[str]:
    """`text` in pieces of about a token; joined they are `text` again."""
    pieces = _TOKENS.findall(text)
    return pieces if "".join(pieces) == text else [text]


def prompt_tokens(request: ChatEngineRequest) -> int:
    """About how many tokens the prompt has."""
    size = len(request.instructions) + sum(len(str(tool.parameters)) + len(tool.description) for tool in request.tools)
    for message in request.messages:
        match message:
            case Said(_, text):
                size += len(text)
            case ToolCall(_, name, arguments):
                size += len(name) + len(arguments)
            case ToolResult(_, output):
                size += len(output)
    return 3 + 4 * len(request.messages) + size // CHARS_PER_TOKEN


async def answer(backstage: Backstage, asked: Asked, *, empty: bool = False) -> AsyncGenerator[Part, None]:
    """The engine's answer at the pace of the latency profile. `empty` is the scripted fault."""
    begun = backstage.timing.now()
    prompted = prompt_tokens(asked.request)
    pace = backstage.laws.chat(asked.model.id, prompted, asked.effort, backstage.up_s, asked.tier)
    engines = await backstage.engines()
    crew = backstage.crew("chat", engines.chat_threads)
    await backstage.timing.until(begun + pace.opening)
    yield Opened()
    budget = _Budget(asked.request.max_tokens, _HIDDEN[asked.effort])
    schedule = _tokens_due(pace, begun)
    called = False
    async with aclosing(crew.each(lambda: engines.chat.answer(asked.request) if not empty else iter(()))) as pieces:
        async for piece in pieces:
            if isinstance(piece, EngineToolCall) and called and not asked.parallel:
                break
            called = called or isinstance(piece, EngineToolCall)
            for part in _parts(piece):
                if isinstance(part, Word | CallPiece):
                    if not budget.spend():
                        break
                    await backstage.timing.until(next(schedule))
                yield part
            if budget.over:
                break
    reason = "length" if budget.over else "tool_calls" if called else "stop"
    yield Closed(reason, prompted, budget.spent, budget.hidden)


@dataclass(slots=True)
class _Budget:
    """Tokens that may still be sent; hidden reasoning is paid first."""

    limit: int | None
    hidden: int
    spent: int = 0
    over: bool = False

    def __post_init__(self) -> None:
        if self.limit is not None:
            self.hidden = min(self.hidden, self.limit)

    def spend(self) -> bool:
        if self.limit is not None and self.spent + self.hidden >= self.limit:
            self.over = True
            return False
        self.spent += 1
        return True


def _tokens_due(pace: ChatPace, begun: float) -> Iterator[float]:
    """The moment of each token. A model writes on while its last token is on the way: lateness never adds up."""
    due = begun + pace.first
    while True:
        yield due
        due += pace.gap()


def _parts(piece: str | EngineToolCall) -> Iterator[Part]:
    if isinstance(piece, str):
        yield from map(Word, tokens(piece))
        return
    call_id = piece.id or f"call_{secrets.token_hex(12)}"
    yield CallBegun(call_id, piece.name)
    yield from map(CallPiece, tokens(piece.arguments))
    yield CallEnded(call_id, piece.name, piece.arguments)
