// Where each turn's time went: consecutive segments that sum to the silence the caller heard, against the budget.

import { LIMITS, STAGES } from "./budget.js";
import { element } from "./dom.js";

const PATHS = {
  model: "by the model", "ack+model": "by the model, acknowledged before", "filler+model": "by the model, after a filler",
  reflex: "by a rule", "ack+reflex": "by a rule, acknowledged before", clip: "a fixed line", apology: "an apology",
};
const CAUSES = { greeting: "Greeting", reprompt: "Prompting again", apology: "Apology", goodbye: "Goodbye" };
const SLICES = { tool: "Tool round trip", barge_in: "Quiet after you spoke", greeting: "Line up to greeting", hang_up: "Goodbye to line closed" };

export function drawLegend(list) {
  const entries = Object.entries(STAGES).map(([stage, { says }]) => element("li", {}, element("i", { class: `s-${stage}` }), says));
  list.replaceChildren(...entries);
}

export class Waterfall {
  constructor({ list, nothing, verdict }) {
    Object.assign(this, { list, nothing, verdict });
  }

  // `turns`: as GET /v1/calls/{id} tells them; `words`: what the caller said, by turn.
  draw(turns, words = new Map()) {
    const spoken = turns.filter((turn) => turn.path && turn.spans.length);
    const longest = Math.max(LIMITS.first_content * 1.35, ...spoken.map((turn) => lengthOf(turn) * 1.05));
    const open = new Set([...this.list.querySelectorAll("details[open]")].map((one) => one.dataset.turn));
    this.list.replaceChildren(...spoken.map((turn) => drawTurn(turn, words.get(turn.turn), longest, open)));
    this.nothing.hidden = spoken.length > 0;
    const judged = spoken.filter((turn) => turn.speech_end_ms !== null);
    const kept = judged.filter((turn) => lengthOf(turn) <= LIMITS.first_content).length;
    this.verdict.textContent = judged.length ? `${kept} of ${judged.length} within the budget` : "";
  }
}

const startOf = (turn) => turn.spans[0].start_ms;
const lengthOf = (turn) => turn.spans.reduce((sum, span) => sum + span.ms, 0);
const whole = (ms) => String(Math.round(ms));

// Audio that bridged the wait, where it came before the audio that answers.
function bridgedAt(turn) {
  const { first_audio_ms: first, first_content_ms: content } = turn;
  return first !== null && content !== null && first < content ? first : null;
}

function limitOf(turn) {
  if (turn.speech_end_ms !== null) return LIMITS.first_content;
  return turn.cause === "greeting" ? LIMITS.greeting : null;
}

function drawTurn(turn, words, longest, open) {
  const total = lengthOf(turn);
  const limit = limitOf(turn);
  const kept = limit === null ? "" : total <= limit ? "kept" : "over";
  const verdict = { kept: `, within ${limit}`, over: `, over the budget of ${limit}`, "": "" }[kept];
  const what = CAUSES[turn.cause] || (words ? `“${words}”` : `Turn ${turn.turn}`);
  const summary = element("summary", {},
    element("span", { class: "what" }, what),
    element("span", { class: `ms number ${kept}` }, `${whole(total)} ms`, element("span", { class: "sr" }, verdict)),
    drawBar(turn, longest, limit));
  const details = element("details", { "data-turn": turn.turn, open: open.has(String(turn.turn)) },
    summary, drawSegments(turn, total), drawNotes(turn));
  return element("li", { class: "turn" }, details);
}

function drawBar(turn, longest, limit) {
  const bar = element("span", { class: "bar", "aria-hidden": "true" });
  const put = (kind, title, ms) => {
    const made = element("span", { class: kind, title });
    made.style.left = `${(100 * ms) / longest}%`;
    bar.append(made);
    return made;
  };
  for (const { stage, start_ms, ms } of turn.spans) {
    const segment = put(`segment s-${stage}`, `${STAGES[stage]?.says || stage}: ${whole(ms)} ms`, start_ms - startOf(turn));
    segment.style.width = `${(100 * ms) / longest}%`;
  }
  const bridged = bridgedAt(turn);
  if (bridged !== null) put("first", `first audio of any kind: ${whole(bridged)} ms`, bridged);
  if (limit !== null) put("limit", `budget: ${limit} ms`, limit);
  return bar;
}

function drawSegments(turn, total) {
  const rows = turn.spans.map(({ stage, ms, limit_ms }) =>
    row([element("i", { class: `s-${stage}` }), STAGES[stage]?.says || stage], ms, limit_ms));
  const bridged = bridgedAt(turn);
  const foot = [
    bridged === null ? null : row(["First audio of any kind"], bridged, LIMITS.first_audio),
    row([`First content, ${PATHS[turn.path] || turn.path}`], total, limitOf(turn)),
    ...turn.verdicts.filter(({ slice }) => slice in SLICES).map((one) => row([SLICES[one.slice]], one.measured_ms, one.limit_ms)),
  ];
  const titles = ["Segment", "ms", "limit"].map((title) => element("th", { scope: "col" }, title));
  return element("table", { class: "segments" },
    element("thead", {}, element("tr", {}, ...titles)),
    element("tbody", {}, ...rows),
    element("tfoot", {}, ...foot.filter(Boolean)));
}

// What was begun early, thrown away or asked twice.
function drawNotes({ why }) {
  return element("ul", { class: "notes" }, ...(why?.notes || []).map((note) => element("li", {}, note)));
}

function row(name, ms, limit) {
  return element("tr", {},
    element("th", { scope: "row" }, ...name),
    element("td", { class: limit && ms > limit ? "over" : "" }, whole(ms)),
    element("td", {}, limit ? whole(limit) : ""));
}
