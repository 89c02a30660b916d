"""PyTorch's side of peers.py, eager or compiled: a method a question, which makes what is called."""
import torch
import torch.nn.functional as F

from bench_calls import seconds_a_call

DTYPES = {"f32": torch.float32, "f64": torch.float64, "bf16": torch.bfloat16}


class Torch:
    def __init__(self, threads, compiled):
        torch.set_num_threads(threads)
        self.compiled = compiled

    def function(self, f):
        if not self.compiled:
            return f
        torch._dynamo.reset()  # a shape of its own, not a dynamic one
        return torch.compile(f, dynamic=False)

    def loss(self, kind, dtype, rows, classes):
        torch.manual_seed(1)
        x = torch.randn(rows, classes).to(DTYPES[dtype]).requires_grad_()
        f = self.function(F.cross_entropy)
        if kind == "index":
            t = torch.arange(rows) * 7 % classes
            return lambda: torch.autograd.grad(f(x, t), x)
        t = torch.softmax(-x.detach(), 1).requires_grad_()
        return lambda: torch.autograd.grad(f(x, t), (x, t))

    def matmul(self, dtype, m, n, k, transpose_a, transpose_b):
        a = torch.randn((k, m) if transpose_a else (m, k), dtype=DTYPES[dtype])
        b = torch.randn((n, k) if transpose_b else (k, n), dtype=DTYPES[dtype])
        a, b = a.T if transpose_a else a, b.T if transpose_b else b
        return lambda: a @ b

    def conv(self, what, images, size, channels, features, window, stride, padding):
        """The faster of its two orders of axes: asked once, then kept."""
        calls = []
        for memory in (torch.contiguous_format, torch.channels_last):
            x = torch.randn(images, channels, size, size).to(memory_format=memory)
            w = torch.randn(features, channels, window, window).to(memory_format=memory)
            calls.append(convolution(what, x, w, stride, padding))
        return min(calls, key=lambda call: seconds_a_call(call, 5))

    def batch_norm(self, images, size, channels):
        x = torch.randn(images, channels, size, size).to(memory_format=torch.channels_last).requires_grad_()
        w, b = torch.ones(channels, requires_grad=True), torch.zeros(channels, requires_grad=True)
        y = F.batch_norm(x, torch.zeros(channels), torch.ones(channels), w, b, training=True)
        seed = torch.randn_like(y)
        return lambda: torch.autograd.grad(y, (x, w, b), seed, retain_graph=True)

    def tape(self, what, adds):
        x, seed = torch.randn(4, requires_grad=True), torch.ones(4)

        def chain():
            y = x
            for _ in range(adds):
                y = y + seed
            return y

        y = chain()
        return {"forward": chain,
                "backward": lambda: torch.autograd.grad(y, x, seed, retain_graph=True),
                "both": lambda: torch.autograd.grad(chain(), x, seed)}[what]

    def step(self, layers, batch):
        torch.manual_seed(1)
        model, x = net(str(layers), batch)
        t = torch.randint(0, 10, (batch,))
        sgd = torch.optim.SGD(model.parameters(), lr=0.01)
        loss = self.function(lambda x, t: F.cross_entropy(model(x), t))

        def step():
            sgd.zero_grad()
            loss(x, t).backward()
            sgd.step()

        return step

    def adam(self, layers):
        model, _ = net(layers, 1)
        for p in model.parameters():
            p.grad = torch.randn_like(p)
        return torch.optim.Adam(model.parameters(), lr=1e-6, fused=True).step

    def linear_loss(self, rows, width, classes):
        hidden = torch.randn(rows, width, requires_grad=True)
        weight = (torch.randn(classes, width) * 0.05).requires_grad_()
        t = torch.arange(rows) * 7 % classes
        return lambda: torch.autograd.grad(F.cross_entropy(F.linear(hidden, weight), t), (hidden, weight))

    def embedding(self, what, rows, width, batch):
        """Its sparse gradients, which touch the used rows alone."""
        table = torch.nn.Embedding(rows, width, sparse=True)
        index, seed = torch.arange(batch) * 7919 % rows, torch.ones(batch, width)
        makers = {"sgd": torch.optim.SGD, "adam": torch.optim.SparseAdam}
        optimiser = makers[what](table.parameters(), lr=1e-3) if what in makers else None

        def step():
            table.weight.grad = None
            table(index).backward(seed)
            if optimiser:
                optimiser.step()

        return step


def convolution(what, x, w, stride, padding):
    x.requires_grad_(what == "input")
    w.requires_grad_(what == "weight")
    y = F.conv2d(x, w, stride=stride, padding=padding)
    if what == "forward":
        return lambda: F.conv2d(x, w, stride=stride, padding=padding)
    seed = torch.randn_like(y)
    return lambda: torch.autograd.grad(y, x if what == "input" else w, seed, retain_graph=True)


def net(layers, batch):
    n = torch.nn
    if layers == "lenet":
        parts = [n.Conv2d(1, 6, 5, padding=2), n.ReLU(), n.MaxPool2d(2), n.Conv2d(6, 16, 5), n.ReLU(), n.MaxPool2d(2),
                 n.Flatten(), n.Linear(400, 120), n.ReLU(), n.Linear(120, 84), n.ReLU(), n.Linear(84, 10)]
        return n.Sequential(*parts), torch.randn(batch, 1, 28, 28)
    widths, parts = [int(w) for w in layers.split("-")], []
    for i, o in zip(widths, widths[1:]):
        parts += [n.Linear(i, o), n.ReLU()]
    return n.Sequential(*parts[:-1]), torch.randn(batch, widths[0])
