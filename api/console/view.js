// One call on the page, live or past: its events become the transcript, its account becomes the waterfall.

import { Conversation } from "./conversation.js";
import { follow } from "./events.js";
import { askCall } from "./history.js";

const TELLS_LATENCY = new Set(["audio_began", "turn_settled", "turn_cut", "turn_failed", "call_ended"]);

export class View {
  constructor({ transcript, waterfall, onTalk, onBreak, onFault }) {
    Object.assign(this, { transcript, waterfall, onTalk, onBreak, onFault });
    this.open("");
  }

  // Show this call from its first event on; "" shows an empty page.
  async open(call, { live = false } = {}) {
    this.gone?.abort();
    const gone = (this.gone = new AbortController());
    this.call = call;
    this.live = live;
    this.talk = new Conversation();
    this.transcript.clear();
    this.waterfall.draw([]);
    if (!call) return;
    const onEnvelope = (envelope) => this.take(envelope);
    try {
      await follow(call, { signal: gone.signal, onEnvelope, onBreak: this.onBreak });
      if (gone.signal.aborted || this.talk.ended) return;
      this.talk.brokeOff = true;
      this.show();
    } catch (error) {
      if (!gone.signal.aborted) this.onFault(error);
    }
  }

  take(envelope) {
    this.talk.add(envelope);
    this.onTalk(this.talk, envelope);
    if (TELLS_LATENCY.has(envelope.type)) this.stale = true;
    this.show();
  }

  show() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.transcript.draw(this.talk, this.live);
      if (this.stale) this.measure();
    });
  }

  // The service does the arithmetic; one question at a time, and one more if something happened meanwhile.
  async measure() {
    if (this.asking) return;
    const { call, talk } = this;
    this.stale = false;
    this.asking = true;
    try {
      const told = await askCall(call);
      const words = new Map(told.lines.filter(({ who }) => who === "caller").map(({ turn, text }) => [turn, text]));
      if (call === this.call) this.waterfall.draw(told.turns, words);
    } catch (error) {
      if (call === this.call && talk.ended) this.onFault(error);
    } finally {
      this.asking = false;
    }
    if (this.stale && this.call) this.measure();
  }
}
