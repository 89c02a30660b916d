// The third view: a rule with a planted mistake, and what the library's gradient checker says about it.
import {choices} from "./choices.js";
import {element, find, forgive, number, once_a_frame, refuse, write} from "./dom.js";
import {call, here, real, reals} from "./library.js";
import {box, show_in} from "./settings.js";
import {changed, state} from "./state.js";

const words = {
  none: "no mistake",
  sign: "wrong sign",
  "missing-mass": "S is missing",
  "missing-lse": "log-sum-exp is missing",
  "factor-n": "not divided by the rows",
  transposed: "rows and columns exchanged"
};
let mark, boxes;

const request = () => ({ask: "check", break: state.break, logits: state.check_logits, labels: state.check_labels});

const sentence = text => text.replace(/^./, first => first.toUpperCase()).replace(/\.*$/, ".");

const check = once_a_frame(async () => {
  let found;
  try {
    found = await call(request());
  } catch (error) {
    refuse(error);
    write(find("verdict"), "");
    write(find("planted"), "");
    find("broken").replaceChildren();
    return write(find("report"), "");
  }
  forgive();
  const plain = text => text.replace(/\*/g, "·").replace(/-/g, "−");
  const planted = found.break === "none" ?
      "" :
      ` The rule says ${plain(found.formula)}; right is ${plain(found.right_formula)}. N is the number of rows.`;
  write(find("planted"), sentence(found.what) + planted);
  find("verdict").className = "verdict " + found.verdict;
  write(
      find("verdict"),
      found.verdict === "pass" ? "The checker finds no fault: every element agrees with the differences." :
                                 "Found: " + sentence(found.hint_text || found.verdict));
  find("verdict").dataset.of = found.break;
  write(find("report"), found.report);
  table(found);
});

function table(found) {
  const head = ["element", "the right rule", "the rule that is checked", "by differences", "verdict"];
  const body = [];
  for (const input of ["logits", "labels"])
    found.right[input].forEach((row, r) => reals(row).forEach((right, c) => {
      const wrong = reals(found.wrong[input][r])[c], numeric = real(found.numeric[input][r][c]?.value ?? NaN);
      const off = Math.abs(wrong - numeric) > 1e-6 * Math.max(1, Math.abs(numeric));
      body.push(element(
          "tr", {}, element("th", {scope: "row"}, `∂L / ∂${input}[${r}, ${c}]`),
          ...[right, wrong, numeric].map(
              (value, k) => element("td", {class: k === 1 && off ? "bad" : ""}, number(value, 6))),
          element("td", {class: off ? "bad" : ""}, off ? "differs" : "agrees")));
    }));
  find("broken").replaceChildren(
      element("thead", {}, element("tr", {}, ...head.map(name => element("th", {scope: "col"}, name)))),
      element("tbody", {}, ...body));
}

function take(list, r, c, value) {
  const before = state[list];
  state[list] = before.map((row, i) => i === r ? row.with(c, value) : row);
  if (typeof value === "string") {  // the library has the sentence for what is no number
    try {
      here(request());
    } catch (error) { refuse(error); }
    state[list] = before;
    return false;
  }
  changed();
  check();
  return true;
}

export function show() {
  mark(state.break);
  for (const {node, list, r, c} of boxes) show_in(node, state[list][r]?.[c]);
  check();
}
export function rest() {}
export const program = async () =>
    here({ask: "program", view: "check", break: state.break, logits: state.check_logits, labels: state.check_labels});

export function start() {
  mark = choices(find("breaks"), words, name => {
    state.break = name;
    changed();
    show();
  });
  boxes = [];
  for (const [list, title] of [["check_logits", "logits x"], ["check_labels", "labels t"]]) {
    const rows = [0, 1].map(r => element("div", {class: "cells"}, ...[0, 1, 2].map(c => {
                              const node =
                                  box(`${title}, row ${r + 1}, class ${c + 1}`, value => take(list, r, c, value));
                              boxes.push({node, list, r, c});
                              return node;
                            })));
    find("break-numbers")
        .append(element("fieldset", {}, element("legend", {}, title + ", a row for each example"), ...rows));
  }
}
