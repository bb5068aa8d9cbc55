// Sound levels of both sides: two bars, and a strip that remembers the last seconds.

const COLUMN_MS = 60;
const COLUMN_PX = 4;

export class Meters {
  constructor({ canvas, you, agent, ring }) {
    Object.assign(this, { canvas, bars: { you, agent }, ring });
    this.past = [];
    this.sources = {};
    new ResizeObserver(() => this.paint()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.paint());
  }

  listen(side, stream) {
    this.context ??= new AudioContext();
    this.context.resume().catch(() => {});
    const analyser = new AnalyserNode(this.context, { fftSize: 1024, smoothingTimeConstant: 0.2 });
    this.context.createMediaStreamSource(stream).connect(analyser);
    this.sources[side] = { analyser, samples: new Float32Array(analyser.fftSize) };
    this.timer ??= setInterval(() => this.tick(), COLUMN_MS);
  }

  cut() {
    if (this.past.length) this.past.at(-1).cut = true;
  }

  stop() {
    clearInterval(this.timer);
    this.timer = undefined;
    this.sources = {};
    this.context?.close().catch(() => {});
    this.context = undefined;
    this.show({ you: 0, agent: 0 });
  }

  tick() {
    const levels = { you: this.level("you"), agent: this.level("agent"), cut: false };
    this.past.push(levels);
    if (this.past.length > 600) this.past.splice(0, 100);
    this.show(levels);
    this.paint();
  }

  // Loudness on a scale that fits speech: -55 dB is nothing, -10 dB is full.
  level(side) {
    const source = this.sources[side];
    if (!source) return 0;
    source.analyser.getFloatTimeDomainData(source.samples);
    const power = source.samples.reduce((sum, x) => sum + x * x, 0) / source.samples.length;
    return Math.min(1, Math.max(0, (10 * Math.log10(power + 1e-12) + 55) / 45));
  }

  show({ you, agent }) {
    for (const [side, level] of [["you", you], ["agent", agent]]) {
      this.bars[side].firstElementChild.style.transform = `scaleX(${level.toFixed(3)})`;
      this.bars[side].setAttribute("aria-valuenow", String(Math.round(level * 100)));
    }
    this.ring.style.setProperty("--level", Math.max(you, agent).toFixed(3));
  }

  paint() {
    const { canvas } = this;
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!width) return;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    const pen = canvas.getContext("2d");
    pen.scale(ratio, ratio);
    const style = getComputedStyle(canvas);
    const colour = (name) => style.getPropertyValue(name).trim();
    const middle = height / 2;
    pen.fillStyle = colour("--rule");
    pen.fillRect(0, middle - 0.5, width, 1);
    const shown = this.past.slice(-Math.floor(width / COLUMN_PX));
    const left = width - shown.length * COLUMN_PX;
    for (const [index, { you, agent, cut }] of shown.entries()) {
      const x = left + index * COLUMN_PX;
      pen.fillStyle = colour("--you");
      pen.fillRect(x, middle - 1 - you * (middle - 6), COLUMN_PX - 1.5, you * (middle - 6));
      pen.fillStyle = colour("--agent");
      pen.fillRect(x, middle + 1, COLUMN_PX - 1.5, agent * (middle - 6));
      if (!cut) continue;
      pen.fillStyle = colour("--bad");
      pen.fillRect(x, 2, 1.5, height - 4);
    }
  }
}
