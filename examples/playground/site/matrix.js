// The Hessian as a table of coloured cells: how the gradient by one logit changes with another.
import {element, find, fixed, subscript, write} from "./dom.js";
import {reals} from "./library.js";

const caption =
    "The Hessian: row i, column j says how the gradient by xᵢ changes when xⱼ grows. Each row sums to zero: " +
    "adding the same number to all logits changes nothing. The colour is deeper where the number is larger; " +
    "blue is above zero.";

export function draw_matrix(place, matrix) {
  write(find("hessian-caption"), matrix ? caption : "");
  if (!matrix) return place.replaceChildren();
  const size = matrix.length, values = matrix.map(reals);
  if (place.dataset.size !== String(size)) build(place, size);
  const most = Math.max(...values.flat().map(Math.abs).filter(Number.isFinite), 1e-300);
  const cells = place.querySelectorAll("td");
  values.flat().forEach((value, k) => {
    const cell = cells[k];
    write(cell, fixed(value, size > 6 ? 2 : 3));
    cell.style.setProperty("--deep", Math.round(100 * Math.min(1, Math.abs(value) / most)) / 100 || 0);
    cell.className = value < 0 ? "below" : "above";
  });
}

function build(place, size) {
  place.dataset.size = size;
  const names = Array.from({length: size}, (_, i) => "x" + subscript(i + 1));
  const head = element(
      "tr", {}, element("td", {class: "corner", "aria-hidden": "true"}),
      ...names.map(name => element("th", {scope: "col"}, name)));
  head.firstChild.replaceWith(element("th", {class: "corner"}, "∂²L"));
  const rows =
      names.map(name => element("tr", {}, element("th", {scope: "row"}, name), ...names.map(() => element("td"))));
  place.replaceChildren(element(
      "div", {class: "wide", tabindex: 0, role: "region", "aria-label": "The Hessian"},
      element(
          "table", {class: "matrix" + (size > 6 ? " small" : "")}, element("thead", {}, head),
          element("tbody", {}, ...rows))));
}
