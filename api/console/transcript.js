// Draws a conversation, touching only what has changed, so that a screen reader says each line once.

import { clock, element, milliseconds, spaced, stateName } from "./dom.js";
import { stageFailed, whyDropped, whyEnded } from "./words.js";

const OUTCOMES = { ok: "done", refused: "refused", failed: "failed", timed_out: "took too long", unknown: "outcome not known" };

export class Transcript {
  constructor(list, box, nothing) {
    Object.assign(this, { list, box, nothing });
    this.clear();
  }

  clear() {
    this.drawn = new Map();
    this.list.replaceChildren();
    this.nothing.hidden = false;
  }

  // `follow`: keep the newest line in sight, unless the reader has scrolled back.
  draw(talk, follow) {
    const rows = [];
    for (const turn of talk.shown) rows.push(...rowsOf(turn));
    for (const [index, note] of talk.notes.entries()) rows.push(dropped(note, index));
    rows.sort((a, b) => a.at - b.at || a.order - b.order);
    const end = talk.ended ? `Call ended: ${whyEnded(talk.ended)}.` : talk.brokeOff ? "The call broke off here." : "";
    if (end) rows.push({ key: "end", at: talk.at, order: 9, print: end, make: () => note("", end) });
    this.nothing.hidden = rows.length > 0;
    const follows = follow && this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight < 80;
    let before = null;
    for (const row of rows) before = this.place(row, before);
    const kept = new Set(rows.map((row) => row.key));
    for (const [key, { node }] of this.drawn) if (!kept.has(key)) (node.remove(), this.drawn.delete(key));
    if (follows) this.box.scrollTop = this.box.scrollHeight;
  }

  place(row, before) {
    let known = this.drawn.get(row.key);
    if (!known || known.print !== row.print) {
      const node = row.make();
      if (known) {
        if (known.node.querySelector("details")?.open) node.querySelector("details").open = true;
        known.node.replaceWith(node);
      }
      this.drawn.set(row.key, (known = { node, print: row.print }));
    }
    const wanted = before ? before.nextSibling : this.list.firstChild;
    if (wanted !== known.node) this.list.insertBefore(known.node, wanted);
    return known.node;
  }
}

function rowsOf(turn) {
  const key = turn.generation;
  const rows = [];
  const callerAt = Math.min(turn.onset, turn.at);
  if (turn.said && !turn.nothing) {
    rows.push({ key: `${key}-caller`, at: callerAt, order: 0, print: turn.said, make: () => line("caller", "You", callerAt, turn.said) });
  }
  for (const [index, chip] of turn.chips.entries()) {
    rows.push({ key: `${key}-chip-${index}`, at: turn.at, order: 1, print: JSON.stringify(chip), make: () => drawChip(chip) });
  }
  const units = [...turn.units.values()];
  if (units.length) {
    const at = turn.spokeAt ?? turn.at;
    rows.push({ key: `${key}-agent`, at, order: 2, print: JSON.stringify([units, turn.done, turn.cut, at]), make: () => line("agent", "Agent", at, ...wordsOf(turn, units)) });
  }
  if (turn.failed) {
    const { stage, code } = turn.failed;
    rows.push({ key: `${key}-failed`, at: turn.endedAt ?? turn.at, order: 3, print: code, make: () => note("bad", `The agent ${stageFailed(stage, code)}`) });
  }
  return rows;
}

// Heard words as they are, then the mark of the cut, then what was never heard, struck out.
function wordsOf(turn, units) {
  if (!turn.done) return units.map((unit) => element("span", { class: unit.begun ? "heard" : "coming" }, unit.text, " "));
  const heard = [];
  const unheard = [];
  for (const unit of units) {
    const said = unit.heard ?? "";
    if (said) heard.push(said);
    const rest = unit.text.startsWith(said) ? unit.text.slice(said.length).trim() : said ? "" : unit.text;
    if (rest) unheard.push(rest);
  }
  const parts = [element("span", { class: "heard" }, heard.join(" "))];
  if (unheard.length) {
    const why = turn.cut && turn.why === "barge_in" ? "you spoke" : "cut";
    parts.push(element("span", { class: "cut" }, why, element("span", { class: "sr" }, "; not heard:")), element("del", { class: "unheard" }, unheard.join(" ")));
  }
  return parts;
}

function line(side, who, at, ...words) {
  return element("li", { class: `line ${side}` }, element("div", { class: "who" }, who, element("time", {}, clock(at))), element("p", {}, ...words));
}

function note(kind, ...parts) {
  return element("li", { class: `note ${kind}`.trim() }, element("span", { class: "chip" }, ...parts));
}

function dropped({ at, why, text }, index) {
  const words = text ? `“${text}”: ${whyDropped(why)}` : `Not answered: ${whyDropped(why)}`;
  return { key: `dropped-${index}`, at, order: 0, print: words, make: () => note("", words) };
}

function drawChip(chip) {
  if (chip.kind === "state") return note("", `${stateName(chip.previous)} → ${stateName(chip.state)}`);
  const outcome = chip.outcome ? `${OUTCOMES[chip.outcome] || chip.outcome}, ${milliseconds(chip.us)} ms` : "running …";
  const bad = chip.outcome && chip.outcome !== "ok" ? "bad" : "";
  return element("li", { class: `note ${bad}`.trim() }, element("details", {},
    element("summary", { class: "chip" }, `tool ${spaced(chip.name)}: ${outcome}`),
    element("pre", {}, `${pretty(chip.given)}${chip.result ? `\n→ ${pretty(chip.result)}` : ""}`)));
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 1);
  } catch {
    return String(text ?? "");
  }
}
