// The list of past calls, newest first.

import { clock, element } from "./dom.js";
import { Refused, whyEnded } from "./words.js";

export async function ask(path) {
  const response = await fetch(path, { headers: { Accept: "application/json" } });
  if (!response.ok) throw await Refused.from(response);
  return response.json();
}

export const askCall = (call) => ask(`/v1/calls/${encodeURIComponent(call)}`);

export class History {
  constructor({ list, nothing, onOpen }) {
    Object.assign(this, { list, nothing, onOpen });
    this.opened = "";
  }

  async load() {
    const { data } = await ask("/v1/calls?limit=20");
    this.calls = data;
    this.draw();
  }

  mark(call) {
    this.opened = call;
    for (const button of this.list.querySelectorAll("button")) {
      button.setAttribute("aria-current", String(button.dataset.call === call));
    }
  }

  draw() {
    const focused = this.list.contains(document.activeElement) ? document.activeElement.dataset.call : "";
    this.list.replaceChildren(...this.calls.map((call) => this.entry(call)));
    this.nothing.hidden = this.calls.length > 0;
    if (focused) this.list.querySelector(`[data-call="${CSS.escape(focused)}"]`)?.focus();
  }

  entry(call) {
    const began = new Date(call.started_at_ms);
    const lasted = call.duration_ms === null ? "" : clock(call.duration_ms * 1000);
    const how = call.status === "live" ? "going on now" : `ended: ${whyEnded(call.reason)}`;
    const button = element("button", { type: "button", class: "past-call", "data-call": call.id, "aria-current": String(call.id === this.opened), onclick: () => this.onOpen(call.id) },
      element("time", { datetime: began.toISOString() }, began.toLocaleString([], { dateStyle: "medium", timeStyle: "short" })),
      element("span", { class: "number" }, lasted),
      element("span", { class: "reason" }, `${call.agent}, by ${call.transport}; ${how}`));
    return element("li", {}, button);
  }
}
