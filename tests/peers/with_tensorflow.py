"""TensorFlow's side: with_tensorflow.py MEASURE ARGUMENTS."""
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import tensorflow as tf


def threads(count):
    tf.config.threading.set_intra_op_parallelism_threads(int(count))
    tf.config.threading.set_inter_op_parallelism_threads(1)


def digits(argv):
    import common

    threads(argv[0])

    def trainer(x, y, seed):
        tf.keras.utils.set_random_seed(seed)

        def train(epochs):  # a model that is new is traced again: the epoch that went before does not help it
            layers = [tf.keras.layers.Dense(512, activation="relu"), tf.keras.layers.Dense(10)]
            model = tf.keras.Sequential([tf.keras.Input((64,)), *layers])
            loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
            model.compile(tf.keras.optimizers.AdamW(2e-3, weight_decay=0.01), loss)
            model.fit(x, y, batch_size=64, epochs=epochs, verbose=0)
            return model

        return train, lambda model, x, y: (model(x).numpy().argmax(1) == y).mean()

    common.serve_digits(trainer)


def loss(argv):
    import common

    threads(argv[0])

    def rows_by_kind(kind, x, t):
        name = "sparse_softmax_cross_entropy_with_logits" if kind == "index" else "softmax_cross_entropy_with_logits"
        return getattr(tf.nn, name)(labels=t, logits=x)

    def make_call(kind, logits, labels):
        x, t = tf.constant(logits), tf.constant(labels)

        @tf.function
        def both(x, t):
            wanted = [x, t] if kind == "labels" else [x]
            with tf.GradientTape() as tape:
                tape.watch(wanted)
                value = tf.reduce_mean(rows_by_kind(kind, x, t))
            return value, tape.gradient(value, wanted)

        return lambda: both(x, t)[0].numpy()

    def rows_of(logits, index):
        x = tf.constant(logits)
        with tf.GradientTape() as tape:
            tape.watch(x)
            rows = rows_by_kind("index", x, index)
        return rows, tape.gradient(rows, x)

    common.serve_loss(make_call, rows_of)


def facts(_):
    import common

    def point(mass):
        x, t, v = (tf.constant(common.POINT[k], tf.float64) for k in "xtv")
        t = t * mass
        with tf.GradientTape(persistent=True) as outer:
            outer.watch([x, t])
            with tf.GradientTape() as inner:
                inner.watch([x, t])
                value = tf.nn.softmax_cross_entropy_with_logits(labels=t, logits=x)
            dx, dt = inner.gradient(value, [x, t])
            along = tf.reduce_sum(dx * v), tf.reduce_sum(dt * v)
        return dx, dt, outer.gradient(along[0], t), outer.gradient(along[1], x)

    _, dt, logits_labels, labels_logits = point(1)
    common.print_facts([
        ("d loss/d labels", dt),
        ("logits, then labels", logits_labels),
        ("labels, then logits", labels_logits),
        ("d loss/d logits, labels of mass 2", point(2)[0]),
    ])


def features(argv):
    from features import Absent, needs, serve

    keras = tf.keras.losses

    class TensorFlow:
        array, sum = map(staticmethod, (tf.constant, tf.reduce_sum))

        @staticmethod
        def grad(f):
            def gradient(x):
                with tf.GradientTape() as tape:
                    tape.watch(x)
                    value = f(x)
                return tape.gradient(value, x)

            return gradient

        def rows(self, logits, labels, axis=-1):
            if labels.dtype.is_floating:
                return tf.nn.softmax_cross_entropy_with_logits(labels, logits, axis=axis)
            return tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)

        def of_keras(self, logits, labels, reduction, ignore=None, keep=None, weights=None, smoothing=0.0):
            kind = keras.CategoricalCrossentropy if labels.dtype.is_floating else keras.SparseCategoricalCrossentropy
            options = {}
            if ignore is not None:
                options["ignore_class"] = ignore
            if weights is not None:
                needs(kind.__init__, "class_weights", "weights")
            if smoothing:
                needs(kind.__init__, "label_smoothing")
                options["label_smoothing"] = smoothing
            sample_weight = None if keep is None else tf.constant(keep, tf.float32)
            return kind(from_logits=True, reduction=reduction, **options)(labels, logits, sample_weight=sample_weight)

        def total(self, logits, labels, axis=-1, **options):
            if options:
                return self.of_keras(logits, labels, "sum", **options)
            return tf.reduce_sum(self.rows(logits, labels, axis))

        def mean(self, logits, labels, **options):
            return self.of_keras(logits, labels, "sum_over_batch_size", **options)

        def linear(self, *_):
            if not hasattr(tf.nn, "linear_cross_entropy"):
                raise Absent()

        def logit_options(self):
            needs(tf.nn.softmax_cross_entropy_with_logits, "temperature", "soft_cap", "z_loss")

    threads(os.environ["OMP_NUM_THREADS"])
    serve(TensorFlow(), argv)


def start(_):
    logits = tf.constant([[1.0, 2.0, 4.0]])
    with tf.GradientTape() as tape:
        tape.watch(logits)
        value = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[2], logits=logits)
    print(tape.gradient(value, logits))


globals()[sys.argv[1]](sys.argv[2:])
