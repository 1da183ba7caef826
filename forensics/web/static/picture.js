// One inspected picture: verdict and sentences, the picture under its map, profiles, spectrum.

import { h, s } from "./dom.js";
import { downloads } from "./downloads.js";
import { linesView } from "./lines.js";

export const TONES = {
  "generator trace": "generator",
  unsure: "unsure",
  "no generator trace": "none",
};
const FACTS = {
  format: "format", mode: "mode", jpeg_quality: "JPEG quality", subsampling: "subsampling",
  progressive: "progressive", exif: "EXIF", orientation: "orientation",
};

export function pictureView({ name, file, box, mapped, address, answer }, alone, map) {
  const { view } = answer;
  const source = {
    name, lines: view.lines, bands: view.bands, first: view.first_line,
  };
  return h("article", { class: `result ${TONES[answer.verdict]}`, "aria-label": `Result for ${name}` },
    lead(name, answer),
    insets(answer.insets, alone),
    files(name, file, box, mapped, answer),
    section("The picture, and its distance from the mean colour", stack(view.picture ?? address, view.distance, name)),
    section("Traces by place", maps(answer, alone, map)),
    section("Bands", linesView([source], { kind: "second", beside: true })),
    section("Spectrum of the residual", spectrum(view.spectrum)),
    section("Causes, and what shows them", causes(view.causes)),
    section("The file", facts(answer), h("ul", {}, view.provenance.map((sentence) => h("li", {}, sentence)))));
}

function section(title, ...children) {
  return h("section", {}, h("h3", {}, title), children);
}

function lead(name, answer) {
  const { view } = answer;
  return h("div", { class: "lead" },
    h("p", { class: "name" }, name),
    h("h2", { tabindex: "-1" }, view.verdict),
    view.rest ? h("p", { class: "rest" }, view.rest) : null,
    answer.explanation.map((sentence) => h("p", {}, sentence)),
    gauge(answer.score, view.score),
    h("p", { class: "quiet" }, view.rate));
}

// Pictures that stand in this one can be measured alone.
function insets(boxes, alone) {
  if (!boxes.length) return null;
  return h("p", { class: "insets" }, boxes.slice(0, 8).map(({ top, left, rows, columns }) => h("button", {
    type: "button", onclick: () => alone(`${top},${left},${rows},${columns}`),
  }, `Measure alone: ${columns} x ${rows} pixels from row ${top}, column ${left}`)));
}

// Traces by place take seconds, and are made when somebody asks for them.
function maps({ map: found, view }, alone, map) {
  if (!found) {
    return h("p", { class: "insets" }, h("button", { type: "button", onclick: map },
      "Map the traces: does a part have another history?"));
  }
  return [
    insets(found.regions.map((one) => one.box), alone),
    h("div", { class: "maps" }, view.maps.map(({ layer, words, image }) => h("figure", {},
      h("img", { src: image, alt: `Map of ${words} over the picture` }), h("figcaption", {}, layer)))),
    h("ul", {}, found.layers.filter((one) => !one.judged).map((one) => h("li", {}, `${one.layer} was not judged: ${one.why}.`))),
    h("p", { class: "quiet" }, "Red cells speak for what most of the picture has, blue ones against it. "
      + "A region is framed where two histories explain the picture much better than one."),
  ];
}

function gauge(score, said) {
  const x = (6 + 388 * score).toFixed(1);
  return h("div", { class: "gauge" },
    s("svg", { viewBox: "0 0 400 18", role: "img", "aria-label": `Score ${said}` },
      s("path", { class: "track", d: "M6 9H394M6 4v10M200 4v10M394 4v10" }),
      s("circle", { class: "dot", cx: x, cy: 9, r: 7 })),
    h("p", { class: "quiet" }, `Score ${said}: chance that it was generated if half of all pictures `
      + "were; near 50 % it says nothing."));
}

function files(name, file, box, mapped, answer) {
  const stem = name.replace(/^.*\//, "").replace(/\.[^.]*$/, "") || "picture";
  const query = { name, ...box && { box }, ...mapped && { map: true } };
  const figure = (kind) => ({
    label: `Figure, ${kind.toUpperCase()}`, path: "api/figure", body: file, query: { ...query, kind },
    name: `${stem}-inspect.${kind}`,
  });
  const report = { label: "Report", path: "api/report", body: file, query, name: `${stem}-report.html` };
  return downloads(answer, stem, [report, figure("png"), figure("svg")]);
}

// The picture with its map over it, and a slider between them.
export function stack(picture, { image, low, high, step }, name) {
  const over = h("img", { class: "over", src: image, alt: `Map of distances from the mean colour of ${name}` });
  const slider = h("input", {
    type: "range", min: 0, max: 100, value: 50, "aria-label": "How much of the map covers the picture",
    oninput: (event) => over.style.setProperty("--cut", `${event.target.value}%`),
  });
  const means = step > 1 ? `, means of ${step} x ${step} pixels` : "";
  return h("div", { class: "stack-view" },
    h("div", { class: "stack" }, h("img", { src: picture, alt: `The picture ${name}` }), over),
    h("label", { class: "slide" }, h("span", {}, "map"), slider, h("span", {}, "picture")),
    h("p", { class: "quiet" }, `The map: ${low.toFixed(1)} (dark) to ${high.toFixed(1)} counts${means}. `
      + "Of one picture it shows mostly the content; bands stand in blends of many."));
}

function spectrum({ image, low, high, peaks }) {
  const marks = peaks.flatMap((peak) => {
    const both = [[peak.row, peak.column], [-peak.row, -peak.column]];
    return both.map(([row, column]) => s("circle", {
      class: peak.direction, cx: 100 * (column + 0.5), cy: 100 * (row + 0.5), r: 2.2,
    }, s("title", {}, `period ${peak.period}, ${peak.direction}, ${peak.p}`)));
  });
  const best = peaks.length
    ? `Significant peaks, circled: ${peaks.map((one) => `period ${one.period} in ${one.direction} (${one.p})`).join("; ")}.`
    : "No significant peak at any tested frequency.";
  return h("div", { class: "spectrum-view" },
    h("div", { class: "spectrum" }, h("img", { src: image, alt: `Residual spectrum. ${best}` }),
      s("svg", { viewBox: "0 0 100 100", "aria-hidden": "true" }, marks)),
    h("div", {}, h("p", {}, best),
      h("p", { class: "quiet" }, "The picture without its content, as frequencies: the middle is what changes "
        + "slowly, the edge what changes from pixel to pixel. Grids of generators, of JPEG and of "
        + `resizing are points. ${low.toFixed(0)} (dark) to ${high.toFixed(0)} dB.`)));
}

function causes(found) {
  if (!found.length) return h("p", {}, "No cause left a trace that was found.");
  return h("dl", { class: "causes" }, found.map(([cause, evidence]) => [h("dt", {}, cause), h("dd", {}, evidence)]));
}

function facts(answer) {
  const [rows, columns] = answer.shape;
  const pairs = [["size", `${columns} x ${rows} pixels`]];
  for (const [key, label] of Object.entries(FACTS)) {
    const value = answer.file[key];
    if (value !== null && value !== undefined) pairs.push([label, value === true ? "yes" : value === false ? "no" : String(value)]);
  }
  pairs.push(["sha256", answer.sha256]);
  return h("dl", { class: "facts" }, pairs.map(([label, value]) => h("div", {}, h("dt", {}, label), h("dd", {}, value))));
}
