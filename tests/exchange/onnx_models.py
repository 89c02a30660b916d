"""onnx_models.py PROGRAM FOLDER MNIST: classifiers of logitape as ONNX, on the cells of the tables they learnt from.

PROGRAM trains classifiers of every architecture on three rows of four, and writes them, and what they say of all rows.
Each graph is checked by onnx with full_check (types and shapes inferred, strictly), then computed by onnxruntime: cells
go in as they are in the file, read here by Python's csv. Labels must be the same; probabilities count in ULP.
"""
import csv
import gzip
import json
import os
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime

sys.path.insert(0, "tests/classifiers")
from tables import made

program, folder, mnist = sys.argv[1:]
data = "examples/data"
# f32 rounds to 2^-24. A logit is a sum of sums of up to some 800 products, in an order of its own in each library; the
# error of a logit, a share of its terms, is that of its probability, whose ULP are so many more as the terms are large.
MOST = {"rows": 128, "images": 512}
rng = np.random.default_rng(4)


def write(name, header, rows):
    path = os.path.join(folder, name + ".csv")
    with open(path, "w", newline="", encoding="utf-8") as f:
        csv.writer(f).writerows(([header] if header else []) + rows)
    return path, header, rows


def read(name, path, lines):
    """A table of the repository, whose first lines tell what it is."""
    with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8") as f:
        return path, None, list(csv.reader(f))[lines:]


def cells(texts, missing, rare=()):
    """A cell a row: mostly of `texts`; where training does not look, every fourth row, also of `rare`."""
    chosen = rng.choice(texts, 200)
    for i in range(3, 200, 4):
        if len(rare) and rng.random() < 0.3:
            chosen[i] = rng.choice(rare)
    return ["" if rng.random() < missing else c for c in chosen]


def numbers(values, missing):
    return ["" if rng.random() < missing else repr(float(v)) for v in values]


def mixed():
    kinds = np.array(["größer \"quoted\"", "it's, a comma", "家"])
    kind = rng.integers(0, 3, 200)
    fur = cells(["grey", "dark \"brown\"", "a, b", "éclair", "two\nlines", "007"], 0.1, ["white", "Grey", "7"])
    home = cells(["家", "høme", "x"], 0, ["", "", "X"])  # no missing cell where training looks
    columns = {"weight (kg)": numbers(kind + rng.standard_normal(200), 0.15), "fur, \"colour\"": fur,
               "größe": numbers(rng.standard_normal(200) * 1e6 + kind, 0.1), "label": home,
               "probabilities": numbers(rng.integers(0, 9, 200) + kind, 0), "家": cells(["a", "b"], 0.5, ["c"])}
    for i in range(3):  # training sees each text
        columns["fur, \"colour\""][i] = ["grey", "éclair", "a, b"][i]
    return write("mixed", [*columns, "kind"], [list(r) for r in zip(*columns.values(), kinds[kind])])


def sizes():
    """Numbers of sizes that f32 does not hold, or of which it holds too little."""
    kind = rng.integers(0, 2, 200)
    z = [rng.standard_normal(200) + kind for _ in range(5)]
    columns = {"seconds": numbers(1.7e9 + z[0], 0.1), "tiny": numbers(1e-60 * z[1], 0.1),
               "huge": numbers(1e100 * z[2], 0.1), "constant": ["5"] * 200, "digits": numbers(1 + 1e-12 * z[3], 0),
               "1": numbers(z[4], 0.5)}
    return write("sizes", [*columns, "kind"], [list(r) for r in zip(*columns.values(), map(str, kind + 1))])


def texts_alone():
    kind = rng.integers(0, 2, 200)
    pairs = [cells(["up", "over"] if k else ["down", "under"], 0.1)[0] for k in kind]
    return write("texts", ["where", "kind"], [[a, "yes" if k else "no"] for a, k in zip(pairs, kind)])


def feeds(session, name, rows):
    kind = {"tensor(double)": np.float64, "tensor(float)": np.float32, "tensor(int64)": np.int64}
    inputs = session.get_inputs()
    at = os.path.join(folder, name + ".rows.npy")
    if os.path.exists(at):
        assert len(inputs) == 1
        return {inputs[0].name: np.load(at).astype(kind[inputs[0].type])}
    number = lambda cell: float(cell) if cell else float("nan")
    if len(inputs) == 1 and len(rows[0]) > 2:  # pixels
        return {inputs[0].name: np.array([[number(c) for c in r[:-1]] for r in rows], kind[inputs[0].type])}
    assert len(inputs) == len(rows[0]) - 1, (name, [i.name for i in inputs])
    fed = {}
    for i, column in zip(inputs, zip(*rows)):
        if i.type == "tensor(string)":
            fed[i.name] = np.array(column, object).reshape(-1, 1)
        else:
            fed[i.name] = np.array([number(c) for c in column], kind[i.type]).reshape(-1, 1)
    return fed


