"""weights.py PROGRAM FOLDER: weights from logitape into torch and Keras, and from there back: the same logits.

torch's models are given what save_torch_weights wrote by load_state_dict(strict=True). Then they get weights of their
own, written by safetensors, which load_torch_weights reads. Logits count in roundings of the largest of them (2^-24 or
2^-53 of it): sums of up to 400 products are added up in another order.
"""
import os
import subprocess
import sys

os.environ["KERAS_BACKEND"] = "torch"
import keras
import numpy as np
import safetensors.numpy
import safetensors.torch
import torch
from torch import nn

program, folder = sys.argv[1:]
MOST = 64  # roundings: some square root of 400, and what normalisation makes of it
torch.manual_seed(1)
torch.set_num_threads(1)


class ResidualBlock(nn.Module):
    def __init__(self, n, out, stride=1):
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(n, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out)
        self.conv2, self.norm2 = nn.Conv2d(out, out, 3, 1, 1, bias=False), nn.BatchNorm2d(out)
        self.changes = stride != 1 or n != out
        if self.changes:
            self.shortcut, self.shortcut_norm = nn.Conv2d(n, out, 1, stride, bias=False), nn.BatchNorm2d(out)

    def forward(self, x):
        y = self.norm2(self.conv2(torch.relu(self.norm1(self.conv1(x)))))
        return torch.relu(y + (self.shortcut_norm(self.shortcut(x)) if self.changes else x))


class Images(nn.Module):
    """Stands where ours has Unflatten: rows [h, w, c] become images [c, h, w]."""

    def __init__(self, *shape):
        super().__init__()
        self.shape = shape

    def forward(self, x):
        return x.reshape(-1, *self.shape).permute(0, 3, 1, 2)


class ChannelMeans(nn.Module):
    def forward(self, x):
        return x.mean((2, 3))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.fc = nn.Conv2d(3, 4, 3, 2), nn.Linear(48, 5)

    def forward(self, x):
        return self.fc(torch.relu(self.conv(x.reshape(-1, 7, 9, 3).permute(0, 3, 1, 2))).flatten(1))


class Nested(nn.Module):
    """{"", "model"}, {"0", "body"}, {"1.bias", "shift"}"""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(20, 8), nn.ReLU())
        self.model = nn.ModuleList([nn.Identity(), nn.Linear(8, 3, bias=False)])
        self.shift = nn.Parameter(torch.randn(3))

    def forward(self, x):
        return self.model[1](self.body(x)) + self.shift


def mlp():
    return nn.Sequential(nn.Linear(20, 32), nn.SiLU(), nn.Dropout(0.5), nn.Linear(32, 16, bias=False),
                         nn.LayerNorm(16), nn.GELU(), nn.Linear(16, 5))


