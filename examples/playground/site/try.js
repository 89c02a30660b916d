// Try the classifier while it learns: draw a digit, type a row, or see the decision surface of two features.
import {element, number, on_theme, once_a_frame, percent, refuse, write} from "./dom.js";
import {call} from "./library.js";
import {Pad} from "./pad.js";
import {paint_image} from "./pictures.js";
import {box} from "./settings.js";
import {Surface} from "./surface.js";

import {most_classes, short} from "./train_data.js";

const most_features = 12, most_bars = 12;

export class Try {
  constructor(place, in_turn) {
    Object.assign(this, {place, in_turn});
    on_theme(() => this.paint());
    this.ask = once_a_frame(() => in_turn(() => this.predict()));
  }

  clear() {
    this.found = this.surface = this.pad = this.seen = undefined;
    this.place.replaceChildren();
  }
  build(found) {
    this.found = found;
    this.surface = this.pad = this.seen = undefined;
    this.row = {};
    this.beliefs =
        element("div", {class: "beliefs", role: "list", "aria-label": "How sure the classifier is of each class"});
    this.words = element("p", {class: "sentence", "aria-live": "polite"});
    const image = found.image;
    if (image && image[0] === 8 && image[1] === 8)
      this.build_pad();
    else if (image)
      this.place.replaceChildren();
    else
      this.build_row(found);
  }
  build_pad() {
    this.pad = new Pad(() => this.ask());
    this.seen = element("canvas", {role: "img", "aria-label": "The drawing as the classifier sees it: 8 by 8 pixels"});
    this.place.replaceChildren(
        element("h3", {}, "Draw a digit"), this.pad.node,
        element(
            "div", {class: "seen"},
            element("figure", {}, this.seen, element("figcaption", {}, "8 × 8 pixels are what it sees")),
            element("div", {}, this.words, this.beliefs)));
    this.paint(Array(64).fill(0));
    write(this.words, "Draw 0 to 9 here, large. It is read while you draw.");
  }
  paint(image = this.image) {
    this.image = image;
    if (this.seen) paint_image(this.seen, image, [8, 8], 12);
  }
  build_row(found) {
    const numbers = found.features.filter(feature => feature.kind === "number");
    const parts = [];
    if (numbers.length >= 2 && found.classes.length <= most_classes) {
      this.surface = new Surface(found, () => this.in_turn(() => this.surface.read()));
      parts.push(element("h3", {}, "What it would say everywhere"), this.surface.node);
    }
    const shown = found.features.slice(0, most_features);
    const first = found.sample[0] ?? [];
    const fields = shown.map((feature, i) => {
      this.row[feature.name] = first[i] ?? undefined;
      const set = value => {
        this.row[feature.name] = value;
        this.ask();
      };
      const node = feature.kind === "number" ?
          box(feature.name, set) :
          element(
              "select", {"aria-label": feature.name, onchange: event => set(event.target.value)},
              ...feature.categories.slice(0, 200).map(
                  name => element("option", {value: name, selected: name === first[i]}, short(name))));
      if (feature.kind === "number") node.value = first[i] ?? "";
      return element("div", {class: "setting"}, element("label", {}, short(feature.name)), node);
    });
    const rest = found.features.length > shown.length ?
        element(
            "p", {class: "note"},
            `The first ${shown.length} of ${found.features.length} columns; the others are at their mean.`) :
        undefined;
    parts.push(element("h3", {}, "Try a row"), element("div", {class: "settings cellsettings"}, ...fields));
    if (rest) parts.push(rest);
    parts.push(this.words, this.beliefs);
    this.place.replaceChildren(...parts);
  }

  // Everything here anew, with the weights as they are now.
  async read() {
    if (!this.found) return;
    await this.predict();
    await this.surface?.read();
  }
  async predict() {
    if (!this.found || this.found.image && !this.pad) return;
    if (this.pad && this.pad.empty())
      return this.show({classes: this.found.classes.map(one => one.name), probabilities: [], index: -1});
    let said;
    try {
      said = await call(
          this.pad ? {ask: "predict", canvas: this.pad.ink(), size: this.pad.size} :
                     {ask: "predict", row: {...this.row}});
    } catch (error) { return refuse(error); }
    this.show(said);
    if (said.image && this.seen) this.paint(said.image);
    write(
        this.words,
        `It reads ${this.pad ? "a" : "the class"} ${short(said.class)}, ${
            percent(said.probabilities[said.index])} sure.`);
  }
  show(said) {
    const order = said.classes.map((_, i) => i);
    if (order.length > most_bars)
      order.sort((a, b) => (said.probabilities[b] ?? 0) - (said.probabilities[a] ?? 0)).splice(most_bars);
    if (this.beliefs.children.length !== order.length)
      this.beliefs.replaceChildren(...order.map(
          () => element(
              "div", {role: "listitem", class: "belief-row"}, element("b"),
              element("span", {class: "meter"}, element("i")), element("span", {class: "sure"}))));
    order.forEach((c, k) => {
      const [name, meter, sure] = this.beliefs.children[k].children, p = said.probabilities[c] ?? 0;
      write(name, short(said.classes[c]));
      meter.firstChild.style.width = 100 * p + "%";
      meter.firstChild.className = c === said.index ? "most" : "";
      write(sure, said.probabilities.length ? percent(p) : "–");
    });
  }
}
