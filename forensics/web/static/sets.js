// The second tab: two sets, as folders or as zip archives, side by side on one scale.

import { ask } from "./api.js";
import { h, say } from "./dom.js";
import { downloads } from "./downloads.js";
import { chosen, isPicture, takes } from "./files.js";
import { linesView } from "./lines.js";
import { zipped } from "./zip.js";

const KEYS = ["a", "b"];

export function setsTab(panel, limits) {
  const said = panel.querySelector(".said");
  const shown = panel.querySelector(".shown");
  const bar = panel.querySelector("progress");
  const go = panel.querySelector(".go");
  const sets = { a: null, b: null };

  for (const key of KEYS) {
    const place = panel.querySelector(`[data-set=${key}]`);
    const take = (found) => {
      const set = setOf(found, key);
      if (!set) { say(said, "There is no picture and no zip archive in it: drop a folder or a zip."); return; }
      sets[key] = set;
      place.classList.add("has");
      place.querySelector(".holds").textContent = set.zip
        ? `${set.name}, ${(set.zip.size / 2 ** 20).toFixed(1)} MiB`
        : `${set.name}, ${set.files.length === 1 ? "1 picture" : `${set.files.length} pictures`}`;
      go.disabled = !(sets.a && sets.b);
      say(said, go.disabled ? "Now the other set." : "Both sets are there: compare them.");
    };
    takes(place, take);
    for (const input of place.querySelectorAll("input[type=file]")) {
      input.addEventListener("change", () => take(chosen(input)));
    }
  }

  go.addEventListener("click", async () => {
    go.disabled = true;
    bar.hidden = false;
    bar.value = 0;
    shown.replaceChildren();
    try {
      const files = KEYS.flatMap((key) => packed(key, sets[key]));
      say(said, "Both sets are packed …");
      const body = await zipped(files, (n) => { bar.value = n / files.length; });
      if (body.size > limits.sets_bytes) {
        throw new Error(`the sets are ${(body.size / 2 ** 20).toFixed(0)} MiB together, the page takes at most `
          + `${limits.sets_bytes / 2 ** 20}: use \`catforensics compare\`, which has no such limit`);
      }
      const size = panel.querySelector("[name=size]").value;
      const query = { a: sets.a.name, b: sets.b.name, ...(size ? { size } : {}) };
      say(said, "Both sets are blended …");
      const sent = (share) => { bar.value = share; if (share === 1) bar.removeAttribute("value"); };
      show(await ask("api/compare", { body, query: { ...query, view: true }, sent }), { body, query });
    } catch (error) { say(said, error.message); }
    bar.hidden = true;
    go.disabled = false;
  });

  panel.querySelector(".example").addEventListener("click", async () => {
    say(said, "The blends that come with the program …");
    try { show(await ask("api/examples/sets")); } catch (error) { say(said, error.message); }
  });

  function show(answer, asked = null) {
    const { view } = answer;
    say(said, `${view.a.name}: ${view.a.finding} ${view.b.name}: ${view.b.finding}`);
    shown.replaceChildren(comparison(answer, asked));
    shown.querySelector("h2").focus();
  }
}

// What was dropped, as one set: a zip, or pictures with the name of their folder.
function setOf(found, key) {
  const zip = found.find(({ path }) => /\.zip$/i.test(path));
  if (zip) return { name: zip.path, zip: zip.file };
  const files = found.filter(({ path }) => isPicture(path));
  if (!files.length) return null;
  const [folder, rest] = files[0].path.split("/");
  return { name: rest === undefined ? `set ${key.toUpperCase()}` : folder, files };
}

function packed(key, set) {
  if (set.zip) return [{ path: `${key}.zip`, file: set.zip }];
  return set.files.map(({ path, file }) => ({ path: `${key}/${path}`, file }));
}

