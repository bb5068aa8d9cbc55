// A stock RealtimeSession in Node: a typed turn with a tool, then a spoken one. Prints what it saw, as JSON.
import fs from "node:fs";
import { OpenAIRealtimeWebSocket, RealtimeAgent, RealtimeSession, tool } from "@openai/agents-realtime";
import { z } from "zod";

const [, , url, apiKey, recording] = process.argv;
const seen = { calls: [], errors: [], audio: 0, history: [] };
const lookup = tool({
  name: "lookup",
  description: "Look up an order.",
  parameters: z.object({ order_id: z.string() }),
  execute: async ({ order_id }) => {
    seen.calls.push(order_id);
    return "shipped";
  },
});
const agent = new RealtimeAgent({ name: "Clerk", instructions: "Be kind.", tools: [lookup] });
const session = new RealtimeSession(agent, { transport: new OpenAIRealtimeWebSocket({ url }), model: "gpt-realtime" });

function finish(code) {
  seen.history = session.history.map((item) => [
    item.role ?? item.type,
    (item.content ?? []).map((part) => part.text ?? part.transcript).join(" "),
  ]);
  console.log(JSON.stringify(seen));
  process.exit(code);
}

async function speak() {
  const pcm = fs.readFileSync(recording);
  for (let at = 0; at < pcm.length; at += 4800) {
    const piece = new Uint8Array(pcm.subarray(at, at + 4800));
    session.sendAudio(piece.buffer);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

let turns = 0;
process.on("uncaughtException", (error) => seen.errors.push(String(error)));
session.on("error", (error) => seen.errors.push(JSON.stringify(error)));
session.on("audio", (event) => (seen.audio += event.data.byteLength));
session.on("agent_end", () => {
  turns += 1;
  if (turns === 2) speak();
  if (turns === 3) setTimeout(finish, 300, 0);
});
setTimeout(finish, 40000, 1);
await session.connect({ apiKey, url });
session.sendMessage("Where is A-1?");
