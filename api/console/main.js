// The page: one button, one call at a time, and what is known of it.

import { LIMITS } from "./budget.js";
import { byId, clock, spaced, stateName } from "./dom.js";
import { History, ask } from "./history.js";
import { Line } from "./line.js";
import { Meters } from "./meter.js";
import { Queue } from "./queue.js";
import { Transcript } from "./transcript.js";
import { View } from "./view.js";
import { Waterfall, drawLegend } from "./waterfall.js";
import { inWords, unusableHere, whyEnded } from "./words.js";

const PHASES = {
  waiting: "Waiting for the line …",
  listening: "Listening.",
  hearing: "Hearing you.",
  thinking: "Thinking.",
  speaking: "Speaking. Talk over it whenever you like.",
  ducked: "Turned down: is that you?",
  held: "Paused for you.",
};
const CONNECTIONS = {
  connecting: ["waiting", "Connecting"],
  connected: ["up", "Connected"],
  disconnected: ["waiting", "Line interrupted"],
  failed: ["down", "No line"],
  closed: ["", "Not connected"],
};

let line = null;
let liveCall = "";
let beganAt = 0;
let iceServers = [];

const meters = new Meters({ canvas: byId("strip"), you: byId("level-you"), agent: byId("level-agent"), ring: byId("talk") });
const transcript = new Transcript(byId("lines"), byId("transcript"), byId("nothing"));
const waterfall = new Waterfall({ list: byId("turns"), nothing: byId("no-turns"), verdict: byId("verdict") });
const visit = (call) => { location.hash = `#/calls/${encodeURIComponent(call)}`; };
const history = new History({ list: byId("calls"), nothing: byId("no-calls"), onOpen: visit });
const queue = new Queue({
  list: byId("queue"),
  nothing: byId("no-queue"),
  operator: byId("operator"),
  onOpen: visit,
  onFault: (error) => fault(error ? inWords(error) : ""),
});
const view = new View({
  transcript,
  waterfall,
  onTalk: (talk, envelope) => showTalk(talk, envelope),
  onBreak: () => say("The stream of events broke off; taking it up again …"),
  onFault: (error) => fault(inWords(error)),
});

function say(words) {
  byId("phase").textContent = words;
}

function fault(words) {
  byId("fault").textContent = words;
  byId("fault").hidden = !words;
}

function connection(state) {
  const [kind, words] = CONNECTIONS[state] || CONNECTIONS.closed;
  byId("dot").className = `dot ${kind}`.trim();
  byId("connection").textContent = words;
}

function button(mode) {
  const talk = byId("talk");
  talk.className = `talk ${mode}`.trim();
  const words = { "": "Talk", waiting: "Connecting …", live: "Hang up" }[mode];
  byId("do").textContent = words;
  talk.setAttribute("aria-label", mode === "waiting" ? "Cancel the call" : words);
}

function showTalk(talk, { type, body }) {
  if (view.call !== liveCall || !liveCall) return;
  if (PHASES[talk.phase]) say(PHASES[talk.phase]);
  const state = byId("state");
  state.textContent = talk.state ? `state: ${stateName(talk.state)}` : "";
  state.hidden = !talk.state;
  if (type === "turn_cut" && body?.why === "barge_in") meters.cut();
  if (type === "call_ended") finish(`The call has ended: ${whyEnded(talk.ended)}.`, { byService: true });
}

// Who answers, and by which way sound may travel.
async function introduce() {
  const { agent, ice_servers, standin } = await ask("/v1/console");
  iceServers = ice_servers.map(({ urls, username, credential }) => ({ urls, ...(username ? { username, credential } : {}) }));
  const who = `The agent is ${spaced(agent.split("/").at(-1).replace(/\.ya?ml$/, ""))}.`;
  byId("service").textContent = standin ? `${who} No OPENAI_API_KEY is set, so the stand-in provider hears, answers and speaks.` : who;
}

async function start() {
  fault("");
  location.hash = "";
  button("waiting");
  connection("connecting");
  say("The browser may ask for the microphone.");
  const dialled = (line = new Line({
    iceServers,
    onMicrophone: (stream) => { meters.listen("you", stream); say("Connecting …"); },
    onVoice: (stream) => { byId("voice").srcObject = stream; meters.listen("agent", stream); },
    onChange: (state) => { connection(state); if (state === "failed") finish("The call has ended."); },
    onFault: fault,
  }));
  try {
    const call = await dialled.dial();
    if (line !== dialled || !call) return;
    liveCall = call;
    beganAt = performance.now();
    button("live");
    show(call);
  } catch (error) {
    if (line !== dialled) return;
    finish("Press the button, or the space bar, and speak.");
    fault(inWords(error));
  }
}

function finish(words, { byService = false } = {}) {
  const ended = line;
  line = null;
  liveCall = "";
  if (byService) ended?.release();
  else ended?.hangUp();
  meters.stop();
  byId("voice").srcObject = null;
  button("");
  connection("closed");
  byId("state").hidden = true;
  byId("clock").textContent = "";
  say(words);
  setTimeout(() => history.load().catch(() => {}), 400);
}

// Which call is shown: the one that the address names, else the one going on.
function show(call) {
  history.mark(call);
  const past = Boolean(call) && call !== liveCall;
  byId("back").hidden = !past;
  byId("about").hidden = !past;
  const known = history.calls?.find(({ id }) => id === call);
  byId("about").textContent = past ? `Call of ${known ? new Date(known.started_at_ms).toLocaleString([], { dateStyle: "long", timeStyle: "short" }) : call}` : "";
  if (view.call === call) return;
  view.open(call, { live: call === liveCall });
  if (past) byId("transcript").focus();
}

function route() {
  const named = location.hash.match(/^#\/calls\/(.+)$/);
  if (named) show(decodeURIComponent(named[1]));
  else if (liveCall || view.call !== "") show(liveCall);
}

byId("talk").addEventListener("click", () => (line ? finish("You hung up.") : start()));
byId("back").addEventListener("click", () => { location.hash = ""; byId("talk").focus(); });
byId("refresh").addEventListener("click", () => history.load().then(() => fault(""), (error) => fault(inWords(error))));
window.addEventListener("hashchange", route);
document.addEventListener("keydown", (event) => {
  if (event.code !== "Space" || event.target !== document.body || event.repeat) return;
  event.preventDefault();
  byId("talk").click();
});
setInterval(() => { if (liveCall) byId("clock").textContent = clock((performance.now() - beganAt) * 1000); }, 500);

drawLegend(byId("legend"));
byId("budget").textContent = String(LIMITS.first_content);
button("");
fault(unusableHere());
queue.watch();
Promise.all([introduce(), history.load(), queue.load()]).then(route, (error) => fault(inWords(error)));
