"""What each library's loss can do: every cell of the table is a small program that was run, not a claim.

A peer's with_NAME.py hands answer() an adapter with
    array(numbers)                       numbers as the library has them
    grad(f)                              the derivative of a scalar function of one array
    sum(array)
    total(logits, labels, **options)     the sum of the rows' losses; options: axis, weights, smoothing, ignore, keep
    mean(logits, labels, **options)      where the library has one
    rows(logits, labels)                 every row's loss
    safe_total                           total, where another function is meant for logits of -inf
    linear(hidden, weight, labels)       linear layer and loss at once
    logit_options()                      nothing, if the loss takes temperature, soft cap and z-loss
and says by needs() which option or function it has not. features.cpp answers for logitape.
"""
import hashlib
import inspect
import sys

import numpy as np

FEATURES = {
    "label_gradient": "gradient into probability labels",
    "second_derivative": "second derivative, by logits then labels",
    "heavy_labels": "labels of mass 2: the gradient is that of the loss",
    "confident": "a loss of 3e-11 in f32 is not 0",
    "masked_dense": "a class masked by -inf: loss and gradient finite, probability labels",
    "masked_index": "the same, class indices",
    "ignored_index": "rows left out, class indices",
    "ignored_dense": "rows left out, probability labels",
    "nan_ignored": "a NaN in a row left out harms nothing",
    "nothing_left": "the mean when every row is left out",
    "dense_weights": "class weights with probability labels",
    "smoothing": "label smoothing with class indices",
    "axis": "classes along axis 0",
    "logit_options": "temperature, soft cap and z-loss as options",
    "chunked": "linear layer and loss at once",
    "chunked_twice": "the same, second derivatives",
    "bad_label": "a label out of range is named",
    "index_dtypes": "class indices of i8, u8, i16, i32, i64",
    "halves": "f16 losses of 1000 classes that are the nearest f16",
}
# Ours, where it is not "yes"; of the halves 99.9% have to be the nearest.
OURS = {"nothing_left": "0, NaN or an error, as asked", "bad_label": "label and row", "index_dtypes": "5 of 5"}
X = np.array([[1, 2, 4], [0, 1, -1]], np.float32)
T = np.array([[0.2, 0.3, 0.5], [0.6, 0.3, 0.1]], np.float32)
V = np.array([[1, -2, 0.5], [0.5, 1, -1]], np.float32)
Y, W = np.array([2, 0]), np.array([0.5, 1, 2], np.float32)


class Absent(Exception):
    """The library has no such option."""


def needs(function, *names):
    """Whether the function has a parameter of one of these names, asked of the function itself."""
    if not any(name in inspect.signature(function).parameters for name in names):
        raise Absent()


def log_softmax(x):
    x = x.astype(np.float64)
    return x - x.max(-1, keepdims=True) - np.log(np.exp(x - x.max(-1, keepdims=True)).sum(-1, keepdims=True))


def exact(x, t, of=1.0):
    """The sum of the losses of rows of probabilities, in f64."""
    return -(t * of * log_softmax(x)).sum()


def near(got, want):
    return np.allclose(got, want, rtol=1e-5, atol=1e-5)  # f32's digits, some operations apart


def right(got, want):
    return "yes" if near(np.asarray(got, np.float64), want) else "wrong"


def right_in_labels(got, want):
    """Where labels add up to 1, a number added to a row's gradient changes nothing. It is not the loss's own
    gradient, and the table says so."""
    off = np.asarray(got, np.float64) - want
    return right(got, want) if near(off, 0) or not near(off, off[:, :1]) else "but for a constant"


