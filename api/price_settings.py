"""The setting of prices: what models cost that are not in Parley's own table, or cost somebody else less."""

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from stages.dialogue.spec import AgentSpec
from stages.prices import IN_PRIORITY, PRICES, Price, Prices

KEYS = tuple(field.name for field in fields(Price))


def prices_of(text: str, tier: str = "") -> Prices:
    """The table with those prices in it, for that service tier of the chat model. Raises ValueError."""
    known = IN_PRIORITY if tier == "priority" else PRICES
    if not text:
        return known
    try:
        given = json.loads(text)
    except ValueError:
        raise ValueError('must be JSON, like {"my-model": {"input": 0.5, "output": 1.5}}') from None
    if not isinstance(given, dict):
        raise ValueError("must be an object of prices by model")
    return known.with_others({model: _price(model, price) for model, price in given.items()})


def check_prices(text: str) -> str:
    prices_of(text)
    return text


def unpriced(spec: AgentSpec, stages: Mapping[str, str], prices: Prices) -> tuple[str, ...]:
    """The models of an agent's calls that have no price; `stages` are the models where its file names none."""
    own = {"stt": spec.stages.stt.model, "llm": spec.stages.llm.model, "tts": spec.stages.tts.model}
    used = [own[stage] or model for stage, model in stages.items()]
    used += [specialist.model for specialist in spec.specialists if specialist.model]
    return tuple(dict.fromkeys(model for model in used if prices.of(model) is None))


def warning(spec: AgentSpec, stages: Mapping[str, str], prices: Prices) -> str | None:
    """What has to be said of an agent whose calls may spend so much money, where that cannot be told."""
    lacking = unpriced(spec, stages, prices) if spec.limits.spend_usd is not None else ()
    if not lacking:
        return None
    names = ", ".join(lacking)
    return f"limits.spend_usd: not counted, because no price is known: {names}; set PARLEY_PRICES, or limits.tokens"


def _price(model: str, given: Any) -> Price:
    if not isinstance(given, dict) or not set(given) <= set(KEYS):
        raise ValueError(f"the price of {model!r} is an object with some of {', '.join(KEYS)}")
    for key, value in given.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1_000_000:
            raise ValueError(f"{key} of {model!r} must be dollars, 0 or more")
    return Price(**given)
