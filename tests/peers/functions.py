"""The functions of tests/autograd/planted_rules.cpp and right_functions.cpp, once for every peer: `lib` is what its
libraries have in common (exp, where, softmax, ...), and with_rule(f, rule): f's values, its derivative by
rule(cotangent, *inputs)."""
import itertools

import numpy as np


def cube(x):
    return x * x * x


def cube_rule(g, x):
    return g * x * x * 3


def planted(lib, matrix, summand):
    """{name: function with a wrong rule, or the reason why the peer cannot have that fault}."""
    with_rule, calls, saved = lib.with_rule, itertools.count(), []
    mass = lambda t: t.sum(-1, keepdims=True)
    loss = lambda x, t: -(t * lib.log_softmax(x, -1)).sum(-1)
    into_labels = lambda x, t: -lib.log_softmax(x, -1)

    def scaled(s):
        return with_rule(cube, lambda g, x: cube_rule(g, x) * s)

    def one_off(at, s):
        def rule(g, x):
            factors = np.ones(x.shape)
            factors.flat[at] = s
            return cube_rule(g, x) * lib.constant(factors, x)

        return with_rule(cube, rule)

    def stale(g, x):
        saved.append(lib.stop_gradient(x))
        return cube_rule(g, saved[0] + 0.5) + x * 0

    def losses(into_logits, into_labels):
        return with_rule(loss, lambda g, x, t: (into_logits(x, t) * g[:, None], into_labels(x, t) * g[:, None]))

    def throws(g, x):
        raise RuntimeError("not today")

    def variables_only(x):
        if not lib.is_variable(x):
            raise RuntimeError("variables only")
        return x

    softmax = lambda x: lib.softmax(x, -1)
    times = lambda x: x @ lib.constant(matrix, x)
    plus = lambda x: x + lib.constant(summand, x)
    return {
        "sign": scaled(-1),
        "factor 2": scaled(2),
        "factor N": scaled(12),
        "1/N": scaled(1 / 12),
        "all by 1e-6": scaled(1 + 1e-6),
        "one element by 1e-6": one_off(5, 1 + 1e-6),
        "one element by 2%": one_off(5, 1.02),
        "stale": with_rule(cube, stale),
        "saved after overwrite": with_rule(cube, lambda g, x: cube_rule(g, cube(x))),
        "missing label mass": losses(lambda x, t: softmax(x) - t, into_labels),
        "missing log-sum-exp": losses(lambda x, t: softmax(x) * mass(t) - t, lambda x, t: -x),
        "off by one class": losses(lambda x, t: softmax(x) * mass(t) - t[:, [1, 2, 3, 0]], into_labels),
        "the wrong axis": with_rule(
            lambda x: lib.log_softmax(x, -1), lambda g, x: g - lib.softmax(x, 0) * g.sum(0, keepdims=True)),
        "transposed": with_rule(times, lambda g, x: (g @ lib.constant(matrix, x).T).T),
        "unreduced broadcast": lib.sums_by_itself or with_rule(plus, lambda g, x: g),
        "averaged broadcast": with_rule(plus, lambda g, x: g.mean(0)),
        "second derivative only": with_rule(cube, lambda g, x: lib.stop_gradient(x * x) * g * 3),
        "f32 only": with_rule(cube, lambda g, x: cube_rule(g, x) * (1.001 if "32" in str(x.dtype) else 1)),
        "not deterministic": lambda x: x * (1 + 1e-9 * (next(calls) % 7)),
        "missing path": lambda x, y: lib.stop_gradient(x) * y,
        "off the tape": lib.off_the_tape(lambda x: x * x),
        "large values only": with_rule(cube, lambda g, x: cube_rule(g, lib.clip(x, -1, 1))),
        "a kink taken for another": with_rule(
            lib.relu, lambda g, x: g * lib.where(x > 0, x * 0 + 1, lib.where(x == 0, x * 0 + 2, x * 0))),
        "cotangent ignored": with_rule(lambda x: (x * x).sum(), lambda g, x: x * 2),
        "cotangent squared": with_rule(cube, lambda g, x: cube_rule(g, x) * g),
        "a rule that throws": with_rule(cube, throws),
        "throws off the tape only": variables_only,
        "a zero block, as TensorFlow's": losses(lambda x, t: softmax(x) * mass(t) - lib.stop_gradient(t), into_labels),
        "the smallest element by 1%": one_off(0, 1.01),
    }


