// The first tab: pictures that are dropped, pasted or chosen, one after the other.

import { ask } from "./api.js";
import { h, say } from "./dom.js";
import { chosen, pasted, takes } from "./files.js";
import { pictureView, TONES } from "./picture.js";

const AT_ONCE = 2;

export function picturesTab(panel, limits) {
  const drop = panel.querySelector(".drop");
  const list = panel.querySelector(".list");
  const shown = panel.querySelector(".shown");
  const said = panel.querySelector(".said");
  const rows = [];
  let running = 0;
  let current = null;
  let looked = false;

  // What was pasted is what somebody wants to see next, even if others are there already.
  function take(found, chosen = false) {
    if (!found.length) return;
    const some = found.slice(0, limits.pictures);
    say(said, found.length > some.length
      ? `${found.length} files were dropped, the page takes ${limits.pictures} at once: the first `
        + `${limits.pictures} are measured; drop the other ${found.length - some.length} next, or use \`catforensics inspect\` `
        + "on the folder."
      : `${some.length === 1 ? "1 file" : `${some.length} files`} taken.`);
    panel.classList.add("filled");
    const taken = some.map(row);
    rows.push(...taken);
    if (chosen) select(taken[0], true);
    advance();
  }

  function row({ path, file, box = null, mapped = false }) {
    const address = URL.createObjectURL(file);
    const bar = h("progress", { max: 1, value: 0, "aria-label": `Progress of ${path}` });
    const state = h("span", { class: "state" }, "waits");
    const button = h("button", { type: "button", class: "row", onclick: () => { looked = true; select(one, true); } },
      thumbnail(address),
      h("span", { class: "row-words" },
        h("span", { class: "row-name", title: path }, called(path, box, mapped)), state, bar));
    list.append(h("li", {}, button));
    const one = { name: path, file, box, mapped, address, bar, state, button, answer: null, failed: null, begun: false };
    return one;
  }

  function advance() {
    for (const one of rows) {
      if (running >= AT_ONCE) return;
      if (!one.begun) run(one);
    }
  }

  async function run(one) {
    one.begun = true;
    running += 1;
    try {
      if (one.file.size > limits.picture_bytes) {
        throw new Error(`${one.name} is ${(one.file.size / 2 ** 20).toFixed(1)} MiB, the page takes at most `
          + `${limits.picture_bytes / 2 ** 20}: use the command line, which has no such limit`);
      }
      one.state.textContent = "is read";
      one.answer = await ask("api/inspect", {
        body: one.file,
        query: { name: one.name, view: true, ...one.box && { box: one.box }, ...one.mapped && { map: true } },
        sent: (share) => {
          one.bar.value = share / 2;
          if (share === 1) { one.state.textContent = "is measured"; one.bar.removeAttribute("value"); }
        },
      });
      one.state.textContent = `${one.answer.view.verdict}, score ${one.answer.view.score.replace(" %", "\u00a0%")}`;
      one.button.classList.add(TONES[one.answer.verdict]);
    } catch (error) {
      one.failed = error.message;
      one.state.textContent = error.message;
      one.button.classList.add("failed");
    }
    one.bar.remove();
    running -= 1;
    // What failed makes room for the first that did not, unless somebody chose to look at it.
    if (current === null || current === one || (current.failed && !looked && one.answer)) select(one, false);
    const left = rows.filter((other) => !other.answer && !other.failed).length;
    say(said, left ? `${rows.length - left} of ${rows.length} measured.` : summary());
    advance();
  }

  function summary() {
    const counted = new Map();
    for (const one of rows) {
      const verdict = one.failed ? "not measured" : one.answer.verdict;
      counted.set(verdict, (counted.get(verdict) ?? 0) + 1);
    }
    const words = [...counted].sort(([, a], [, b]) => b - a).map(([verdict, n]) => `${n} ${verdict}`);
    return `${rows.length === 1 ? "1 picture" : `${rows.length} pictures`}: ${words.join(", ")}.`;
  }

  function select(one, move) {
    current = one;
    for (const other of rows) other.button.setAttribute("aria-current", other === one ? "true" : "false");
    shown.replaceChildren(one.failed
      ? h("article", { class: "result failed" }, h("div", { class: "lead" }, h("p", { class: "name" }, one.name),
        h("h2", { tabindex: "-1" }, "Not measured"), h("p", { role: "alert" }, sentence(one.failed))))
      : one.answer ? pictureView(one, (box) => take([{ path: one.name, file: one.file, box }], true),
        () => take([{ path: one.name, file: one.file, box: one.box, mapped: true }], true)) : h("p", { class: "quiet" }, `${one.name} is being measured.`));
    one.button.scrollIntoView({ block: "nearest" });
    if (move) shown.querySelector("h2")?.focus({ preventScroll: false });
  }

  takes(panel, take);
  panel.querySelector("input[type=file]").addEventListener("change", (event) => take(chosen(event.target)));
  document.addEventListener("paste", (event) => { if (!panel.hidden) take(pasted(event), true); });
  for (const button of panel.querySelectorAll(".example")) {
    button.addEventListener("click", async () => {
      const { example, name } = button.dataset;
      try {
        const blob = await ask(`api/examples/${example}`, { kind: "blob" });
        take([{ path: name, file: new File([blob], name, { type: "image/png" }) }]);
      } catch (error) { say(said, error.message); }
    });
  }
  panel.querySelector(".clear").addEventListener("click", () => {
    for (const one of rows.splice(0)) URL.revokeObjectURL(one.address);
    list.replaceChildren();
    shown.replaceChildren();
    panel.classList.remove("filled");
    current = null;
    looked = false;
    say(said, "");
    drop.querySelector("input").focus();
  });
}

// A picture that a browser cannot show, such as a TIFF, leaves its place empty.
function thumbnail(address) {
  const image = h("img", { class: "thumb", src: address, alt: "", loading: "lazy" });
  image.addEventListener("error", () => image.replaceWith(h("span", { class: "thumb" })));
  return image;
}

function sentence(text) {
  return `${text}${/[.!?]$/.test(text) ? "" : "."}`;
}

function called(path, box, mapped) {
  return [path, box && `part ${box}`, mapped && "by place"].filter(Boolean).join(", ");
}
