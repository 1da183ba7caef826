// Charts of line profiles with their switches; for one picture, or for two sets on one scale.

import { ask } from "./api.js";
import { Chart } from "./chart.js";
import { choice, h, tick } from "./dom.js";

const MODES = { spectrum: "spectrum", lines: "lines" };
const KINDS = { second: "second", signed: "signed", first: "first" };
const AXES = { both: "both", rows: "rows", columns: "columns" };
const CHANNELS = { luma: "luma", red: "red", green: "green", blue: "blue" };
const MEANT = {
  second: "How busy each line is: mean absolute second difference between neighbouring lines.",
  signed: "Difference of the means of neighbouring lines: what is added at the same place to all.",
  first: "Mean absolute first difference: JPEG's blocks and resizing show here.",
};
const SHADES = { thiscatdoesnotexist: "columns", afhq: "rows" };

let known = null;

// `sources` are { name, lines, bands, first }; with `beside`, known sets can be shown behind them.
export function linesView(sources, { kind = "second", beside = false } = {}) {
  const state = { mode: "spectrum", kind, axis: "both", channel: "luma", known: new Set() };
  const charts = sources.map((source) => new Chart(source.name));
  const meaning = h("p", { class: "quiet" });
  const findings = sources.map(() => h("p", { class: "finding" }));

  function draw() {
    const all = sources.map((source) => toShow(source, state));
    const ranges = charts.map((chart, number) => chart.range(all[number]));
    const limits = [Math.min(...ranges.map(([low]) => low)), Math.max(...ranges.map(([, high]) => high))];
    charts.forEach((chart, number) => {
      chart.show(all[number], limits);
      findings[number].textContent = finding(sources[number], state.kind);
    });
    meaning.textContent = MEANT[state.kind];
  }
  const changed = (key) => (value) => { state[key] = value; draw(); };
  const switches = h("div", { class: "switches" },
    choice("Show", MODES, state.mode, changed("mode")),
    choice("Difference", KINDS, state.kind, changed("kind")),
    choice("Lines", AXES, state.axis, changed("axis")),
    choice("Channel", CHANNELS, state.channel, changed("channel")),
    beside ? besides(state, draw) : null);
  const element = h("div", { class: "lines" }, switches, meaning,
    h("div", { class: sources.length > 1 ? "pair" : "" }, charts.map((chart, number) =>
      h("div", {}, sources.length > 1 ? h("h4", {}, sources[number].name) : null,
        findings[number], chart.element))),
    h("p", { class: "legend" }, h("span", { class: "key rows" }, "rows"), h("span", { class: "key columns" }, "columns"),
      h("span", {}, "Drag over a figure to enlarge a part, twice click for all.")));
  queueMicrotask(draw);
  return element;
}

function besides(state, draw) {
  const change = (name) => async (wanted) => {
    if (wanted) {
      known ??= ask("api/known");
      try { await known; } catch { known = null; return; }
      state.known.add(name);
      state.sets = await known;
    } else state.known.delete(name);
    draw();
  };
  return h("fieldset", { class: "choice" }, h("legend", {}, "Behind it, in a spectrum"),
    h("div", { class: "ticks" },
      tick("420 generated cats", false, change("thiscatdoesnotexist")),
      tick("840 photographs of cats", false, change("afhq"))));
}

function toShow(source, state) {
  const axes = state.axis === "both" ? ["rows", "columns"] : [state.axis];
  const lines = source.lines[state.channel][state.kind];
  const spectrum = state.mode === "spectrum";
  const marks = spectrum && state.channel === "luma" ? source.bands.filter((one) => one.profile === state.kind) : [];
  const shades = spectrum
    ? [...state.known].map((name) => {
      const [low, mid, high] = state.sets[name].spectra[state.kind][axes[0]];
      return { low, mid, high, color: SHADES[name] };
    })
    : [];
  return {
    mode: state.mode,
    first: state.axis === "columns" ? source.first[1] : source.first[0],
    label: `${source.name}: ${spectrum ? "spectrum" : "values"} of the ${state.kind} profile. ${finding(source, state.kind)}`,
    series: axes.map((axis) => ({ name: axis, color: axis, values: lines[axis][spectrum ? "ratios" : "values"] })),
    shades,
    marks: marks.map((one) => ({
      period: one.period, label: `period ${one.label}`, note: [one.p, ...one.causes],
      strong: one.causes.includes("generator"),
    })),
  };
}

function finding(source, kind) {
  if (source.findings) return source.findings[kind];
  const found = source.bands.filter((one) => one.profile === kind);
  if (!found.length) return "No bands at any tested period.";
  return `Bands every ${[...new Set(found.map((one) => one.label))].join(", ")} pixels.`;
}