def right(lib):
    """{name: function}, differentiated by the peer itself."""
    cubes = lambda x: cube(x).sum()

    def entropy(x, t):
        return -(t * lib.log_softmax(x, -1)).sum(-1).mean()

    def entropy_of_indices(x, y):
        return -lib.log_softmax(x, -1)[np.arange(len(y)), y].mean()

    def normalised(x):
        centred = x - x.mean(1, keepdims=True)
        return centred / lib.sqrt((centred * centred).mean(1, keepdims=True) + 1e-5)

    def dropped_out(x):
        kept = np.random.default_rng(5).random(x.shape) < 0.5
        return x * x * lib.constant(2.0 * kept, x)

    return {
        "identity": lambda x: x,
        "a straight line": lambda x: x * 3 + 1,
        "a sum": lambda x: x.sum(),
        "a mean of 4,000": lambda x: (x * x).mean(),
        "a product": lambda x, y: x * y,
        "rank 0": lambda x: x * x,
        "size 0": lambda x: x * x,
        "size 0, summed": lambda x: (x * x).sum(),
        "an index handed through": lambda x, index: x[index],
        "cubes near 1e-8": cubes,
        "cubes near 1e8": cubes,
        "cubes from 1e-8 to 1e8": cubes,
        "exp near 1e-8": lib.exp,
        "exp near 1e-8, summed": lambda x: lib.exp(x).sum(),
        "log near 1e-8": lib.log,
        "log near 1e8": lib.log,
        "log near 0, among others": lib.log,
        "exp of 30 and more": lambda x: lib.exp(x * 30),
        "exp of 30 and more, summed": lambda x: lib.exp(x * 30).sum(),
        "sin of many turns": lambda x: lib.tanh(x * 100 - 99),
        "cancellation": lambda x: (x + 1e8) - 1e8,
        "cancellation of squares": lambda x: (x + 1000) * (x + 1000) - x * x,
        "saturated tanh": lib.tanh,
        "saturated sigmoid": lib.sigmoid,
        "a large constant beside": lambda x: (x * x).sum() + 1e6,
        "softmax": lambda x: lib.softmax(x, -1),
        "softmax of confident rows": lambda x: lib.softmax(x * 20, -1),
        "log softmax of logits near 1000": lambda x: lib.log_softmax(x + 1000, -1),
        "cross-entropy": entropy,
        "cross-entropy where p is t": entropy,
        "cross-entropy of a mass of 3": entropy,
        "cross-entropy of indices": entropy_of_indices,
        "cross-entropy of confident logits": lambda x, y: entropy_of_indices(x * 30, y),
        "matmul": lambda x, y: x @ y.T,
        "a network of two layers": lambda x, v, w, y: entropy_of_indices(lib.tanh(x @ v) @ w, y),
        "layer normalisation": normalised,
        "dropout with a fixed key": dropped_out,
        "rounded down": lambda x: lib.whole(x) * x,
        "relu": lib.relu,
        "relu at 0": lib.relu,
        "relu near 0": lib.relu,
        "abs at 0": lib.abs,
        "abs at 0, summed": lambda x: lib.abs(x).sum(),
        "ties of max": lambda x: lib.amax(x, 1),
        "ties of maximum": lib.maximum,
        "clamp at its bounds": lambda x: lib.clip(x, -1, 1),
        "sqrt near 0": lib.sqrt,
        "a power": lambda x, y: x**y,
        "abs cubed at 0": lambda x: lib.abs(x) * x * x,
    }


def answer(path, lib, checks, to_array):
    """Prints "number|verdict of each check" for every case of planted.cpp's file.

    checks: {name: check(f, inputs, order)}, which returns "" for a pass and where it failed otherwise. A wrong rule is
    caught only if the same check passes f under its right one."""
    import json

    table = json.load(open(path))
    matrix, summand = (np.reshape(table[k]["values"], table[k]["shape"]) for k in ("matrix", "summand"))
    wrong, honest, good = planted(lib, matrix, summand), planted(lib.honest, matrix, summand), right(lib)
    for number, case in enumerate(table["cases"][:-1]):
        inputs = [to_array(np.reshape(x["values"], x["shape"]), x["dtype"]) for x in case["inputs"]]
        f = (wrong if case["kind"] == "wrong" else good).get(case["what"], "not written for this peer")
        said = []
        for check in checks.values():
            found = f"n/a: {f}" if isinstance(f, str) else check(f, inputs, case["order"])
            if found and case["kind"] == "wrong" and not isinstance(f, str) and lib.has_rule(f):
                found = "fails the right rule too" if check(honest[case["what"]], inputs, case["order"]) else found
            said.append(found or "passes")
        print("|".join([str(number), *said]), flush=True)
