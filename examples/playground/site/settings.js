// A setting: its words, a slider and a box for the same number. Arrow keys move it by one step, with Shift by ten.
import {element, number, typed_number} from "./dom.js";
import {state} from "./state.js";

let made = 0;

// A slider that moves by `step` with the arrow keys, and holds any number in between.
export function slider(low, high, step, name, moved) {
  const node = element("input", {type: "range", min: low, max: high, step: "any", "aria-label": name});
  node.addEventListener("input", () => moved(Number(node.value)));
  node.addEventListener("keydown", event => {
    const way = {ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10}[event.key];
    if (!way) return;
    event.preventDefault();
    const to = Number(node.value) + way * step * (event.shiftKey ? 10 : 1);
    node.value = Math.min(high, Math.max(low, Math.round(to / step) * step));
    moved(Number(Number(node.value).toPrecision(12)));
  });
  return node;
}

// A box for a number. What is no number goes on as it was typed: the library has a sentence for it.
export function box(name, taken) {
  const node = element("input", {class: "box", inputmode: "decimal", autocomplete: "off", "aria-label": name});
  node.addEventListener("change", () => {
    const value = typed_number(node.value);
    node.setAttribute("aria-invalid", String(taken(Number.isNaN(value) ? node.value : value) === false));
  });
  node.addEventListener("focus", () => node.select());
  return node;
}
// Shows a value, unless the person is typing there.
export function show_in(node, value) {
  if (document.activeElement === node && document.hasFocus()) return;
  node.value = number(value, 4);
  node.setAttribute("aria-invalid", "false");
}

// setting({name: "rate", words, low, high, step})(take): `take` runs a change of the state, and tells whether it
// stands.
export const setting = ({name, words, low, high, step}) => take => {
  const id = "setting" + ++made;
  const set = value => take(() => {
    state[name] = value;
  });
  const range = slider(low, high, step, words, set);
  const typed = box(words, set);
  typed.id = id;
  const node = element("div", {class: "setting"}, element("label", { for: id
                       }, words), element("div", {}, range, typed));
  range.addEventListener("input", () => show());
  typed.addEventListener("blur", () => show());
  range.addEventListener("keydown", () => show());
  const show = () => {
    range.value = state[name];
    show_in(typed, state[name]);
  };
  show();
  return {node, show};
};
