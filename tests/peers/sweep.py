"""Gradient checks where they go wrong: functions that all have, at the places and under the faults of
tests/autograd/gradcheck_places.h, on the numbers of sweep.cpp. A checker errs where it passes a wrong gradient,
and where it fails a right one. What is right: the derivatives, in 60 digits."""
import json

import numpy as np

PEERS = {"torch": ("PyTorch", ["PyTorch", "PyTorch, fast_mode"]), "jax": ("JAX", ["JAX"])}


def functions(lib):
    """{name: function of sweep.cpp's inputs}, as a peer has it."""
    names = "exp expm1 log log1p sqrt sin cos tanh sigmoid erf gelu silu relu abs floor"
    return {name: getattr(lib, name) for name in names.split()} | {
        "softmax": lambda x: lib.softmax(x, -1),
        "log_softmax": lambda x: lib.log_softmax(x, -1),
        "logsumexp": lambda x: lib.logsumexp(x, -1),
        "layer_norm": lib.layer_norm,
        "binary cross entropy": lib.binary_cross_entropy,
        "cross entropy, indices": lib.cross_entropy,
        "cross entropy, probabilities": lib.cross_entropy,
        "multiply": lambda x, y: x * y,
        "matmul": lambda x, y: x @ y,
    }


def array_of(tensor):
    return np.reshape(tensor["values"], tensor["shape"])


def answer(path, lib, checks, to_array):
    """Prints a line for every case of sweep.cpp: what each check says under every fault, pass or fail, between bars."""
    table = json.load(open(path))
    known = functions(lib)

    def with_fault(f, fault):
        factor = array_of(fault)
        planted = lib.with_rule(lambda x: x * 1, lambda g, x: g * lib.constant(factor, x))
        return lambda x, *more: f(planted(x), *more)

    for case in table["cases"][:-1]:
        f = known[case["function"]]
        inputs = [to_array(array_of(x), x["dtype"]) for x in case["inputs"]]
        rules = [f if name == "right" else with_fault(f, fault) for name, fault in table["faults"].items()]
        said = [["fail" if check(g, inputs, 1) else "pass" for g in rules] for check in checks.values()]
        print("|".join(map(" ".join, said)), flush=True)


def slopes(name, *inputs):
    """For every element of x the largest |dy/dx| of all results y; NaN where there is none, at a kink and at a jump."""
    from mpmath import mp

    mp.dps = 60
    # formulas that do not cancel: exponents of any size would eat any number of digits
    logistic = lambda t: 1 / (1 + mp.exp(-t)) if t > 0 else mp.exp(t) / (1 + mp.exp(t))
    elementwise = {
        "exp": mp.exp,
        "expm1": mp.exp,
        "log": lambda t: 1 / t,
        "log1p": lambda t: 1 / (1 + t),
        "sqrt": lambda t: 1 / (2 * mp.sqrt(t)),
        "sin": mp.cos,
        "cos": mp.sin,
        "tanh": lambda t: mp.sech(t) ** 2,
        "sigmoid": lambda t: logistic(t) * logistic(-t),
        "erf": lambda t: 2 / mp.sqrt(mp.pi) * mp.exp(-t * t),
        "gelu": lambda t: mp.erfc(-t / mp.sqrt(2)) / 2 + t * mp.exp(-t * t / 2) / mp.sqrt(2 * mp.pi),
        "silu": lambda t: logistic(t) * (1 + t * logistic(-t)),
        "relu": lambda t: mp.mpf(t > 0) if t else mp.nan,
        "abs": lambda t: mp.mpf(1) if t else mp.nan,
        # from 2^53 on all numbers of f64 are whole: what it does between them cannot be asked
        "floor": lambda t: mp.inf if abs(t) >= 2**53 else mp.nan if t == mp.floor(t) else mp.mpf(0),
        "binary cross entropy": lambda t, label: (1 - label) * logistic(t) - label * logistic(-t),
        "multiply": lambda t, other: other,
    }
    x, *more = [np.vectorize(mp.mpf, otypes=[object])(values) for values in inputs]
    if name in elementwise:
        return abs(np.vectorize(elementwise[name], otypes=[object])(x, *more))
    if name == "matmul":
        return np.broadcast_to(abs(more[0]).max(1), x.shape)
    return np.array([row_slopes(mp, name, *row) for row in zip(x, *more)])


