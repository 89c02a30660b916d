// The rows to learn from: those that come with the page, or a file of the learner's own, which stays in the browser.
import {choices} from "./choices.js";
import {element, find, forgive, number, refuse, say, write} from "./dom.js";
import {call} from "./library.js";
import {changed, state} from "./state.js";

const words = {
  digits: "Handwritten digits",
  iris: "Irises",
  wine: "Wines",
  own: "Your own file"
};
const most_bytes = 16e6;
export const most_classes = 200;  // with a decision surface

export class Data {
  constructor(in_turn, opened, closed) {
    Object.assign(this, {in_turn, opened, closed});
    this.mark = choices(find("data"), words, name => {
      if (state.data !== name) state.label = "";
      state.data = name;
      changed();
      in_turn(() => this.open());
    });
    find("file").onchange = event => this.take(event.target.files[0]);
    find("decimal").onclick = () => {
      state.decimal = state.decimal === "," ? "auto" : ",";
      changed();
      in_turn(() => this.open());
    };
    const drop = find("drop"), view = find("view-train");
    for (const name of ["dragenter", "dragover"])
      view.addEventListener(name, event => {
        event.preventDefault();
        drop.classList.add("over");
      });
    for (const name of ["dragleave", "drop"])
      view.addEventListener(name, event => {
        event.preventDefault();
        drop.classList.remove("over");
      });
    view.addEventListener("drop", event => this.take(event.dataTransfer.files[0]));
    // a file that misses the field must not replace the page
    for (const name of ["dragover", "drop"]) window.addEventListener(name, event => event.preventDefault());
  }
  differs() { return this.shown_name !== state.data || this.shown_label !== state.label; }

  async take(file) {
    find("file").value = "";
    if (!file) return;
    if (file.size > most_bytes)
      return refuse(
          `"${file.name}" has ${number(file.size / 1e6)} MB; this page reads up to ${most_bytes / 1e6} MB. ` +
          "./examples/run train_classifier --data FILE reads larger ones.");
    try {
      this.file = {name: file.name, base64: await base64(file)};
    } catch (error) { return refuse(`"${file.name}" cannot be read: ${error.message}`); }
    state.data = "own";
    state.label = "";
    changed();
    await this.in_turn(() => this.open());
  }

  async open() {
    this.mark(state.data);
    find("drop").hidden = state.data !== "own";
    find("decimal").setAttribute("aria-pressed", String(state.decimal === ","));
    this.shown_name = state.data;
    this.shown_label = state.label;
    this.found = undefined;
    this.closed();
    find("facts").replaceChildren();
    if (state.data === "own" && !this.file)
      return write(
          find("train-reading"),
          "Choose a file, or drop it here. A link does not hold the rows of a file: who opens it needs the file too.");
    forgive();
    const request =
        state.data === "own" ? {ask: "load", ...this.file, decimal: state.decimal} : {ask: "load", name: state.data};
    if (state.label) request.label = state.label;
    write(find("train-reading"), "Reading the rows.");
    try {
      this.found = await call(request);  // how they are shared out depends on the seed, which start() is told
    } catch (error) {
      write(find("train-reading"), "");
      throw error;
    }
    this.facts(this.found);
    say(`${this.found.name}: ${this.found.rows} rows, ${this.found.classes.length} classes.`);
    await this.opened(this.found);
  }

  facts(found) {
    const classes = found.classes.slice(0, 8).map(({name, rows}) => `${short(name)} (${rows})`).join(", ");
    const more = found.classes.length > 8 ? `, ... ${found.classes.length} in all` : "";
    const lines = [
      ["file", short(found.name)], ["rows", found.rows],
      ["a row", found.image ? `${found.image.join(" × ")} pixels` : row_of(found)], ["classes", classes + more]
    ];
    const list = element(
        "dl", {class: "facts"},
        ...lines.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, String(value))]));
    const notes = found.notes.map(note => note.replace(/; --\S+ .*$/, "."));  // flags are for the command
    if (found.classes.length > most_classes)
      notes.push(`${found.classes.length} classes: the page shows the likeliest, and draws no decision surface.`);
    find("facts").replaceChildren(list, ...notes.map(note => element("p", {class: "note"}, note)));
    if (state.data === "own" && found.features.length) find("facts").append(this.label_field(found));
  }
  label_field(found) {
    const names = [...found.features.map(feature => feature.name), found.label].slice(0, 200);
    const select = element(
        "select", {
          id: "label-column",
          onchange: () => {
            state.label = select.value;
            changed();
            this.in_turn(() => this.open());
          }
        },
        ...names.map(name => element("option", {value: name, selected: name === found.label}, short(name))));
    return element("div", {class: "setting"}, element("label", { for: "label-column"
                   }, "the column that is the class"), select);
  }
}

function row_of(found) {
  const texts = found.features.filter(feature => feature.kind !== "number").length;
  const numbers = found.columns - texts;
  const count = (n, one) => `${n} ${one}${n === 1 ? "" : "s"}`;
  return [numbers && count(numbers, "number"), texts && count(texts, "text")].filter(Boolean).join(", ");
}

export const short = text => {
  const all = String(text);
  return all.length > 40 ? all.slice(0, 39) + "…" : all;
};

function base64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}
