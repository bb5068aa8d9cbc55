"""How sure the recogniser was of a stretch of its transcript: as sure as of the least sure piece in it."""

import math
from collections.abc import Sequence

from pipeline.flow import Token


def confidence(tokens: Sequence[Token], text: str, start: int, end: int) -> int | None:
    """Percent, for the characters `start` to `end` of `text`; None where the recogniser said nothing about them."""
    said = "".join(token.text for token in tokens)
    begins = said.find(text) if text else -1
    if begins < 0:
        flat = said.strip()
        if " ".join(flat.split()) != text:
            return None
        begins = len(said) - len(said.lstrip())
    least: float | None = None
    at = 0
    for token in tokens:
        after = at + len(token.text)
        # A token of blanks or of punctuation alone says nothing about the value.
        if after > begins + start and at < begins + end and any(sign.isalnum() for sign in token.text):
            least = token.logprob if least is None else min(least, token.logprob)
        at = after
    return None if least is None else round(100 * math.exp(min(least, 0.0)))