def row_slopes(mp, name, x, label=None):
    n = len(x)
    if name == "layer_norm":
        centred = x - x.sum() / n
        deviation = mp.sqrt((centred * centred).sum() / n + mp.mpf(1e-5))
        y = centred / deviation
        return abs((np.eye(n, dtype=int) - mp.mpf(1) / n - np.outer(y, y) / n) / deviation).max(0)
    e = np.array([mp.exp(t - x.max()) for t in x])
    p, others = e / e.sum(), np.array([np.delete(e, i).sum() for i in range(n)]) / e.sum()
    if name == "cross entropy, probabilities":
        return abs(label.sum() * p - label)
    return {
        "softmax": p * others,
        "log_softmax": np.maximum(p, others),
        "logsumexp": p,
        "cross entropy, indices": np.where(np.arange(n) == label, others, p),
    }[name]


def counts(case, faults):
    """The faults that change a derivative that is a normal number of f64; none where a derivative overflows."""
    slope = slopes(case["function"], *map(array_of, case["inputs"])).ravel()
    if any(s > np.finfo(float).max for s in slope):
        return []
    normal = np.array([s >= np.finfo(float).tiny for s in slope])
    return [name for name, f in faults.items() if name == "right" or any(normal & (np.array(f["values"]) != 1))]


def answers(bench, path, table):
    """{checker: [{fault: its verdict} of every case], or None where it is not there}."""
    said = {"logitape": [case["verdicts"] for case in table["cases"][:-1]]}
    for script, (peer, names) in PEERS.items():
        if bench.missing(peer):
            said |= dict.fromkeys(names)
            continue
        text = bench.output(bench.theirs(script, "sweep", path), threads=1)
        lines = [line.split("|") for line in text.splitlines()]
        for name, column in zip(names, zip(*lines)):
            said[name] = [dict(zip(table["faults"], line.split())) for line in column]
    return said


def errs(fault, verdict):
    return verdict == ("fail" if fault == "right" else "pass")


def cell(said):
    """said: [(fault, verdict)] of one checker, None where it is not there."""
    if said is None:
        return "not there"
    unclear = sum(verdict == "inconclusive" for _, verdict in said)
    return f"{sum(errs(*one) for one in said)}" + (f" ({unclear})" if unclear else "")


def sweep(bench):
    path = bench.scratch / "sweep.json"
    path.write_text(bench.output(bench.ours("sweep"), threads=1))
    table = json.loads(path.read_text())
    cases, faults = table["cases"][:-1], table["faults"]
    said = answers(bench, path, table)
    asked = [(n, fault) for n, case in enumerate(cases) for fault in counts(case, faults)]
    print(f"{len({case['function'] for case in cases})} functions, f64, order 1, everyone's defaults: how many right\n"
          "gradients were failed, and how many wrong ones passed, by the factor that makes them wrong; in brackets\n"
          "how many were said to be inconclusive, which peers never say. A factor counts where it changes a number\n"
          "that is normal in f64, and neither at a kink nor at a jump; where a derivative overflows nothing counts.\n")
    columns = {f"{fault}, {'failed' if fault == 'right' else 'passed'}": [fault] for fault in faults}
    columns["all wrong, passed"] = [fault for fault in faults if fault != "right"]
    bench.table("points", "checker", *columns)
    for place in [*dict.fromkeys(case["place"] for case in cases), "all"]:
        here = [(n, fault) for n, fault in asked if place in (cases[n]["place"], "all")]
        those = [[(n, fault) for n, fault in here if fault in column] for column in columns.values()]
        bench.row(f"**{place}**", "*asked*", *(f"*{len(chosen)}*" for chosen in those))
        for name, verdicts in said.items():
            said_here = ([(fault, verdicts[n][fault]) for n, fault in chosen] if verdicts else None for chosen in those)
            bench.row("", name, *map(cell, said_here))
    for n, fault in asked:
        verdict, x = said["logitape"][n][fault], cases[n]["inputs"][0]["values"]
        what = f"sweep: {cases[n]['function']} at {cases[n]['place']}, {x}, factor {fault}: {verdict}"
        bench.check(not errs(fault, verdict), what)
