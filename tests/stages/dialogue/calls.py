"""Calls written down by hand, as the envelopes of their facts."""

from pipeline.events import (
    CallEnded,
    CallStarted,
    Envelope,
    Event,
    LineUp,
    ModelAsked,
    ModelFinished,
    SpeechEnded,
    StateEntered,
    ToolFinished,
    ToolStarted,
    Transcribed,
    TurnBegan,
    TurnCommitted,
    TurnSettled,
    UnitLedger,
)

START_MS = 1_700_000_000_000
SECOND = 1_000_000


class Script:
    """One fact a second, unless told otherwise; turns are counted. The end comes at once."""

    def __init__(self) -> None:
        self.facts: list[Envelope] = []
        self.turn = 0
        self.tool = 0
        self.tell(CallStarted("reception", "abc", "webrtc", START_MS), LineUp())

    def tell(self, *events: Event, at: int | None = None) -> "Script":
        for event in events:
            seq = len(self.facts) + 1
            self.facts.append(Envelope("call_1", seq, seq * SECOND if at is None else at, event))
        return self

    def greet(self, text: str = "Hello.") -> "Script":
        self.turn += 1
        return self.tell(
            TurnBegan(self.turn, "greeting", True, None), StateEntered(self.turn, "1_ask", ""), self.settled(text)
        )

    def says(self, text: str, *done: Event, reply: str = "I see.", committed: bool = True) -> "Script":
        """The caller speaks, something is done, and the agent answers."""
        self.turn += 1
        end = len(self.facts) * SECOND
        self.tell(SpeechEnded(end - SECOND, end, SECOND), TurnBegan(self.turn, "utterance", False, end))
        self.tell(Transcribed(self.turn, text), ModelAsked(self.turn, "gpt-x"), ModelFinished(self.turn, 100, 10, 40))
        self.tell(*done)
        return self.tell(TurnCommitted(self.turn), self.settled(reply)) if committed else self

    def used(
        self, name: str, *, outcome: str | None = "ok", writes: bool = False, next_turn: bool = True
    ) -> list[Event]:
        """A tool of the turn that comes next (or of this one); without an outcome it did not come back."""
        self.tool += 1
        turn, id = self.turn + next_turn, f"t{self.tool}"
        begun: list[Event] = [ToolStarted(turn, id, name, "{}", writes)]
        return begun if outcome is None else [*begun, ToolFinished(turn, id, name, outcome, '{"ok": true}')]

    def settled(self, text: str) -> TurnSettled:
        return TurnSettled(self.turn, "heard", (UnitLedger(0, text, "model", SECOND, SECOND, SECOND, text, True),))

    def ends(self, reason: str = "agent_goodbye") -> list[Envelope]:
        return self.tell(CallEnded(reason), at=self.facts[-1].at).facts