class Asked:
    """One method a feature."""

    def __init__(self, library):
        self.lib, self.x, self.t, self.y = library, library.array(X), library.array(T), library.array(Y)

    def label_gradient(self):
        return right_in_labels(self.lib.grad(lambda t: self.lib.total(self.x, t))(self.t), -log_softmax(X))

    def second_derivative(self):
        v, p = self.lib.array(V), np.exp(log_softmax(X))
        along = lambda t: self.lib.sum(self.lib.grad(lambda x: self.lib.total(x, t))(self.x) * v)
        got = self.lib.grad(along)(self.t)
        return right_in_labels(np.zeros_like(V) if got is None else got, (p * V).sum(1, keepdims=True) - V)

    def heavy_labels(self):
        got = self.lib.grad(lambda x: self.lib.total(x, self.lib.array(2 * T)))(self.x)
        return right(got, 2 * np.exp(log_softmax(X)) - 2 * T)

    def confident(self):
        got = float(self.lib.total(self.lib.array(np.array([[25, 0, 0]], np.float32)), self.lib.array(np.array([0]))))
        return "yes" if abs(got - 2 * np.exp(-25)) < 1e-6 * got else f"prints {got:.2g}"

    def masked(self, labels):
        z, t = self.lib.array(np.array([[1, -np.inf, 2]], np.float32)), self.lib.array(labels)
        total = getattr(self.lib, "safe_total", self.lib.total)
        loss, gradient = total(z, t), self.lib.grad(lambda z: total(z, t))(z)
        finite = np.isfinite(np.asarray(loss)).all(), np.isfinite(np.asarray(gradient)).all()
        return "yes" if all(finite) else "NaN" if not any(finite) else "loss NaN" if finite[1] else "gradient NaN"

    def masked_dense(self):
        return self.masked(np.array([[0, 0, 1]], np.float32))

    def masked_index(self):
        return self.masked(np.array([2]))

    def ignored_index(self):
        return right(self.lib.total(self.x, self.lib.array(np.array([2, -1])), ignore=-1), -log_softmax(X)[0, 2])

    def ignored_dense(self):
        return right(self.lib.total(self.x, self.t, keep=np.array([True, False])), exact(X[:1], T[:1]))

    def nan_ignored(self):
        z, y = self.lib.array(np.array([X[0], [np.nan, 0, 0]], np.float32)), self.lib.array(np.array([2, -1]))
        total = lambda z: self.lib.total(z, y, ignore=-1)
        finite = lambda values: np.isfinite(np.asarray(values)).all()
        return "yes" if finite(total(z)) and finite(self.lib.grad(total)(z)) else "NaN"

    def nothing_left(self):
        return f"{float(self.lib.mean(self.x, self.lib.array(np.array([-1, -1])), ignore=-1)):g}".replace("nan", "NaN")

    def dense_weights(self):
        return right(self.lib.total(self.x, self.t, weights=self.lib.array(W)), exact(X, T, W))

    def smoothing(self):
        return right(self.lib.total(self.x, self.y, smoothing=0.3), exact(X, 0.7 * np.eye(3)[Y] + 0.1))

    def axis(self):
        return right(self.lib.total(self.lib.array(X.T.copy()), self.lib.array(T.T.copy()), axis=0), exact(X, T))

    def logit_options(self):
        self.lib.logit_options()
        return "yes"

    def chunked(self):
        weight = np.random.default_rng(1).standard_normal((3, 5)).astype(np.float32)
        return right(self.lib.linear(self.x, self.lib.array(weight), self.y), -log_softmax(X @ weight)[[0, 1], Y].sum())

    def chunked_twice(self):
        weight = self.lib.array(np.random.default_rng(1).standard_normal((3, 5)).astype(np.float32))
        twice = lambda loss: self.lib.grad(lambda x: self.lib.sum(self.lib.grad(lambda w: loss(x, w))(weight)))(self.x)
        want = twice(lambda x, w: self.lib.total(x @ w, self.y))
        return right(twice(lambda x, w: self.lib.linear(x, w, self.y)), np.asarray(want, np.float64))

    def bad_label(self):
        try:
            got = float(self.lib.total(self.x, self.lib.array(np.array([2, 7]))))
        except Exception as e:  # each library has its own
            return ("label and row" if "row 1" in str(e) else "label") if "7" in str(e) else "an error"
        return "NaN" if np.isnan(got) else "no: a number comes back"

    def index_dtypes(self):
        taken, want = 0, -log_softmax(X)[[0, 1], Y].sum()
        for dtype in (np.int8, np.uint8, np.int16, np.int32, np.int64):
            try:
                taken += right(self.lib.total(self.x, self.lib.array(Y.astype(dtype))), want) == "yes"
            except Exception:  # each library has its own
                pass
        return f"{taken} of 5"

    def halves(self):
        z = (4 * np.random.default_rng(3).standard_normal((1000, 1000))).astype(np.float16)
        got = np.asarray(self.lib.rows(self.lib.array(z), self.lib.array(np.zeros(1000, np.int64)))).astype(np.float16)
        return f"{(got == (-log_softmax(z)[:, 0]).astype(np.float16)).sum()} of 1000"


def answer(library):
    """Prints a line each "feature|answer"."""
    asked = Asked(library)
    for name in FEATURES:
        try:
            said = getattr(asked, name)()
        except Absent:
            said = "no such option"
        except Exception as e:  # each library has its own; which it was goes to those who look
            print(name, repr(e), file=sys.stderr)
            said = "refused"
        print(f"{name}|{said}", flush=True)


def print_bits(library):
    """The bits of a loss and its gradient, asked for with one thread and with two."""
    z = library.array(np.random.default_rng(3).standard_normal((1024, 1000)).astype(np.float32))
    total = lambda z: library.total(z, library.array(np.zeros(1024, np.int64)))
    print(hashlib.sha256(np.asarray(total(z)).tobytes() + np.asarray(library.grad(total)(z)).tobytes()).hexdigest())


def serve(library, argv):
    print_bits(library) if argv == ["bits"] else answer(library)


def features(bench):
    """The measure. What fails it is an answer of ours, not of theirs."""
    peers = {"PyTorch": "torch", "TensorFlow": "tensorflow", "JAX": "jax", "MLX": "mlx"}
    read = lambda text: dict(line.split("|") for line in text.splitlines())
    same = lambda command: "yes" if bench.output(command, 1) == bench.output(command, 2) else "no"
    found = {"logitape": read(bench.output(bench.ours("features")))}
    bits = {"logitape": same(bench.ours("features", "bits"))}
    for peer, script in peers.items():
        if bench.missing(peer):
            found[peer] = dict.fromkeys(FEATURES, bench.versions[peer])
            bits[peer] = bench.versions[peer]
        else:
            found[peer] = read(bench.output(bench.theirs(script, "features")))
            bits[peer] = same(bench.theirs(script, "features", "bits"))
    print("Each cell is a program that was run; what a function has no parameter for is no such option.\n")
    bench.table("feature", *found)
    for name, feature in FEATURES.items():
        bench.row(feature, *(cells[name] for cells in found.values()))
        ours = found["logitape"][name]
        as_promised = int(ours.split()[0]) >= 999 if name == "halves" else ours == OURS.get(name, "yes")
        bench.check(as_promised, f"features: {feature}: {ours}")
    bench.row("the same bits for 1 and 2 threads", *bits.values())
    bench.check(bits["logitape"] == "yes", "features: other bits for 2 threads than for 1")
