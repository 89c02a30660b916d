// Where the probabilities are, and where a step of descent moves them. Every class is a corner; p is the corners' mean
// with the weights p. For 3 classes each point of the triangle is one p, and the field of descent is drawn in it.
import {shape, subscript, write} from "./dom.js";
import {reals} from "./library.js";
import {state} from "./state.js";

const width = 320, heights = {
  2: 90,
  3: 268
};

function corners(classes) {
  if (classes === 2) return [[30, 40], [290, 40]];
  const radius = classes === 3 ? 138 : 116, centre = [160, classes === 3 ? 166 : 142];
  return Array.from({length: classes}, (_, i) => {
    const turn = 2 * Math.PI * i / classes - Math.PI / 2;
    return [centre[0] + radius * Math.cos(turn), centre[1] + radius * Math.sin(turn)];
  });
}
const mix = (places, p) => [0, 1].map(axis => places.reduce((sum, corner, i) => sum + p[i] * corner[axis], 0));

// The name of a corner, outside of it.
function name_of(i, x, y, classes) {
  const side = classes === 3 ? 0 : Math.round((x - 160) / 100), above = y < 140 && side === 0;
  const words = "p" + subscript(i + 1) + (classes > 5 ? "" : " = 1"), anchor = ["end", "middle", "start"][side + 1];
  const down = side !== 0 && classes > 3 ? 5 : above && classes > 2 ? -12 : 24;
  return shape(
      "text", {x: x + (classes > 3 ? 10 * side : 0), y: y + down, "text-anchor": classes > 3 ? anchor : "middle"},
      words);
}

let key, field;  // the field changes with the labels, not with the logits
async function moves(call) {
  const request = {
    ask: "simplex",
    labels: state.labels,
    resolution: 12,
    smoothing: state.smoothing,
    temperature: state.temperature
  };
  const now = JSON.stringify(request);
  if (key !== now) {
    key = now;
    field = (await call(request)).points;
  }
  return field;
}
const path = async call => (await call({
                             ask: "simplex",
                             labels: state.labels,
                             resolution: 3,
                             logits: state.logits,
                             steps: 50,
                             learning_rate: state.rate,
                             smoothing: state.smoothing,
                             temperature: state.temperature
                           })).path;

export async function draw_simplex(place, caption, answer, call) {
  const classes = answer.probabilities.length, places = corners(classes);
  const next = reals(answer.next.probabilities), sum = answer.target.reduce((a, b) => a + b, 0) || 1;
  const whole = classes === 3 && !state.mask.includes(0);
  const parts = [shape("polygon", {class: "axis", points: places.map(at => at.join(",")).join(" ")})];
  if (whole) {
    const longest = 11, points = await moves(call), walk = await path(call);
    const most = Math.max(...points.map(one => Math.hypot(...one.move)), 1e-12);
    for (const {p, move} of points) {
      const from = mix(places, p), to = mix(places, move), size = Math.hypot(...to) || 1;
      const by = longest * Math.sqrt(Math.hypot(...move) / most) / size;
      parts.push(shape(
          "line", {class: "field", x1: from[0], y1: from[1], x2: from[0] + by * to[0], y2: from[1] + by * to[1]}));
      parts.push(shape("circle", {class: "root", cx: from[0], cy: from[1], r: 1.5}));
    }
    parts.push(
        shape("polyline", {class: "walk", points: walk.map(one => mix(places, reals(one.p)).join(",")).join(" ")}));
  }
  const here = mix(places, answer.probabilities), there = mix(places, next),
        truth = mix(places, answer.target.map(t => t / sum));
  parts.push(shape("rect", {class: "truth", x: truth[0] - 6, y: truth[1] - 6, width: 12, height: 12}));
  parts.push(shape("line", {class: "move", x1: here[0], y1: here[1], x2: there[0], y2: there[1]}));
  parts.push(
      shape("circle", {class: "there", cx: there[0], cy: there[1], r: 5}),
      shape("circle", {class: "here", cx: here[0], cy: here[1], r: 7}));
  const height = heights[classes] ?? 285;
  for (const [i, [x, y]] of places.entries()) parts.push(name_of(i, x, y, classes));
  const words = `Each corner is a class that is sure. The disc is p, the square is what is true, ` +
      "the ring is p after one step of descent." +
      (whole ? " Short lines show which way descent moves every other p; the dashed line is the way of 50 steps." :
           classes > 3 ? " With more than 3 classes, several p share a point of this picture." :
                         "");
  place.replaceChildren(shape(
      "svg", {
        viewBox: `0 0 ${width} ${height}`,
        width,
        height,
        role: "img",
        "aria-label": "The simplex: all probabilities that sum to one, with p now and after one step"
      },
      ...parts));
  write(caption, words);
}
