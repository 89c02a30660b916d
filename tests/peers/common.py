"""What the peers share: the digits' files, the loss measure's server, a table of what they are asked."""
import os
import sys
import time

import numpy as np

POINT = dict(x=[[1.0, 2.0, 4.0]], t=[[0.2, 0.3, 0.5]], v=[[1.0, -2.0, 0.5]])  # as in facts.cpp


class Stopwatch:
    """Seconds since it was made: wall clock or, where one thread works, the processor's if less. As stopwatch.h."""

    def __init__(self):
        self.processor, self.wall = time.process_time(), time.perf_counter()

    def seconds(self):
        wall = time.perf_counter() - self.wall
        return min(wall, time.process_time() - self.processor) if os.environ["OMP_NUM_THREADS"] == "1" else wall


def read_table(path):
    return np.loadtxt(path, delimiter=",", dtype=np.float32)


def read(path):
    table = read_table(path)
    return table[:, :-1], table[:, -1].astype(np.int64)


def peak_kib():
    """The most memory that this process had. Not getrusage's figure: that begins with the size of who started it."""
    with open("/proc/self/status") as status:
        return next(line.split()[1] for line in status if line.startswith("VmHWM:"))


def serve_digits(trainer):
    """As digits.cpp: trainer(x, y, seed) -> (train, right); train(epochs) -> model, right(model, x, y) -> accuracy."""
    for line in sys.stdin:
        train_file, test_file, seed, epochs = line.split()
        train, right = trainer(*read(train_file), int(seed))
        train(1)  # untimed, for whatever compiles or warms up
        watch = Stopwatch()
        model = train(int(epochs))
        seconds = watch.seconds()
        print(f"{seconds:.6f} {right(model, *read(test_file)):.6f} {peak_kib()}", flush=True)


def batches(count, rng, size=64):
    order = rng.permutation(count)
    return [order[i : i + size] for i in range(0, count, size)]


def seconds_a_call(call):
    """As loss.cpp does: the median of as many calls as fill 50 ms, three at least."""

    def run(least):
        calls, start = [], time.perf_counter()
        while len(calls) < 3 or time.perf_counter() - start < least:
            watch = Stopwatch()
            call()
            calls.append(watch.seconds())
        return sorted(calls)[len(calls) // 2]

    run(0.01)
    return run(0.05)


def labels_of(kind, rows, classes, rng):
    if kind == "index":
        return np.arange(rows, dtype=np.int64) * 7 % classes
    e = np.exp(rng.standard_normal((rows, classes), dtype=np.float32))
    return e / e.sum(-1, keepdims=True)


def serve_loss(make_call, rows_of):
    """make_call(kind, logits, labels) -> a function to time; rows_of(logits, index) -> losses, their sum's gradient."""
    calls = {}  # compiled once, asked in every round
    for line in sys.stdin:
        command, *rest = line.split()
        if command == "time":
            if line not in calls:
                kind, rows, classes = rest[0], int(rest[1]), int(rest[2])
                rng = np.random.default_rng(1)
                logits = rng.standard_normal((rows, classes), dtype=np.float32)
                calls[line] = make_call(kind, logits, labels_of(kind, rows, classes, rng))
            print(seconds_a_call(calls[line]), flush=True)
        else:
            logits, labels, out, rows, classes = *rest[:3], int(rest[3]), int(rest[4])
            x = np.fromfile(logits, np.float32).reshape(rows, classes)
            loss, gradient = rows_of(x, np.fromfile(labels, np.int32).astype(np.int64))
            np.concatenate([np.asarray(loss).ravel(), np.asarray(gradient).ravel()]).astype(np.float32).tofile(out)
            print("written", flush=True)


def print_facts(facts):
    """(what, values or None) -> the lines of facts.cpp."""
    for what, values in facts:
        shown = "None" if values is None else " ".join(f"{v:.6f}" for v in np.asarray(values).ravel())
        print(f"{what}|{shown}")
