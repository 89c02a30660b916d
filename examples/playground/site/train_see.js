// What a training looks like inside: curves, gradients by layer, weights as pictures, the loss around the weights.
import {bars, chart} from "./chart.js";
import {element, find, number, on_theme, percent, say, write} from "./dom.js";
import {call, real, reals} from "./library.js";
import {paint_image, paint_landscape, paint_weights} from "./pictures.js";
import {short} from "./train_data.js";

const wide = place => Math.max(270, Math.min(460, place.clientWidth || 460));

export class Sight {
  constructor() {
    this.places = Object.fromEntries(["loss", "accuracy"].map(name => [name, element("figure")]));
    find("curves").append(...Object.values(this.places));
    find("curves").after(element(
        "p", {class: "note"},
        "Accuracy is the part of the rows whose class is named right. " +
            "The held-out rows tell how good it is on rows that are new to it."));
    this.layers = element("figure");
    this.canvas = element("canvas", {role: "img"});
    this.weights_words = element("figcaption");
    this.wrong = element("div", {class: "mistakes"});
    find("inside").append(this.layers, element("figure", {}, this.canvas, this.weights_words), this.wrong);
    on_theme(() => {
      this.paint();
      this.paint_map();
      if (this.found) this.mistakes(this.found);
    });
  }
  begin(plan, found) {
    this.image = found.image;
    const matrices = plan.layers.filter(layer => layer.shape.length === 2);
    this.first = matrices[0]?.name;
    this.values = this.map = this.found = undefined;
    find("landscape").hidden = true;
    write(find("landscape-caption"), "");
    this.wrong.replaceChildren();
    this.curves([], plan.epochs);
    this.gradients(plan.layers.map(layer => ({name: layer.name, gradient_norm: 0})));
  }
  curves(history, epochs) {
    const width = wide(find("curves"));
    const along = name => history.map(epoch => [epoch.epoch, epoch[name]]);
    const series = (a, b) => [{name: "training", points: along(a)}, {name: "held out", points: along(b)}];
    this.places.loss.replaceChildren(
        chart({title: "loss", x: "epoch", series: series("loss", "held_out_loss"), low: 0, least_x: epochs, width}));
    this.places.accuracy.replaceChildren(chart({
      title: "accuracy",
      x: "epoch",
      low: 0,
      high: 1,
      least_x: epochs,
      width,
      series: series("accuracy", "held_out_accuracy")
    }));
  }
  gradients(layers) {
    const rows = layers.slice(0, 12).map(layer => ({name: layer.name, value: real(layer.gradient_norm ?? 0)}));
    this.layers.replaceChildren(
        bars({title: "length of the gradient, by layer", rows, width: wide(find("inside"))}),
        element(
            "figcaption", {},
            "A long bar: these weights change the loss much. Each line is ten times the one before." +
                (layers.length > 12 ? ` The first 12 of ${layers.length} are shown.` : "")));
  }
  async look() {
    if (!this.first) return;
    const found = await call({ask: "weights", layer: this.first});
    this.every = found.every;
    const row = 128, flat = found.every > 1 ? reals(found.values) : [];  // too many to be shown: a list of some
    this.values = found.every === 1 ?
        found.values.map(reals) :
        Array.from({length: Math.floor(flat.length / row)}, (_, i) => flat.slice(i * row, (i + 1) * row));
    this.paint();
  }
  paint() {
    if (!this.values) return;
    const words = paint_weights(this.canvas, this.values, this.every === 1 ? this.image : null, this.every);
    this.canvas.setAttribute("aria-label", `${this.first}: ${words}`);
    write(this.weights_words, `The weights of the first layer, ${this.first}. ${words}`);
  }
  async landscape() {
    say("Computing the map.");
    const size = 21, empty = Array(size).fill(NaN);
    let map;
    for (let from = 0; from < size; from += 3) {  // in pieces: the page answers in between
      const part = await call({ask: "landscape", size, rows: 128, from, lines: 3});
      map ??= {...part, loss: []};
      map.loss.push(...part.loss);
      this.map = {...map, loss: [...map.loss, ...Array(size - map.loss.length).fill(empty)]};
      this.paint_map();
    }
    say("The map is drawn.");
  }
  paint_map() {
    if (!this.map) return;
    const {loss, centre, span, rows} = this.map, values = loss.map(reals);
    const least = Math.min(...values.flat().filter(Number.isFinite)),
          most = Math.max(...values.flat().filter(Number.isFinite));
    paint_landscape(find("landscape"), values);
    find("landscape").hidden = false;
    const words = `Loss of ${rows} rows. In the middle, at the weights, ${number(real(centre))}; on the map from ${
        number(least)} to ${number(most)}.`;
    find("landscape").setAttribute("aria-label", words);
    write(
        find("landscape-caption"),
        words + " A step to the edge is as long as the weights themselves" +
            (span === 1 ? "." : ` times ${number(span)}.`));
  }
  mistakes(found) {
    this.found = found;
    const cards = found.mistakes.slice(0, 8).map(one => {
      const words =
          `row ${one.row}: ${short(one.class)}, read as ${short(one.predicted)} (${percent(one.probability)})`;
      const card = element("figure", {class: "mistake"});
      if (one.image && this.image) {
        const canvas = element("canvas", {role: "img", "aria-label": words});
        paint_image(canvas, one.image, this.image);
        card.append(canvas);
      }
      card.append(element("figcaption", {}, words));
      return card;
    });
    const title = found.mistakes.length ? "Its surest mistakes" : "No mistake among the held-out rows";
    this.wrong.replaceChildren(element("h4", {}, title), element("div", {class: "cards"}, ...cards));
  }
}
