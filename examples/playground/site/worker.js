// The engine in a thread of its own: the page stays smooth while it trains. A classic worker: engine.js is a script.
importScripts("engine.js");
const ready = createLogitape();

onmessage = async ({data: {id, request}}) => {
  let answer;
  try {
    answer = (await ready).ask(request);
  } catch (error) {
    answer = {error: "The engine did not load: " + (error.message || error), code: "engine"};
  }
  postMessage({id, answer});
};
