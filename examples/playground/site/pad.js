// A field to draw in: 32 x 32 squares of ink from 0 to 1. By hand, mouse or pen; by keyboard the arrow keys move a pen.
import {colours, element, on_theme, rgb, say} from "./dom.js";
import {pixels} from "./pictures.js";

const size = 32, thick = 2.2;

export class Pad {
  constructor(changed) {
    Object.assign(this, {changed, size, down: false, pen: [9, 16], keyed: false});
    this.field = new Float32Array(size * size);
    this.canvas = element("canvas", {
      id: "pad",
      tabindex: 0,
      role: "application",
      "aria-label": "Field to draw a digit in. Arrow keys move the pen; Space puts it down or lifts it; Delete clears."
    });
    this.clear_button = element("button", {onclick: () => this.clear()}, "Clear");
    this.node = element(
        "div", {class: "pad"}, this.canvas, element("div", {class: "buttons"}, this.clear_button),
        element(
            "p", {class: "note"},
            "By keyboard: arrow keys move the pen, Space puts it down or lifts it, Delete clears."));
    const on = (name, act) => this.canvas.addEventListener(name, act);
    on("pointerdown", event => {
      this.canvas.setPointerCapture(event.pointerId);
      this.last = this.at(event);
      this.line(this.last, this.last);
    });
    on("pointermove", event => {
      if (!this.last) return;
      for (const one of event.getCoalescedEvents?.() ?? [event]) {
        const to = this.at(one);
        this.line(this.last, to);
        this.last = to;
      }
    });
    for (const name of ["pointerup", "pointercancel"])
      on(name, () => {
        this.last = undefined;
      });
    on("keydown", event => this.key(event));
    on("focus", () => this.paint());
    on("blur", () => {
      this.keyed = false;
      this.paint();
    });
    on_theme(() => this.paint());
    this.paint();
  }
  at(event) {
    const place = this.canvas.getBoundingClientRect();
    return [size * (event.clientX - place.left) / place.width, size * (event.clientY - place.top) / place.height];
  }
  key(event) {
    const way = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[event.key];
    if (way) {
      const to = this.pen.map((value, axis) => Math.min(size - 2, Math.max(2, value + way[axis])));
      if (this.down) this.line(this.pen, to);
      this.pen = to;
    } else if (event.key === " ") {
      this.down = !this.down;
      say(this.down ? "The pen is down." : "The pen is up.");
      if (this.down) this.line(this.pen, this.pen);
    } else if (event.key === "Delete" || event.key === "Backspace")
      this.clear();
    else
      return;
    event.preventDefault();
    this.keyed = true;
    this.paint();
  }
  // Ink around a line: full in its middle, less at its edge.
  line(from, to) {
    const along = [to[0] - from[0], to[1] - from[1]], length = along[0] ** 2 + along[1] ** 2;
    for (let y = 0; y < size; ++y)
      for (let x = 0; x < size; ++x) {
        const dx = x + 0.5 - from[0], dy = y + 0.5 - from[1];
        const part = length ? Math.min(1, Math.max(0, (dx * along[0] + dy * along[1]) / length)) : 0;
        const ink = Math.min(1, Math.max(0, thick + 0.5 - Math.hypot(dx - part * along[0], dy - part * along[1])));
        this.field[y * size + x] = Math.max(this.field[y * size + x], ink);
      }
    this.paint();
    this.changed();
  }
  clear() {
    this.field.fill(0);
    this.down = false;
    this.paint();
    this.changed();
  }
  empty() { return !this.field.some(ink => ink > 0); }
  ink() { return Array.from(this.field, ink => Math.round(ink * 1000) / 1000); }
  paint() {
    const all = colours(), paper = rgb(all.tint), dark = rgb(all.ink), pen = rgb(this.down ? all.wrong : all.right);
    pixels(this.canvas, size, size, 8, (x, y) => {
      const ink = this.field[y * size + x];
      if (this.keyed && Math.floor(this.pen[0]) === x && Math.floor(this.pen[1]) === y) return pen;
      return paper.map((value, k) => value + (dark[k] - value) * ink);
    });
  }
}
