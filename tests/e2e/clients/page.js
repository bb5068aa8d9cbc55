// A page that calls with OpenAI's Agents SDK over WebRTC: a typed turn with a tool, then whatever its microphone says.
const { OpenAIRealtimeWebRTC, RealtimeAgent, RealtimeSession, tool } = window.OpenAIAgentsRealtime;
const seen = { calls: [], errors: [], events: [], history: [] };

async function call(baseUrl, apiKey) {
  const lookup = tool({
    name: "lookup",
    description: "Look up an order.",
    strict: false,
    parameters: {
      type: "object",
      properties: { order_id: { type: "string" } },
      required: ["order_id"],
      additionalProperties: true,
    },
    execute: async ({ order_id }) => {
      seen.calls.push(order_id);
      return "shipped";
    },
  });
  const agent = new RealtimeAgent({ name: "Clerk", instructions: "Be kind.", tools: [lookup] });
  const sink = new Audio();
  sink.autoplay = true;
  const transport = new OpenAIRealtimeWebRTC({ baseUrl, audioElement: sink });
  const session = new RealtimeSession(agent, { transport, model: "gpt-realtime" });
  session.on("error", (error) => seen.errors.push(JSON.stringify(error)));
  session.transport.on("*", (event) => seen.events.push([event.type, event.event_id]));
  session.on("history_updated", (history) => {
    seen.history = history.map((item) => [
      item.role ?? item.type,
      (item.content ?? []).map((part) => part.text ?? part.transcript).join(" "),
    ]);
  });
  await session.connect({ apiKey });
  window.session = session;
  const context = new AudioContext();
  const ear = context.createAnalyser();
  ear.fftSize = 1024;
  context.createMediaStreamSource(sink.srcObject).connect(ear);
  const pcm = new Float32Array(ear.fftSize);
  seen.loudest = 0;
  setInterval(() => {
    ear.getFloatTimeDomainData(pcm);
    seen.loudest = Math.max(seen.loudest, ...pcm.map(Math.abs));
  }, 20);
  return transport.callId;
}

function count(kind) {
  return seen.events.filter(([type]) => type === kind).length;
}
