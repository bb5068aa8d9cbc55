// A client written for the beta of 2024, on the bare socket: flat session, microphone, function, interruption.
// Prints what it saw, as JSON.
import fs from "node:fs";
import WebSocket from "ws";

const [, , url, key, recording] = process.argv;
const seen = { agent: [], user: [], errors: [], audio: 0, calls: [], statuses: [] };
const ws = new WebSocket(url, { headers: { Authorization: `Bearer ${key}`, "OpenAI-Beta": "realtime=v1" } });
const send = (event) => ws.send(JSON.stringify(event));

function finish(code) {
  console.log(JSON.stringify(seen));
  process.exit(code);
}

async function speak() {
  const pcm = fs.readFileSync(recording);
  for (let at = 0; at < pcm.length; at += 4800) {
    send({ type: "input_audio_buffer.append", audio: pcm.subarray(at, at + 4800).toString("base64") });
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

ws.on("open", () => {
  send({
    type: "session.update",
    session: {
      voice: "alloy",
      instructions: "You are the receptionist of a clinic.",
      input_audio_format: "pcm16",
      output_audio_format: "pcm16",
      turn_detection: { type: "server_vad", silence_duration_ms: 400, threshold: 0.5 },
      tools: [
        {
          type: "function",
          name: "check_availability",
          description: "When is a doctor free?",
          parameters: {
            type: "object",
            properties: { provider_id: { type: "string" }, date: { type: "string" } },
            required: ["provider_id", "date"],
          },
        },
      ],
    },
  });
  speak();
});

ws.on("message", async (raw) => {
  const event = JSON.parse(raw.toString());
  switch (event.type) {
    case "error":
      seen.errors.push(event.error.code);
      break;
    case "input_audio_buffer.speech_started":
      send({ type: "response.cancel" });
      break;
    case "response.audio.delta":
      seen.audio += Buffer.from(event.delta, "base64").length;
      break;
    case "conversation.item.input_audio_transcription.completed":
      seen.user.push(event.transcript);
      break;
    case "response.audio_transcript.done":
      seen.agent.push(event.transcript);
      break;
    case "response.function_call_arguments.done": {
      seen.calls.push([event.name, JSON.parse(event.arguments).provider_id]);
      const item = { type: "function_call_output", call_id: event.call_id, output: JSON.stringify(["09:00"]) };
      send({ type: "conversation.item.create", item });
      send({ type: "response.create" });
      break;
    }
    case "response.done":
      seen.statuses.push(event.response.status);
      if (seen.statuses.length === 2) speak();
      if (seen.statuses.length === 3) setTimeout(finish, 200, 0);
  }
});
setTimeout(finish, 40000, 1);
