// What can be taken away: what is here already, and what the program has to make first.

import { ask } from "./api.js";
import { h, save, say } from "./dom.js";

// `made` are { label, path, body, query, name }; the record is saved without what only the page draws.
export function downloads(answer, stem, made, note = null) {
  const said = h("span", { role: "status", class: "quiet" }, note);
  const record = Object.fromEntries(Object.entries(answer).filter(([key]) => key !== "view"));
  const json = new Blob([JSON.stringify(record, null, 2)], { type: "application/json" });
  const kept = h("button", { type: "button", onclick: () => save(json, `${stem}.json`) }, "JSON");
  const [first, ...others] = made.map((one) => fetched(one, said));
  return h("div", { class: "downloads", role: "group", "aria-label": "Downloads" }, first, kept, others, said);
}

function fetched({ label, path, body, query, name }, said) {
  return h("button", {
    type: "button",
    onclick: async (event) => {
      const button = event.currentTarget;
      button.disabled = true;
      say(said, `making ${name} …`);
      try {
        save(await ask(path, { body, query, kind: "blob" }), name);
        say(said, `${name} is saved`);
      } catch (error) { say(said, error.message); }
      button.disabled = false;
    },
  }, label);
}
