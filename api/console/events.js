// The events of one call, as the service streams them: server-sent envelopes, resumed after the last one on a break.

import { Refused } from "./words.js";

const PAUSES = [250, 500, 1000, 2000, 4000];

// Resolves when the call has ended, or when the service has no more of it to tell.
export async function follow(call, { signal, onEnvelope, onBreak = () => {} }) {
  let last = 0;
  let breaks = 0;
  while (!signal.aborted) {
    try {
      const response = await ask(call, last, signal);
      if (response.status === 204) return;
      for await (const envelope of envelopes(response)) {
        breaks = 0;
        if (envelope.seq <= last) continue;
        last = envelope.seq;
        onEnvelope(envelope);
        if (envelope.type === "call_ended") return;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Refused && error.status < 500 && error.status !== 429) throw error;
    }
    if (signal.aborted || breaks >= 2 * PAUSES.length) return;
    onBreak();
    await pause(PAUSES[Math.min(breaks++, PAUSES.length - 1)], signal);
  }
}

async function ask(call, last, signal) {
  const headers = { Accept: "text/event-stream", ...(last ? { "Last-Event-ID": String(last) } : {}) };
  const response = await fetch(`/v1/calls/${encodeURIComponent(call)}/events`, { headers, signal });
  if (!response.ok) throw await Refused.from(response);
  return response;
}

async function* envelopes(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const blocks = (rest + value).replaceAll("\r\n", "\n").split("\n\n");
      rest = blocks.pop();
      for (const block of blocks) {
        const envelope = read(block);
        if (envelope) yield envelope;
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function read(block) {
  const data = block
    .split("\n")
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice(5).trimStart())
    .join("\n");
  if (!data) return null;
  try {
    const found = JSON.parse(data);
    return Number.isInteger(found.seq) && found.type ? found : null;
  } catch {
    return null;
  }
}

function pause(ms, signal) {
  return new Promise((done) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), done()), { once: true });
  });
}
