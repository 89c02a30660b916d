"""JAX's side, with Optax for losses and AdamW: with_jax.py MEASURE ARGUMENTS. As many threads as CPUs it may run on."""
import sys

import jax
import jax.numpy as jnp


def digits(_):
    import common
    import numpy as np
    import optax

    adam = optax.adamw(2e-3, weight_decay=0.01)
    he = jax.nn.initializers.he_uniform()

    def logits_of(p, x):
        return jax.nn.relu(x @ p["w1"] + p["b1"]) @ p["w2"] + p["b2"]

    def loss_of(p, x, y):
        return optax.softmax_cross_entropy_with_integer_labels(logits_of(p, x), y).mean()

    @jax.jit
    def step(p, state, x, y):
        updates, state = adam.update(jax.grad(loss_of)(p, x, y), state, p)
        return optax.apply_updates(p, updates), state

    def trainer(x, y, seed):
        def train(epochs):
            k1, k2 = jax.random.split(jax.random.key(seed))
            p = {"w1": he(k1, (64, 512)), "b1": jnp.zeros(512), "w2": he(k2, (512, 10)), "b2": jnp.zeros(10)}
            state, rng = adam.init(p), np.random.default_rng(seed)
            for _ in range(epochs):
                for rows in common.batches(len(x), rng):
                    p, state = step(p, state, x[rows], y[rows])
            return jax.block_until_ready(p)

        return train, lambda p, x, y: (np.asarray(logits_of(p, x)).argmax(1) == y).mean()

    common.serve_digits(trainer)


def loss(_):
    import common
    import optax

    def rows_by_kind(kind, x, t):
        by_index = kind == "index"
        loss = optax.softmax_cross_entropy_with_integer_labels if by_index else optax.softmax_cross_entropy
        return loss(x, t)

    def make_call(kind, logits, labels):
        x, t = jnp.asarray(logits), jnp.asarray(labels)
        mean = lambda x, t: rows_by_kind(kind, x, t).mean()
        both = jax.jit(jax.value_and_grad(mean, (0, 1) if kind == "labels" else 0))
        return lambda: jax.block_until_ready(both(x, t))

    def rows_of(logits, index):
        rows = jax.jit(lambda x: rows_by_kind("index", x, jnp.asarray(index)))
        return rows(logits), jax.jit(jax.grad(lambda x: rows(x).sum()))(logits)

    common.serve_loss(make_call, rows_of)


def gradcheck(_):
    import numpy as np
    from jax.test_util import check_grads

    jax.config.update("jax_enable_x64", True)

    @jax.custom_vjp
    def planted(x, factor):
        return jnp.exp(x)

    planted.defvjp(lambda x, factor: (jnp.exp(x), (x, factor)), lambda kept, g: (g * jnp.exp(kept[0]) * kept[1], None))

    def noticed(everywhere, at_one):
        count = 0
        for attempt in range(20):
            rng = np.random.default_rng(attempt)
            x, factor = rng.standard_normal((20, 20)), np.full((20, 20), 1 + everywhere)
            factor.flat[rng.integers(400)] += at_one
            try:
                check_grads(lambda x: planted(x, factor), (x,), order=1, modes=["rev"])
            except AssertionError:
                count += 1
        return count

    print(f"JAX check_grads, default|{noticed(0, 0)}|{noticed(9e-4, 0)}|{noticed(0, 0.02)}")


