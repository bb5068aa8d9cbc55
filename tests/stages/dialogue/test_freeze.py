import yaml

from stages.dialogue.acknowledge import PHRASES
from stages.dialogue.agent_file import AgentFile
from stages.dialogue.freeze import freeze
from stages.dialogue.spec import (
    AgentSpec,
    CallLimits,
    Endpoint,
    Escalation,
    FallbackChoice,
    Field,
    Guard,
    Handoff,
    OnEnter,
    Rule,
    Specialist,
    StageChoice,
    Tool,
    Transition,
    Trigger,
)

WHOLE = """
name: desk
objective: Take orders back.
greeting: Hello.
disclosure: I'm an AI.
recording: This call is recorded.
confirm: unsure
fields:
  - {name: order, type: id, required: true, risk: high, question: "What is the order number?"}
  - {name: kind, type: enum, values: [broken, wrong], confirm: never}
tools:
  - end_call
  - {name: schedule, requires: [order], claims: booked}
  - {name: find, access: read, python: "shop.orders:find", prefetch: true, deadline_ms: 300, line: Let me see.}
  - name: send_back
    description: Send the order back.
    access: write
    http: {url: "https://shop.example/return", secret: SHOP_KEY, headers: {X-Shop: one}}
    parameters: {type: object}
    idempotency_key: order
specialists: [{name: law, description: Terms of sale., instructions: Answer., model: gpt-4.1, fallback: Not now.}]
handoffs: [{agent: returns, condition: For returns., requires: [order]}]
disallowed:
  decisions: [No refunds over 100.]
  commitments: [{text: No discounts., phrases: [discount, percent off]}]
escalation: {triggers: [lawyer, {phrases: [fire, smoke], reason: emergency, line: Leave now.}], failed_turns: 3}
limits: {call_seconds: 600, turns: 40, tokens: 50000}
stages: {stt: {model: whisper-1}, llm: {temperature: 0.2}, tts: {model: tts-1}}
states:
  - id: ask
    expects: order
    transitions:
      - {next_step: done, condition: Known., requires: order, guards: [{field: kind, values: broken}]}
      - {next_step: other, condition: Else.}
  - {id: done, requires: [order], on_enter: Thank you.}
  - {id: extra, on_enter: {tools: [find]}}
"""


def whole() -> AgentSpec:
    return freeze(AgentFile.model_validate(yaml.safe_load(WHOLE)))


def test_fields_have_the_policy_of_the_agent_unless_their_own() -> None:
    assert whole().fields == (
        Field("order", "", "id", True, "high", "unsure", (), "What is the order number?"),
        Field("kind", "", "enum", False, "low", "never", ("broken", "wrong")),
    )


def test_tools_are_named_and_described() -> None:
    spec = whole()
    assert spec.tools == ("end_call", "schedule", "find", "send_back")
    assert spec.tool("end_call") == Tool("end_call")
    assert spec.tool("schedule") == Tool("schedule", access="write", requires=("order",), claims=("booked",))
    assert spec.tool("find") == Tool(
        "find", python="shop.orders:find", prefetch=True, deadline_ms=300, line="Let me see."
    )
    endpoint = Endpoint("https://shop.example/return", "POST", "SHOP_KEY", (("X-Shop", "one"),))
    sent = spec.tool("send_back")
    assert (sent.access, sent.http, sent.parameters, sent.idempotency_key) == (
        "write", endpoint, '{"type": "object"}', ("order",),
    )  # fmt: skip


def test_a_built_in_write_is_one_even_if_it_is_only_named() -> None:
    assert AgentSpec("a", "b", whole().lines, whole().states).tool("schedule").access == "write"


def test_specialists_and_handoffs_and_what_is_not_allowed() -> None:
    spec = whole()
    assert spec.specialists == (Specialist("law", "Terms of sale.", "Answer.", "gpt-4.1", 6000, "Not now."),)
    assert spec.handoffs == (Handoff("returns", "For returns.", requires=("order",)),)
    assert spec.decisions == (Rule("No refunds over 100."),)
    assert spec.commitments == (Rule("No discounts.", ("discount", "percent off")),)
    assert spec.escalation == Escalation(
        (Trigger(("lawyer",), "lawyer"), Trigger(("fire", "smoke"), "emergency", "Leave now.")), 3
    )


def test_a_stage_may_fall_back_on_a_model_or_on_another_provider() -> None:
    other = {"model": "llama", "base_url": "https://api.example.com/v1/", "key": "GROQ", "api": "chat"}
    file = yaml.safe_load(WHOLE) | {"stages": {"stt": {"fallback": "whisper-1"}, "llm": {"fallback": other}}}
    stages = freeze(AgentFile.model_validate(file)).stages
    assert stages.stt.fallback == FallbackChoice("whisper-1")
    assert stages.llm.fallback == FallbackChoice("llama", "https://api.example.com/v1", "GROQ", "chat")
    assert stages.tts.fallback is None


def test_limits_and_stages_keep_what_is_not_said() -> None:
    spec = whole()
    assert spec.limits == CallLimits(600, 60, (12, 25, 40), 40, 50_000)
    assert spec.stages.stt == StageChoice("whisper-1")
    assert spec.stages.llm == StageChoice(temperature=0.2)
    assert spec.stages.tts == StageChoice("tts-1")


def test_states_have_guards_and_what_happens_on_entering() -> None:
    ask, done, extra, other = whole().states
    assert ask.transitions[0] == Transition("done", "Known.", ("order",), (Guard("kind", ("broken",)),))
    assert ask.transitions[1].requires is None
    assert (done.requires, done.on_enter, extra.on_enter) == (("order",), OnEnter("Thank you."), OnEnter("", ("find",)))
    assert other.implied


def test_the_recording_notice_is_part_of_what_is_not_cut() -> None:
    assert whole().opening() == ("Hello. I'm an AI. This call is recorded.",)


def test_acknowledgements_are_the_languages_unless_the_file_has_its_own() -> None:
    plain = {"name": "desk", "objective": "o", "greeting": "g", "disclosure": "d", "states": [{"id": "ask"}]}

    def phrases(**keys: object) -> dict[str, tuple[str, ...]]:
        return dict(freeze(AgentFile.model_validate({**plain, **keys})).lines.acknowledgements)

    assert phrases() == dict(PHRASES["en"]) and phrases(language="de") == dict(PHRASES["de"])
    assert phrases(language="fi") == {}
    own = phrases(acknowledgements={"question": "Hm.", "number": []})
    assert (own["question"], own["number"], own["statement"]) == (("Hm.",), (), PHRASES["en"]["statement"])
    assert set(phrases(acknowledgements=["Right."]).values()) == {("Right.",)}
    assert set(phrases(acknowledgements=[]).values()) == {()}
    assert "Hm." in freeze(AgentFile.model_validate({**plain, "acknowledgements": "Hm."})).clip_texts()
