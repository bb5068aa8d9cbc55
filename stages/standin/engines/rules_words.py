"""How the rule-based engine puts things: short openings, questions in turn, nothing said twice in a row."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stages.standin.engines.rules_slots import kind, thing

UNRELATED = ("All right.", "I see.", "Thank you.")
NO_PROMISES = ("That's not for me to decide.", "I can't promise that.", "Somebody else has to decide that.")
DOING = {"schedule": "Let me book that.", "write_back": "Let me write that down.", "hand_off": ""}
"""What is said while a tool runs."""
LEADS = ("", "That one is beyond me.", "Let me ask again.", "I can't help with that one.", "Back to your call.")
_QUOTED = re.compile(r"['\"\u2018\u201c]([^'\"\u2019\u201d]{8,}\?)['\"\u2019\u201d]")
WINDOW = 4
"""How many of the last replies a new one must differ from."""


def acknowledged(notes: Mapping[str, str], meanings: Mapping[str, str]) -> str:
    """A short opening that shows what was understood; what was chosen from a list is not repeated."""
    notes = {name: value for name, value in notes.items() if "one of:" not in meanings.get(name, "")}
    if "refused" in notes.values():
        return "That's fine."
    for name, value in reversed(tuple(notes.items())):
        match kind(name, meanings.get(name, "")):
            case "name":
                return f"Got it. Thanks, {value.split()[0]}."
            case "day" | "time":
                return f"All right. {value[:1].upper()}{value[1:]}."
            case "issue":
                about = thing(value)
                return f"Got it. Sorry about the {about}." if about else "Got it."
            case "phone" | "digits":
                return f"Got it. {spelled(value)}."
    return "Got it."


def questions(description: str, instructions: Sequence[str], examples: Sequence[str]) -> tuple[str, ...]:
    """Ways of asking what a state wants to know, the best first."""
    asked = [example for example in examples if "?" in example and not is_read_back(example)]
    asked += [quote for line in instructions for quote in _QUOTED.findall(line)]
    if asked:
        return tuple(dict.fromkeys(asked))
    if examples:
        return tuple(examples)
    order = r"^(?:ask (?:for|about|which|whether)?|find out|get|collect|request)\s*"
    topic = re.sub(order, "", description.strip(" ."), flags=re.IGNORECASE)
    return (f"Could you tell me {topic[:1].lower()}{topic[1:]}?",) if topic else ("How can I help you?",)


def varied(openings: Sequence[str], asked: Sequence[str], replies: Sequence[str]) -> str:
    """An opening and a question that differ from the last few replies; no opening comes twice in a row."""
    recent = [reply.strip() for reply in replies[-WINDOW:]]
    last = recent[-1] if recent else ""
    turn = len(replies)
    tried = []
    for attempt in range(len(openings) * len(asked) * len(LEADS)):
        opening = openings[(turn + attempt) % len(openings)]
        question = asked[(turn + attempt // 2) % len(asked)]
        reply = joined(opening, LEADS[(turn + attempt) % len(LEADS)], question)
        if reply in recent or last.startswith(opening):
            continue
        if not any(question in earlier and earlier.startswith(opening) for earlier in recent):
            return reply
        tried.append(reply)
    return tried[0] if tried else joined(openings[turn % len(openings)], asked[turn % len(asked)])


def is_read_back(text: str) -> bool:
    """A question that asks whether something was understood right."""
    asks = r"\b(?:is (?:that|it|this) (?:correct|right)|did i get that right|correct\?|right\?)"
    return bool(re.search(asks, text, re.IGNORECASE))


def spelled(value: str) -> str:
    """Digits one by one, for the ear."""
    return re.sub(r"\d{2,}", lambda run: " ".join(run[0]), value)


def lettered(value: str) -> str:
    return ", ".join("-".join(part.upper()) for part in value.split())


def joined(*parts: str) -> str:
    return " ".join(part.strip() for part in parts if part and part.strip())


def pieces(text: str) -> Iterable[str]:
    """The text as a model streams it: word by word."""
    return re.findall(r"\S+\s*", text)


def worded(name: str, given: Mapping[str, Any], result: Mapping[str, Any]) -> str:
    """A tool's result in a sentence."""
    if name in ("move_to", "note"):
        return ""
    if isinstance(result.get("earlier"), dict):
        result = result["earlier"]
    if "error" in result:
        return "Sorry, that didn't go through, so I can't promise it."
    if "confirmation_number" in result:
        day = f" for {given['day']}" if given.get("day") else ""
        return f"You're booked{day}. Your confirmation number is {spelled(str(result['confirmation_number']))}."
    if "reference" in result:
        return f"That's written down. The reference is {spelled(str(result['reference']))}."
    told = next((str(value) for value in result.values() if isinstance(value, str | float)), "")
    return told or "That's done."
