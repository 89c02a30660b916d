// The engine in a thread of its own: the page stays smooth while it trains. A classic worker: engine.js is a script.
importScripts("engine.js");
const ready = createLogitape();

onmessage = async ({data: {id, text}}) => {
  let answer;
  try {
    const engine = await ready;
    answer = engine.ccall("logitape_playground", "string", ["string"], [text]);
  } catch (error) { answer = JSON.stringify({error: "The engine stopped: " + (error.message || error)}); }
  postMessage({id, text: answer});
};
