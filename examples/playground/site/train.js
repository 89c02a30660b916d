// The second view: a classifier that learns while one watches. The engine trains in the worker, some milliseconds a
// turn.
import {find, forgive, refuse, say, write} from "./dom.js";
import {call, real} from "./library.js";
import {Data} from "./train_data.js";
import {Sight} from "./train_see.js";
import {Settings} from "./train_settings.js";
import {words_of_plan, words_of_progress, words_of_result} from "./train_words.js";
import {Try} from "./try.js";

let data, settings, sight, tryer;
let begun_with = "", plan, history = [], running = false, looping = false, shown = false, turn = Promise.resolve();
const frame = () => new Promise(resolve => document.hidden ? setTimeout(resolve, 100) : requestAnimationFrame(resolve));

// One thing after the other: a new file waits until the step that runs has ended.
function in_turn(work) {
  turn = turn.then(work).then(() => true, error => {
    stop();
    refuse(error);
    return false;
  });
  return turn;
}

function buttons() {
  write(
      find("train-start"),
      plan?.done                        ? "Trained" :
          running                       ? "Pause" :
          history.length || plan?.begun ? "Go on" :
                                          "Start");
  find("train-reading").setAttribute("aria-live", running ? "off" : "polite");  // not ten sentences a second
  for (const id of ["train-start", "train-step"]) find(id).disabled = !plan || plan.done;
  find("train-reset").disabled = !plan;
  find("landscape-draw").disabled = !plan;
}
function stop() {
  running = false;
  buttons();
}

// New weights, for the data and the settings as they are.
async function begin() {
  history = [];
  plan = undefined;
  buttons();
  const found = data.found;
  begun_with = JSON.stringify(settings.request());
  plan = await call({ask: "start", ...settings.request()});
  plan.begun = plan.done = false;
  settings.shown(plan);
  sight.begin(plan, found);
  find("progress").value = 0;
  write(find("train-reading"), words_of_plan(plan));
  buttons();
  await tryer.read();
  await sight.look();
}

function take(seen) {
  plan.begun = true;
  plan.done = seen.done;
  for (const epoch of seen.history)
    history.push(Object.fromEntries(Object.entries(epoch).map(([name, value]) => [name, real(value)])));
  find("progress").value = seen.step / seen.steps;
  sight.curves(history, plan.epochs);
  sight.gradients(seen.layers);
  if (seen.history.length || !running) write(find("train-reading"), words_of_progress(seen, history));
}

async function run() {
  if (looping) return;
  looping = true;
  let looked = 0;
  while (running && plan && !plan.done) {
    await in_turn(async () => {
      if (running && plan) take(await call({ask: "train", milliseconds: 30, gradients: true}));
    });
    if (performance.now() - looked > 400) {
      looked = performance.now();
      await in_turn(async () => {
        await tryer.read();
        await sight.look();
      });
    }
    await frame();
  }
  looping = false;
  stop();
  if (plan?.done) await in_turn(finish);
}
async function finish() {
  await tryer.read();
  await sight.look();
  const found = await call({ask: "evaluate"});
  write(find("train-reading"), words_of_result(found));
  sight.mistakes(found);
}

async function step() {
  await in_turn(async () => {
    take(await call({ask: "train", steps: 1, gradients: true}));
    await tryer.read();
    await sight.look();
    if (plan.done) await finish();
  });
  buttons();
}

// The data are there, or other settings are asked for: everything begins anew.
function anew() {
  stop();
  return in_turn(async () => {
    forgive();
    if (data.found) await begin();
  });
}

export function show() {
  settings.show();
  if (!shown || data.differs()) {
    shown = true;
    stop();
    in_turn(() => data.open());
  } else if (plan && begun_with !== JSON.stringify(settings.request())) {
    anew();
  }
}
export const rest = () => running && stop();
export async function program() {
  if (!plan) throw new Error("There is no training yet: choose the data first.");
  return call({ask: "program", view: "training"});
}

export function start() {
  sight = new Sight();
  tryer = new Try(find("try"), in_turn);
  data = new Data(
      in_turn,
      async found => {
        stop();
        plan = undefined;
        tryer.build(found);
        await begin();
      },
      () => {
        plan = undefined;
        tryer.clear();
        buttons();
      });
  settings = new Settings(find("train-settings"), anew);
  find("train-start").onclick = () => {
    if (running) return stop();
    running = true;
    forgive();
    buttons();
    run();
  };
  find("train-step").onclick = step;
  find("train-reset").onclick = async () => {
    await anew();
    say("New weights.");
  };
  find("landscape-draw").onclick = () => in_turn(() => sight.landscape());
  buttons();
}
