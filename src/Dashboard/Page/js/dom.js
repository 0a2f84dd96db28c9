// Elements are made here and nowhere else. Text is always text: nothing that an event said is ever parsed as HTML.

const svgNamespace = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") {
      element.addEventListener("click", value);
    } else if (value === true) {
      element.setAttribute(name, "");
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, String(value));
    }
  }

  element.append(...children.filter(child => child !== null && child !== undefined));
  return element;
}

/** An element with attributes and children; strings become text. */
export const h = (name, attributes = {}, ...children) => fill(document.createElement(name), attributes, children);

/** The same in SVG. */
export const svg = (name, attributes = {}, ...children) => fill(document.createElementNS(svgNamespace, name), attributes, children);

/** A share, 0 to 1, as a bar. The number stands beside it, so that it is not told twice. */
export const bar = (css, part) => svg("svg", { class: `share ${css}`, "aria-hidden": "true", focusable: "false" },
  svg("rect", { class: "share-track", width: "100%", height: "100%", rx: 3 }),
  svg("rect", { class: "share-part", width: `${Math.max(0.8, Math.min(1, part) * 100).toFixed(2)}%`, height: "100%", rx: 3 }));

/** The element with an id. */
export const byId = id => document.getElementById(id);

/** Sets the text of an element, if it is another one: screen readers announce every change. */
export function setText(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

/** Tells a change to screen readers. */
export const announce = text => setText(byId("said"), text);

/** A row of buttons of which one is pressed. */
export function segments(container, options, chosen, onChoose) {
  container.replaceChildren(...options.map(({ value, text }) =>
    h("button", { type: "button", "aria-pressed": String(value === chosen), onclick: () => onChoose(value) }, text)));
}
