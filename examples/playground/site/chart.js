// A line chart as SVG: panels of their own height, one x axis. Values that are not finite are left out.
import {number, shape} from "./dom.js";

const height = 210, left = 52, right = 12, top = 28, bottom = 34;

// Round numbers for about `count` ticks.
export function ticks(low, high, count = 4) {
  const rough = (high - low) / count || 1, power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find(factor => factor * power >= rough * 0.999);
  const list = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; ++k) list.push(k * step);
  return list;
}

// chart({title, x: "epoch", series: [{name, points: [[x, y]..]}], low, high}): low and high, where the axis shall have
// them.
export function chart({title, x, series, low, high, least_x = 1, width = 460}) {
  const points = series.flatMap(one => one.points).filter(([, value]) => Number.isFinite(value));
  const values = points.map(point => point[1]);
  const from = low ?? Math.min(0, ...values), to = high ?? Math.max(from + 1e-3, ...values);
  const end = Math.max(least_x, ...points.map(point => point[0]));
  const across = value => left + (width - left - right) * value / end;
  const down = value => height - bottom - (height - top - bottom) * (value - from) / (to - from);
  const parts = [];
  for (const value of ticks(from, to))
    parts.push(
        shape("line", {class: "grid", x1: left, x2: width - right, y1: down(value), y2: down(value)}),
        shape("text", {class: "quiet", x: left - 8, y: down(value) + 4, "text-anchor": "end"}, number(value, 2)));
  for (const value of ticks(0, end))
    parts.push(shape(
        "text", {class: "quiet", x: across(value), y: height - bottom + 18, "text-anchor": "middle"},
        number(value, 3)));
  parts.push(shape("path", {class: "axis", d: `M${left} ${top}V${height - bottom}H${width - right}`}));
  parts.push(shape("text", {x: left, y: 16, "font-weight": 600}, title));
  parts.push(shape("text", {class: "quiet", x: width - right, y: height - 2, "text-anchor": "end"}, x));
  let legend = width - right;
  for (const [k, one] of [...series.entries()].reverse()) {
    const drawn = one.points.filter(([, value]) => Number.isFinite(value));
    parts.push(shape("polyline", {
      class: `line c${k}` + (k ? " dashed" : ""),
      points: drawn.map(([a, b]) => `${across(a).toFixed(1)},${down(b).toFixed(1)}`).join(" ")
    }));
    if (drawn.length === 1)
      parts.push(shape("circle", {class: `dot c${k}`, cx: across(drawn[0][0]), cy: down(drawn[0][1]), r: 3}));
    parts.push(shape("text", {x: legend, y: 16, "text-anchor": "end"}, one.name));
    legend -= 7.2 * one.name.length + 8;
    parts.push(
        shape("line", {class: `line c${k}` + (k ? " dashed" : ""), x1: legend - 18, x2: legend, y1: 12, y2: 12}));
    legend -= 34;
  }
  const last =
      series.map(one => `${one.name} ${one.points.length ? number(one.points.at(-1)[1]) : "not yet"}`).join(", ");
  return shape(
      "svg", {viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": `${title}: ${last}`},
      ...parts);
}

// Bars on a scale of powers of ten: gradients differ by many of them.
export function bars({title, rows, width = 460}) {
  const line = 26, name = 118, high = 40 + line * rows.length;
  const logs = rows.map(row => row.value > 0 ? Math.log10(row.value) : -Infinity).filter(Number.isFinite);
  const most = Math.ceil(Math.max(-2, ...logs)), least = Math.min(most - 4, Math.floor(Math.min(...logs, most)));
  const across = value =>
      name + 10 + (width - name - 100) * Math.max(0, (Math.log10(value) - least) / (most - least) || 0);
  const parts = [shape("text", {x: 0, y: 16, "font-weight": 600}, title)];
  for (let power = least; power <= most; ++power)
    parts.push(shape("line", {class: "grid", x1: across(10 ** power), x2: across(10 ** power), y1: 26, y2: high - 8}));
  rows.forEach((row, i) => {
    const y = 30 + line * i;
    parts.push(
        shape("text", {x: 0, y: y + 14}, row.name.length > 16 ? row.name.slice(0, 15) + "…" : row.name), shape("rect", {
          class: "fill0",
          x: name + 10,
          y: y + 2,
          width: Math.max(1, across(row.value) - name - 10),
          height: 16,
          rx: 2
        }),
        shape("text", {class: "quiet", x: width - 4, y: y + 14, "text-anchor": "end"}, number(row.value)));
  });
  const words = rows.map(row => `${row.name} ${number(row.value)}`).join(", ");
  return shape(
      "svg", {viewBox: `0 0 ${width} ${high}`, width, height: high, role: "img", "aria-label": `${title}: ${words}`},
      ...parts);
}
