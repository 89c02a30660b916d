// The loss in words, and in a table of every number.
import {element, number, percent, subscript, write} from "./dom.js";
import {reals} from "./library.js";
import {state} from "./state.js";

// One sentence or two about what the numbers say.
export function reading_of(answer) {
  const {target, probabilities, logits_gradient, loss} = answer;
  if (answer.label_mass === 0)
    return "The labels sum to 0: nothing is said to be true. So the loss is 0, and no logit is pushed.";
  const most = list => list.reduce((best, value, i) => value > list[best] ? i : best, 0);
  const truth = most(target), pull = logits_gradient.map(g => -g), up = most(pull), down = most(logits_gradient);
  const says = `The label says class ${truth + 1}. The model gives it ${percent(probabilities[truth])}; the loss is ${
      number(loss)}. `;
  if (!(Math.abs(logits_gradient[up]) > 5e-4) && !(logits_gradient[down] > 5e-4))
    return says + "The gradient is almost zero: there is nothing left to push.";
  const push = (i, way) => `x${subscript(i + 1)} ${way} with ${number(Math.abs(logits_gradient[i]))}`;
  return says + `Descent pushes ${push(up, "up")} and ${push(down, "down")}.`;
}

const columns = [
  ["class", i => String(i + 1)],
  ["logit x", (i) => number(state.logits[i], 6)],
  ["label t", i => number(state.labels[i], 6)],
  ["label after smoothing", (i, a) => number(a.target[i], 6)],
  ["probability p", (i, a) => number(a.probabilities[i], 6)],
  ["log p", (i, a) => number(a.log_probabilities[i], 6)],
  ["its part of the loss: t · (−log p)", (i, a) => number(a.terms[i], 6)],
  ["gradient by x", (i, a) => number(a.logits_gradient[i], 6)],
  ["gradient by t", (i, a) => number(a.labels_gradient[i], 6)],
  ["x after a step", (i, a) => number(reals(a.next.logits)[i], 6)],
  ["p after a step", (i, a) => number(reals(a.next.probabilities)[i], 6)],
];

// The cells are made once for a number of classes; later only their text changes.
export function draw_numbers(table, answer) {
  const classes = answer.probabilities.length;
  if (table.rows.length !== classes + 1)
    table.replaceChildren(
        element("thead", {}, element("tr", {}, ...columns.map(([name]) => element("th", {scope: "col"}, name)))),
        element(
            "tbody", {},
            ...Array.from({length: classes}, () => element("tr", {}, ...columns.map(() => element("td"))))));
  for (let i = 0; i < classes; ++i)
    columns.forEach(([, text], c) => write(table.tBodies[0].rows[i].cells[c], text(i, answer)));
}
