// One WebRTC call from this browser: the microphone up, the agent's voice down, events beside them.

import { Refused, unusableHere } from "./words.js";

const GATHERING_MS = 1500;

export class Line {
  constructor({ iceServers, onVoice, onMicrophone, onChange, onFault }) {
    Object.assign(this, { iceServers, onVoice, onMicrophone, onChange, onFault });
    this.call = "";
    this.closed = false;
    this.leave = () => this.hangUp({ leaving: true });
  }

  // Resolves to the call's id once the service has answered; throws what words.js can say.
  async dial() {
    const obstacle = unusableHere();
    if (obstacle) throw new Error(obstacle);
    const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };
    this.microphone = await navigator.mediaDevices.getUserMedia({ audio });
    if (this.closed) return this.release();
    this.onMicrophone(this.microphone);
    this.peer = new RTCPeerConnection({ iceServers: this.iceServers });
    this.peer.ontrack = ({ track, streams }) => this.onVoice(streams[0] || new MediaStream([track]));
    this.peer.onconnectionstatechange = () => this.changed();
    this.channel = this.peer.createDataChannel("oai-events");
    this.channel.onmessage = ({ data }) => this.told(data);
    for (const track of this.microphone.getAudioTracks()) this.peer.addTrack(track, this.microphone);
    await this.peer.setLocalDescription(await this.peer.createOffer());
    await gathered(this.peer);
    if (this.closed) return this.release();
    const secret = await clientSecret();
    if (this.closed) return this.release();
    const response = await fetch("/v1/realtime/calls", {
      method: "POST",
      credentials: "omit",
      headers: { "Content-Type": "application/sdp", Authorization: `Bearer ${secret}` },
      body: this.peer.localDescription.sdp,
    });
    if (!response.ok) throw await Refused.from(response);
    this.call = (response.headers.get("Location") || "").split("?")[0].split("/").filter(Boolean).at(-1) || "";
    window.addEventListener("pagehide", this.leave);
    if (this.closed) return this.hangUp();
    await this.peer.setRemoteDescription({ type: "answer", sdp: await response.text() });
    return this.call;
  }

  changed() {
    if (this.closed) return;
    const state = this.peer.connectionState;
    this.onChange(state);
    if (state === "failed") this.onFault("No way for sound was found between this browser and the service. If a firewall or NAT lies between them, the service needs a STUN or TURN server (PARLEY_ICE_SERVERS).");
  }

  told(data) {
    try {
      const event = JSON.parse(data);
      if (event.type === "error") this.onFault(event.error?.message || "The service reported an error.");
    } catch {
      // Not ours to judge: the events that matter come over HTTP as well.
    }
  }

  // Ends the call on both sides; `leaving` when the page goes away and nothing can be waited for.
  async hangUp({ leaving = false } = {}) {
    const call = this.call;
    this.call = "";
    this.release();
    if (!call) return;
    await fetch(`/v1/calls/${encodeURIComponent(call)}`, { method: "DELETE", keepalive: leaving }).catch(() => {});
  }

  release() {
    this.closed = true;
    window.removeEventListener("pagehide", this.leave);
    this.microphone?.getTracks().forEach((track) => track.stop());
    this.channel?.close();
    this.peer?.close();
    return "";
  }
}

// What any page of anybody's gets from its own server: good for one call, from here, with the agent that is set.
async function clientSecret() {
  const response = await fetch("/v1/realtime/client_secrets", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      expires_after: { seconds: 60 },
      session: { type: "realtime", model: "parley:" },
      parley: { origin: location.origin, transport: "webrtc" },
    }),
  });
  if (!response.ok) throw await Refused.from(response);
  return (await response.json()).value;
}

function gathered(peer) {
  if (peer.iceGatheringState === "complete") return Promise.resolve();
  return new Promise((done) => {
    setTimeout(done, GATHERING_MS);
    peer.addEventListener("icegatheringstatechange", () => peer.iceGatheringState === "complete" && done());
  });
}
