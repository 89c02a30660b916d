// What a person may change about a training; "auto" is what the library's recipe says.
import {element, number, typed_number} from "./dom.js";
import {changed, models, state} from "./state.js";

export class Settings {
  constructor(place, changed_to) {
    this.again = () => {
      changed();
      changed_to();
    };
    this.model = element(
        "select", {
          id: "model",
          onchange: () => {
            state.model = this.model.value;
            this.again();
          }
        },
        ...Object.entries(models).map(([value, words]) => element("option", {value}, words)));
    this.boxes = {
      learning_rate: this.box("learning_rate", "a learning rate, such as 0.004"),
      epochs: this.box("epochs", "a number of epochs, such as 30"),
      seed: this.box("seed", "a whole number"),
    };
    place.append(
        this.field("model: how the numbers are combined", this.model, "model"),
        this.field("learning rate: how far a step goes", this.boxes.learning_rate, "learning_rate"),
        this.field("epochs: how often every row is seen", this.boxes.epochs, "epochs"),
        this.field("seed: which chance numbers the weights begin with", this.boxes.seed, "seed"));
  }
  field(words, node, id) {
    return element("div", {class: "setting"}, element("label", { for: id
                   }, words), node);
  }
  box(name, example) {
    const node = element("input", {id: name, inputmode: "decimal", autocomplete: "off", placeholder: "auto"});
    node.addEventListener("change", () => {
      const text = node.value.trim(), value = typed_number(text);
      // what is no number goes to the library as it is: it has a sentence for it
      state[name] = (text === "" || text === "auto") && name !== "seed" ? "auto" : Number.isNaN(value) ? text : value;
      this.again();
    });
    return node;
  }
  request() {
    const given = {model: state.model, seed: state.seed};
    for (const name of ["learning_rate", "epochs"])
      if (state[name] !== "auto") given[name] = state[name];
    return given;
  }
  show() {
    this.model.value = state.model;
    for (const [name, node] of Object.entries(this.boxes)) node.value = state[name] === "auto" ? "" : state[name];
  }
  // The recipe's numbers, where the person has given none.
  shown(plan) {
    this.show();
    for (const name of ["learning_rate", "epochs"]) this.boxes[name].placeholder = "auto: " + number(plan[name]);
  }
}
