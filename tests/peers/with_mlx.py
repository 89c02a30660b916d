"""MLX's side, on the CPU: with_mlx.py MEASURE ARGUMENTS."""
import sys

import mlx.core as mx
import mlx.nn as nn


def features(argv):
    from features import Absent, needs, serve

    class Mlx:
        array, grad, sum = map(staticmethod, (mx.array, mx.grad, mx.sum))

        def rows(self, logits, labels, axis=-1, smoothing=0.0, **others):
            theirs = {"ignore": "ignore_index", "weights": "class_weights", "keep": "mask"}
            for name in others:
                needs(nn.losses.cross_entropy, theirs[name])
            return nn.losses.cross_entropy(logits, labels, axis=axis, label_smoothing=smoothing)

        def total(self, *arguments, **options):
            return self.rows(*arguments, **options).sum()

        def mean(self, *arguments, **options):
            return self.rows(*arguments, **options).mean()

        def linear(self, *_):
            if not hasattr(nn.losses, "linear_cross_entropy"):
                raise Absent()

        def logit_options(self):
            needs(nn.losses.cross_entropy, "temperature", "soft_cap", "z_loss")

    mx.set_default_device(mx.cpu)
    serve(Mlx(), argv)


globals()[sys.argv[1]](sys.argv[2:])
