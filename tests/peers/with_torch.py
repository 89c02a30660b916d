"""PyTorch's side of every measure: with_torch.py MEASURE ARGUMENTS."""
import sys

import torch
import torch.nn.functional as F


def model_of():
    return torch.nn.Sequential(torch.nn.Linear(64, 512), torch.nn.ReLU(), torch.nn.Linear(512, 10))


def plain(x, y, epochs):
    """As PyTorch's tutorial has it."""
    model = model_of()
    adam = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.01)
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), batch_size=64, shuffle=True)
    for _ in range(epochs):
        for inputs, labels in loader:
            loss = F.cross_entropy(model(inputs), labels)
            adam.zero_grad()
            loss.backward()
            adam.step()
    return model


def tuned(x, y, epochs):
    """Batches by index, one fused update."""
    model = model_of()
    adam = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.01, fused=True)
    for _ in range(epochs):
        for rows in torch.randperm(len(x)).split(64):
            loss = F.cross_entropy(model(x[rows]), y[rows])
            adam.zero_grad()
            loss.backward()
            adam.step()
    return model


def digits(argv):
    import common

    torch.set_num_threads(int(argv[0]))
    train = {"plain": plain, "tuned": tuned}[argv[1]]

    def trainer(x, y, seed):
        torch.manual_seed(seed)
        x, y = torch.from_numpy(x), torch.from_numpy(y)
        return lambda epochs: train(x, y, epochs), right

    @torch.no_grad()
    def right(model, x, y):
        return (model(torch.from_numpy(x)).argmax(1) == torch.from_numpy(y)).double().mean().item()

    common.serve_digits(trainer)


def loss(argv):
    import common

    torch.set_num_threads(int(argv[0]))

    def make_call(kind, logits, labels):
        x = torch.from_numpy(logits).requires_grad_()
        t = torch.from_numpy(labels)
        wanted = [x, t.requires_grad_()] if kind == "labels" else [x]
        return lambda: torch.autograd.grad(F.cross_entropy(x, t), wanted)

    def rows_of(logits, index):
        x = torch.from_numpy(logits).requires_grad_()
        rows = F.cross_entropy(x, torch.from_numpy(index), reduction="none")
        return rows.detach(), torch.autograd.grad(rows.sum(), x)[0]

    common.serve_loss(make_call, rows_of)


class Block(torch.nn.Module):
    def __init__(self, inner, outer, stride=1):
        super().__init__()
        self.conv1, self.norm1 = torch.nn.Conv2d(inner, outer, 3, stride, 1, bias=False), torch.nn.BatchNorm2d(outer)
        self.conv2, self.norm2 = torch.nn.Conv2d(outer, outer, 3, 1, 1, bias=False), torch.nn.BatchNorm2d(outer)
        self.shortcut = torch.nn.Identity()
        if inner != outer or stride != 1:
            convolution = torch.nn.Conv2d(inner, outer, 1, stride, bias=False)
            self.shortcut = torch.nn.Sequential(convolution, torch.nn.BatchNorm2d(outer))

    def forward(self, x):
        return F.relu(self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x))))) + self.shortcut(x))


def models(argv):
    """A line "lenet bf16": by autocast, forward and backward compute in bf16, and the weights stay f32."""
    import common

    torch.set_num_threads(int(argv[0]))
    n = torch.nn
    convolutions = [n.Conv2d(1, 6, 5, padding=2), n.ReLU(), n.MaxPool2d(2),
                    n.Conv2d(6, 16, 5), n.ReLU(), n.MaxPool2d(2), n.Flatten()]
    lenet = n.Sequential(*convolutions, n.Linear(400, 120), n.ReLU(), n.Linear(120, 84), n.ReLU(), n.Linear(84, 10))
    first = [n.Conv2d(1, 16, 3, padding=1, bias=False), n.BatchNorm2d(16), n.ReLU()]
    blocks = [Block(16, 16), Block(16, 32, 2), Block(32, 64, 2)]
    resnet = n.Sequential(*first, *blocks, n.AdaptiveAvgPool2d(1), n.Flatten(), n.Linear(64, 10))
    mlp = n.Sequential(n.Flatten(), n.Linear(784, 128), n.ReLU(), n.Linear(128, 64), n.ReLU(), n.Linear(64, 10))
    images, labels = torch.randn(64, 1, 28, 28), torch.randint(0, 10, (64,))
    for line in sys.stdin:
        name, *mixed = line.split()
        model = {"mlp": mlp, "lenet": lenet, "resnet": resnet}[name]
        adam = torch.optim.AdamW(model.parameters(), lr=1e-3, fused=True)
        steps = []
        for _ in range(18):
            watch = common.Stopwatch()
            with torch.autocast("cpu", torch.bfloat16, enabled=bool(mixed)):
                loss = F.cross_entropy(model(images), labels)
            adam.zero_grad()
            loss.backward()
            adam.step()
            steps.append(watch.seconds())
        print(sorted(steps[3:])[7], flush=True)


class Planted(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, factor):
        ctx.save_for_backward(x, factor)
        return x.exp()

    @staticmethod
    def backward(ctx, g):
        x, factor = ctx.saved_tensors
        return g * x.exp() * factor, None


