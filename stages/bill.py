"""What one call has cost so far, of all three stages, by the table of prices."""

from pipeline.spending import NO_MODELS, NOTHING, Models, Part, Spending, Spent
from stages.prices import PRICES, Prices


class Bill:
    """Adds up the turns of a call. What has no price is not in it; the models that have none are in `unpriced`."""

    def __init__(self, prices: Prices = PRICES) -> None:
        self._prices = prices
        self._models = NO_MODELS
        self._open = Spending()
        self._tokens = 0
        self._usd = 0.0
        self._due = 0
        """Millionths of a dollar that no turn's bill has yet."""
        self._due_unpriced: set[str] = set()
        """Models without a price that no turn's bill names yet."""
        self.unpriced: set[str] = set()

    def begin(self, spending: Spending, models: Models) -> None:
        """A turn begins, with these models; what the one before it took is known by now."""
        self._usd += self._cost_of_open()
        self._tokens += (self._open.total() + self._open.hedged).tokens
        self._open = spending
        spending.beside_micro_usd += self._due
        spending.unpriced |= self._due_unpriced
        self._due, self._due_unpriced = 0, set()
        self._models = spending.models = models

    def turn_to(self, models: Models) -> None:
        """Another agent has the call: what the turn asked so far was asked of the models of the one before it."""
        asked, hedged = self._open.latest(), self._open.latest_hedged()
        if models != self._models and (asked, hedged) != (NOTHING, NOTHING):
            part = Part(self._models, asked, self.micro_usd(asked), hedged, self.micro_usd(hedged))
            self._open.earlier.append(part)
        self._models = self._open.models = models

    def thought(self, model: str, read: int, written: int, cached: int = 0) -> None:
        """Somebody else was asked: a specialist. It stands on the bill of the turn that is going on, or of the next."""
        usd = self._known(model, self._prices.thinking(model, read, written, cached))
        self._tokens += read + written
        self._usd += usd
        if model in self.unpriced:
            (self._due_unpriced if self._open.is_billed else self._open.unpriced).add(model)
        if self._open.is_billed:
            self._due += round(usd * 1_000_000)
        else:
            self._open.beside_micro_usd += round(usd * 1_000_000)

    @property
    def late_micro_usd(self) -> int:
        """What was asked beside the turns since the last one was billed."""
        return self._due

    @property
    def tokens(self) -> int:
        """Of chat models, read and written."""
        return self._tokens + self._open.total().tokens

    @property
    def usd(self) -> float:
        return self._usd + self._cost_of_open()

    def micro_usd(self, spent: Spent) -> int:
        """What that costs with the models of the turn that is going on."""
        return round(self._cost(spent) * 1_000_000)

    def _cost_of_open(self) -> float:
        before = sum(part.micro_usd + part.hedged_micro_usd for part in self._open.earlier) / 1_000_000
        return before + self._cost(self._open.latest() + self._open.latest_hedged())

    def _cost(self, spent: Spent) -> float:
        stt, llm, tts = self._models
        usd = 0.0
        if spent.heard_us:
            usd += self._known(stt, self._prices.hearing(stt, spent.heard_us))
        if spent.tokens:
            thought = self._prices.thinking(llm, spent.input_tokens, spent.output_tokens, spent.cached_tokens)
            usd += self._known(llm, thought)
        if spent.characters:
            usd += self._known(tts, self._prices.speaking(tts, spent.characters, spent.spoken_us))
        return usd

    def _known(self, model: str, usd: float | None) -> float:
        if usd is None:
            self.unpriced.add(model)
        return usd or 0.0
