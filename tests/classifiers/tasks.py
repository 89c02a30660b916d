"""tasks.py PROGRAM FOLDER SEED...: `train --task regression` and `--task multilabel` beside scikit-learn's networks.

Both learn from the same rows: DIR/held_out.csv says which the command held out. scikit-learn's side: inputs
standardised, and targets too (TransformedTargetRegressor), MLPRegressor and MLPClassifier with their defaults. The
scores that the command prints are compared with scikit-learn's of the same predictions, to the digits printed.
Prints a row a table; exits with 1 where a score is another, or ours is clearly worse: R2 by 0.01, micro F1 by 0.01.
"""

import csv
import os
import re
import subprocess
import sys
import warnings

import numpy as np
from sklearn import datasets, metrics
from sklearn.compose import TransformedTargetRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

program, folder = sys.argv[1:3]
seeds = [int(s) for s in sys.argv[3:]]
numbers = [
    ("diabetes", datasets.load_diabetes(return_X_y=True)),
    ("friedman 1", datasets.make_friedman1(600, noise=1, random_state=201)),
    ("friedman 2", datasets.make_friedman2(600, noise=50, random_state=202)),
    ("friedman 3", datasets.make_friedman3(600, noise=0.1, random_state=203)),
    ("linear, noisy", datasets.make_regression(400, 20, n_informative=8, noise=40, random_state=204)),
    ("linear, wide", datasets.make_regression(200, 60, n_informative=10, noise=5, random_state=205)),
]
labelled = [
    ("5 labels of 20", datasets.make_multilabel_classification(800, 20, n_classes=5, random_state=301)),
    ("10 labels of 40", datasets.make_multilabel_classification(1000, 40, n_classes=10, n_labels=3, random_state=302)),
    ("3 labels of 8", datasets.make_multilabel_classification(500, 8, n_classes=3, n_labels=1, random_state=303)),
]


def cell(row):
    return ";".join(f"l{k}" for k in np.flatnonzero(row))


def ours(x, y, task, seed, weights=None):
    """What the command printed, and held_out.csv."""
    path, out = os.path.join(folder, "task.csv"), os.path.join(folder, "out")
    with open(path, "w", newline="") as file:
        table = csv.writer(file)
        table.writerow([*(f"x{i}" for i in range(x.shape[1])), *(["w"] if weights is not None else []), "target"])
        for i, row in enumerate(x):
            target = cell(y[i]) if task == "multilabel" else repr(float(y[i]))
            weight = [repr(float(weights[i]))] if weights is not None else []
            table.writerow([*map(repr, map(float, row)), *weight, target])
    flags = ["--weight-column", "w"] if weights is not None else []
    command = [program, "--data", path, "--task", task, "--seed", str(seed), "--threads", "1", "--separator", ",",
               "--out", out, *flags]
    said = subprocess.run(command, capture_output=True, text=True)
    if said.returncode != 0:
        sys.exit(said.stderr)
    with open(os.path.join(out, "held_out.csv"), newline="") as file:
        rows = list(csv.reader(file))[1:]
    return said.stdout, rows, np.array([int(row[0]) - 1 for row in rows])


def printed(text, pattern):
    return float(re.search(pattern + r" *(-?[0-9.e+-]*[0-9])", text)[1])


def differs(name, said, theirs, share):
    """Whether what was printed is another number than scikit-learn's; share: in percent, of one digit."""
    wrong = abs(said - (100 * theirs if share else theirs)) > (0.051 if share else 1e-4 * max(abs(theirs), 1e-9))
    if wrong:
        print(f"  {name}: {said}, scikit-learn says {theirs}")
    return wrong


def regression(name, x, y, weights=None):
    scores, failed = [], False
    for seed in seeds:
        text, rows, held_out = ours(x, y, "regression", seed, weights)
        truth, said = (np.array([float(row[i]) for row in rows]) for i in (1, 2))
        w = None if weights is None else weights[held_out]
        r2 = metrics.r2_score(truth, said, sample_weight=w)
        rmse = metrics.root_mean_squared_error(truth, said, sample_weight=w)
        failed |= differs("RMSE", printed(text, "RMSE"), rmse, False)
        mae = metrics.mean_absolute_error(truth, said, sample_weight=w)
        failed |= differs("MAE", printed(text, "MAE"), mae, False)
        failed |= differs("R2", printed(text, "R2"), r2, False)
        learnt = np.setdiff1d(np.arange(len(y)), held_out)
        theirs = TransformedTargetRegressor(make_pipeline(StandardScaler(), MLPRegressor(random_state=seed)),
                                            transformer=StandardScaler())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "Maximum iterations reached": its default is what is compared with
            theirs.fit(x[learnt], y[learnt])
        scores.append([r2, metrics.r2_score(y[held_out], theirs.predict(x[held_out]), sample_weight=w)])
    return row(name, x, "R2", scores, failed)


def multilabel(name, x, y):
    scores, failed = [], False
    for seed in seeds:
        text, rows, held_out = ours(x, y, "multilabel", seed)
        width = y.shape[1]
        truth, said = (np.array([[f"l{k}" in row[i].split(";") for k in range(width)] for row in rows]) for i in (1, 2))
        f1 = metrics.f1_score(truth, said, average="micro", zero_division=0)
        failed |= differs("micro F1", printed(text, "micro F1"), f1, True)
        failed |= differs("macro F1", printed(text, "macro F1"),
                          metrics.f1_score(truth, said, average="macro", zero_division=0), True)
        failed |= differs("subset accuracy", printed(text, "all labels of a row right"),
                          metrics.accuracy_score(truth, said), True)
        failed |= differs("Hamming loss", printed(text, "Hamming loss"), metrics.hamming_loss(truth, said), True)
        p = np.array([[float(v) for v in row[3:]] for row in rows])
        for k in range(width):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                theirs = metrics.average_precision_score(truth[:, k], p[:, k])
            shown = re.search(rf"^ *l{k} .* ([0-9.]+|-)$", text, re.M)[1]
            failed |= shown != "-" and abs(float(shown) - theirs) > 6e-5
        learnt = np.setdiff1d(np.arange(len(y)), held_out)
        network = make_pipeline(StandardScaler(), MLPClassifier(random_state=seed))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            network.fit(x[learnt], y[learnt])
        scores.append([f1, metrics.f1_score(y[held_out], network.predict(x[held_out]), average="micro")])
    return row(name, x, "micro F1", scores, failed)


def row(name, x, what, scores, failed):
    mine, theirs = np.mean(scores, axis=0)
    failed |= bool(mine < theirs - 0.01)
    each = " ".join(f"{s[0]:.3f}" for s in scores)
    print(f"| {name} | {len(x)} x {x.shape[1]} | {what} | {mine:.4f} | {each} | {theirs:.4f} |"
          + (" FAILS" if failed else ""), flush=True)
    return failed


columns = ["table", "rows x inputs", "score", "train", f"of seeds {', '.join(map(str, seeds))}", "scikit-learn's MLP"]
print(f"\n| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
failures = [regression(name, *table) for name, table in numbers]
x, y = numbers[1][1]
failures.append(regression("friedman 1, weighed", x, y, np.random.default_rng(1).integers(1, 5, len(y)) / 2))
failures += [multilabel(name, *table) for name, table in labelled]
print(f"{len(failures)} tables, {sum(failures)} failed")
sys.exit(any(failures))
