// What the page shows, and the link that holds it: everything stands in location.hash but a CSV's rows.
import {refuse} from "./dom.js";

const most_classes = 10;
const number_in = (low, high) => text => {
  const value = text === "" ? NaN : Number(text);
  if (!(value >= low && value <= high)) throw Error(`"${short(text)}" is not a number from ${low} to ${high}`);
  return value;
};
const whole_in = (low, high) => text => {
  const value = number_in(low, high)(text);
  if (!Number.isInteger(value)) throw Error(`"${short(text)}" is not a whole number`);
  return value;
};
const numbers_in = (low, high) => text => {
  const parts = text.split(",");
  if (parts.length < 2 || parts.length > most_classes)
    throw Error(`has ${parts.length} numbers; this page shows 2 to ${most_classes} classes`);
  return parts.map(number_in(low, high));
};
const one_of = (...names) => text => {
  if (!names.includes(text)) throw Error(`"${short(text)}" is none of ${names.join(", ")}`);
  return text;
};
const mask = text => {
  if (!/^[01]{2,10}$/.test(text))
    throw Error(`"${short(text)}" is not a 0 or 1 for each of 2 to ${most_classes} classes`);
  return [...text].map(Number);
};
const rows_in = (low, high) => text => {
  const rows = text.split(";").map(row => row.split(",").map(number_in(low, high)));
  if (rows.length !== 2 || rows.some(row => row.length !== 3)) throw Error("needs 2 rows of 3 numbers");
  return rows;
};
const automatic = read => text => text === "auto" ? "auto" : read(text);
const short = text => text.length > 30 ? text.slice(0, 30) + "..." : text;

export const models = {
  auto: "as the recipe says",
  linear: "linear: no hidden layer",
  "mlp:4": "4 hidden units",
  "mlp:8": "8 hidden units",
  "mlp:16,16": "two layers of 16",
  "mlp:64,32": "layers of 64 and 32"
};

// name: what it is at first, how it is read
const fields = {
  view: ["loss", one_of("loss", "train", "break")],
  logits: [[4, 2, 1], numbers_in(-1000, 1000)],
  labels: [[1, 0, 0], numbers_in(0, 1000)],
  mask: [[1, 1, 1], mask],
  smoothing: [0, number_in(0, 1)],
  temperature: [1, number_in(0.05, 100)],
  rate: [1, number_in(0, 100)],
  data: ["digits", one_of("digits", "iris", "wine", "own")],
  decimal: ["auto", one_of("auto", ".", ",")],
  label: ["", text => text.slice(0, 200)],
  model: ["auto", one_of(...Object.keys(models))],
  seed: [7, whole_in(0, 2 ** 53 - 1)],
  learning_rate: ["auto", automatic(number_in(1e-9, 1e3))],
  epochs: ["auto", automatic(whole_in(1, 10000))],
  check_logits: [[[4, 2, 1], [0, 5, 1]], rows_in(-1000, 1000)],
  check_labels: [[[1, 0.5, 0], [0, 1.2, 0.4]], rows_in(0, 1000)],
  break: ["sign", one_of("none", "sign", "missing-mass", "missing-lse", "factor-n", "transposed")],
};

export const state =
    Object.fromEntries(Object.entries(fields).map(([name, [first]]) => [name, structuredClone(first)]));
export const at_first = name => structuredClone(fields[name][0]);

const text_of = value =>
    !Array.isArray(value) ? String(value) : value.map(text_of).join(Array.isArray(value[0]) ? ";" : ",");
function link_text() {
  const parts = [];
  for (const [name, [first]] of Object.entries(fields)) {
    const text = name === "mask" ? state.mask.join("") : text_of(state[name]);
    const plain = name === "mask" ? first.join("") : text_of(first);
    if (name === "view" || text !== plain)
      parts.push(name + "=" + encodeURIComponent(text).replace(/%2C/g, ",").replace(/%3B/g, ";").replace(/%3A/g, ":"));
  }
  return parts.join("&");
}

// Reads the link. What it cannot hold is refused in a sentence, and stays as it is at first.
export function read_link(hash = location.hash) {
  const wrong = [];
  for (const name of Object.keys(fields)) state[name] = at_first(name);
  for (const part of hash.replace(/^#/, "").split("&").filter(Boolean).slice(0, 40)) {
    const [name, text = ""] = part.split("=", 2);
    try {
      if (!Object.hasOwn(fields, name)) throw Error("is no part of a state");
      state[name] = fields[name][1](decodeURIComponent(text));
    } catch (error) { wrong.push(`${short(name)} ${error.message}`); }
  }
  const classes = state.logits.length;
  if (state.labels.length !== classes) {
    if (hash.includes("labels=")) wrong.push(`labels are ${state.labels.length} numbers and logits ${classes}`);
    state.labels = Array.from({length: classes}, (_, i) => i === 0 ? 1 : 0);
  }
  if (state.mask.length !== classes) state.mask = Array(classes).fill(1);
  if (wrong.length) refuse("The link: " + wrong.slice(0, 3).join("; ") + ".");
}

let timer = 0;
// Called after every change; the address follows a little later, because browsers limit how often it may change.
export function changed() {
  clearTimeout(timer);
  timer = setTimeout(() => history.replaceState(null, "", "#" + link_text()), 250);
}
export function link() {
  clearTimeout(timer);
  history.replaceState(null, "", "#" + link_text());
  return location.href;
}
