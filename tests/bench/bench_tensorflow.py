"""TensorFlow's side of peers.py, as functions of its graphs: a method a question, which makes what is called."""
import tensorflow as tf


class TensorFlow:
    def __init__(self, threads):
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)

    def loss(self, kind, dtype, rows, classes):
        kinds = {"f32": tf.float32, "f64": tf.float64, "bf16": tf.bfloat16}
        x = tf.cast(tf.random.normal((rows, classes)), kinds[dtype])
        by_index = kind == "index"
        t = tf.range(rows) * 7 % classes if by_index else tf.nn.softmax(-x)
        name = "sparse_softmax_cross_entropy_with_logits" if by_index else "softmax_cross_entropy_with_logits"

        @tf.function
        def both(x, t):
            wanted = [x] if by_index else [x, t]
            with tf.GradientTape() as tape:
                tape.watch(wanted)
                value = tf.reduce_mean(getattr(tf.nn, name)(labels=t, logits=x))
            return value, tape.gradient(value, wanted)

        return lambda: both(x, t)[0].numpy()

    def step(self, layers, batch):
        """Of linear layers."""
        widths = [int(w) for w in layers.split("-")]
        x, t = tf.random.normal((batch, widths[0])), tf.random.uniform((batch,), 0, 10, tf.int32)
        parameters = []
        for i, o in zip(widths, widths[1:]):
            parameters += [tf.Variable(tf.random.normal((i, o)) * 0.1), tf.Variable(tf.zeros(o))]

        @tf.function
        def step(x, t):
            with tf.GradientTape() as tape:
                for i in range(0, len(parameters), 2):
                    x = tf.matmul(tf.nn.relu(x) if i else x, parameters[i]) + parameters[i + 1]
                rows = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=t, logits=x)
                loss = tf.reduce_mean(rows)
            for p, g in zip(parameters, tape.gradient(loss, parameters)):
                p.assign_sub(0.01 * g)
            return loss

        return lambda: step(x, t).numpy()
