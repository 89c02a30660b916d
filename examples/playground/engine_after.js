// Stands at the end of engine.js: the engine's function for JavaScript, engine.ask({ask: "loss", ...}). Texts go by the
// heap, since a file that was dropped on the page is too large for the stack.
Module["ask"] = function (request) {
  const text = JSON.stringify(request);
  const size = lengthBytesUTF8(text) + 1;
  try {
    const at = Module["_malloc"](size);
    if (!at) return {error: "this needs more memory than there is", code: "out_of_memory"};
    stringToUTF8(text, at, size);
    const answer = UTF8ToString(Module["_logitape_playground"](at));
    Module["_free"](at);
    return JSON.parse(answer);
  } catch (failure) {
    return {error: "the engine has stopped (" + failure + "): load the page again", code: "engine"};
  }
};
