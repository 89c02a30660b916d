"""compare.py PROGRAM FOLDER MNIST SEED...: the command's accuracy beside that of scikit-learn's MLPClassifier.

Both learn from the same rows: DIR/held_out.csv says which the command held out. scikit-learn's side is what its
documentation shows: numbers standardised (pixels to [0, 1]), MLPClassifier with its defaults. Prints a row a table;
exits with 1 where the mean is below what is promised, or more than a point below scikit-learn's.
"""

import gzip
import os
import subprocess
import sys
import warnings

import numpy as np
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from tables import made

program, folder, mnist = sys.argv[1:4]
seeds = [int(s) for s in sys.argv[4:]]
data = "examples/data"
promised = [
    ("iris", f"{data}/iris.csv", 0.95),
    ("wine", f"{data}/wine.csv", 0.96),
    ("digits", f"{data}/digits.csv", 0.975),
    ("MNIST, 5,000", mnist, 0.945),
]


def rows_of(path):
    """Inputs and labels of a CSV file without a header, but for a first line that counts and names."""
    opened = gzip.open if path.endswith(".gz") else open
    with opened(path, "rt") as lines:
        text = [line.strip().split(",") for line in lines]
    # the tables of this repository name their classes in the first line
    if len(text[0]) != len(text[1]) or not text[0][-1].lstrip("-").isdigit():
        text = text[1:]
    numbers = np.array(text, dtype=np.float64)
    return numbers[:, :-1], numbers[:, -1].astype(int)


def ours(path, seed):
    """The command's accuracy, and which rows it was of."""
    out = os.path.join(folder, "out")
    flags = os.environ.get("FLAGS", "").split()
    command = [program, "--data", path, "--seed", str(seed), "--threads", "1", "--out", out, *flags]
    said = subprocess.run(command, capture_output=True, text=True)
    if said.returncode != 0:
        sys.exit(said.stderr)
    with open(os.path.join(out, "held_out.csv")) as lines:
        held_out = [line.split(",") for line in lines][1:]
    accuracy = np.mean([truth == named for _, truth, named, *_ in held_out])
    return accuracy, np.array([int(row) - 1 for row, *_ in held_out])


def theirs(x, y, held_out, seed):
    """The accuracy of MLPClassifier and of the nearest neighbours on the same rows."""
    learnt = np.ones(len(y), bool)
    learnt[held_out] = False
    pixels = x.shape[1] >= 64 and np.array_equal(x, np.round(x)) and x.min() >= 0 and x.max() <= 255
    for model in (MLPClassifier(random_state=seed), KNeighborsClassifier()):
        scaled = make_pipeline(MinMaxScaler() if pixels else StandardScaler(), model)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "Maximum iterations reached": its default is what is compared with
            yield scaled.fit(x[learnt], y[learnt]).score(x[held_out], y[held_out])


def row(name, path, least):
    x, y = rows_of(path)
    scores = []
    for seed in seeds:
        accuracy, held_out = ours(path, seed)
        scores.append([accuracy, *theirs(x, y, held_out, seed)])
    mine, mlp, neighbours = np.mean(scores, axis=0)
    each = " ".join(f"{100 * s[0]:.1f}" for s in scores)
    fails = (least is not None and mine < least) or mine < mlp - 0.01
    promise = f": {100 * least:.1f} is promised" if least is not None else ""
    print(f"| {name} | {len(y)} x {x.shape[1]} | {100 * mine:.2f} | {each} | {100 * mlp:.2f} | {100 * neighbours:.2f} |"
          + (f" FAILS{promise}" if fails else ""), flush=True)
    return fails, mine, mlp


columns = ["table", "rows x inputs", "train_classifier, %", f"of seeds {', '.join(map(str, seeds))}", "MLPClassifier",
           "5 neighbours"]
print(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
results = []
for name, path, least in promised:
    if os.path.exists(path):
        results.append(row(name, path, least))
    else:
        print(f"| {name} | NOT TRIED: there is no {path} | | | | |")
for name, (x, y) in made():
    path = os.path.join(folder, "table.csv")
    np.savetxt(path, np.column_stack([x, y]), fmt=["%.9g"] * x.shape[1] + ["%d"], delimiter=",")
    results.append(row(name, path, None))
failed, mine, mlp = zip(*results)
print(f"\nmean of {len(results)} tables: {100 * np.mean(mine):.2f}, MLPClassifier {100 * np.mean(mlp):.2f}; "
      f"{sum(failed)} failed")
sys.exit(any(failed))
