"""What a model costs: one table, and the sums made with it. A model that is not in it has no price, never a guess.

Standard prices of OpenAI's API in US dollars, as its model pages and its pricing page told them in November 2026
(developers.openai.com/api/docs/models and /api/docs/pricing). Audio is priced by the minute: for the models that bill
audio tokens that is the pricing page's own estimate (gpt-4o-transcribe: 2.5 a million tokens in, 10 out, about 0.006 a
minute; gpt-4o-mini-tts: 0.60 a million in, 12 out, about 0.015 a minute). Not counted: writes to the provider's cache,
and the higher rates beyond 272 000 tokens. Other prices, and those of other models, are set with
`PARLEY_PRICES`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

MILLION = 1_000_000
MINUTE_US = 60 * MILLION


@dataclass(frozen=True, slots=True)
class Price:
    """In US dollars. What a model is not asked for costs nothing."""

    input: float = 0.0
    """A million tokens read."""
    output: float = 0.0
    """A million tokens written."""
    cached: float | None = None
    """A million tokens read from the provider's cache; None: as any other."""
    minute: float = 0.0
    """A minute of audio, heard or spoken."""
    characters: float = 0.0
    """A million characters spoken."""


STANDARD: dict[str, Price] = {
    # Thinking.
    "gpt-4.1": Price(2.00, 8.00, 0.50),
    "gpt-4.1-mini": Price(0.40, 1.60, 0.10),
    "gpt-4.1-nano": Price(0.10, 0.40, 0.025),
    "gpt-4o": Price(2.50, 10.00, 1.25),
    "gpt-4o-mini": Price(0.15, 0.60, 0.075),
    "gpt-5": Price(1.25, 10.00, 0.125),
    "gpt-5-mini": Price(0.25, 2.00, 0.025),
    "gpt-5-nano": Price(0.05, 0.40, 0.005),
    "gpt-5.1": Price(1.25, 10.00, 0.125),
    "gpt-5.6-luna": Price(0.20, 1.20, 0.02),
    "gpt-5.6-terra": Price(2.00, 12.00, 0.20),
    "gpt-5.6-sol": Price(4.00, 20.00, 0.40),
    "gpt-6-luna": Price(0.10, 0.50, 0.01),
    "gpt-6-sol": Price(2.00, 10.00, 0.20),
    # Hearing.
    "gpt-4o-transcribe": Price(minute=0.006),
    "gpt-4o-mini-transcribe": Price(minute=0.003),
    "gpt-transcribe": Price(minute=0.0045),
    "whisper-1": Price(minute=0.006),
    # Speaking.
    "gpt-4o-mini-tts": Price(minute=0.015),
    "tts-1": Price(characters=15.00),
    "tts-1-hd": Price(characters=30.00),
}

PRIORITY: dict[str, Price] = {
    "gpt-4.1": Price(3.50, 14.00, 0.875),
    "gpt-4.1-mini": Price(0.70, 2.80, 0.175),
    "gpt-4.1-nano": Price(0.20, 0.80, 0.05),
    "gpt-4o": Price(4.25, 17.00, 2.125),
    "gpt-4o-mini": Price(0.25, 1.00, 0.125),
    "gpt-5": Price(2.50, 20.00, 0.25),
    "gpt-5-mini": Price(0.45, 3.60, 0.045),
    "gpt-5.1": Price(2.50, 20.00, 0.25),
}
"""Chat models with `service_tier` priority; any other has no price. gpt-4.1 and gpt-5 to 5.1 by OpenAI's own page
(openai.com/api-priority-processing), all of gpt-4.1 and gpt-4o as LiteLLM's table of model prices has them."""

_SNAPSHOT = re.compile(r"-\d{4}-\d{2}-\d{2}$")


@dataclass(frozen=True, slots=True)
class Prices:
    """A table of prices by model. A dated snapshot costs what its family does; a smaller sibling has its own row."""

    table: Mapping[str, Price]

    def of(self, model: str) -> Price | None:
        return self.table.get(model) or self.table.get(_SNAPSHOT.sub("", model))

    def with_others(self, others: Mapping[str, Price]) -> "Prices":
        """The same with other prices, which win."""
        return Prices({**self.table, **others})

    def thinking(self, model: str, read: int, written: int, cached: int = 0) -> float | None:
        """Dollars for tokens of a chat model. `cached` of those that were read came from the provider's cache."""
        price = self.of(model)
        if price is None:
            return None
        rate = price.input if price.cached is None else price.cached
        fresh = max(0, read - cached)
        return (fresh * price.input + min(cached, read) * rate + written * price.output) / MILLION

    def hearing(self, model: str, audio_us: int) -> float | None:
        """Dollars for a transcription of so much audio."""
        price = self.of(model)
        return None if price is None else audio_us * price.minute / MINUTE_US

    def speaking(self, model: str, characters: int, audio_us: int) -> float | None:
        """Dollars for so many characters that became so much audio."""
        price = self.of(model)
        if price is None:
            return None
        return characters * price.characters / MILLION + audio_us * price.minute / MINUTE_US


PRICES = Prices(STANDARD)
IN_PRIORITY = Prices({model: price for model, price in STANDARD.items() if not price.output} | PRIORITY)
"""The same for those who ask for the priority tier: what an answer costs is told as if it was always granted."""
