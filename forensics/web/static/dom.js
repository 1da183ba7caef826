// Elements, made by hand. What came from a file is always text here, never markup.

const SVG = "http://www.w3.org/2000/svg";

export function h(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

export function s(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
}

let counted = 0;

// A name for an element that another one has to refer to.
export function fresh(stem) {
  counted += 1;
  return `${stem}-${counted}`;
}

// One of several, as a row of buttons that keyboards and screen readers know as radio buttons.
export function choice(legend, options, chosen, changed) {
  const name = fresh("choice");
  const radios = Object.entries(options).map(([value, label]) => {
    const id = fresh("option");
    return h("span", { class: "option" },
      h("input", {
        type: "radio", name, id, value, checked: value === chosen,
        onchange: () => changed(value),
      }),
      h("label", { for: id }, label));
  });
  return h("fieldset", { class: "choice" }, h("legend", {}, legend), h("div", {}, radios));
}

export function tick(label, checked, changed) {
  const id = fresh("tick");
  return h("span", { class: "tick" },
    h("input", { type: "checkbox", id, checked, onchange: (event) => changed(event.target.checked) }),
    h("label", { for: id }, label));
}

// Words that a screen reader says when they change.
export function say(element, text) {
  element.textContent = text;
}

export function save(blob, name) {
  const address = URL.createObjectURL(blob);
  const link = h("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
