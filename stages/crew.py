"""Who hears, thinks and speaks for each agent of a call: made when an agent is first needed, and kept."""

from collections.abc import Callable
from dataclasses import dataclass, field

from pipeline.limits import Limits
from pipeline.spending import Models
from stages.clips import voice_key
from stages.dialogue.spec import AgentSpec
from stages.ports import ChatModel, Synthesizer, Voice
from stages.transcribe import Transcribe

Clip = Callable[[str], bytes | None]


@dataclass(frozen=True, slots=True)
class Mouth:
    """A voice, and the provider that has it."""

    synthesizer: Synthesizer
    voice: Voice
    key: str = field(init=False)
    """Under which its clips are kept."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", voice_key(self.synthesizer.model, self.voice))


Render = Callable[[AgentSpec, AgentSpec | None], None]


@dataclass(frozen=True, slots=True)
class Crew:
    model: ChatModel
    transcribe: Transcribe
    mouth: Mouth
    clip: Clip
    """Finds the sound of a fixed line in that voice, if it was made ahead."""
    limits: Limits
    """What the call may take while the agent has it."""
    models: Models
    """Of transcription, chat and speech: what they take is paid for."""


class Crews:
    """By the hash of an agent. `make` is asked once for each."""

    def __init__(self, make: Callable[[AgentSpec], Crew], render: Render = lambda *_: None) -> None:
        """`render` has an agent's fixed lines made, in its own voice or in that of the second agent."""
        self._make = make
        self._render = render
        self._made: dict[str, Crew] = {}
        self._served: dict[str, AgentSpec] = {}

    def of(self, spec: AgentSpec) -> Crew:
        if spec.hash not in self._made:
            self._made[spec.hash], self._served[spec.hash] = self._make(spec), spec
        return self._made[spec.hash]

    def pass_to(self, spec: AgentSpec, speaker: str, keep_voice: bool = False) -> None:
        """The agent takes over: in its own voice, or with `keep_voice` in the one that the caller knows, which is that
        of `speaker`, or of the agent that began. Its lines are made in no other."""
        known = self._served.get(speaker) or next(iter(self._served.values()), None)
        self.of(spec)
        self._render(spec, known if keep_voice else None)

    def named(self, speaker: str) -> Crew | None:
        """The crew of an agent that was needed before, by the agent's hash."""
        return self._made.get(speaker)

    def mouth(self, speaker: str) -> Mouth | None:
        crew = self.named(speaker)
        return crew.mouth if crew is not None else None
