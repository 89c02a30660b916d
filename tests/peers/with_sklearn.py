"""scikit-learn's side: with_sklearn.py digits THREADS. It has no AdamW: Adam, with its own small L2 penalty."""
import sys
import warnings

import common
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

warnings.simplefilter("ignore", ConvergenceWarning)  # 30 epochs are asked for, not convergence


def trainer(x, y, seed):
    def train(epochs):
        how = dict(batch_size=64, learning_rate_init=2e-3, max_iter=epochs, tol=0, n_iter_no_change=epochs,
                   random_state=seed)
        return MLPClassifier((512,), **how).fit(x, y)

    return train, lambda model, x, y: model.score(x, y)


common.serve_digits(trainer)
