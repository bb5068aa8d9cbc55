"""Every line of an agent that is known before the call: what is worth synthesising ahead, the first needed first.

Rules answer in pieces ("Thank you." and the next question; "Let me check:" and a value). The pieces that are the same
in every call are here, so that an answer by rule begins at once, and what is new in it is synthesised meanwhile.
"""

from collections.abc import Iterator

from stages.dialogue.answers import TAKEN, THANKS
from stages.dialogue.readback import CHECK, SORRY
from stages.dialogue.reflex import FINE
from stages.dialogue.spec import AgentSpec

MOST = 120
"""Lines of one agent."""


def fixed_lines(spec: AgentSpec) -> tuple[str, ...]:
    """The agent's own lines, then those of its rules and states; never more than MOST."""
    rules = _of_rules(spec) if spec.language == "en" else ()
    lines = dict.fromkeys((*spec.clip_texts(), *rules, *_of_states(spec)))
    return tuple(line for line in lines if line)[:MOST]


def _of_rules(spec: AgentSpec) -> Iterator[str]:
    if spec.fields:
        yield from (THANKS, TAKEN, CHECK, SORRY, f"{SORRY.rstrip(',')}.", FINE)
    # "Are you a robot?" is answered with the last two, one by one; as the opening they are spoken with the greeting.
    yield from (spec.lines.repeat, spec.lines.disclosure, spec.lines.question)


def _of_states(spec: AgentSpec) -> Iterator[str]:
    """What is asked word for word, and what is said on arrival."""
    for state in spec.states:
        wanted = spec.wanted(state.expects) if state.expects else None
        if state.on_enter is not None and state.on_enter.say:
            yield state.on_enter.say
        if wanted is not None:
            yield wanted.question or next((example for example in state.examples if example.endswith("?")), "")
    yield from (wanted.question for wanted in spec.fields if wanted.question)
