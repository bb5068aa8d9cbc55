"""What follows from the caller's words: what to note, whether the state is done, which tool is due, where to go."""

import re
from collections.abc import Collection, Mapping
from types import MappingProxyType

from stages.ports import ToolSpec
from stages.standin.engines.rules_choices import timely
from stages.standin.engines.rules_patterns import VAGUE
from stages.standin.engines.rules_prompt import MOVE, NOTE, Scene, Step, json_object
from stages.standin.engines.rules_slots import agrees, amended, extract, found, kind, words
from stages.standin.engines.rules_turns import bargains, gives_orders, is_danger, is_question, refuses, wants_person
from stages.standin.engines.rules_words import is_read_back

END = "end_call"
LOOKUP = "lookup"
ESCALATE = "escalate"
REFUSED = "refused"
"""What is noted where the caller will not say."""
CORRECTING = (
    r"\b(?:actually|instead|i meant|i mean|correction|changed?|rather|not|wrong|different|update|no good"
    r"|make (?:it|that)"
    r"|put down|mistake|hang on|hold on|wait|sorry)\b|^no\b"
)
"""The caller takes something back."""
CRITICAL = frozenset({"phone", "email", "digits", "address", "birth"})
_SYNONYMS = {
    "policy": "long days".split(),
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
    if re.match(r"\W*(?:what|how|which|why)\b", scene.caller, re.IGNORECASE) and is_question(scene.caller):
        # "What is a suite per night?" chooses nothing.
        given = {name: value for name, value in given.items() if name not in scene.choices or name != step.expects}
    if asked_topic(scene) is not None:
        # "Are you open on Sundays?" asks; it says nothing of when, and is no account of anything.
        if is_question(scene.caller.rstrip(" ?")):
            given = {name: value for name, value in given.items() if value != scene.caller.strip(" .,!?")}
        given = given if not all(_speaks_of_time(scene, name) for name in given) else {}
    if bargains(scene.caller):
        given = {name: value for name, value in given.items() if value != scene.caller.strip(" .,!?")}
    if step.expects in given and _speaks_of_time(scene, step.expects):
        # One day or time answers one question: "this week" is how urgent it is, not when they are at home.
        given = {
            name: value for name, value in given.items() if name == step.expects or not _speaks_of_time(scene, name)
        }
    if set(given) & set(scene.choices):
        given = {
            name: value
            for name, value in given.items()
            if name == step.expects or not VAGUE.fullmatch(value) or name in scene.choices
        }
    if step.expects in scene.fields and step.expects not in given and _will_not_say(scene, step.expects):
        return {**given, step.expects: REFUSED}
    given = {**given, **amended(scene.noted, scene.caller, in_question(scene))}
    correcting = re.search(CORRECTING, scene.caller, re.IGNORECASE)
    return {
        name: value
        for name, value in given.items()
        if value != scene.noted.get(name)
        and (name not in scene.noted or correcting or name == step.expects or _is_outright(scene, name, value))
    }


def _is_outright(scene: Scene, name: str, value: str) -> bool:
    """ "Well, then it's about a return"."""
    outright = rf"\b(?:it's|it is|that's)(?: about| for)?(?: an?| the)? {re.escape(value)}\b"
    return name in scene.choices and re.search(outright, scene.caller.replace("\u2019", "'"), re.IGNORECASE) is not None


def _speaks_of_time(scene: Scene, name: str) -> bool:
    return timely(scene.choices, name) or (
        name not in scene.choices and kind(name, scene.fields[name]) in ("day", "time", "birth")
    )


def _will_not_say(scene: Scene, name: str) -> bool:
    """A refusal that nobody answered yet; to what is not required, a no is one."""
    if scene.spoken or scene.replies == () or awaits_yes(scene):
        return False
    optional = scene.is_checked and "required" not in scene.fields[name]
    return refuses(scene.caller) or (optional and agrees(scene.caller) is False and len(words(scene.caller)) <= 8)


def in_question(scene: Scene) -> str:
    """The noted value that was just read back, if one was."""
    if not awaits_yes(scene):
        return ""
    return next((name for name, value in scene.noted.items() if value and value in scene.replies[-1]), "")


def is_settled(scene: Scene, step: Step, known: Mapping[str, str], verdict: bool | None) -> bool:
    """May the call leave this state?"""
    if awaits_yes(scene) and verdict is True and not (scene.is_checked and step.expects in scene.fields):
        return True
    if step.expects in scene.fields:
        return step.expects in known or step.expects in scene.refused
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
    if scene.is_checked and step.expects in scene.fields:
        return False
    if not re.search(r"\b(?:confirm|spell|read (?:it )?back|repeat it back)\b", step.text):
        return False
    if awaits_yes(scene) and agrees(scene.caller) is True:
        return False
    if step.expects in scene.fields:
        return step.expects in notes
    return kind(step.id, step.description) in ("name", "phone", "email") and stated(scene, step) is not None


def due(scene: Scene, step: Step, again: Collection[str] = ()) -> ToolSpec | None:
    """The tool that the state's instructions ask for, if it was not used yet with success, or takes what is new.

    `again`: the fields that were just noted.
    """
    done = {call.name for call, output in scene.used if "error" not in json_object(output)}
    for name in (*scene.tools, *(step.tools or ())):
        if name in (MOVE, NOTE, END, LOOKUP, ESCALATE) or (name in done and not _takes(scene, name, again)):
            continue
        if not re.search(rf"\b{re.escape(name.lower())}\b", step.text):
            continue
        if name in scene.tools:
            return scene.tools[name]
        return ToolSpec(name, "", {}) if step is not scene.step else None
    return None


def _takes(scene: Scene, name: str, noted: Collection[str]) -> bool:
    """Would the tool be told something new? One that takes no field by its name is told everything."""
    tool = scene.tools.get(name)
    taken = set(tool.parameters.get("properties", {})) & set(scene.fields) if tool is not None else set()
    return bool(noted) and (not taken or bool(taken & set(noted)))


def next_step(
    scene: Scene, step: Step, known: Mapping[str, str] = MappingProxyType({}), *, after_tool: bool = False
) -> str | None:
    """The transition to take: the only one, or the one whose condition shares most words with what was said.

    What "the caller" has to want, they have to say; a tool's success alone is not it.
    """
    open_ones = [move for move in step.moves if _is_open(scene, move[0], {**scene.noted, **known})]
    wished = [move for move in open_ones if move[1].lower().startswith("the caller ")]
    moves = [move for move in open_ones if move not in wished or (not after_tool and _shared(scene, move[1]))]
    if MOVE not in scene.tools or not moves:
        return None
    return max(moves, key=lambda move: _shared(scene, move[1]))[0]


def _shared(scene: Scene, condition: str) -> int:
    """How much of the condition is in what the caller said."""
    wanted = set(words(condition)) - {"the", "a", "an", "to", "is", "caller", "wants", "asks", "for"}
    verdict = agrees(scene.caller)
    hit = {True: {"yes", "agrees", "confirms", "confirmed"}, False: {"no", "declines", "refuses", "not"}}
    return len(wanted & set(words(scene.caller))) + (3 if verdict is not None and wanted & hit[verdict] else 0)


def _is_open(scene: Scene, target: str, known: Mapping[str, str]) -> bool:
    ways = scene.guards.get(target, ())
    return not ways or any(not field or known.get(field) in values for field, values in ways)


def turned(scene: Scene, step: Step, notes: Mapping[str, str]) -> str | None:
    """Where the call has to go because something else was noted than what the state asks for."""
    for target, _ in step.moves:
        for field, values in scene.guards.get(target, ()):
            if field and field != step.expects and notes.get(field) in values:
                return target
    return None


def is_last(step: Step) -> bool:
    return not step.moves


def are_critical(scene: Scene, step: Step, notes: Mapping[str, str]) -> bool:
    """Is one of them of a kind that is likely read back to the caller next, so that nothing else should be asked?"""
    given = [name for name, value in notes.items() if value != REFUSED and name not in scene.choices]
    spelt = {"name"} if "spelling" in step.text else set()
    return scene.is_checked and any(kind(name, scene.fields.get(name, "")) in CRITICAL | spelt for name in given)


def wants_help(scene: Scene) -> bool:
    """Is somebody in danger, or is a person asked for, where one can be called?"""
    return ESCALATE in scene.tools and (is_danger(scene.caller) or wants_person(scene.caller))


_WISH = re.compile(
    r"\b(?:can|could|would) (?:you|they|we|i|somebody|someone|anybody|anyone) (?:\w+ )?(?:come|do|make|see)\b",
    re.IGNORECASE,
)


def asked_topic(scene: Scene) -> str | None:
    """What the caller asks about, if it can be looked up."""
    if LOOKUP not in scene.tools or not is_question(scene.caller):
        return None
    if _WISH.search(scene.caller) and extract("day", scene.caller, False):
        return None  # "can you come tomorrow" asks for a visit
    topics = scene.tools[LOOKUP].parameters.get("properties", {}).get("topic", {}).get("enum", [])
    said = words(scene.caller)
    for topic in topics:
        parts = [part.rstrip("s") for part in re.split(r"[\W_]+", str(topic).lower())]
        known = {*parts, *(word for part in parts for word in _SYNONYMS.get(part, ()))}
        if any(word.rstrip("s") in known or word in known for word in said):
            return str(topic)
    return None
