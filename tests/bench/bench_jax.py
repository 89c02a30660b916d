"""JAX's side of peers.py, jitted: a method a question, which makes what is called."""
import jax
import jax.numpy as jnp

DTYPES = {"f32": jnp.float32, "f64": jnp.float64, "bf16": jnp.bfloat16}


def random(shape, dtype="f32", seed=1):
    return jax.random.normal(jax.random.key(seed), shape, DTYPES[dtype])


def loss_by_index(x, t):
    return -jnp.take_along_axis(jax.nn.log_softmax(x), t[:, None], 1).mean()


def waits(f, *arguments):
    return lambda: jax.block_until_ready(f(*arguments))


class Jax:
    def loss(self, kind, dtype, rows, classes):
        jax.config.update("jax_enable_x64", dtype == "f64")
        x = random((rows, classes), dtype)
        if kind == "index":
            t = jnp.arange(rows, dtype=jnp.int32) * 7 % classes
            return waits(jax.jit(jax.value_and_grad(loss_by_index)), x, t)
        dense = lambda x, t: -(t * jax.nn.log_softmax(x)).sum(1).mean()
        return waits(jax.jit(jax.value_and_grad(dense, (0, 1))), x, jax.nn.softmax(-x))

    def step(self, layers, batch):
        t = jax.random.randint(jax.random.key(2), (batch,), 0, 10)
        parameters, apply, x = lenet(batch) if layers == "lenet" else linear(str(layers), batch)

        @jax.jit
        def step(p, x, t):
            g = jax.grad(lambda p: loss_by_index(apply(p, x), t))(p)
            return jax.tree.map(lambda p, g: p - 0.01 * g, p, g)

        def call():
            nonlocal parameters
            parameters = jax.block_until_ready(step(parameters, x, t))

        return call

    def embedding(self, what, rows, width, batch):
        if what == "adam":
            raise NotImplementedError("Adam is Optax's")
        index, seed = jnp.arange(batch) * 7919 % rows, jnp.ones((batch, width))
        gradient = jax.grad(lambda table: (table[index] * seed).sum())
        if what == "gradient":
            return waits(jax.jit(gradient), random((rows, width)))
        step, table = jax.jit(lambda t: t - 1e-3 * gradient(t), donate_argnums=0), random((rows, width))

        def call():
            nonlocal table
            table = jax.block_until_ready(step(table))

        return call


def linear(layers, batch):
    widths = [int(w) for w in layers.split("-")]
    p = [(random((i, o)) * 0.1, jnp.zeros(o)) for i, o in zip(widths, widths[1:])]

    def apply(p, x):
        for w, b in p[:-1]:
            x = jax.nn.relu(x @ w + b)
        return x @ p[-1][0] + p[-1][1]

    return p, apply, random((batch, widths[0]))


def lenet(batch):
    kernels = [(random((5, 5, 1, 6)) * 0.1, jnp.zeros(6)), (random((5, 5, 6, 16)) * 0.1, jnp.zeros(16))]
    rest, apply_rest, _ = linear("400-120-84-10", batch)

    def apply(p, x):
        for (w, b), padding in zip(p[:2], ("SAME", "VALID")):
            x = jax.lax.conv_general_dilated(x, w, (1, 1), padding, dimension_numbers=("NHWC", "HWIO", "NHWC"))
            x = jax.lax.reduce_window(jax.nn.relu(x + b), -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
        return apply_rest(p[2:], x.reshape(batch, -1))

    return kernels + rest, apply, random((batch, 28, 28, 1))
