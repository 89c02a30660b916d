"""Tables that no default was chosen by: made by scikit-learn, of kinds and sizes that differ."""
from sklearn import datasets


def made():
    yield "moons", datasets.make_moons(500, noise=0.3, random_state=101)
    yield "circles", datasets.make_circles(400, noise=0.1, factor=0.6, random_state=102)
    yield "shells", datasets.make_gaussian_quantiles(n_samples=1000, n_features=6, n_classes=5, random_state=103)
    yield "ten blobs", datasets.make_blobs(1200, 8, centers=10, cluster_std=4, random_state=104)
    yield "sum of squares", datasets.make_hastie_10_2(1500, random_state=105)
    yield "six classes", datasets.make_classification(1800, 24, n_informative=10, n_classes=6, random_state=106)
    yield "noisy", datasets.make_classification(500, 16, n_informative=6, flip_y=0.15, random_state=107)
    yield "wide", datasets.make_classification(300, 150, n_informative=12, random_state=108)
    yield "imbalanced", datasets.make_classification(
        2500, 10, n_informative=5, n_classes=3, weights=[0.85, 0.1, 0.05], random_state=109)
