// The one door to the library: a request goes in, its answer comes out, or its sentence is thrown.
// call() asks the worker, where training runs; here() asks this page's own engine, for what must be ready in this
// frame.
const waiting = new Map();
let worker, own, asked = 0;

// Infinity and NaN are words in JSON.
const words = (_, value) => typeof value !== "number" || Number.isFinite(value) ? value :
    Number.isNaN(value)                                                         ? "nan" :
    value > 0                                                                   ? "inf" :
                                                                                  "-inf";
const values = {
  nan: NaN,
  inf: Infinity,
  "-inf": -Infinity
};
export const real = value => typeof value === "string" ? values[value] ?? NaN : value;
export const reals = list => list.map(real);

export class Refusal extends Error {}
function answer_of(text) {
  const answer = JSON.parse(text);
  if (answer.error !== undefined) throw new Refusal(answer.error);
  return answer;
}

export function call(request) {
  worker ??= start();
  return new Promise((resolve, reject) => {
    waiting.set(++asked, {resolve, reject});
    worker.postMessage({id: asked, text: JSON.stringify(request, words)});
  });
}
function start() {
  const one = new Worker("worker.js");
  one.onmessage = ({data}) => {
    const {resolve, reject} = waiting.get(data.id);
    waiting.delete(data.id);
    try {
      resolve(answer_of(data.text));
    } catch (error) { reject(error); }
  };
  one.onerror = event => {
    for (const {reject} of waiting.values())
      reject(new Error("The engine stopped: " + (event.message || "it did not load")));
    waiting.clear();
    worker = undefined;  // the next request starts another
  };
  return one;
}

export async function load() {
  if (!globalThis.createLogitape) await script("engine.js");
  const engine = await globalThis.createLogitape();
  own = text => engine.ccall("logitape_playground", "string", ["string"], [text]);
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
export const here = request => answer_of(own(JSON.stringify(request, words)));