def gradcheck(_):
    def noticed(everywhere, at_one, **how):
        count = 0
        for attempt in range(20):
            torch.manual_seed(attempt)
            x = torch.randn(20, 20, dtype=torch.float64, requires_grad=True)
            factor = torch.full((20, 20), 1 + everywhere, dtype=torch.float64)
            factor.view(-1)[torch.randint(400, ())] += at_one
            planted = lambda x: Planted.apply(x, factor)
            count += not torch.autograd.gradcheck(planted, (x,), raise_exception=False, **how)
        return count

    ways = {"default": {}, "fast_mode": {"fast_mode": True}, "rtol 1e-6, atol 1e-7": {"rtol": 1e-6, "atol": 1e-7}}
    for name, how in ways.items():
        counts = noticed(0, 0, **how), noticed(9e-4, 0, **how), noticed(0, 0.02, **how)
        print(f"PyTorch gradcheck, {name}", *counts, sep="|", flush=True)


def asked():
    """What functions.py and sweep.py ask: a library, its checks (gradcheck, then gradgradcheck, both as they come, and
    in their fast mode), and how to make an input."""
    import types
    import warnings

    warnings.simplefilter("ignore")  # that f32 inputs are not f64

    def with_rule(f, rule):
        class Planted(torch.autograd.Function):
            @staticmethod
            def forward(ctx, *inputs):
                ctx.save_for_backward(*inputs)
                return f(*inputs)

            @staticmethod
            def backward(ctx, g):
                return rule(g, *ctx.saved_tensors)

        planted = lambda *inputs: Planted.apply(*inputs)
        planted.rule = rule
        return planted

    same_names = ("exp log tanh sqrt sigmoid abs relu softmax log_softmax where clip maximum amax "
                  "expm1 log1p sin cos erf floor logsumexp")
    lib = types.SimpleNamespace(
        **{name: getattr(torch, name) for name in same_names.split()},
        gelu=F.gelu, silu=F.silu, layer_norm=lambda x: F.layer_norm(x, x.shape[-1:]),
        binary_cross_entropy=lambda x, t: F.binary_cross_entropy_with_logits(x, t, reduction="none"),
        cross_entropy=lambda x, t: F.cross_entropy(x, t, reduction="none"),  # of indices and of probabilities
        with_rule=with_rule, has_rule=lambda f: hasattr(f, "rule"), stop_gradient=torch.Tensor.detach,
        off_the_tape=torch.no_grad(), is_variable=lambda x: x.requires_grad,
        sums_by_itself="its engine sums over what was broadcast", whole=lambda x: x.to(torch.int64).to(x.dtype),
        constant=lambda values, like: torch.as_tensor(values).to(like.dtype))
    lib.honest = types.SimpleNamespace(**{**vars(lib), "with_rule": lambda f, rule: f})

    def to_array(values, dtype):
        floating = dtype in ("f32", "f64")
        kind = {"f32": torch.float32, "f64": torch.float64}.get(dtype, torch.int64)
        return torch.tensor(values, dtype=kind, requires_grad=floating)

    def check(f, inputs, order, **how):
        torch.manual_seed(0)
        for check in (torch.autograd.gradcheck, torch.autograd.gradgradcheck)[:order]:
            try:
                check(f, inputs, **how)
            except Exception:
                return check.__name__
        return ""

    fast = lambda f, inputs, order: check(f, inputs, order, fast_mode=True)
    return lib, {"default": check, "fast_mode": fast}, to_array


def planted(argv):
    import functions

    functions.answer(argv[0], *asked())


def sweep(argv):
    from sweep import answer

    answer(argv[0], *asked())


def facts(_):
    import common

    def point(mass):
        x, t, v = (torch.tensor(common.POINT[k], dtype=torch.float64) for k in "xtv")
        x.requires_grad_(), (t := t * mass).requires_grad_()
        return x, t, v, *torch.autograd.grad(F.cross_entropy(x, t, reduction="sum"), [x, t], create_graph=True)

    x, t, v, dx, dt = point(1)
    mixed = [("logits, then labels", dx, t), ("labels, then logits", dt, x)]
    second = [(what, torch.autograd.grad((first * v).sum(), by, retain_graph=True)[0]) for what, first, by in mixed]
    heavy = point(2)[3]
    everything = [("d loss/d labels", dt), *second, ("d loss/d logits, labels of mass 2", heavy)]
    common.print_facts((what, value.detach()) for what, value in everything)


def features(argv):
    import os

    from features import needs, serve

    class Torch:
        array, grad, sum = map(staticmethod, (torch.tensor, torch.func.grad, torch.sum))

        def loss(self, logits, labels, reduction, ignore=-100, weights=None, smoothing=0.0, **others):
            for name in others:
                needs(F.cross_entropy, {"axis": "axis", "keep": "mask"}[name])
            return F.cross_entropy(
                logits, labels, weights, ignore_index=ignore, label_smoothing=smoothing, reduction=reduction)

        def rows(self, *arguments, **options):
            return self.loss(*arguments, reduction="none", **options)

        def total(self, *arguments, **options):
            return self.loss(*arguments, reduction="sum", **options)

        def mean(self, *arguments, **options):
            return self.loss(*arguments, reduction="mean", **options)

        def linear(self, hidden, weight, labels):
            return F.linear_cross_entropy(hidden, weight.T, labels, reduction="sum")

        def logit_options(self):
            needs(F.cross_entropy, "temperature", "soft_cap", "z_loss")

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    serve(Torch(), argv)


def start(_):
    logits = torch.tensor([[1.0, 2.0, 4.0]], requires_grad=True)
    F.cross_entropy(logits, torch.tensor([2])).backward()
    print(logits.grad)


globals()[sys.argv[1]](sys.argv[2:])
