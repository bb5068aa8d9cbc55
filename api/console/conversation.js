// The words of a call: a fold of its envelopes. What was heard of the agent is kept apart from what it meant to say.

const QUIET_SOURCES = new Set(["filler", "ack"]);

export class Conversation {
  constructor() {
    this.turns = new Map(); // by generation, in the order in which they began
    this.notes = []; // what belongs to no turn
    this.phase = "waiting";
    this.state = "";
    this.agent = "";
    this.at = 0;
    this.ended = "";
    this.brokeOff = false; // no more is known of it, and no end either
    this.onset = null;
  }

  add({ at, type, body = {} }) {
    this.at = at;
    const known = FACTS[type];
    if (known) known(this, body, at, this.turns.get(body.generation));
  }

  // Turns that the caller may know of: a draft that was thrown away leaves no trace.
  get shown() {
    return [...this.turns.values()].filter((turn) => turn.committed);
  }
}

const FACTS = {
  call_started: (talk, { agent }) => { talk.agent = agent; },
  line_up: (talk) => { talk.phase = "listening"; },
  speech_started: (talk, { onset_at }) => { talk.onset = onset_at; talk.phase = "hearing"; },
  speech_ended: (talk) => { if (talk.phase === "hearing") talk.phase = "thinking"; },
  utterance_dropped: (talk, { why, text }, at) => {
    talk.notes.push({ at, kind: "dropped", why, text });
    talk.phase = "listening";
  },
  turn_began: (talk, { generation, cause, committed, speech_end_at }, at) => {
    talk.turns.set(generation, {
      generation, cause, committed, at,
      onset: talk.onset ?? at, speechEnd: speech_end_at,
      said: "", units: new Map(), spokeAt: null, chips: [], done: false, cut: false, failed: null, state: "",
    });
    if (committed) talk.phase = "thinking";
  },
  turn_committed: (talk, body, at, turn) => {
    if (!turn) return;
    turn.committed = true;
    if (turn.state) talk.state = turn.state;
    if (talk.phase !== "speaking") talk.phase = "thinking";
  },
  transcribed: (talk, { text }, at, turn) => { if (turn) turn.said = text; },
  state_entered: (talk, { state, previous }, at, turn) => {
    if (!turn) return;
    turn.state = state;
    if (turn.committed) talk.state = state;
    if (previous && previous !== state) turn.chips.push({ kind: "state", state, previous });
  },
  tool_started: (talk, { tool_call, name, arguments: given, writes }, at, turn) => {
    turn?.chips.push({ kind: "tool", id: tool_call, name, given, writes, startedAt: at, outcome: "" });
  },
  tool_finished: (talk, { tool_call, outcome, result }, at, turn) => {
    const chip = turn?.chips.find((one) => one.id === tool_call);
    if (chip) Object.assign(chip, { outcome, result, us: at - chip.startedAt });
  },
  sentence_ready: (talk, { unit, text, source }, at, turn) => {
    if (turn && !QUIET_SOURCES.has(source)) turn.units.set(unit, { text, source, heard: null, begun: false });
  },
  audio_began: (talk, { unit }, at, turn) => {
    talk.phase = "speaking";
    if (!turn) return;
    turn.spokeAt ??= at;
    const spoken = turn.units.get(unit);
    if (spoken) spoken.begun = true;
  },
  agent_ducked: (talk) => { talk.phase = "ducked"; },
  agent_held: (talk) => { talk.phase = "held"; },
  agent_resumed: (talk) => { talk.phase = "speaking"; },
  turn_cut: (talk, { units, committed, why }, at, turn) => {
    if (committed) talk.phase = why === "barge_in" ? "hearing" : "listening";
    settle(turn, units);
    if (turn) Object.assign(turn, { cut: true, why, endedAt: at });
  },
  turn_settled: (talk, { units, outcome }, at, turn) => {
    talk.phase = "listening";
    settle(turn, units);
    if (turn) Object.assign(turn, { endedAt: at, nothing: outcome === "nothing" && !units.length });
  },
  turn_failed: (talk, { stage, code }, at, turn) => { if (turn) turn.failed = { stage, code }; },
  call_ended: (talk, { reason }) => { talk.ended = reason || "ended"; talk.phase = "ended"; },
};

function settle(turn, ledger = []) {
  if (!turn) return;
  turn.done = true;
  for (const { unit, text, source, heard } of ledger) {
    if (!QUIET_SOURCES.has(source)) turn.units.set(unit, { ...turn.units.get(unit), text, source, heard, begun: true });
  }
}
