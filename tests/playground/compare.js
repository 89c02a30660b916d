// node compare.js ENGINE.JS PROGRAM: asks the engine in WebAssembly and the native program the same, and compares every
// number. A difference is counted in ULP (units in the last place) of the largest number of its list, in the dtype that
// was computed with; words and whole numbers have to be the same. Prints the largest difference of each kind of request.
"use strict";
const {spawnSync} = require("child_process");

const random = (() => {  // xorshift, so that every run asks the same
  let state = 88172645;
  return () => {
    state ^= state << 13, state ^= state >>> 17, state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
})();
const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
const list = (n, f) => Array.from({length: n}, f);

// What is asked, the bound in ULP, and for trainings, where rounding grows from step to step, what is compared at all.
function requests() {
  const all = [];
  for (const classes of [1, 2, 3, 10, 100, 1000])
    for (const dtype of ["f64", "f32", "bf16", "f16"])
      for (const size of [1, 30])
        all.push({kind: `loss ${dtype}`, bound: dtype.length > 3 || dtype === "f16" ? 1 : 16, dtype, ask: {
          ask: "loss", dtype, logits: list(classes, () => size * normal()),
          labels: list(classes, () => random() / classes), smoothing: 0.05, temperature: 1.5}});
  for (const labels of [[1, 0, 0], [0.2, 0.3, 0.5]])
    all.push({kind: "simplex f64", bound: 64, dtype: "f64",
              ask: {ask: "simplex", labels, resolution: 15, logits: [0, 1, 3], steps: 20}});
  for (const name of ["none", "sign", "missing-mass", "missing-lse", "factor-n", "transposed"])
    all.push({kind: "check", only: ["right", "wrong", "verdict", "hint", "hint_text"], bound: 16, dtype: "f64", ask: {
      ask: "check", break: name, logits: [[4, 2, 1], [0, 5, 1]], labels: [[1, 0, 0], [0, 0.8, 0.3]]}});
  for (const name of ["iris", "wine", "digits"]) {
    all.push({kind: "load", bound: 4, dtype: "f64", ask: {ask: "load", name}});
    all.push({kind: "start", bound: 0, dtype: "f64", ask: {ask: "start", seed: 1, epochs: 5}});
    all.push({kind: "first weights", bound: 4, dtype: "f32", ask: {ask: "weights", layer: "1.bias"}});
    all.push({kind: "one step", bound: 64, dtype: "f32", ask: {ask: "train", steps: 1, gradients: true}});
    all.push({kind: "training", only: ["done", "step", "epoch"], bound: 0, dtype: "f32", ask: {ask: "train", steps: 1e6}});
    all.push({kind: "accuracy", only: ["accuracy", "right", "rows"], bound: 0, dtype: "f64", ask: {ask: "evaluate"}});
  }
  for (const text of ["", "{", "[]", "{\"ask\":\"lose\"}", "{\"ask\":\"loss\",\"logits\":[1,\"x\"],\"labels\":0}"])
    all.push({kind: "errors", bound: 0, dtype: "f64", text});
  for (const ask of [{ask: "load", name: "a.csv", text: "x,c\n1,a\n2,a\n3,a\n"}, {ask: "load", name: "a.csv", text: ""},
                     {ask: "load", name: "b.csv", text: "x,y,c\n1,2,a\n3\n"}, {ask: "load", name: "cats"}])
    all.push({kind: "errors", bound: 0, dtype: "f64", ask});
  return all;
}

const digits = {f64: 53, f32: 24, bf16: 8, f16: 11};
function ulp(x, dtype) {
  const size = Math.abs(x);
  return size === 0 || !isFinite(size) ? 2 ** -149 : 2 ** (Math.floor(Math.log2(size)) + 1 - digits[dtype]);
}

// The largest difference below two answers, {ulp, where}. `scale`: the largest number of the list.
function difference(a, b, dtype, where, scale) {
  if (typeof a === "number" && typeof b === "number") {
    if (a === b) return {ulp: 0, where};
    if (Number.isInteger(a) && Number.isInteger(b) && scale === undefined) return {ulp: Infinity, where};
    return {ulp: Math.abs(a - b) / ulp(Math.max(Math.abs(a), Math.abs(b), scale || 0), dtype), where};
  }
  if (a === null || b === null || typeof a !== "object" || typeof b !== "object")
    return {ulp: a === b ? 0 : Infinity, where: a === b ? where : `${where}: ${a} and ${b}`};
  const names = Object.keys(a);
  if (names.join() !== Object.keys(b).join()) return {ulp: Infinity, where: where + ": other members"};
  let worst = {ulp: 0, where};
  const flat = Array.isArray(a) ? a.flat(3).filter(x => typeof x === "number").map(Math.abs) : [];
  const inner = flat.length ? Math.max(...flat, scale || 0) : scale;
  for (const name of names) {
    const one = difference(a[name], b[name], dtype, `${where}.${name}`, Array.isArray(a) ? inner : undefined);
    if (!(one.ulp <= worst.ulp)) worst = one;
  }
  return worst;
}

async function main() {
  const [, , engine_js, program] = process.argv;
  const file = require("path").resolve(engine_js);
  const wasmBinary = require("fs").readFileSync(file.replace(/\.js$/, ".wasm"));  // newer nodes would fetch it as a URL
  const engine = await require(file)({wasmBinary});
  const asked = requests();
  const texts = asked.map(r => r.text !== undefined ? r.text : JSON.stringify(r.ask));
  const sent = texts.filter(t => t !== "");  // the program reads lines, and an empty one is none
  const run = spawnSync(program, {input: sent.join("\n") + "\n", maxBuffer: 1 << 28, encoding: "utf8"});
  if (run.status !== 0) throw new Error(`${program} ended with ${run.status}: ${run.stderr}`);
  const answers = run.stdout.trim().split("\n").map(line => JSON.parse(line));
  const worst = new Map();
  let failed = 0;
  asked.filter((r, i) => texts[i] !== "").forEach((r, i) => {
    const pick = x => r.only && !x.error ? Object.fromEntries(r.only.map(name => [name, x[name]])) : x;
    const here = r.ask ? engine.ask(r.ask) : JSON.parse(engine.ccall("logitape_playground", "string", ["string"], [r.text]));
    const d = difference(pick(here), pick(answers[i]), r.dtype, r.kind, undefined);
    const kind = worst.get(r.kind) || {ulp: -1, bound: r.bound, count: 0};
    ++kind.count;
    if (!(d.ulp <= kind.ulp)) kind.ulp = d.ulp, kind.where = d.where;
    worst.set(r.kind, kind);
    if (!(d.ulp <= r.bound)) {
      ++failed;
      console.log(`DIFFERS: ${texts[i].slice(0, 100)}: ${d.ulp} ULP at ${d.where}`);
    }
  });
  console.log("WebAssembly against native, the largest differences in ULP:");
  for (const [kind, w] of worst)
    console.log(`  ${kind.padEnd(14)} ${w.count.toString().padStart(3)} requests  ${w.ulp.toPrecision(3).padStart(8)}` +
                ` (${w.bound} allowed)${w.ulp > 0 ? "  " + w.where : ""}`);
  const ten = {ask: "loss", logits: list(10, normal), labels: list(10, () => 0.1)};
  for (let i = 0; i < 50; ++i) engine.ask(ten);
  const start = process.hrtime.bigint(), times = 300;
  for (let i = 0; i < times; ++i) engine.ask(ten);
  console.log(`a loss of 10 classes with its second derivatives: ${(Number(process.hrtime.bigint() - start) / 1e6 / times).toFixed(3)} ms`);
  process.exitCode = failed > 0 ? 1 : 0;
}
main().catch(error => {
  console.error(error);
  process.exitCode = 1;
});