def asked():
    """What functions.py and sweep.py ask: a library, its check (check_grads, in reverse mode, of order 1, then 2), and
    how to make an input."""
    import types

    import optax
    from jax.test_util import check_grads

    jax.config.update("jax_enable_x64", True)

    def with_rule(f, rule):
        planted = jax.custom_vjp(f)

        def backward(inputs, g):
            into = rule(g, *inputs)
            return into if isinstance(into, tuple) else (into,)

        planted.defvjp(lambda *inputs: (f(*inputs), inputs), backward)
        return planted

    def cross_entropy(x, t):
        dense = jnp.issubdtype(t.dtype, jnp.floating)
        return (optax.softmax_cross_entropy if dense else optax.softmax_cross_entropy_with_integer_labels)(x, t)

    same_names = "exp log tanh sqrt abs where clip maximum amax expm1 log1p sin cos floor"
    lib = types.SimpleNamespace(
        **{name: getattr(jnp, name) for name in same_names.split()},
        sigmoid=jax.nn.sigmoid, relu=jax.nn.relu, softmax=jax.nn.softmax, log_softmax=jax.nn.log_softmax,
        erf=jax.lax.erf, gelu=lambda x: jax.nn.gelu(x, approximate=False), silu=jax.nn.silu, logsumexp=jax.nn.logsumexp,
        layer_norm=jax.nn.standardize, binary_cross_entropy=optax.sigmoid_binary_cross_entropy,
        cross_entropy=cross_entropy, with_rule=with_rule,
        has_rule=lambda f: isinstance(f, jax.custom_vjp), stop_gradient=jax.lax.stop_gradient,
        off_the_tape=lambda f: "there is no tape to switch off", sums_by_itself="",
        is_variable=lambda x: isinstance(x, jax.core.Tracer),
        whole=lambda x: jnp.asarray(x).astype(jnp.int64).astype(x.dtype),
        constant=lambda values, like: jnp.asarray(values, like.dtype))
    lib.honest = types.SimpleNamespace(**{**vars(lib), "with_rule": lambda f, rule: f})

    def to_array(values, dtype):
        return jnp.asarray(values, {"f32": jnp.float32, "f64": jnp.float64}.get(dtype, jnp.int64))

    def check(f, inputs, order):
        floating = [i for i, x in enumerate(inputs) if jnp.issubdtype(x.dtype, jnp.floating)]

        def of_floating(*chosen):  # check_grads moves all that it is given
            return f(*[jnp.asarray(chosen[floating.index(i)]) if i in floating else x for i, x in enumerate(inputs)])

        for n in range(1, order + 1):
            try:
                check_grads(of_floating, [inputs[i] for i in floating], order=n, modes=["rev"])
            except Exception:
                return f"order {n}"
        return ""

    return lib, {"check_grads": check}, to_array


def planted(argv):
    import functions

    functions.answer(argv[0], *asked())


def sweep(argv):
    from sweep import answer

    answer(argv[0], *asked())


def facts(_):
    import common
    import optax

    jax.config.update("jax_enable_x64", True)
    x, t, v = (jnp.array(common.POINT[k]) for k in "xtv")
    total = lambda x, t: optax.softmax_cross_entropy(x, t).sum()
    dx, dt = jax.grad(total, 0), jax.grad(total, 1)
    common.print_facts([
        ("d loss/d labels", dt(x, t)),
        ("logits, then labels", jax.grad(lambda t: (dx(x, t) * v).sum())(t)),
        ("labels, then logits", jax.grad(lambda x: (dt(x, t) * v).sum())(x)),
        ("d loss/d logits, labels of mass 2", dx(x, 2 * t)),
    ])


def features(argv):
    import optax

    from features import Absent, needs, serve

    class Optax:
        array, grad, sum = map(staticmethod, (jnp.asarray, jax.grad, jnp.sum))

        def rows(self, logits, labels, axis=-1, keep=None, **others):
            dense = jnp.issubdtype(labels.dtype, jnp.floating)
            loss = optax.softmax_cross_entropy if dense else optax.softmax_cross_entropy_with_integer_labels
            for name in others:
                needs(loss, {"ignore": "ignore_index", "weights": "weights", "smoothing": "label_smoothing"}[name])
            where = {} if keep is None else {"where": jnp.asarray(keep)[:, None]}
            return loss(logits, labels, axis=axis, **where)

        def total(self, *arguments, **options):
            return self.rows(*arguments, **options).sum()

        def mean(self, *arguments, **options):
            return self.rows(*arguments, **options).mean()

        def safe_total(self, logits, labels):
            dense = jnp.issubdtype(labels.dtype, jnp.floating)
            if dense:
                return optax.losses.safe_softmax_cross_entropy(logits, labels).sum()
            return self.total(logits, labels)

        def linear(self, *_):
            if not hasattr(optax, "linear_softmax_cross_entropy") and not hasattr(optax, "linear_cross_entropy"):
                raise Absent()

        def logit_options(self):
            needs(optax.softmax_cross_entropy, "temperature", "soft_cap", "z_loss")

    serve(Optax(), argv)


def start(_):
    logits = jnp.array([[1.0, 2.0, 4.0]])
    print(jax.grad(lambda x: -jax.nn.log_softmax(x)[0, 2])(logits))


globals()[sys.argv[1]](sys.argv[2:])
