// A row for each class: its logit and its label with their forces, its probability beside its label.
import {element, fixed, number, subscript, write} from "./dom.js";
import {box, show_in, slider} from "./settings.js";
import {state} from "./state.js";

const logit_range = [-10, 10];
const at = (value, [low, high]) => Math.min(1, Math.max(0, (value - low) / (high - low)));

export class Rows {
  constructor(place, take) {
    this.place = place;
    this.take = take;
    this.rows = [];
  }
  build(classes) {
    if (this.rows.length === classes) return;
    this.rows = Array.from({length: classes}, (_, i) => make(i, this.take));
    this.place.replaceChildren(...this.rows.map(row => row.node));
  }
  draw(answer) { this.rows.forEach((row, i) => draw(row, i, answer)); }
}

// long: one row has three cells, and reads from left to right
function make(i, take) {
  const set = (list, value) => take(() => {
    state[list] = state[list].with(i, value);
  });
  const name = `class ${i + 1}`;
  const row = {
    is_true: pick("true", `${name} is the true one`, () => take(() => {
                                                       state.labels = state.labels.map((_, j) => Number(i === j));
                                                     }))
  };
  row.left_out = pick("left out", `${name} is left out`, () => set("mask", 1 - state.mask[i]));
  row.logit = track(logit_range, 0.1, `logit x of ${name}`, value => set("logits", value), at(0, logit_range));
  row.label = track([0, 1], 0.01, `label t of ${name}`, value => set("labels", value), 0);
  row.bar = element("i", {class: "p"});
  row.gap = element("i", {class: "gap"});
  row.tick = element("i", {class: "tick"});
  row.p = element("output");
  row.push = element("output");
  row.surprise = element("output");
  row.logit_force = element("output");
  const n = subscript(i + 1);
  const caption = (symbol, words, value) =>
      element("div", {class: "caption"}, element("b", {}, symbol + n), " " + words, value);
  row.node = element(
      "div", {class: "row", role: "group", "aria-label": name},
      element("div", {class: "who"}, element("b", {}, name), row.is_true, row.left_out),
      element("div", {class: "cell"}, caption("x", "logit; gradient ", row.logit_force), row.logit.node),
      element(
          "div", {class: "cell"}, caption("p", "probability ", row.p),
          element("div", {class: "belief", "aria-hidden": "true"}, row.bar, row.gap, row.tick),
          element("div", {class: "caption gap-words"}, row.push)),
      element("div", {class: "cell"}, caption("t", "label; gradient ", row.surprise), row.label.node));
  return row;
}

function pick(words, name, act) {
  return element("button", {class: "pick", "aria-label": name, "aria-pressed": "false", onclick: act}, words);
}

function track(range, step, name, set, zero) {
  const one = {range, bar: element("i", {class: "bar"}), force: element("i", {class: "force"})};
  one.slider = slider(...range, step, name, set);
  one.box = box(name + ", as a number", set);
  one.inner =
      element("div", {class: "inner", "aria-hidden": "true"}, element("i", {class: "zero"}), one.bar, one.force);
  one.inner.style.setProperty("--zero", zero);
  one.node = element("div", {class: "track"}, element("div", {class: "rail"}, one.inner, one.slider), one.box);
  return one;
}

// The handle, the bar from zero, and the force: an arrow against the gradient, away from the handle or, where there is
// no room, onto it.
function place(one, value, gradient, longest) {
  const where = at(value, one.range), size = Math.min(0.5, 0.5 * Math.abs(gradient) / longest) || 0;
  const up = gradient < 0, room = up ? 1 - where : where;
  const from = room >= size ? where : up ? where - size : where + size;
  one.inner.style.setProperty("--at", where);
  one.inner.style.setProperty("--from", up ? from : from - size);
  one.inner.style.setProperty("--size", size);
  one.force.className = "force " + (up ? "up" : "down") + (size < 0.004 ? " none" : "");
  if (Number(one.slider.value) !== value) one.slider.value = value;
  show_in(one.box, value);
}

function draw(row, i, answer) {
  const p = answer.label_mass * answer.probabilities[i], target = answer.target[i];
  const gradient = answer.logits_gradient[i], surprise = answer.labels_gradient[i];
  const whole = Math.max(1, answer.label_mass);
  place(row.logit, state.logits[i], gradient, 1);
  place(row.label, state.labels[i], surprise, 8);
  row.bar.style.setProperty("--to", p / whole);
  row.gap.style.setProperty("--low", Math.min(p, target) / whole);
  row.gap.style.setProperty("--high", Math.max(p, target) / whole);
  row.gap.className = "gap " + (p > target ? "over" : "under");
  row.tick.style.setProperty("--to", target / whole);
  write(row.p, fixed(answer.probabilities[i]));
  write(row.logit_force, fixed(gradient));
  write(row.surprise, fixed(surprise));
  write(
      row.push,
      Math.abs(p - target) < 5e-4 ? "as it should be" :
          p > target              ? `${fixed(p - target)} too much` :
                                    `${fixed(target - p)} too little`);
  row.is_true.setAttribute("aria-pressed", String(state.labels.every((t, j) => t === Number(i === j))));
  row.left_out.setAttribute("aria-pressed", String(!state.mask[i]));
  row.node.classList.toggle("masked", !state.mask[i]);
  row.logit.slider.setAttribute("aria-valuetext", `${number(state.logits[i])}, gradient ${number(gradient)}`);
  row.label.slider.setAttribute("aria-valuetext", `${number(state.labels[i])}, gradient ${number(surprise)}`);
}
