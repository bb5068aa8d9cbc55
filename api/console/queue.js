// The calls in which a person was asked to take over: what they have to know, who sees to it, and when it is done.

import { element, spaced, stateName } from "./dom.js";
import { ask } from "./history.js";
import { Refused } from "./words.js";

const EVERY_MS = 5000;
const NAME = "parley-operator";

export class Queue {
  constructor({ list, nothing, operator, onOpen, onFault }) {
    Object.assign(this, { list, nothing, operator, onOpen, onFault, drawn: "" });
    operator.value = localStorage.getItem(NAME) ?? "";
    operator.addEventListener("change", () => localStorage.setItem(NAME, operator.value.trim()));
  }

  // Looks again as long as somebody looks at the page. A service that is away is told of elsewhere.
  watch() {
    setInterval(() => { if (!document.hidden) this.load().catch(() => {}); }, EVERY_MS);
  }

  async load() {
    const { data } = await ask("/v1/escalations?limit=50");
    const now = JSON.stringify(data);
    if (now === this.drawn) return;
    this.drawn = now;
    this.draw(data);
  }

  // What had the focus keeps it, and what was unfolded stays so.
  draw(waiting) {
    const focused = this.list.contains(document.activeElement) ? document.activeElement.id : "";
    const open = new Set([...this.list.querySelectorAll("details[open]")].map((one) => one.dataset.call));
    this.list.replaceChildren(...waiting.map((one) => this.entry(one, open.has(one.call))));
    this.nothing.hidden = waiting.length > 0;
    if (focused) (document.getElementById(focused) ?? this.list.querySelector("button"))?.focus();
  }

  entry(one, isOpen) {
    const whose = one.status === "claimed" ? `seen to${one.claimed_by ? ` by ${one.claimed_by}` : ""}` : "waiting";
    const since = new Date(one.at_ms);
    return element("li", { class: `wanted ${one.status}` },
      element("p", { class: "why" }, one.reason, element("span", { class: "chip" }, whose)),
      element("p", { class: "about" },
        element("time", { datetime: since.toISOString() }, since.toLocaleString([], { dateStyle: "medium", timeStyle: "short" })),
        `, in the state ${stateName(one.state)}`),
      element("p", { class: "summary" }, one.summary),
      this.ledger(one, isOpen),
      element("p", { class: "deeds" },
        one.status === "waiting" ? this.button(one, "claim", "Take it", "deed first") : "",
        this.button(one, "close", "Done", "deed"),
        element("button", { type: "button", class: "plain", id: `open-${one.call}`, onclick: () => this.onOpen(one.call) }, "Transcript")));
  }

  ledger({ call, fields, missing }, isOpen) {
    const known = fields.filter(({ value, status }) => value || status === "refused");
    if (!known.length && !missing.length) return "";
    const rows = known.map(({ name, value, status }) => element("div", {},
      element("dt", {}, spaced(name)), element("dd", {}, value || "not given", element("span", { class: "about" }, ` ${spaced(status)}`))));
    const lacking = missing.length ? element("div", {}, element("dt", {}, "missing"), element("dd", {}, missing.map(spaced).join(", "))) : "";
    return element("details", { "data-call": call, open: isOpen },
      element("summary", { id: `known-${call}` }, `${known.length} noted, ${missing.length} missing`),
      element("dl", { class: "ledger" }, ...rows, lacking));
  }

  button({ call, reason }, deed, words, kind) {
    const act = () => this.act(call, deed);
    return element("button", { type: "button", class: kind, id: `${deed}-${call}`, "aria-label": `${words}: ${reason}`, onclick: act }, words);
  }

  async act(call, deed) {
    const body = deed === "claim" ? JSON.stringify({ by: this.operator.value.trim() }) : undefined;
    try {
      const headers = { Accept: "application/json", ...(body ? { "Content-Type": "application/json" } : {}) };
      const response = await fetch(`/v1/escalations/${encodeURIComponent(call)}/${deed}`, { method: "POST", headers, body });
      if (!response.ok) throw await Refused.from(response);
      this.onFault("");
    } catch (error) {
      this.onFault(error);
    }
    await this.load().catch(this.onFault);
  }
}
