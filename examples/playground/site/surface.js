// The decision surface: for each place of two features, the class that the classifier would name; paler where it is
// less sure.
import {colours, element, number, on_theme, rgb, write} from "./dom.js";
import {call} from "./library.js";

import {short} from "./train_data.js";

const side = 320, size = 64;
let made = 0;

export class Surface {
  constructor(found, again) {
    this.names = found.features.filter(feature => feature.kind === "number").map(feature => feature.name).slice(0, 100);
    this.classes = found.classes.map(one => one.name);
    this.chosen = [this.names[0], this.names[1]];
    this.canvas = element("canvas", {role: "img", width: side, height: side, class: "surface"});
    this.words = element("figcaption");
    this.range = [element("span"), element("span")];
    const pick = axis => {
      const id = `axis${++made}`;
      const select = element(
          "select", {
            id,
            onchange: () => {
              this.chosen[axis] = select.value;
              again();
            }
          },
          ...this.names.map(
              name => element("option", {value: name, selected: name === this.chosen[axis]}, short(name))));
      return element("div", {class: "setting"}, element("label", { for: id
                     }, axis ? "upwards" : "to the right"), select);
    };
    this.legend = element(
        "ul", {class: "legend"},
        ...this.classes.slice(0, 10).map(
            (name, c) => element("li", {}, element("i", {class: "fill" + c}), short(name))));
    this.node = element(
        "div", {}, element("div", {class: "settings"}, pick(0), pick(1)),
        element("figure", {}, this.canvas, this.legend, this.words));
    on_theme(() => this.paint());
  }
  async read() {
    if (this.chosen[0] === this.chosen[1]) return write(this.words, "Choose two different columns.");
    this.found = await call({ask: "surface", x: this.chosen[0], y: this.chosen[1], size});
    this.paint();
  }
  paint() {
    if (!this.found) return;
    const {x_range, y_range, points, held_at} = this.found, cells = this.found.class, sure = this.found.sure,
                                     n = this.found.size;
    const all = colours(), paper = rgb(all.paper), tones = all.classes.map(rgb), context = this.canvas.getContext("2d");
    const small = document.createElement("canvas");
    small.width = small.height = n;
    const image = small.getContext("2d").createImageData(n, n);
    const least = 1 / Math.max(2, this.classes.length);
    for (let row = 0; row < n; ++row)
      for (let column = 0; column < n; ++column) {
        const k = row * n + column, part = 0.1 + 0.55 * Math.max(0, (sure[k] / 255 - least) / (1 - least));
        const at = 4 * ((n - 1 - row) * n + column), tone = tones[cells[k] % 10];
        for (let c = 0; c < 3; ++c) image.data[at + c] = paper[c] + (tone[c] - paper[c]) * part;
        image.data[at + 3] = 255;
      }
    small.getContext("2d").putImageData(image, 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(small, 0, 0, side, side);
    context.lineWidth = 1.5;
    context.strokeStyle = all.paper;
    for (const [x, y, c] of points) {
      context.fillStyle = all.classes[c % 10];
      context.beginPath();
      context.arc(
          side * (x - x_range[0]) / (x_range[1] - x_range[0]),
          side * (1 - (y - y_range[0]) / (y_range[1] - y_range[0])), 4, 0, 2 * Math.PI);
      context.fill();
      context.stroke();
    }
    const held = held_at.length ?
        ` The other ${
            held_at.length === 1 ? "column is" : held_at.length + " columns are"} held at the middle of the data.` :
        "";
    const more = this.classes.length > 10 ? " Classes share ten colours." : "";
    const words = `To the right ${short(this.chosen[0])}, from ${number(x_range[0])} to ${
                      number(x_range[1])}; upwards ${short(this.chosen[1])}, ` +
        `from ${number(y_range[0])} to ${number(y_range[1])}. Pale: it is not sure. Dots are rows to learn from.`;
    write(this.words, words + held + more);
    this.canvas.setAttribute("aria-label", "Decision surface. " + words);
  }
}
