// The page starts here: the engine, the three views and their tabs, the link and the program.
import * as breaks from "./breaks.js";
import {find, forgive, refuse, say, write} from "./dom.js";
import {call, here, load} from "./library.js";
import * as loss from "./loss.js";
import {changed, link, read_link, state} from "./state.js";
import * as train from "./train.js";

const views = {
  loss,
  train,
  break: breaks
};
const tabs = Object.keys(views).map(name => find("tab-" + name));

function open(name, focus = false) {
  state.view = name;
  for (const [other, view] of Object.entries(views)) {
    const chosen = other === name;
    find("view-" + other).hidden = !chosen;
    find("tab-" + other).setAttribute("aria-selected", String(chosen));
    find("tab-" + other).tabIndex = chosen ? 0 : -1;
    if (!chosen) view.rest();
  }
  if (focus) find("tab-" + name).focus();
  views[name].show();
}
function choose(name, focus) {
  forgive();
  open(name, focus);
  changed();
}
tabs.forEach((tab, i) => {
  const name = tab.id.slice(4);
  tab.addEventListener("click", () => choose(name));
  tab.addEventListener("keydown", event => {
    const to = {ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: tabs.length - 1}[event.key];
    if (to === undefined) return;
    event.preventDefault();
    choose(tabs[(to + tabs.length) % tabs.length].id.slice(4), true);
  });
});

async function copy(text, done) {
  try {
    await navigator.clipboard.writeText(text);
    say(done);
  } catch {
    say("The browser does not let this page copy. Mark the text and copy it yourself.");
    return false;
  }
  return true;
}
find("copy-link").onclick = async () => {
  const address = link();
  const own = state.view === "train" && state.data === "own";
  const copied = await copy(address, "The link is copied." + (own ? " It does not hold the rows of your file." : ""));
  if (!copied) window.prompt("The link:", address);
};
find("copy-program").onclick = async () => {
  try {
    const {program, file, needs} = await views[state.view].program();
    write(find("program"), program);
    const copied = await copy(program, "The program is copied.");
    write(find("program-note"), `${file}${copied ? ", which is copied" : ""}.` + (needs ? ` It reads ${needs}.` : ""));
    find("program-dialog").showModal();
  } catch (error) { refuse(error); }
};
find("skip").onclick = event => {  // without a change of the address, which holds the state
  event.preventDefault();
  find("main").focus();
};
window.addEventListener("hashchange", () => {
  forgive();
  read_link();
  for (const view of Object.values(views)) view.rest();
  open(state.view);
});

try {
  await load();
  const {version, runs_as} = here({ask: "about"});
  write(find("about"), `logitape ${version}, as ${runs_as}. Nothing leaves this page.`);
  for (const view of Object.values(views)) view.start(call);
  read_link();
  open(state.view);
} catch (error) {
  refuse(
      "The playground could not start: " + error.message +
      ". It needs a browser of 2023 or later, with WebAssembly and its vectors.");
}
document.body.dataset.ready = "yes";
if ("serviceWorker" in navigator)  // keeps what the page has loaded, for the day without a network
  navigator.serviceWorker.register("offline.js")
      .then(() => navigator.serviceWorker.ready)
      .then(({active}) => active.postMessage([...new Set([  // a cache takes no address twice
        location.pathname, "worker.js", "engine.js", "engine.wasm",
        ...performance.getEntriesByType("resource").map(one => one.name)
      ].map(name => new URL(name, location).href))]))
      .catch(() => {});  // no offline page then; all else works
