"""An outcome as the HTTP API and the webhook tell it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from stages.dialogue.outcome import Outcome


class Told(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class EvidenceTold(Told):
    """Where a value comes from."""

    turn: int = Field(description="The turn in which it was said.")
    start: int = Field(description="The span in that turn's transcript, in characters.")
    end: int
    words: str = Field(description="The caller's own words.")
    confidence: int | None = Field(description="Percent; null where the recogniser gave none.")


class FindingTold(Told):
    """One field of the agent."""

    name: str
    value: str = Field(description="Normalised; empty where nothing is known.")
    status: str = Field(description="`missing`, `heard`, `read_back`, `confirmed`, `corrected` or `refused`.")
    source: str = Field(
        description="`ledger`: noted in the call, `model`: read out of the transcript and settled by nobody; empty for "
        "a missing one."
    )
    required: bool
    evidence: EvidenceTold | None


class PromiseTold(Told):
    """A sentence of the agent's that the caller heard and may rely on."""

    turn: int
    text: str
    claims_done: bool = Field(description="It says that something has been done, not that it will be.")
    backed: bool = Field(description="A tool with an effect has succeeded that may stand behind it.")
    tools: list[str] = Field(description="The ids of those tool calls.")


class ToolTold(Told):
    """One use of a tool."""

    turn: int
    id: str
    name: str
    arguments: str = Field(description="JSON text, as the model gave it.")
    writes: bool
    outcome: str = Field(description="`ok`, `refused`, `failed`, `timed_out` or `unknown`; empty while it runs.")
    result: str


class NextActionTold(Told):
    what: str
    owner: str
    due_unix_ms: int


class WorstTurnTold(Told):
    turn: int
    why: str = Field(description="`failed`, or `slow`: it overran a documented limit by the most.")
    first_content_ms: int | None
    stage: str = Field(description="Where most of the time went, or what failed.")


class UsageTold(Told):
    """What one model was asked for, drafts included."""

    model: str
    requests: int
    input_tokens: int
    output_tokens: int
    cached_tokens: int


class CostTold(Told):
    models: list[UsageTold]
    heard_ms: int = Field(description="The caller's speech.")
    spoken_ms: int = Field(description="The agent's, as it was synthesised.")
    usd: float | None = Field(None, description="US dollars for all of it; null where a model has no known price.")
    stt_usd: float | None = Field(None, description="For transcription.")
    llm_usd: float | None = Field(None, description="For the chat model.")
    tts_usd: float | None = Field(None, description="For speech.")
    hedged_usd: float | None = Field(None, description="For second requests beside late ones.")
    beside_usd: float | None = Field(None, description="For specialists, and for the account of a long call.")
    reading_usd: float | None = Field(None, description="For reading the call for this outcome.")
    unpriced: list[str] = Field([], description="Models that were used and have no known price (`PARLEY_PRICES`).")


class OutcomeTold(Told):
    """What became of a call."""

    call: str
    agent: str
    agent_hash: str
    final: bool = Field(description="The call is over; false: so far.")
    reason: str | None = Field(description="Why it ended.")
    disposition: Literal[
        "open", "completed", "escalated", "handed_off", "needs_review", "failed", "no_input", "abandoned", "incomplete"
    ] = Field(description="How it ended, decided by facts alone.")
    summary: str
    intent: str
    sentiment: str = Field(description="`positive`, `neutral` or `negative`.")
    lead_score: int = Field(description="0 to 100: did they talk, did they tell what was asked, was something done?")
    duration_ms: int
    states: list[str] = Field(description="The states that were entered, in order.")
    fields: list[FindingTold]
    missing: list[str] = Field(description="Required fields without a value that may be relied on.")
    promises: list[PromiseTold]
    tools: list[ToolTold]
    next_action: NextActionTold | None
    worst_turn: WorstTurnTold | None
    cost: CostTold
    extracted: bool = Field(description="A model has read the call; else summary, intent and sentiment are by rule.")


def tell_outcome(outcome: Outcome) -> OutcomeTold:
    return OutcomeTold.model_validate(outcome)
