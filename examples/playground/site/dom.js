// Small things that every view needs: elements, numbers as text, the two lines that speak.
const svg_space = "http://www.w3.org/2000/svg";

// element("p", {class: "note", "aria-label": "..."}, "text", child, ...): text never becomes markup.
export function element(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}
export function shape(name, attributes = {}, ...children) {
  return fill(document.createElementNS(svg_space, name), attributes, children);
}
function fill(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on"))
      node.addEventListener(key.slice(2), value);
    else if (value === true)
      node.setAttribute(key, "");
    else if (value !== false && value !== undefined && value !== null)
      node.setAttribute(key, value);
  }
  node.append(...children.filter(child => child !== undefined && child !== null));
  return node;
}
export const find = id => document.getElementById(id);

// Writes only what changed: nothing is laid out again for the same text.
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// 0.15620527 as "0.156", -3 as "−3", 4e-17 as "4.00e−17": `digits` of them count.
export function number(value, digits = 3) {
  if (value === null || value === undefined) return "–";
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (size === 0) return "0";
  const text = size < 1e-3 || size >= 1e6 ? value.toExponential(digits - 1) : rounded(value, digits);
  return text.replace(/-/g, "−");
}
const rounded = (value, digits) => String(Number(value.toPrecision(digits)));
// The same width for every value: for numbers that move.
export function fixed(value, places = 3) {
  if (!(Math.abs(value) < 1e4)) return number(value);
  return value.toFixed(places).replace(/^-(?=0\.?0*$)/, "").replace("-", "−");
}
export const subscript = n => String(n).replace(/\d/g, d => "₀₁₂₃₄₅₆₇₈₉"[d]);
export const percent = value => (100 * value).toFixed(1) + "%";

// What a person types for a number: 1.5, 1,5, −2, 1e3. NaN if it is none.
export function typed_number(text) {
  const plain = text.trim().replace(/[−–]/g, "-").replace(/^([+-]?\d*),(\d+)$/, "$1.$2");
  return plain === "" ? NaN : Number(plain);
}

// The two lines that a screen reader hears: what happened, and what is wrong.
export function say(text) { write(find("said"), text); }
export function refuse(error) {
  const text = typeof error === "string" ? error : error.message || String(error);
  write(find("refused"), text);
  find("refused").hidden = text === "";
}
export const forgive = () => refuse("");

// The colours of the style sheet, for what is drawn on a canvas. They change with light and dark.
export function colours() {
  const style = getComputedStyle(document.documentElement);
  const one = name => style.getPropertyValue("--" + name).trim();
  return {
    paper: one("paper"),
    ink: one("ink"),
    soft: one("soft"),
    rule: one("rule"),
    tint: one("tint"),
    right: one("right"),
    wrong: one("wrong"),
    classes: Array.from({length: 10}, (_, i) => one("class" + i))
  };
}
// "#0072b2" as [0, 114, 178]
export const rgb = hex => [1, 3, 5].map(at => parseInt(hex.slice(at, at + 2), 16));
// Calls `draw` when light turns to dark.
export function on_theme(draw) { matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw); }
export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// At most one call a frame, the last one wins; nothing is asked again before the answer has come.
export function once_a_frame(work) {
  let waiting = false, busy = false, again = false;
  const run = async () => {
    waiting = false;
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    try {
      await work();
    } finally { busy = false; }
    if (again) {
      again = false;
      ask();
    }
  };
  const ask = () => {
    if (!waiting) {
      waiting = true;
      requestAnimationFrame(run);
    }
  };
  return ask;
}
