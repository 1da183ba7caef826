// Line profiles and their spectra: lines in an SVG, a cursor that reads out, and zoom.

import { fresh, h, s } from "./dom.js";
import { number, round } from "./numbers.js";

const HEIGHT = 280;
const ROOM = { top: 34, right: 14, bottom: 40, left: 58 };
const LOWEST = 1 / 28; // cycles a pixel below which the running median has emptied the spectrum
const FLOOR = 0.1;
const PERIODS = { 16: 1 / 16, 8: 1 / 8, 4: 1 / 4, "8/3": 3 / 8, 2: 1 / 2 };
const WORDS = 74; // pixels that the words at a mark are wide
const NARROWEST = 0.02;

export class Chart {
  constructor(label) {
    this.window = [0, 1];
    this.at = null;
    this.shown = null;
    this.limits = null;
    const clip = fresh("clip");
    this.clip = s("rect", {});
    this.drawn = s("g", {});
    this.cursor = s("g", { class: "cursor" });
    this.brush = s("rect", { class: "brush" });
    this.graphic = s("svg", {
      class: "chart", role: "img", tabindex: "0", "aria-label": label,
      "aria-describedby": (this.readId = fresh("reading")),
    },
    s("defs", {}, s("clipPath", { id: clip }, this.clip)), this.drawn, this.cursor, this.brush);
    this.clipId = clip;
    this.reading = h("output", { id: this.readId, class: "reading", "aria-live": "polite" });
    const button = (label_, text, act) =>
      h("button", { type: "button", class: "small", "aria-label": label_, onclick: act }, text);
    this.element = h("div", { class: "plot" },
      this.graphic,
      h("div", { class: "plot-foot" }, this.reading,
        h("span", { class: "zoom" },
          button("Zoom in", "+", () => this.zoom(0.5)),
          button("Zoom out", "−", () => this.zoom(2)),
          button("Show all", "all", () => this.whole()))));
    this.listen();
    new ResizeObserver(() => this.draw()).observe(this.graphic);
  }

  // What to draw: { mode, series, shades, marks, first, label }.
  show(shown, limits = null) {
    const other = this.shown && this.shown.mode !== shown.mode;
    this.shown = shown;
    this.limits = limits;
    if (other) { this.window = [0, 1]; this.at = null; }
    this.graphic.setAttribute("aria-label", shown.label);
    this.draw();
  }

  // The range of values, so that several charts can share one.
  range(shown = this.shown) {
    const values = [...shown.series, ...shown.shades.map((one) => ({ values: one.high }))]
      .flatMap((one) => one.values.filter((value, at) =>
        value !== null && (shown.mode === "lines" || at / (2 * (one.values.length - 1)) > LOWEST)));
    const high = Math.max(...values);
    if (shown.mode === "spectrum") return [FLOOR, Math.max(30, high) * 8];
    const low = Math.min(...values);
    const spare = 0.06 * (high - low || 1);
    return [low - spare, high + spare];
  }

  draw() {
    if (!this.shown) return;
    const width = Math.max(240, this.graphic.clientWidth || 600);
    this.size = { width: width - ROOM.left - ROOM.right, height: HEIGHT - ROOM.top - ROOM.bottom };
    this.graphic.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    for (const [name, value] of Object.entries({
      x: ROOM.left, y: ROOM.top - 30, width: this.size.width, height: this.size.height + 30,
    })) this.clip.setAttribute(name, value);
    this.drawn.replaceChildren(
      this.frame(),
      s("g", { "clip-path": `url(#${this.clipId})` },
        this.shown.shades.map((shade) => this.shade(shade)),
        this.shown.series.map((one) => this.line(one.values, `line ${one.color}`)),
        this.staggered().map(([mark, step]) => this.mark(mark, step))),
      this.words());
    this.point();
  }

  // Where something lies along the axis, 0 to 1, and back.
  place(at, n) {
    return this.shown.mode === "lines" ? at / Math.max(1, n - 1) : this.along(at / (2 * (n - 1)));
  }

  along(frequency) { return (frequency - LOWEST) / (0.5 - LOWEST); }

  x(place) {
    const [low, high] = this.window;
    return ROOM.left + ((place - low) / (high - low)) * this.size.width;
  }

