// The first view: drag logits and labels; the library computes loss, gradients and Hessian for every frame.
import {calm, element, find, fixed, forgive, once_a_frame, refuse, say, write} from "./dom.js";
import {call, here, real, reals} from "./library.js";
import {all_logits, loss_request, on_change, reset, resize, take, try_it} from "./loss_change.js";
import {Rows} from "./loss_rows.js";
import {draw_numbers, reading_of} from "./loss_words.js";
import {draw_matrix} from "./matrix.js";
import {setting} from "./settings.js";
import {draw_simplex} from "./simplex.js";
import {changed, state} from "./state.js";

const symbols = {
  loss: "loss L",
  log_sum_exp: "log-sum-exp",
  label_mass: "S, the sum of t",
  next: "L after a step"
};
let rows, tiles, answer, timer, settings;

function compute() {
  answer = here(loss_request());
  for (const name of ["probabilities", "log_probabilities", "target", "terms", "logits_gradient", "labels_gradient"])
    answer[name] = reals(answer[name]);
  for (const name of ["loss", "log_sum_exp", "label_mass"]) answer[name] = real(answer[name]);
}

const speak = () => {  // when the hand rests: a screen reader hears one sentence, not sixty a second
  clearTimeout(timer);
  timer = setTimeout(() => write(find("reading"), reading_of(answer)), 200);
};
const draw_field = once_a_frame(async () => {
  try {
    await draw_simplex(find("simplex"), find("simplex-caption"), answer, call);
  } catch (error) { refuse(error); }
});
export function draw_now() {
  try {
    compute();
  } catch (error) { return refuse(error); }
  rows.draw(answer);
  for (const name of ["loss", "log_sum_exp", "label_mass"]) write(tiles[name], fixed(answer[name]));
  write(tiles.next, fixed(real(answer.next.loss)));
  const plain = state.temperature === 1, one = Math.abs(answer.label_mass - 1) < 1e-12;
  write(find("formula"), (one ? "p − t" : "S·p − t") + (plain ? "" : ", divided by the temperature"));
  draw_matrix(find("hessian"), answer.hessian);
  draw_numbers(find("numbers"), answer);
  write(find("left-out"), answer.left_out.join(" "));
  draw_field();
  speak();
}
const draw = once_a_frame(async () => draw_now());

let stepping = 0;
function step() {
  const next = reals(answer.next.logits);
  take(() => {
    state.logits = next.map((x, i) => state.mask[i] ? x : state.logits[i]);
  });
}
export function rest() {
  clearInterval(stepping);
  stepping = 0;
  find("descend").setAttribute("aria-pressed", "false");
}
function descend() {
  if (stepping) return rest();
  find("descend").setAttribute("aria-pressed", "true");
  stepping = setInterval(() => {
    if (answer.logits_gradient.every(g => !(Math.abs(g) > 1e-3))) {
      rest();
      say("The gradient is almost zero.");
    } else
      step();
  }, calm() ? 800 : 80);
}

export function show() {
  try {
    try_it();
  } catch (error) {  // a link may hold what has no loss
    reset();
    refuse(error);
  }
  rows.build(state.logits.length);
  for (const one of settings) one.show();
  draw();
}
export const program = async () => here({...loss_request(), ask: "program", view: "loss"});

export function start() {
  tiles = {};
  for (const [name, words] of Object.entries(symbols)) {
    tiles[name] = element("dd");
    find("tiles").append(element("div", {}, element("dt", {}, words), tiles[name]));
  }
  rows = new Rows(find("rows"), take);
  on_change({draw, build: () => rows.build(state.logits.length)});
  settings = [
    setting({name: "rate", words: "learning rate: how far a step goes", low: 0, high: 5, step: 0.1}),
    setting({name: "smoothing", words: "label smoothing: a part of t for every class", low: 0, high: 1, step: 0.01}),
    setting({name: "temperature", words: "temperature T: logits are divided by it", low: 0.1, high: 5, step: 0.1}),
  ].map(make => make(take));
  find("loss-settings").append(...settings.map(one => one.node));
  find("step").onclick = step;
  find("descend").onclick = descend;
  find("more").onclick = () => resize(state.logits.length + 1);
  find("fewer").onclick = () => resize(state.logits.length - 1);
  find("all-logits").onchange = event => all_logits(event.target.value);
  find("loss-reset").onclick = () => {
    rest();
    reset();
    forgive();
    changed();
    show();
  };
}
