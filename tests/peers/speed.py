"""How fast: a classifier trained, and the loss alone. Each row names our figure, theirs, and theirs over ours."""
import statistics

import numpy as np

from common import read_table

EPOCHS = 30


def split(bench, seed):
    """A fifth of the digits, dealt out by the seed, are held out; pixels are 0 to 16."""
    table = read_table(bench.here / "../../examples/data/digits.csv")
    table[:, :-1] /= 16
    table = table[np.random.default_rng(seed).permutation(len(table))]
    held_out, files = round(0.2 * len(table)), []
    for name, rows in (("train", table[held_out:]), ("test", table[:held_out])):
        files.append(bench.scratch / f"{name}-{seed}.csv")
        np.savetxt(files[-1], rows, delimiter=",", fmt="%.8g")
    return files


def ask(worker, line):
    worker.stdin.write(line + "\n")
    worker.stdin.flush()
    answer = worker.stdout.readline().strip()
    if not answer:
        raise RuntimeError(f"{worker.args} has ended instead of answering '{line}'")
    return answer


def stop(workers):
    for worker in workers.values():
        worker.communicate()


def digits(bench):
    peers = {
        "PyTorch, plain loop with DataLoader": ("PyTorch", "torch", "plain"),
        "PyTorch, batches by index, fused AdamW": ("PyTorch", "torch", "tuned"),
        "JAX, jitted step, Optax": ("JAX", "jax"),
        "TensorFlow, Keras fit": ("TensorFlow", "tensorflow"),
        "scikit-learn MLPClassifier (Adam)": ("scikit-learn", "sklearn"),
    }
    print(f"64-512-10 relu, batch 64, AdamW 2e-3, weight decay 0.01, {EPOCHS} epochs of 1438 digits; "
          "a seed and a split a round.")
    print("Seconds of the training loop, after one untimed epoch on another model; "
          "test accuracy, mean of the seeds; peak memory.\n")
    bench.table("digits", "threads", "logitape", "theirs", "theirs / ours",
                "accuracy, ours", "theirs", "peak MB, ours", "theirs")
    for threads in bench.threads:
        commands = {"logitape": bench.ours("digits", threads)}
        for name, (peer, script, *how) in peers.items():
            if not bench.missing(peer):
                commands[name] = bench.theirs(script, "digits", threads, *how)
        workers = {name: bench.popen(command, threads) for name, command in commands.items()}
        results = {name: [] for name in workers}
        for seed in bench.turns():
            train, test = split(bench, seed)
            for name, worker in workers.items():
                results[name].append([float(v) for v in ask(worker, f"{train} {test} {seed} {EPOCHS}").split()])
        stop(workers)
        seconds = {name: statistics.median(v[0] for v in r) for name, r in results.items()}
        right = {name: f"{100 * statistics.fmean(v[1] for v in r):.2f}%" for name, r in results.items()}
        peak = {name: f"{max(v[2] for v in r) / 1024:.0f}" for name, r in results.items()}
        worst = min(v[1] for v in results["logitape"])
        bench.check(worst >= 0.95, f"digits: one seed reads {worst:.4f} of the unseen digits, fewer than 0.95")
        for name, (peer, *_) in peers.items():
            ours, cells = seconds["logitape"], (bench.versions[peer], *[""] * 5)
            if name in workers:
                ratio = f"{seconds[name] / ours:.1f}"
                cells = (f"{seconds[name]:.3f} s", ratio, right["logitape"], right[name], peak["logitape"], peak[name])
            bench.row(name, threads, f"{ours:.3f} s", *cells)


def loss_workers(bench, threads):
    """A server each (loss.cpp says what it answers), kept for all rounds."""
    commands = {"logitape": bench.ours("loss", threads)}
    for peer, script in (("PyTorch", "torch"), ("JAX", "jax"), ("TensorFlow", "tensorflow")):
        if not bench.missing(peer):
            commands[peer] = bench.theirs(script, "loss", threads)
    return {name: bench.popen(command, threads) for name, command in commands.items()}


def shown(seconds):
    return f"{seconds * 1e6:.1f} us" if seconds < 1e-3 else f"{seconds * 1e3:.2f} ms"


def loss(bench):
    kinds = {"index": "index labels", "dense": "dense labels", "labels": "dense labels and their gradient"}
    shapes = ("64 10", "1024 1000", "128 32000")
    print("Mean softmax cross entropy, f32: the loss and its gradient into the logits, a call. "
          "JAX and TensorFlow are compiled.\n")
    bench.table("loss", "shape", "threads", "logitape", "peer", "theirs", "theirs / ours")
    for threads in bench.threads:
        workers = loss_workers(bench, threads)
        seconds = {(shape, kind, name): [] for shape in shapes for kind in kinds for name in workers}
        for _ in bench.turns():
            for shape, kind, name in seconds:  # the workers in turn, measure by measure
                seconds[shape, kind, name].append(float(ask(workers[name], f"time {kind} {shape}")))
        stop(workers)
        for shape, kind in [(shape, kind) for shape in shapes for kind in kinds]:
            ours = statistics.median(seconds[shape, kind, "logitape"])
            for peer in ("PyTorch", "JAX", "TensorFlow"):
                cells = (bench.versions[peer], "")
                if peer in workers:
                    theirs = statistics.median(seconds[shape, kind, peer])
                    cells = (shown(theirs), f"{theirs / ours:.2f}")
                bench.row(kinds[kind], shape.replace(" ", " x "), threads, shown(ours), peer, *cells)


def models(bench):
    names = [f"{model}{mixed}" for model in ("mlp", "lenet", "resnet") for mixed in ("", " bf16")]
    print("A training step, forward, backward and AdamW, on 64 images of 28 x 28: "
          "LeNet and small_resnet as train/nn/models.h has them,")
    print("784-128-64-10 relu. bf16: in mixed precision, which multiplies in bf16 and keeps f32 weights; "
          "PyTorch's by autocast.\n")
    bench.table("models", "threads", "logitape", "PyTorch", "theirs / ours", "our bf16 / f32", "their bf16 / f32")
    for threads in bench.threads:
        commands = {"logitape": bench.ours("models", threads)}
        if not bench.missing("PyTorch"):
            commands["PyTorch"] = bench.theirs("torch", "models", threads)
        workers = {name: bench.popen(command, threads) for name, command in commands.items()}
        seconds = {(model, name): [] for model in names for name in workers}
        for _ in bench.turns():
            for model, name in seconds:
                seconds[model, name].append(float(ask(workers[name], model)))
        stop(workers)
        median = {key: statistics.median(values) for key, values in seconds.items()}
        for model in names:
            ours, cells = median[model, "logitape"], (bench.versions["PyTorch"], "")
            if "PyTorch" in workers:
                cells = (shown(median[model, "PyTorch"]), f"{median[model, 'PyTorch'] / ours:.2f}")
            full = model.removesuffix(" bf16")
            saved = [""] * len(commands)
            if full != model:
                saved = [f"{median[model, who] / median[full, who]:.2f}" if who in workers else "" for who in commands]
            bench.row(model, threads, shown(ours), *cells, *saved, *[""] * (2 - len(saved)))