  y(value) {
    const [low, high] = this.limits ?? this.range();
    const share = this.shown.mode === "spectrum"
      ? Math.log(Math.max(value, low) / low) / Math.log(high / low)
      : (value - low) / (high - low);
    return ROOM.top + (1 - share) * this.size.height;
  }

  path(values) {
    let text = "";
    let pen = "M";
    values.forEach((value, at) => {
      const place = this.place(at, values.length);
      if (value === null || place < 0) { pen = "M"; return; }
      text += `${pen}${this.x(place).toFixed(1)} ${this.y(value).toFixed(1)}`;
      pen = "L";
    });
    return text;
  }

  line(values, look) { return s("path", { class: look, d: this.path(values) }); }

  shade({ low, mid, high, color }) {
    const back = high.map((value, at) => [value, at]).reverse();
    let text = this.path(low);
    for (const [value, at] of back) {
      const place = this.place(at, high.length);
      if (value !== null && place >= 0) text += `L${this.x(place).toFixed(1)} ${this.y(value).toFixed(1)}`;
    }
    return s("g", { class: `shade ${color}` },
      s("path", { class: "area", d: `${text}Z` }), this.line(mid, "middle"));
  }

  // Marks from left to right; where words would run into those before, they stand lower.
  staggered() {
    let edge = -Infinity;
    let step = 0;
    return [...this.shown.marks].sort((a, b) => b.period - a.period).map((mark) => {
      const x = this.x(this.along(1 / mark.period));
      step = x - WORDS < edge ? step + 1 + mark.note.length : 0;
      edge = x;
      return [mark, step];
    });
  }

  mark({ period, label, note, strong }, step) {
    const x = this.x(this.along(1 / period));
    const lines = [label, ...note];
    return s("g", { class: strong ? "mark strong" : "mark", "data-period": label },
      s("line", { x1: x, x2: x, y1: ROOM.top, y2: ROOM.top + this.size.height }),
      lines.map((text, row) => s("text", { x: x - 5, y: ROOM.top + 12 + 15 * (row + step), "text-anchor": "end" }, text)));
  }

  frame() {
    const base = ROOM.top + this.size.height;
    const right = ROOM.left + this.size.width;
    return s("g", { class: "frame" },
      s("path", { d: `M${ROOM.left} ${ROOM.top}V${base}H${right}` }),
      this.ticksX().map(([place, text]) => s("g", {},
        s("line", { x1: this.x(place), x2: this.x(place), y1: base, y2: base + 5 }),
        s("text", { x: this.x(place), y: base + 19, "text-anchor": "middle" }, text))),
      this.ticksY().map(([value, text]) => s("g", {},
        s("line", { x1: ROOM.left - 5, x2: ROOM.left, y1: this.y(value), y2: this.y(value) }),
        s("line", { class: "grid", x1: ROOM.left, x2: right, y1: this.y(value), y2: this.y(value) }),
        s("text", { x: ROOM.left - 9, y: this.y(value) + 4, "text-anchor": "end" }, text))));
  }

  words() {
    const spectrum = this.shown.mode === "spectrum";
    return s("g", { class: "words" },
      s("text", { x: ROOM.left, y: 14 }, spectrum ? "power / local noise" : "counts"),
      s("text", { x: ROOM.left + this.size.width, y: HEIGHT - 4, "text-anchor": "end" },
        spectrum ? "period (pixels)" : "line"));
  }

  ticksX() {
    const [low, high] = this.window;
    if (this.shown.mode === "spectrum") {
      return Object.entries(PERIODS)
        .map(([text, frequency]) => [this.along(frequency), text])
        .filter(([place]) => place >= low - 1e-9 && place <= high + 1e-9);
    }
    const n = this.shown.series[0]?.values.length ?? 2;
    return round(low * (n - 1) + this.shown.first, high * (n - 1) + this.shown.first, this.size.width / 90)
      .map((line) => [(line - this.shown.first) / (n - 1), String(line)]);
  }

  ticksY() {
    const [low, high] = this.limits ?? this.range();
    if (this.shown.mode === "lines") {
      return round(low, high, 5).map((value) => [value, String(Number(value.toPrecision(6)))]);
    }
    const ticks = [];
    const step = Math.log10(high / low) > 6 ? 100 : 10;
    for (let value = 1; value <= high; value *= step) ticks.push([value, value < 1e5 ? String(value) : `1e${Math.round(Math.log10(value))}`]);
    return ticks;
  }

