"""What words over the agent mean: "mhm" wants no floor, "stop" wants it at once, and anything else wants it.

A list for each language, and what the agent file adds to it. A word that is in no list is no backchannel.
"""

import re
from dataclasses import dataclass

from stages.dialogue.spec import Expects

MOST_WORDS = 4
"""A backchannel of more words than this is a sentence."""
SURE_WORDS = 2
"""So many words that are no backchannel claim the floor although more may come: a single one may be half a word."""

_HUMS = (
    "m mm mmm mhm mmhm mmhmm hm hmm hmmm mhmm uhhuh uh huh um umm uhm ah aah aha oh ooh eh er erm uhuh hum"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tongue:
    """What a listener says in one language: sounds that may be strung together, phrases, what of the sounds is also an
    answer, and what stops a talker."""

    sounds: str
    phrases: tuple[str, ...]
    answers: str
    stops: tuple[str, ...]


TONGUES = {
    "en": Tongue(
        "yeah yea yep yup yes ok okay kay right sure alright good great nice cool fine wow really gotcha exactly"
        " indeed absolutely true perfect lovely interesting",
        ("i see", "all right", "got it", "of course", "go on", "go ahead", "i know", "thank you", "thanks",
         "oh really", "i understand", "makes sense", "sounds good", "very good", "you know", "you got it",
         "that's right", "that's true", "fair enough", "for sure", "i agree"),
        "yeah yea yep yup yes ok okay right sure alright fine exactly absolutely perfect good great",
        ("stop", "wait", "no", "nope", "hang on", "hold on", "excuse me", "sorry", "pardon", "one moment",
         "just a moment", "just a second", "one second", "hold up", "shut up", "be quiet", "quiet", "enough",
         "actually", "hello", "let me", "never mind", "listen", "but", "what"),
    ),
    "es": Tongue(
        "sí si vale ya claro bueno bien ajá aja ok okay exacto cierto perfecto genial estupendo correcto oye mira",
        ("de acuerdo", "está bien", "esta bien", "ya veo", "por supuesto", "muy bien", "eso es", "gracias",
         "desde luego", "lo sé", "lo se", "entiendo", "ah bueno"),
        "sí si vale claro bueno bien ok okay exacto perfecto correcto",
        ("para", "pare", "espera", "espere", "no", "un momento", "un segundo", "perdón", "perdone", "disculpe",
         "disculpa", "alto", "basta", "cállate", "cállese", "escuche", "oiga", "hola", "pero"),
    ),
    "de": Tongue(
        "ja jaja jo jep klar genau gut okay ok stimmt richtig schön prima super toll aha achso ach so na mhm soso"
        " verstehe logisch natürlich eben doch",
        ("alles klar", "ich verstehe", "ach so", "in ordnung", "na klar", "sehr gut", "ja genau", "ich weiß",
         "ich weiss", "danke", "aha okay", "ach ja", "na gut"),
        "ja jaja jo jep klar genau gut okay ok stimmt richtig natürlich doch",
        ("stopp", "stop", "halt", "warte", "warten sie", "nein", "nee", "moment", "einen moment", "sekunde",
         "entschuldigung", "tschuldigung", "verzeihung", "hören sie", "ruhe", "genug", "hallo", "aber", "wie bitte"),
    ),
    "fr": Tongue(
        "oui ouais ouaip si bien bon ok okay voilà voila exact exactement absolument super parfait ah aha daccord"
        " entendu bah ben hein mouais tiens",
        ("d'accord", "d accord", "je vois", "bien sûr", "bien sur", "très bien", "tres bien", "c'est ça", "c est ça",
         "ah bon", "en effet", "tout à fait", "merci", "je comprends", "ah oui", "ça marche"),
        "oui ouais ouaip si bien bon ok okay voilà exact exactement absolument parfait daccord",
        ("stop", "arrêtez", "arrête", "attendez", "attends", "non", "un moment", "un instant", "une seconde",
         "pardon", "excusez moi", "excuse moi", "désolé", "écoutez", "taisez vous", "ça suffit", "allô", "mais"),
    ),
    "it": Tongue(
        "sì si ok okay certo bene giusto esatto vero perfetto già va capito ecco",
        ("va bene", "ho capito", "d'accordo", "d accordo", "certo che sì", "molto bene", "grazie", "lo so"),
        "sì si ok okay certo bene giusto esatto perfetto",
        ("ferma", "fermo", "basta", "aspetta", "aspetti", "no", "un momento", "un attimo", "scusi", "scusa",
         "senta", "pronto", "ma"),
    ),
    "pt": Tongue(
        "sim é ok okay certo claro bem bom exato isso pois tá entendi perfeito",
        ("está bem", "tudo bem", "pois é", "com certeza", "muito bem", "obrigado", "obrigada", "eu sei"),
        "sim é ok okay certo claro bem exato isso",
        ("para", "pare", "espera", "espere", "não", "um momento", "um segundo", "desculpe", "desculpa", "basta",
         "olha", "alô", "mas"),
    ),
    "nl": Tongue(
        "ja jawel ok okay goed juist precies klopt prima mooi leuk zeker oké inderdaad",
        ("ik snap het", "dat klopt", "heel goed", "is goed", "dank je", "dank u", "ik weet het", "ik begrijp het"),
        "ja jawel ok okay oké goed juist precies klopt prima zeker",
        ("stop", "wacht", "nee", "moment", "een moment", "een ogenblik", "sorry", "pardon", "luister", "hallo", "maar"),
    ),
}  # fmt: skip
"""By ISO 639-1 code. A language that is not here has hums alone, and nothing that stops at once."""

_NONE = Tongue("", (), "", ())


class Listening:
    """How one agent takes words that are spoken over it."""

    __slots__ = ("_answers", "_phrases", "_sounds", "_stops")

    def __init__(self, language: str = "en", backchannels: tuple[str, ...] = (), stops: tuple[str, ...] = ()) -> None:
        tongue = TONGUES.get(language, _NONE)
        self._sounds = frozenset(_HUMS.split()) | frozenset(tongue.sounds.split())
        self._phrases = frozenset(map(_flat, (*tongue.phrases, *backchannels)))
        self._answers = frozenset(tongue.answers.split())
        self._stops = frozenset(map(_flat, (*tongue.stops, *stops)))

    def objection(self, text: str, expects: str | None = None, so_far: bool = False) -> str | None:
        """Why these words do not take the floor; None if they do. `expects`: what the state waits for.

        Of words that may go on (`so_far`) only those take it that stop a talker, or that are too many to be a hum.
        """
        if so_far:
            words = _flat(text).split()
            enough = len(words) >= SURE_WORDS and not self._may_be_backchannel(words)
            return None if enough or self.is_stop(text) else "unfinished"
        return "backchannel" if self.is_backchannel(text, expects) else None

    def is_backchannel(self, text: str, expects: str | None = None) -> bool:
        """Where a yes or a no is waited for, a yes is an answer."""
        flat = _flat(text)
        words = flat.split()
        if expects == Expects.YES_NO and self._answers.intersection(words):
            return False
        return flat in self._phrases or (0 < len(words) <= MOST_WORDS and self._are_sounds(words))

    def is_stop(self, text: str) -> bool:
        """The words begin with one that stops a talker."""
        words = [word for word in _flat(text).split() if word not in self._sounds or word in self._stops]
        return any(" ".join(words[:count]) in self._stops for count in (1, 2, 3))

    def _may_be_backchannel(self, words: list[str]) -> bool:
        """These words, or what they begin."""
        while words and words[0] in self._sounds:
            words = words[1:]
        flat = " ".join(words)
        return self._are_sounds(words) or any(phrase.startswith(flat) for phrase in self._phrases)

    def _are_sounds(self, words: list[str]) -> bool:
        """Sounds, and phrases between them."""
        at = 0
        while at < len(words):
            longest = next((n for n in (3, 2) if " ".join(words[at : at + n]) in self._phrases), 0)
            if not longest and words[at] not in self._sounds and words[at] not in self._phrases:
                return False
            at += longest or 1
        return True


def _flat(text: str) -> str:
    joined = text.lower().replace("\u2019", "'").replace("mm-h", "mmh").replace("uh-h", "uhh")
    return " ".join(re.findall(r"[\w']+", joined.replace("-", " ")))