def check_names(session, name, header):
    """Inputs are called as their columns, but for those that are called as an output."""
    if header and session.get_inputs()[0].type != "tensor(int64)":
        names = [c + "_2" if c in ("label", "probabilities") else c for c in header[:-1]]
        assert [i.name for i in session.get_inputs()] == names, (name, names)
    assert [o.name for o in session.get_outputs()] == ["label", "probabilities"]
    assert all(x.shape[0] == "batch" for x in [*session.get_inputs(), *session.get_outputs()]), name


def compare(name, header, rows):
    path = os.path.join(folder, name + ".onnx")
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    assert model.ir_version == 8 and {o.domain: o.version for o in model.opset_import}[""] == 17
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    check_names(session, name, header)
    fed = feeds(session, name, rows)
    labels, probabilities = session.run(None, fed)
    with open(os.path.join(folder, name + ".csv"), newline="", encoding="utf-8") as f:
        said = [r[0] for r in list(csv.reader(f))[1:]]
    expected = np.load(os.path.join(folder, name + ".npy"))
    classes = json.loads({p.key: p.value for p in model.metadata_props}["classes"])
    assert set(said) <= set(classes) and len(classes) == expected.shape[1]
    ulp = np.abs(probabilities.view(np.int32).astype("i8") - expected.view(np.int32).astype("i8")).max()
    for few in (1, 0):  # a batch of one row, and of none
        one = session.run(None, {k: v[:few] for k, v in fed.items()})
        assert one[0].shape == (few,) and one[1].shape == (few, len(classes)), name
    return int(ulp), sum(a != b for a, b in zip(labels, said)), len(said), len(inferred.graph.node)


tables = {"iris": read("iris", f"{data}/iris.csv", 1), "wine": read("wine", f"{data}/wine.csv", 1),
          "digits": read("digits", f"{data}/digits.csv", 0), "sentences": read("sentences", f"{data}/sentences.csv", 1),
          "mixed": mixed(), "sizes": sizes(), "texts": texts_alone()}
for name, (x, y) in made():
    rows = [[repr(float(v)) for v in r] + [str(int(c))] for r, c in zip(x, y)]
    tables[name.replace(" ", "_")] = write(name.replace(" ", "_"), None, rows)
if os.path.exists(mnist):
    tables["mnist_5k"] = read("mnist_5k", mnist, 0)
    if not tables["mnist_5k"][2][0][0].isdigit():
        tables["mnist_5k"] = read("mnist_5k", mnist, 1)
else:
    print(f"NOT TRIED: there is no {mnist}")
ran = subprocess.run([program, folder, *(t[0] for t in tables.values())], stdout=subprocess.PIPE, text=True)
if ran.returncode:
    sys.exit(ran.returncode)
print(ran.stdout, end="")
worst, wrong, count, labels = {}, [], 0, 0
for file in sorted(f for f in os.listdir(folder) if f.endswith(".onnx")):
    name = file[:-5]
    _, header, rows = tables.get(name.split(".")[0], (None, None, [[]]))
    ulp, differ, of, nodes = compare(name, header, rows)
    kind = "images" if "lenet" in name or "resnet" in name or "layers" in name else "rows"
    worst[kind] = max(worst.get(kind, (0, "")), (ulp, name))
    count, labels = count + 1, labels + of
    if os.environ.get("VERBOSE"):
        print(f"{name}: {nodes} nodes, {ulp} ULP, {differ} of {of} labels differ")
    if differ or ulp > MOST[kind]:
        wrong.append(f"{name}: {ulp} ULP, {differ} of {of} labels differ")
for line in wrong:
    print("differs:", line)
print(f"onnx {onnx.__version__}, onnxruntime {onnxruntime.__version__}: {count} models of {len(tables)} tables and "
      f"more, {labels} labels; probabilities within "
      + ", ".join(f"{ulp} ULP ({kind}: {name})" for kind, (ulp, name) in sorted(worst.items()))
      + f"; {len(wrong)} differ")
sys.exit(bool(wrong))
