"""What a turn's requests to the providers take, counted while they run, so that a cut turn has its bill at once.

A provider tells the tokens of an answer at its end. Of an answer that was never finished they are estimated, from the
characters that were asked and written, and only when somebody wants to know.
"""

from collections.abc import Callable
from dataclasses import dataclass

CHARACTERS_A_TOKEN = 4
"""English text, as OpenAI's documentation estimates it."""


@dataclass(frozen=True, slots=True)
class Spent:
    """So much was asked of the providers: audio in microseconds, the rest in pieces."""

    heard_us: int = 0
    """Audio sent to the recogniser."""
    input_tokens: int = 0
    cached_tokens: int = 0
    """Of the input tokens, those that the provider had read before."""
    output_tokens: int = 0
    characters: int = 0
    """Text sent to the voice."""
    spoken_us: int = 0
    """Audio that the voice made of it."""

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(
            self.heard_us + other.heard_us,
            self.input_tokens + other.input_tokens,
            self.cached_tokens + other.cached_tokens,
            self.output_tokens + other.output_tokens,
            self.characters + other.characters,
            self.spoken_us + other.spoken_us,
        )

    def __sub__(self, other: "Spent") -> "Spent":
        return Spent(
            self.heard_us - other.heard_us,
            self.input_tokens - other.input_tokens,
            self.cached_tokens - other.cached_tokens,
            self.output_tokens - other.output_tokens,
            self.characters - other.characters,
            self.spoken_us - other.spoken_us,
        )

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens


NOTHING = Spent()
Models = tuple[str, str, str]
NO_MODELS: Models = ("", "", "")


@dataclass(frozen=True, slots=True)
class Part:
    """What was asked of some models before others took their place, and its price in millionths of a US dollar."""

    models: Models
    spent: Spent
    micro_usd: int
    hedged: Spent = NOTHING
    """What was asked of them a second time, beside `spent`."""
    hedged_micro_usd: int = 0


@dataclass(slots=True, eq=False)
class Asked:
    """One request to the chat model; `size` counts its characters, when asked to."""

    size: Callable[[], int]
    written: int = 0
    """Characters of the answer so far."""
    told: Spent | None = None
    """What the provider counted, once the answer is complete."""

    def spent(self) -> Spent:
        if self.told is not None:
            return self.told
        return Spent(input_tokens=tokens_of(self.size()), output_tokens=tokens_of(self.written))


class Spending:
    """The running count of one turn. Whoever sends a request counts it here when it leaves."""

    def __init__(self) -> None:
        self.heard_us = 0
        self.characters = 0
        self.spoken_us = 0
        self.models = NO_MODELS
        """Of transcription, chat and speech; empty where nobody says."""
        self._asked: list[Asked] = []
        self.hedged = NOTHING
        """What was asked a second time because it was late; one of the two was not needed."""
        self.beside_micro_usd = 0
        """What others than the turn's models took, in millionths of a US dollar: a specialist."""
        self.unpriced: set[str] = set()
        """Those of the others that have no known price."""
        self.earlier: list[Part] = []
        """What was asked before a hand-off, of the models of who had the call by then."""
        self.is_billed = False
        """The turn is over, and its bill was stated."""

    def ask(self, size: Callable[[], int]) -> Asked:
        asked = Asked(size)
        self._asked.append(asked)
        return asked

    def total(self) -> Spent:
        """All but what was asked a second time."""
        spoken = Spent(heard_us=self.heard_us, characters=self.characters, spoken_us=self.spoken_us)
        return sum((asked.spent() for asked in self._asked), spoken)

    def latest(self) -> Spent:
        """Of the total, what the models of now were asked."""
        return self.total() - sum((part.spent for part in self.earlier), NOTHING)

    def latest_hedged(self) -> Spent:
        """Of what was asked a second time, what the models of now were asked."""
        return self.hedged - sum((part.hedged for part in self.earlier), NOTHING)


def tokens_of(characters: int) -> int:
    return -(-characters // CHARACTERS_A_TOKEN)
