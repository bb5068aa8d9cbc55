"""Reads a call for its outcome with the chat model: once, under a deadline, and without harm when that fails."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import aclosing

from pipeline.errors import ProviderFault
from pipeline.spending import Spent, tokens_of
from pipeline.transcript import Line
from stages.dialogue.extraction import Extraction, form, read
from stages.dialogue.spec import Field
from stages.meter import characters
from stages.ports import ChatModel, TextPiece, Usage

DEADLINE = 20.0
"""Seconds after which the deterministic part of the outcome has to do."""
LONGEST_ANSWER = 20_000

log = logging.getLogger(__name__)


class Extract:
    """`await extract(lines, fields)`: what the model makes of the call so far; None if it makes nothing of it."""

    def __init__(self, model: ChatModel, deadline: float = DEADLINE) -> None:
        self._model = model
        self._deadline = deadline

    async def __call__(
        self, lines: Iterable[Line], fields: Iterable[Field], paid: Callable[[str, Spent], None] = lambda *_: None
    ) -> Extraction | None:
        """`paid` is told what an answer took; where the provider does not say it, by its length."""
        wanted, said = tuple(fields), tuple(line for line in lines if line.text)
        if not any(line.who == "caller" for line in said):
            return None
        answer, asked = "", form(said, wanted)
        told: Spent | None = None
        try:
            async with asyncio.timeout(self._deadline), aclosing(self._model.answer(asked)) as pieces:
                async for piece in pieces:
                    if isinstance(piece, TextPiece):
                        answer += piece.text
                    elif isinstance(piece, Usage):
                        told = Spent(0, piece.input_tokens, piece.cached_tokens, piece.output_tokens)
                    if len(answer) > LONGEST_ANSWER:
                        break
        except ProviderFault as fault:
            log.warning("a call could not be read for its outcome", extra={"code": fault.code})
            return None
        except TimeoutError:
            log.warning("a call could not be read for its outcome", extra={"code": "deadline"})
            return None
        finally:
            if answer or told:
                guess = Spent(input_tokens=tokens_of(characters(asked)), output_tokens=tokens_of(len(answer)))
                paid(self._model.model, told or guess)
        return read(answer, wanted)
