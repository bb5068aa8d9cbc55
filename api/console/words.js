// What went wrong, in words, and what to do about it.

export class Refused extends Error {
  constructor(status, code, message, retryAfter) {
    super(message || code || `HTTP ${status}`);
    Object.assign(this, { status, code, retryAfter });
  }

  static async from(response) {
    const body = await response.json().catch(() => ({}));
    const error = body.error || {};
    return new Refused(response.status, error.code || "", error.message || "", response.headers.get("Retry-After"));
  }
}

const ENDS = {
  caller_left: "you hung up",
  agent_goodbye: "the agent said goodbye",
  hung_up: "it was hung up",
  silence: "nobody spoke any more",
  too_long: "it reached the longest time a call may take",
  provider_failed: "a speech or chat provider failed",
  drained: "the service is being shut down",
  line_lost: "the line was lost",
  failed: "of a fault in the service; its log says more",
  interrupted: "the service was stopped in mid-call",
};

export const whyEnded = (reason) => ENDS[reason] || String(reason || "").replaceAll("_", " ");

const STAGES = { stt: "understand what was said", llm: "find an answer", tts: "speak", turn: "answer" };

export const stageFailed = (stage, code) => `could not ${STAGES[stage] || stage} (${code})`;

const DROPS = {
  too_short: "a sound too short to be speech",
  empty: "no words in it",
  implausible: "a sound that only looked like words",
  backchannel: "heard, and not taken as a turn",
  late: "it came too late",
  no_audio: "no sound arrived",
};

export const whyDropped = (why) => DROPS[why] || String(why).replaceAll("_", " ");

const DEVICE = {
  NotAllowedError: "The browser was not allowed to use the microphone. Allow it (the icon in the address bar), then press Talk again.",
  NotFoundError: "No microphone was found. Connect one, then press Talk again.",
  NotReadableError: "The microphone is in use by another program. Close that program, then press Talk again.",
  OverconstrainedError: "This microphone cannot be used here. Choose another one in the browser's settings.",
};

export function inWords(error) {
  if (error instanceof Refused) return refusedInWords(error);
  if (error.name in DEVICE) return DEVICE[error.name];
  if (error instanceof TypeError) return "The service cannot be reached. Is it still running? Start it with `make serve`, then reload this page.";
  return error.message || String(error);
}

function refusedInWords({ status, code, message, retryAfter }) {
  if (status === 401) return "This page is not signed in any more: the service was started anew. Open the address that `parley serve` printed.";
  if (status === 503 && code === "draining") return "The service is shutting down and takes no new calls.";
  if (status === 503) return `All lines are busy. Try again in ${retryAfter || "a few"} seconds.`;
  if (status === 429) return `Too many requests. Try again in ${retryAfter || "a few"} seconds.`;
  if (code === "already_claimed") return `Somebody was quicker. ${message}`;
  if (status === 404) return "This call is not known here (any more).";
  if (status >= 500) return `The service failed (${code || status}). ${message} Its log says more.`;
  return `The service refused the call (${code || status}). ${message}`;
}

export function unusableHere() {
  if (!window.isSecureContext) return "Browsers give the microphone to secure pages only. Open this page as http://127.0.0.1:… on the same machine, or serve it over https.";
  if (!navigator.mediaDevices?.getUserMedia) return "This browser gives no page a microphone. Try a current Firefox, Chrome, Edge or Safari.";
  if (typeof RTCPeerConnection === "undefined") return "This browser has no WebRTC, or it is switched off. Try a current Firefox, Chrome, Edge or Safari.";
  return "";
}
