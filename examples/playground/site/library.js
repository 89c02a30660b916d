// The one door to the library: a request goes in, its answer comes out, or its sentence is thrown.
// call() asks the worker, where training runs; here() asks this page's own engine, for what must be ready in this
// frame.
const waiting = new Map();
let worker, own, asked = 0;

// JSON has no infinity and no NaN: they are words there.
function worded(value) {
  if (Array.isArray(value)) return value.map(worded);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, worded(part)]));
  if (typeof value !== "number" || Number.isFinite(value)) return value;
  return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
}
const numbers = {
  nan: NaN,
  inf: Infinity,
  "-inf": -Infinity
};
export const real = value => typeof value === "string" ? numbers[value] ?? NaN : value;
export const reals = list => list.map(real);

function checked(answer) {
  if (answer.error !== undefined) throw new Error(answer.error);
  return answer;
}

export function call(request) {
  worker ??= start();
  return new Promise((resolve, reject) => {
    waiting.set(++asked, {resolve, reject});
    worker.postMessage({id: asked, request: worded(request)});
  });
}
function start() {
  const one = new Worker("worker.js");
  one.onmessage = ({data: {id, answer}}) => {
    const {resolve, reject} = waiting.get(id);
    waiting.delete(id);
    if (answer.code === "engine") end(one);  // it has run into a wall: the next request starts another
    if (answer.error === undefined)
      resolve(answer);
    else
      reject(new Error(answer.error));
  };
  one.onerror = event => {
    for (const {reject} of waiting.values())
      reject(new Error("The engine stopped: " + (event.message || "it did not load")));
    waiting.clear();
    end(one);
  };
  return one;
}
function end(one) {
  one.terminate();
  worker = undefined;
}

export async function load() {
  if (!globalThis.createLogitape) await script("engine.js");
  own = await globalThis.createLogitape();
}
function script(source) {
  return new Promise((resolve, reject) => {
    const node = document.createElement("script");
    node.src = source;
    node.onload = resolve;
    node.onerror = () => reject(new Error(source + " did not load"));
    document.head.append(node);
  });
}
export const here = request => checked(own.ask(worded(request)));
