"""From samples to words: how much of a unit of speech the caller can be said to have heard."""

US_PER_CHARACTER = 62_000
"""Spoken English runs at about 16 characters a second; used only while a unit is still being synthesised."""


def heard_words(text: str, heard_us: int, made_us: int, complete: bool) -> str:
    """The words of `text` that fit into `heard_us` of its audio, cut down to whole words.

    Speech synthesis gives no word times, so the cut is in proportion to the samples; the error is at most about a word.
    """
    if complete and made_us == 0:
        return text  # it was written, not spoken: it is read at once
    if heard_us <= 0:
        return ""
    total = made_us if complete else max(made_us, len(text) * US_PER_CHARACTER)
    if complete and heard_us >= made_us:
        return text
    end = len(text) * heard_us // max(1, total)
    if end >= len(text):
        return text
    while end > 0 and not text[end].isspace():
        end -= 1
    return text[:end].rstrip()
