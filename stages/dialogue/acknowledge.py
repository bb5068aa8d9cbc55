"""The short phrase that is said at once when the answer takes long, chosen by what the caller said. Rules, and pure.

It must be true whatever the answer will be: it shows that the words arrived, and promises nothing.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from stages.dialogue.yesno import flat


class Said(StrEnum):
    """What kind of words they were."""

    QUESTION = "question"
    STATEMENT = "statement"
    NUMBER = "number"
    COMPLAINT = "complaint"
    UNKNOWN = "unknown"
    """Their transcript is not there yet."""


Phrases = Mapping[str, tuple[str, ...]]
"""By kind; a kind without phrases is not acknowledged."""


def _phrases(question: str, statement: str, number: str, complaint: str, unknown: str) -> Phrases:
    listed = (question, statement, number, complaint, unknown)
    return MappingProxyType({kind.value: tuple(texts.split(" | ")) for kind, texts in zip(Said, listed, strict=True)})


PHRASES: Mapping[str, Phrases] = MappingProxyType(
    {
        "en": _phrases(
            "Let me see. | Let me check.", "Okay. | I see. | All right.", "Got it. | Okay.",
            "I'm sorry about that. | I'm sorry to hear that.", "Okay. | Mm-hm.",
        ),
        "de": _phrases(
            "Ich sehe mal nach. | Einen Augenblick.", "Okay. | Verstehe. | Alles klar.", "Notiert. | Okay.",
            "Das tut mir leid. | Das ist ärgerlich.", "Okay. | Mhm.",
        ),
        "es": _phrases(
            "A ver. | Déjeme ver.", "De acuerdo. | Entiendo. | Muy bien.", "Entendido. | De acuerdo.",
            "Lo siento mucho. | Lamento oír eso.", "De acuerdo. | Ajá.",
        ),
        "fr": _phrases(
            "Voyons voir. | Je regarde.", "D'accord. | Je vois. | Très bien.", "C'est noté. | D'accord.",
            "Je suis désolé. | Je comprends.", "D'accord. | Mm-hm.",
        ),
        "it": _phrases(
            "Vediamo. | Controllo subito.", "D'accordo. | Capisco. | Va bene.", "Segnato. | D'accordo.",
            "Mi dispiace. | Mi dispiace molto.", "D'accordo. | Mm-hm.",
        ),
        "pt": _phrases(
            "Deixe-me ver. | Vou verificar.", "Certo. | Entendo. | Muito bem.", "Anotado. | Certo.",
            "Lamento muito. | Sinto muito.", "Certo. | Aham.",
        ),
        "nl": _phrases(
            "Even kijken. | Ik kijk even.", "Oké. | Ik begrijp het. | Goed.", "Genoteerd. | Oké.",
            "Dat spijt me. | Wat vervelend.", "Oké. | Mm-hm.",
        ),
    }
)  # fmt: skip
"""Where the agent's file says nothing, by language. A language that is not here has none."""

_QUESTION = re.compile(
    r"(?:(?:and|so|well|okay|ok|um|uh|but|then|hi|hello|please|sorry) )*"
    r"(?:what|when|where|who|whom|whose|which|why|how|(?:can|could|would|will|do|does|did|is|are|was|were|have|has|may"
    r"|should|shall) (?:i|you|we|it|he|she|they|there|that|this|the|my|your|anyone|somebody|someone)"
    r"|i (?:would like|want|need|wonder|wanted) to (?:know|ask|find out|check)|i'd like to (?:know|ask|find out|check)"
    r"|tell me|any (?:chance|idea)) "
)
_COMPLAINT = re.compile(
    r"\b(?:(?:doesn't|don't|isn't|not|never|didn't|won't|stopped|no longer) (?:work\w*|come|came|arriv\w*|fixed)"
    r"|broken|broke down|leak\w*|flood\w*|burst|damaged|faulty|terrible|awful|horrible|unacceptable|ridiculous|useless"
    r"|angry|upset|annoy\w*|frustrat\w*|disappoint\w*|complain\w*|still waiting|third time|nobody (?:came|called)"
    r"|overcharged|charged (?:me )?twice|wrong (?:order|item|amount|part)|rude|worst|emergency|fed up)\b"
)
_DIGITS = re.compile(
    r"(?:\d[\s\-().]*){3,}|(?:\b(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double)\b\W*){3,}"
)


def kind_of(text: str, language: str = "en") -> Said:
    """What was said. The words are read in English; of other languages the question mark and the digits are."""
    words = flat(text)
    if not words:
        return Said.UNKNOWN
    english = language == "en"
    if english and _COMPLAINT.search(words):
        return Said.COMPLAINT
    if text.rstrip().endswith("?") or (english and _QUESTION.match(f"{words} ")):
        return Said.QUESTION
    if _DIGITS.search(text.lower()):
        return Said.NUMBER
    return Said.STATEMENT


def acknowledgement(phrases: Phrases, kind: Said, before: str) -> str | None:
    """A phrase for that kind, never the one said `before`; None if there is none."""
    listed = phrases.get(kind.value, ())
    if before in listed:
        at = listed.index(before)
        listed = (*listed[at + 1 :], *listed[:at])
    return listed[0] if listed else None
