// The documented limits, as pipeline/budget.py has them (a test compares the two), and the stages in the order of a turn.

export const LIMITS = { first_audio: 700, first_content: 700, tool: 400, barge_in: 200, hang_up: 1500, greeting: 500 };

export const STAGES = {
  endpoint: { limit: 120, says: "noticing the pause" },
  stt: { limit: 500, says: "transcribing" },
  prompt: { limit: 10, says: "preparing" },
  llm: { limit: 600, says: "thinking" },
  tool: { limit: 400, says: "tool" },
  clause: { limit: 250, says: "first clause" },
  tts: { limit: 600, says: "speaking" },
  gate: { limit: 400, says: "waiting for your turn to end" },
  egress: { limit: 40, says: "sending" },
  ack: { limit: 600, says: "acknowledging" },
  filler: { limit: 800, says: "bridging the wait" },
  unattributed: { limit: 20, says: "unattributed" },
};
