"""How right: the loss in ULP, who notices a wrong derivative, what flows into the labels."""
import numpy as np

from common import POINT
from speed import ask, loss_workers, stop


def exact(x, index):
    """Loss and gradient of each row in f64. No subtraction cancels: log1p of what stands beside the maximum, the
    label's gradient as minus the sum of the others."""
    rows = np.arange(len(x))
    x = x.astype(np.float64)
    top = x.argmax(1)
    e = np.exp(x - x[rows, top, None])
    e[rows, top] = 0
    others = e.sum(1)
    loss = np.log1p(others) + (x[rows, top] - x[rows, index])
    e[rows, top] = 1
    p = e / (1 + others)[:, None]
    p[rows, index] = 0
    p[rows, index] = -p.sum(1)
    return loss, p


def cases(rng):
    for scale in (1, 100):
        for rows, classes in ((2000, 10), (200, 1000)):
            x = scale * rng.standard_normal((rows, classes))
            yield f"logits of scale {scale}, {rows} x {classes}", x, rng.integers(classes, size=rows)
    gaps = np.repeat([5.0, 10.0, 17.0, 25.0, 46.0, 60.0, 80.0], 20)  # the label ahead of all others by about that much
    for classes in (10, 1000):
        x = 0.5 * rng.standard_normal((len(gaps), classes))
        index = rng.integers(classes, size=len(gaps))
        x[np.arange(len(gaps)), index] = 2 + gaps
        yield f"confident rows, {len(gaps)} x {classes}", x, index


def ulp(got, want, size):
    """In units of the last place that f32 has at `size`."""
    if not np.isfinite(got).all():
        return np.inf
    return float(np.max(np.abs(got - want) / np.spacing(np.abs(size).astype(np.float32)).astype(np.float64)))


def errors(bench):
    print("Largest error against f64, f32 in; the gradient in ULP of the row's largest. "
          "A loss of 0 where it is 1e-20 is 1e7 ULP off.\n")
    bench.table("errors", "loss: logitape", "peer", "theirs", "gradient: logitape", "theirs")
    workers, rng = loss_workers(bench, 2), np.random.default_rng(5)
    for name, x, index in cases(rng):
        x, found = x.astype(np.float32), {}
        x.tofile(bench.scratch / "logits")
        index.astype(np.int32).tofile(bench.scratch / "labels")
        loss, gradient = exact(x, index)
        for who, worker in workers.items():
            out = bench.scratch / "rows"
            ask(worker, f"rows {bench.scratch / 'logits'} {bench.scratch / 'labels'} {out} {len(x)} {x.shape[1]}")
            got = np.fromfile(out, np.float32).astype(np.float64)
            largest = np.abs(gradient).max(1, keepdims=True)
            found[who] = ulp(got[: len(x)], loss, loss), ulp(got[len(x) :].reshape(x.shape), gradient, largest)
        bench.check(max(found["logitape"]) <= 4, f"errors: {name}: {found['logitape']} is above 4 ULP")
        for peer in ("PyTorch", "JAX", "TensorFlow"):
            theirs = [f"{v:.2g}" for v in found[peer]] if peer in found else [bench.versions[peer], ""]
            bench.row(name, f"{found['logitape'][0]:.2g}", peer, theirs[0], f"{found['logitape'][1]:.2g}", theirs[1])
    stop(workers)


def gradcheck(bench):
    print("exp of f64 [20,20] with a planted rule: how many of 20 tries were not passed; "
          "default tolerances where none are named.\n")
    bench.table("gradient check", "right rule (0 is right)", "all elements off by 9e-4", "one of 400 off by 2%")
    ours = bench.output(bench.ours("gradcheck"))
    bench.check(ours.split("|")[1:] == ["0", "20", "20"], f"gradcheck: {ours}, not 0, 20 and 20")
    bench.row(*ours.split("|"))
    for peer, script in (("PyTorch", "torch"), ("JAX", "jax")):
        missing = f"{peer}|{bench.versions[peer]}||"
        lines = missing if bench.missing(peer) else bench.output(bench.theirs(script, "gradcheck"))
        for line in lines.splitlines():
            bench.row(*line.split("|"))


def formulas():
    """What the mathematics says, in the order of facts.cpp."""
    x, t, v = (np.array(POINT[k]) for k in "xtv")
    p = np.exp(x - x.max())
    p /= p.sum()
    lse = np.log(np.exp(x).sum())
    return [lse - x, (p * v).sum() - v, p * v.sum() - v, 2 * p - 2 * t]


def labels(bench):
    print("x = 1 2 4, t = 0.2 0.3 0.5, v = 1 -2 0.5, f64. "
          "Second derivatives: of the first one's product with v, by the other input.\n")
    bench.table("labels", "logitape", "peer", "theirs")
    read = lambda text: dict(line.split("|") for line in text.splitlines())
    ours = read(bench.output(bench.ours("facts")))
    for (what, values), want in zip(ours.items(), formulas(), strict=True):
        got = np.array([float(v) for v in values.split()])
        equal = np.allclose(got, want, rtol=0, atol=1e-6)  # six digits are printed
        bench.check(equal, f"labels: {what} is {values}, not {want}")
    theirs = {}
    for peer, script in (("PyTorch", "torch"), ("JAX", "jax"), ("TensorFlow", "tensorflow")):
        if not bench.missing(peer):
            theirs[peer] = read(bench.output(bench.theirs(script, "facts")))
    for what, values in ours.items():
        for peer in ("PyTorch", "JAX", "TensorFlow"):
            bench.row(what, values, peer, theirs[peer][what] if peer in theirs else bench.versions[peer])