function comparison(answer, asked) {
  const { view } = answer;
  const sides = KEYS.map((key) => view[key]);
  const counted = (side) => `${side.name}: mean of ${side.n_images === 1 ? "1 picture" : `${side.n_images.toLocaleString("en")} pictures`}`;
  const pair = (draw) => h("div", { class: "pair" }, sides.map(draw));
  const sources = sides.map((side) => ({
    name: side.name, lines: side.lines, findings: side.findings, first: [1, 1],
    bands: side.bands.filter((one) => one.found).map((one) => ({ ...one, causes: [] })),
  }));
  return h("article", { class: "result sets", "aria-label": "Comparison" },
    h("div", { class: "lead" }, h("h2", { tabindex: "-1" }, "Two sets compared"),
      sides.map((side) => h("p", {}, h("strong", {}, `${side.name}: `), side.finding)),
      h("p", { class: "quiet" }, "Bands at the same place in all pictures come from the process that made them all: "
        + "a generator, or JPEG or resizing. A set without bands is not shown to be photographs.")),
    downloads(answer, "comparison", asked ? [{ label: "Report", path: "api/compare/report", name: "comparison-report.html", ...asked }] : [],
      asked ? "The report has spectra and an audit as well, and takes a while." : null),
    h("section", {}, h("h3", {}, "Distance from the mean colour"),
      h("p", { class: "quiet" }, `Every pixel of the blends, both on one scale: ${view.low.toFixed(1)} (dark) to ${view.high.toFixed(1)} counts.`),
      pair((side) => enlarged(side.distance, `Distance map of ${side.name}. ${side.finding}`, counted(side)))),
    h("section", {}, h("h3", {}, "Line profiles of the blends"), linesView(sources, { kind: "signed" })),
    h("section", {}, h("h3", {}, "Blends"), pair((side) => h("figure", { class: "blend" },
      h("img", { src: side.blend, alt: `Blend of ${side.name}` }), h("figcaption", {}, counted(side))))),
    h("section", {}, h("h3", {}, "All tested periods"), table(sides)),
    leftOut(sides));
}

// A map that can be enlarged under its own window: bands of two pixels are small.
function enlarged(address, text, caption) {
  const image = h("img", { class: "pixels", src: address, alt: text });
  const frame = h("div", { class: "window", tabindex: "0", role: "group", "aria-label": `${caption}, enlarged by the slider` }, image);
  return h("figure", {}, frame,
    h("label", { class: "slide" }, h("span", {}, "enlarge"),
      h("input", {
        type: "range", min: 1, max: 8, step: 1, value: 1, "aria-label": `Enlarge the map, ${caption}`,
        oninput: (event) => image.style.setProperty("--times", event.target.value),
      })),
    h("figcaption", {}, caption));
}

function table(sides) {
  const rows = sides[0].bands.map((one, number) => [one, sides[1].bands[number]]);
  const cell = (one) => [one?.rows ?? "-", one?.columns ?? "-", one ? one.p.replace(/^p (= )?/, "") : "-"]
    .map((text) => h("td", { class: one?.found ? "found" : null }, text));
  return h("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "All tested periods" },
    h("table", {},
      h("caption", {}, "Power over the local noise, and the chance of both axes together, corrected for all periods"),
      h("thead", {},
        h("tr", {}, h("th", { colspan: 2 }, ""), sides.map((side) => h("th", { colspan: 3, scope: "colgroup" }, side.name))),
        h("tr", {}, h("th", { scope: "col" }, "profile"), h("th", { scope: "col" }, "period"),
          sides.map(() => ["rows", "columns", "p"].map((text) => h("th", { scope: "col" }, text))))),
      h("tbody", {}, rows.map(([a, b]) => h("tr", {},
        h("th", { scope: "row" }, a.profile), h("td", {}, a.label), cell(a), cell(b))))));
}

function leftOut(sides) {
  const all = sides.flatMap((side) => side.skipped);
  if (!all.length) return null;
  return h("section", {}, h("h3", {}, `Left out: ${all.length}`), h("ul", {}, all.slice(0, 50).map((text) => h("li", {}, text))));
}