  listen() {
    const graphic = this.graphic;
    let from = null;
    graphic.addEventListener("pointermove", (event) => {
      this.at = this.placeOf(event);
      if (from !== null) this.drag(from, this.at);
      this.point();
    });
    graphic.addEventListener("pointerleave", () => { if (from === null) { this.at = null; this.point(); } });
    graphic.addEventListener("pointerdown", (event) => {
      if (event.pointerType === "mouse") { from = this.placeOf(event); graphic.setPointerCapture(event.pointerId); }
      this.at = this.placeOf(event);
      this.point();
    });
    graphic.addEventListener("pointerup", (event) => {
      const to = this.placeOf(event);
      if (from !== null && Math.abs(to - from) > 0.01 * (this.window[1] - this.window[0])) {
        this.look(Math.min(from, to), Math.max(from, to));
      }
      from = null;
      this.brush.setAttribute("width", 0);
    });
    graphic.addEventListener("dblclick", () => this.whole());
    graphic.addEventListener("keydown", (event) => this.key(event));
    graphic.addEventListener("focus", () => { if (this.at === null) { this.at = (this.window[0] + this.window[1]) / 2; this.point(); } });
  }

  key(event) {
    const n = this.shown?.series[0]?.values.length ?? 2;
    const step = (event.shiftKey ? 10 : 1) / (this.shown?.mode === "lines" ? n - 1 : (n - 1) * (1 - 2 * LOWEST));
    const acts = {
      ArrowLeft: () => { this.at = Math.max(this.window[0], (this.at ?? 0) - step); },
      ArrowRight: () => { this.at = Math.min(this.window[1], (this.at ?? 0) + step); },
      Home: () => { [this.at] = this.window; },
      End: () => { this.at = this.window[1]; },
      "+": () => this.zoom(0.5),
      "-": () => this.zoom(2),
      Escape: () => this.whole(),
    };
    if (!(event.key in acts)) return;
    event.preventDefault();
    acts[event.key]();
    this.point();
  }

  placeOf(event) {
    const box = this.graphic.getBoundingClientRect();
    const share = (event.clientX - box.left - ROOM.left) / this.size.width;
    const [low, high] = this.window;
    return low + Math.min(1, Math.max(0, share)) * (high - low);
  }

  drag(from, to) {
    const [left, right] = [this.x(Math.min(from, to)), this.x(Math.max(from, to))];
    for (const [name, value] of Object.entries({
      x: left, y: ROOM.top, width: right - left, height: this.size.height,
    })) this.brush.setAttribute(name, value);
  }

  zoom(factor) {
    const [low, high] = this.window;
    const middle = this.at ?? (low + high) / 2;
    const half = Math.min(0.5, (factor * (high - low)) / 2);
    this.look(middle - half, middle + half);
  }

  look(low, high) {
    const width = Math.min(1, Math.max(NARROWEST, high - low));
    const start = Math.min(1 - width, Math.max(0, low));
    this.window = [start, start + width];
    this.draw();
  }

  whole() { this.look(0, 1); }

  // The cursor, and in words what is there.
  point() {
    if (this.at === null || !this.shown?.series.length) {
      this.cursor.replaceChildren();
      this.reading.textContent = "Move over the figure, or use the arrow keys, to read values.";
      return;
    }
    const n = this.shown.series[0].values.length;
    const lines = this.shown.mode === "lines";
    const at = lines
      ? Math.round(this.at * (n - 1))
      : Math.round((LOWEST + this.at * (0.5 - LOWEST)) * 2 * (n - 1));
    const x = this.x(this.place(at, n));
    const values = this.shown.series.map((one) => [one, one.values[at]]).filter(([, value]) => value !== null && value !== undefined);
    this.cursor.replaceChildren(
      s("line", { x1: x, x2: x, y1: ROOM.top, y2: ROOM.top + this.size.height }),
      ...values.map(([one, value]) => s("circle", { class: one.color, cx: x, cy: this.y(value), r: 4 })));
    const where = lines ? `Line ${at + this.shown.first}` : `Period ${((2 * (n - 1)) / at).toPrecision(3)} pixels`;
    const unit = lines ? " counts" : " times the noise";
    const said = values.map(([one, value]) => `${one.name} ${number(value)}`).join(", ");
    this.reading.textContent = `${where}: ${said}${unit}`;
  }
}