def lenet(h, w, c, classes, padding, left):
    return nn.Sequential(Images(h, w, c), nn.Conv2d(c, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Conv2d(6, 16, 5, padding=padding), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                         nn.Linear(16 * left, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, classes))


models = {
    "mlp": mlp(), "mlp_f64": mlp().double(), "mlp_f16": mlp(), "mlp_bf16": mlp(),
    "lenet": lenet(28, 28, 1, 10, 0, 25), "lenet_rgb": lenet(12, 16, 3, 4, 2, 12),
    "small_resnet": nn.Sequential(
        Images(12, 10, 3), nn.Conv2d(3, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU(),
        ResidualBlock(8, 8), ResidualBlock(8, 16, 2), ResidualBlock(16, 32, 2), ChannelMeans(), nn.Linear(32, 5)),
    "norms": nn.Sequential(
        Images(8, 6, 2), nn.Conv2d(2, 4, (3, 2), (2, 1), (1, 0), (1, 2)), nn.BatchNorm2d(4), nn.Tanh(),
        nn.AvgPool2d(2), nn.Flatten(), nn.BatchNorm1d(16), nn.Linear(16, 3)),
    "text": nn.Sequential(nn.EmbeddingBag(50, 8), nn.Linear(8, 3)),
    "words": nn.Sequential(nn.Embedding(30, 6), nn.Flatten(), nn.Linear(24, 3)),
    "nested": Nested(), "net": Net(),
}
HALVES = {"mlp_f16": torch.float16, "mlp_bf16": torch.bfloat16}


def at(name, ending):
    return os.path.join(folder, name + ending)


def roundings(ours, theirs):
    half_ulp = 2.0 ** (-53 if ours.dtype == np.float64 else -24)
    error = np.abs(ours.astype("f8") - theirs.astype("f8")).max() / (half_ulp * np.abs(theirs).max())
    worst[ours.dtype.name] = max(worst.get(ours.dtype.name, 0), error)
    return error


def logits(model, name):
    with torch.no_grad():
        return model.eval()(torch.from_numpy(np.load(at(name, ".rows.npy")))).numpy()


def own_weights(model):
    """Of every size; running variances above 0."""
    for name, t in model.state_dict().items():
        if t.dtype.is_floating_point:
            t.copy_(torch.rand_like(t) + 0.5 if name.endswith("running_var") else torch.randn_like(t) * 0.3)


def keras_model():
    layers = keras.layers
    model = keras.Sequential([keras.Input((8, 8, 2)), layers.Conv2D(4, 3, name="conv"),
                              layers.BatchNormalization(name="norm"), layers.ReLU(), layers.MaxPooling2D(),
                              layers.Flatten(), layers.Dense(3, name="dense")])
    by_name = {"/".join(v.path.split("/")[-2:]): v for v in model.variables}
    return model, by_name


def keras_logits(model):
    return keras.ops.convert_to_numpy(model(np.load(at("keras", ".rows.npy")).reshape(-1, 8, 8, 2), training=False))


def check(name, ours, theirs, direction):
    error = roundings(ours, theirs)
    if not error <= MOST:
        wrong.append(f"{name} {direction}: {error:.1f} roundings")


worst, wrong = {}, []
subprocess.run([program, "out", folder], check=True)
for name, model in models.items():
    missing = model.load_state_dict(safetensors.torch.load_file(at(name, ".safetensors")), strict=True)
    assert not missing.missing_keys and not missing.unexpected_keys
    check(name, np.load(at(name, ".npy")), logits(model, name), "from logitape")
model, variables = keras_model()
written = safetensors.torch.load_file(at("keras", ".safetensors"))
assert written.keys() == variables.keys(), (written.keys(), variables.keys())
for name, v in variables.items():
    assert tuple(v.shape) == tuple(written[name].shape), name
    v.assign(written[name].numpy())
check("keras", np.load(at("keras", ".npy")), keras_logits(model), "from logitape")

expected = {}
for name, model in models.items():
    own_weights(model)
    state = {k: v.to(HALVES.get(name, v.dtype)).contiguous() for k, v in model.state_dict().items()}
    safetensors.torch.save_file(state, at(name, ".theirs.safetensors"))
    if name in HALVES:
        model.load_state_dict({k: v.float() for k, v in state.items()})
    expected[name] = logits(model, name)
model, variables = keras_model()
for v in variables.values():
    v.assign(np.random.default_rng(2).uniform(0.5, 1.5, v.shape).astype("f4") - (0 if "variance" in v.path else 1))
safetensors.numpy.save_file({k: np.ascontiguousarray(keras.ops.convert_to_numpy(v)) for k, v in variables.items()},
                            at("keras", ".theirs.safetensors"))
expected["keras"] = keras_logits(model)
subprocess.run([program, "in", folder], check=True)
for name, theirs in expected.items():
    check(name, np.load(at(name, ".back.npy")), theirs, "into logitape")
for line in wrong:
    print("differs:", line)
print(f"torch {torch.__version__}, Keras {keras.__version__}: weights of {len(expected)} models there and back, "
      f"load_state_dict(strict=True) took {len(models)}; logits within "
      + ", ".join(f"{e:.1f} roundings of the largest ({t})" for t, e in sorted(worst.items()))
      + f"; {len(wrong)} differ")
sys.exit(bool(wrong))
