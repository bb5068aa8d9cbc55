"""How many calls and conversations each key holds, and how many it may."""

from collections import Counter
from collections.abc import Callable

from api.principal import Principal
from pipeline.errors import TooBusy


class Allowances:
    """Counted by the name of the key, its client secrets included; the console has no limit of its own."""

    def __init__(self) -> None:
        self._held: Counter[str] = Counter()

    def take(self, principal: Principal | None) -> Callable[[], None]:
        """One more, to be given back by calling what is returned, once. Raises TooBusy."""
        if principal is None or principal.most_calls is None:
            return lambda: None
        name = principal.name
        if self._held[name] >= principal.most_calls:
            raise TooBusy(
                f"This key may hold {principal.most_calls} calls at once, and does; end one first.", code="key_busy"
            )
        self._held[name] += 1
        return lambda: self._give_back(name)

    def _give_back(self, name: str) -> None:
        self._held[name] -= 1
        if self._held[name] <= 0:
            del self._held[name]
