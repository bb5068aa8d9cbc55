"""The documented limits, once, and the verdict on a turn."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """One slice of the latency budget. `limit_ms` is binding; `source` says who asked for it."""

    slice: str
    limit_ms: int
    meaning: str


LIMITS: tuple[Limit, ...] = (
    Limit("first_audio", 700, "caller stops speaking -> first agent audio of any kind"),
    Limit("first_content", 700, "caller stops speaking -> first agent audio that answers"),
    Limit("tool", 400, "tool call round trip"),
    Limit("barge_in", 200, "caller interrupts -> agent's full-volume speech stops"),
    Limit("hang_up", 1500, "end of conversation intent -> line closed"),
    Limit("greeting", 500, "line up -> first word of the greeting"),
)

STAGES: tuple[Limit, ...] = (
    Limit("endpoint", 120, "true end of speech -> work on the reply begins"),
    Limit("stt", 500, "work begins -> transcript"),
    Limit("prompt", 10, "transcript -> request to the model leaves"),
    Limit("llm", 600, "request -> first useful piece of the answer"),
    Limit("tool", 400, "tool call -> its result"),
    Limit("clause", 250, "first piece -> first clause handed to synthesis"),
    Limit("tts", 600, "clause -> first audible sample"),
    Limit("gate", 400, "ready to speak -> the caller's turn is judged to be over"),
    Limit("egress", 40, "free to speak -> first sample handed to the line"),
    Limit("ack", 600, "ready to speak -> the acknowledgement that bridged the wait is over"),
    Limit("filler", 800, "ready to speak -> the filler that bridged the wait is over"),
)
"""What each stage may take of a turn. They add up to more than the whole: stages overlap with the caller's silence."""


def limit_ms(name: str) -> int:
    return next(limit.limit_ms for limit in LIMITS if limit.slice == name)


def stage_limit_ms(name: str) -> int:
    return next((limit.limit_ms for limit in STAGES if limit.slice == name), 0)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One slice measured against its limit; `stage` is the segment that took most of the time."""

    slice: str
    limit_ms: int
    measured_ms: int
    stage: str = ""

    @property
    def kept(self) -> bool:
        return self.measured_ms <= self.limit_ms


def verdict(name: str, measured_us: int, stage: str = "") -> Verdict:
    return Verdict(name, limit_ms(name), measured_us // 1000, stage)
