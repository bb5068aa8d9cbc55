"""What follows from the caller's words: what to note, whether the state is done, which tool is due, where to go."""

import re
from collections.abc import Mapping

from stages.ports import ToolSpec
from stages.standin.engines.rules_prompt import MOVE, NOTE, Scene, Step, json_object
from stages.standin.engines.rules_slots import agrees, extract, found, is_question, kind, words
from stages.standin.engines.rules_turns import gives_orders, is_danger, refuses, wants_person
from stages.standin.engines.rules_words import is_read_back

END = "end_call"
LOOKUP = "lookup"
ESCALATE = "escalate"
REFUSED = "refused"
"""What is noted where the caller will not say."""
_SYNONYMS = {
    "price": "cost costs much charge charges quote fee expensive".split(),
    "hour": "open opening close closing".split(),
    "area": "cover come reach far".split(),
    "emergency": "danger urgent smell".split(),
}


def new_notes(scene: Scene, step: Step) -> dict[str, str]:
    """What the caller gave that is new; what is noted changes only where they correct it or are asked for it."""
    if gives_orders(scene.caller):
        return {}
    given = found(scene.fields, scene.caller, step.expects, scene.choices)
    if step.expects in scene.fields and step.expects not in given and refuses(scene.caller):
        return {**given, step.expects: REFUSED}
    correction = r"\b(?:actually|instead|i meant|i mean|correction|change|rather|not)\b|^no\b"
    correcting = re.search(correction, scene.caller, re.IGNORECASE)
    return {
        name: value
        for name, value in given.items()
        if value != scene.noted.get(name) and (name not in scene.noted or correcting or name == step.expects)
    }


def is_settled(scene: Scene, step: Step, known: Mapping[str, str], verdict: bool | None) -> bool:
    """May the call leave this state?"""
    if awaits_yes(scene) and verdict is True:
        return True
    if step.expects in scene.fields:
        return step.expects in known
    match step.expects:
        case "yes_no":
            return verdict is not None
        case "digits":
            return extract("digits", scene.caller, True) is not None
        case _:
            return stated(scene, step) is not None


def stated(scene: Scene, step: Step) -> str | None:
    """What answers a state that names no field: of the kind its description speaks of, or any words at all."""
    sort = kind(step.id, step.description)
    if sort in ("name", "phone", "email"):
        return extract(sort, scene.caller, True)
    return scene.caller.strip() or None


def awaits_yes(scene: Scene) -> bool:
    return bool(scene.replies) and is_read_back(scene.replies[-1])


def wants_read_back(scene: Scene, step: Step, notes: Mapping[str, str]) -> bool:
    if not re.search(r"\b(?:confirm|spell|read (?:it )?back|repeat it back)\b", step.text):
        return False
    if awaits_yes(scene) and agrees(scene.caller) is True:
        return False
    if step.expects in scene.fields:
        return step.expects in notes
    return kind(step.id, step.description) in ("name", "phone", "email") and stated(scene, step) is not None


def due(scene: Scene, step: Step) -> ToolSpec | None:
    """The tool that the state's instructions ask for, if it was not used yet with success."""
    done = {call.name for call, output in scene.used if "error" not in json_object(output)}
    for name in (*scene.tools, *(step.tools or ())):
        if name in (MOVE, NOTE, END, LOOKUP) or name in done:
            continue
        if not re.search(rf"\b{re.escape(name.lower())}\b", step.text):
            continue
        if name in scene.tools:
            return scene.tools[name]
        return ToolSpec(name, "", {}) if step is not scene.step else None
    return None


def next_step(scene: Scene, step: Step) -> str | None:
    """The transition to take: the only one, or the one whose condition shares most words with what was said."""
    if MOVE not in scene.tools or not step.moves:
        return None
    said = set(words(scene.caller))
    verdict = agrees(scene.caller)

    def fits(move: tuple[str, str]) -> int:
        condition = set(words(move[1]))
        hit = {True: {"yes", "agrees", "confirms", "confirmed", "wants"}, False: {"no", "declines", "refuses", "not"}}
        return len(condition & said) + (3 if verdict is not None and condition & hit[verdict] else 0)

    return max(step.moves, key=fits)[0]


def is_last(step: Step) -> bool:
    return not step.moves


def wants_help(scene: Scene) -> bool:
    """Is somebody in danger, or is a person asked for, where one can be called?"""
    return ESCALATE in scene.tools and (is_danger(scene.caller) or wants_person(scene.caller))


def asked_topic(scene: Scene) -> str | None:
    """What the caller asks about, if it can be looked up."""
    if LOOKUP not in scene.tools or not is_question(scene.caller):
        return None
    topics = scene.tools[LOOKUP].parameters.get("properties", {}).get("topic", {}).get("enum", [])
    said = words(scene.caller)
    for topic in topics:
        parts = [part.rstrip("s") for part in re.split(r"[\W_]+", str(topic).lower())]
        known = {*parts, *(word for part in parts for word in _SYNONYMS.get(part, ()))}
        if any(word.rstrip("s") in known or word in known for word in said):
            return str(topic)
    return None
