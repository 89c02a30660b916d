// What a hand may change in the first view. A change stands where the library computes with it; otherwise its sentence
// is shown, and all stays as it was.
import {forgive, refuse, say, typed_number} from "./dom.js";
import {here, real} from "./library.js";
import {at_first, changed, state} from "./state.js";

let after;  // draw() and build() of the view
export const on_change = view => {
  after = view;
};

// The request of what is set now. A class that is left out has no probability.
export const loss_request = () => ({
  ask: "loss",
  logits: state.logits,
  labels: state.labels,
  smoothing: state.smoothing,
  temperature: state.temperature,
  learning_rate: state.rate,
  ...(state.mask.includes(0) ? {mask: state.mask.map(kept => !kept)} : {})
});

// Throws a sentence where the loss of what is set does not exist.
export function try_it() {
  if (Number.isNaN(real(here(loss_request()).loss)))
    throw new Error("The loss of these numbers is not a number (NaN): an infinite logit less another is none.");
}
export function take(change) {
  const before = structuredClone(state);
  change();
  try {
    try_it();
  } catch (error) {
    Object.assign(state, before);
    refuse(error);
    return false;
  }
  forgive();
  changed();
  after.draw();
  return true;
}

export function resize(classes) {
  const grown = (list, filler) => Array.from({length: classes}, (_, i) => i < list.length ? list[i] : filler);
  if (classes < 2 || classes > 10) return refuse(`${classes} classes: this view draws 2 to 10.`);
  take(() => {
    state.logits = grown(state.logits, 0);
    state.mask = grown(state.mask, 1);
    state.labels = grown(state.labels, 0);
    if (!state.labels.some((t, i) => t > 0 && state.mask[i])) state.labels[state.mask.indexOf(1)] = 1;
  });
  after.build();
  say(`${state.logits.length} classes.`);
}

// "4 2 1", "4, 2, 1", "1,5 2,5" with commas as in many countries
export function all_logits(text) {
  const spaced = text.trim().split(/[\s;]+/).filter(Boolean);
  const parts =
      spaced.length > 1 ? spaced.map(part => part.replace(/,$/, "")) : text.split(",").map(part => part.trim());
  if (parts.length < 2 || parts.length > 10)
    return refuse(`${parts.length} ${parts.length === 1 ? "number" : "numbers"}: this view draws 2 to 10 classes.`);
  const logits = parts.map(part => Number.isNaN(typed_number(part)) ? part : typed_number(part));
  const taken = take(() => {
    state.logits = logits;
    state.labels = logits.map((_, i) => state.labels.length === logits.length ? state.labels[i] : Number(i === 0));
    state.mask = logits.map((_, i) => state.mask.length === logits.length ? state.mask[i] : 1);
  });
  if (taken) after.build();
}

export function reset() {
  for (const name of ["logits", "labels", "mask", "smoothing", "temperature", "rate"]) state[name] = at_first(name);
}
