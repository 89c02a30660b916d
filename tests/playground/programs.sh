#!/usr/bin/env bash
# programs.sh BUILD COMPILER: the C++ that the playground gives for a loss and for a training compiles, and prints the
# same numbers as the engine answered. BUILD: a native build folder that has the library and the playground.
set -euo pipefail
build=$(cd "$1" && pwd)
compiler=$2
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$root/examples/data/wine.csv" "$work"
python3 - "$build" "$root" "$compiler" "$work" <<'PYTHON'
import json, pathlib, subprocess, sys
build, root, compiler, work = sys.argv[1:]

def ask(*requests):
    text = "".join(json.dumps(r) + "\n" for r in requests)
    run = subprocess.run([build + "/examples/playground/playground"], input=text, text=True, capture_output=True, check=True)
    return [json.loads(line) for line in run.stdout.splitlines()]

def run(name, program):
    source = pathlib.Path(work) / (name + ".cpp")
    source.write_text(program)
    libraries = [build + "/liblogitape.a", build + "/liblogitape_tape.a", "-lspdlog", "-lfmt", "-lhwy", "-lz", "-ldl", "-lpthread"]
    subprocess.run([compiler, "-std=c++20", "-Wall", "-Wextra", "-Werror", "-I" + root + "/include", str(source), *libraries, "-o", work + "/" + name], check=True)
    printed = subprocess.run([work + "/" + name], cwd=work, text=True, capture_output=True, check=True).stdout
    return [float(line.split()[-1]) for line in printed.splitlines()]

row = {"logits": [4, 2, 1, -0.5], "labels": [0.6, 0.3, 0.2, 0], "learning_rate": 0.3}
for name, more in {"plain": {}, "f32": {"dtype": "f32", "smoothing": 0.1, "temperature": 1.7}, "bf16": {"dtype": "bf16"},
                   "masked": {"mask": [False, False, False, True]}}.items():
    program, answer = ask({"ask": "program", "view": "loss", **row, **more}, {"ask": "loss", **row, **more})
    numbers = [answer["loss"], *answer["logits_gradient"], *answer["labels_gradient"], answer["next"]["loss"]]
    printed = run(name, program["program"])
    if printed != [float(n) for n in numbers]:
        sys.exit(f"{name}: the program prints {printed}, the page shows {numbers}\n{program['program']}")
    print(f"a loss, {name}: {len(printed)} numbers, the same bits")

*_, evaluated, program = ask({"ask": "load", "name": "wine"}, {"ask": "start", "seed": 2, "epochs": 15, "learning_rate": 0.003},
                             {"ask": "train", "steps": 1000000}, {"ask": "evaluate"}, {"ask": "program", "view": "training"})
printed = run("training", program["program"])
if printed != [evaluated["accuracy"]]:
    sys.exit(f"the training prints {printed}, the page shows {evaluated['accuracy']}\n{program['program']}")
print(f"a training: accuracy {printed[0]}, the same")
PYTHON
