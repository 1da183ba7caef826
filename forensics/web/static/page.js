// The start of the page: its tabs, and what each of them may take.

import { ask } from "./api.js";
import { picturesTab } from "./pictures.js";
import { setsTab } from "./sets.js";

const tabs = [...document.querySelectorAll("[role=tab]")];

function open(tab) {
  for (const one of tabs) {
    const chosen = one === tab;
    one.setAttribute("aria-selected", String(chosen));
    one.tabIndex = chosen ? 0 : -1;
    document.getElementById(one.getAttribute("aria-controls")).hidden = !chosen;
  }
}

tabs.forEach((tab, number) => {
  tab.addEventListener("click", () => open(tab));
  tab.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    const next = tabs[(number + step + tabs.length) % tabs.length];
    open(next);
    next.focus();
  });
});

// A file that misses its place must not replace the page.
for (const name of ["dragover", "drop"]) {
  window.addEventListener(name, (event) => event.preventDefault());
}

try {
  const limits = await ask("api/limits");
  picturesTab(document.getElementById("panel-pictures"), limits);
  setsTab(document.getElementById("panel-sets"), limits);
  document.body.classList.add("ready");
} catch (error) {
  document.querySelector("#panel-pictures .said").textContent = error.message;
}
