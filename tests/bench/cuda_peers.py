"""bench_cuda's figures beside those of PyTorch, torch.compile, Liger and QuACK, on the same shapes in the same run.

cuda_peers.py OURS [DEVICE]: OURS holds the lines of bench_cuda. Prints two tables: the loss with its gradient, and a
step of training. A cell is theirs over ours, above 1 where ours takes less time; goals stand in the heads. What cannot
be measured says why. A figure is made as bench_cuda makes it: calls are queued and waited for once a round, the median
of five rounds, each of 50 ms.
"""
import gc
import json
import statistics
import sys
import time

try:
    import torch
except ImportError:
    torch = None

DEVICE = sys.argv[2] if len(sys.argv) > 2 else "cuda"
DTYPES = {"bf16": "bfloat16", "f32": "float32"}


class Missing(Exception):
    """Why there is no figure."""


def device_of_torch():
    if torch is None:
        raise Missing("PyTorch is not installed")
    if DEVICE == "cuda" and not torch.cuda.is_available():
        raise Missing("PyTorch sees no GPU")
    return torch.device(DEVICE)


def wait():
    if DEVICE == "cuda":
        torch.cuda.synchronize()


def seconds_of(calls, call):
    wait()
    begin = time.perf_counter()
    for _ in range(calls):
        call()
    wait()
    return time.perf_counter() - begin


def microseconds_a_call(call):
    seconds_of(3, call)
    calls = int(min(max(0.05 / (seconds_of(10, call) / 10), 1), 20000))
    return 1e6 * statistics.median(seconds_of(calls, call) / calls for _ in range(5))


def with_autograd(function):
    def make(x, t):
        return lambda: torch.autograd.grad(function(x, t), x)

    return make


def eager():
    return with_autograd(torch.nn.functional.cross_entropy)


def compiled():
    torch._dynamo.reset()  # a shape of its own, not a dynamic one
    return with_autograd(torch.compile(torch.nn.functional.cross_entropy, dynamic=False))


def liger():
    from liger_kernel.transformers import LigerCrossEntropyLoss

    return with_autograd(LigerCrossEntropyLoss())


def quack():
    from quack.cross_entropy import cross_entropy

    return with_autograd(cross_entropy)


def quack_return_dx():
    from quack.cross_entropy import cross_entropy_fwd

    def make(x, t):
        x = x.detach()
        return lambda: cross_entropy_fwd(x, t, return_dx=True)

    return make


LOSSES = {"PyTorch": eager, "torch.compile": compiled, "Liger": liger, "QuACK": quack,
          "QuACK, return_dx": quack_return_dx}


def loss_of(make, row):
    device = device_of_torch()
    torch.manual_seed(1)
    rows, classes = row["rows"], row["classes"]
    x = torch.randn(rows, classes, device=device).to(getattr(torch, DTYPES[row["dtype"]])).requires_grad_()
    t = torch.arange(rows, device=device) * 7 % classes
    return microseconds_a_call(make()(x, t))


def step_of(optimiser, graph):
    device = device_of_torch()
    if graph and DEVICE != "cuda":
        raise Missing("needs a GPU")
    torch.manual_seed(1)
    layers = torch.nn
    model = layers.Sequential(layers.Linear(784, 256), layers.ReLU(), layers.Linear(256, 10)).to(device)
    x = torch.randn(128, 784, device=device)
    t = torch.arange(128, device=device) * 7 % 10
    options = {"capturable": True} if graph and optimiser == "AdamW" else {}
    of_model = getattr(torch.optim, optimiser)(model.parameters(), lr=0.01, **options)

    def step():
        of_model.zero_grad()
        layers.functional.cross_entropy(model(x), t).backward()
        of_model.step()

    return microseconds_a_call(captured(step) if graph else step)


def captured(step):
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            step()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    return graph.replay


def measure(figure, *what):
    """Microseconds, or why there are none: a peer that is not there, or that fails, takes no other row with it."""
    try:
        return figure(*what)
    except ImportError as error:
        return f"not installed ({error.name})"
    except Missing as error:
        return str(error)
    except Exception as error:  # whatever a peer's compiler throws
        return f"failed: {type(error).__name__}"
    finally:
        gc.collect()
        if torch is not None and torch.cuda.is_available():
            torch.cuda.empty_cache()


def ratio(theirs, ours):
    if isinstance(theirs, str):
        return theirs
    return f"{theirs / ours:.2f} ({theirs:.1f} us)"


def print_table(*rows):
    print("| " + " | ".join(rows[0]) + " |\n|" + "---|" * len(rows[0]))
    for row in rows[1:]:
        print("| " + " | ".join(row) + " |")
    print()


def loss_table(ours):
    copies = {(r["rows"], r["classes"], r["dtype"]): r["microseconds"] for r in ours if r.get("what") == "copy"}
    head = ["loss and gradient", "ours", "copy / ours (goal 0.90; 0.80 at 1,024 classes)", "PyTorch (3)",
            "torch.compile (1.6)", "Liger", "QuACK", "QuACK, return_dx", "the best of those three (1.0)"]
    table = [head]
    for row in (r for r in ours if r.get("what") == "loss"):
        mine = row["microseconds"]
        theirs = {name: measure(loss_of, make, row) for name, make in LOSSES.items()}
        kernels = [v for name, v in theirs.items() if name[0] in "LQ" and not isinstance(v, str)]
        best = ratio(min(kernels), mine) if kernels else "none measured"
        copy = copies[row["rows"], row["classes"], row["dtype"]]
        table.append([f"{row['rows']} x {row['classes']} {row['dtype']}", f"{mine:.1f} us", f"{copy / mine:.2f}",
                      *(ratio(v, mine) for v in theirs.values()), best])
    print_table(*table)


def step_table(ours):
    figures = {(r["what"], r["optimiser"]): r["microseconds"] for r in ours if "optimiser" in r}
    table = [["784-256-10, 128 rows", "ours", "PyTorch (8 of a replayed step)", "PyTorch, CUDA graph"]]
    for optimiser in ("SGD", "AdamW"):
        theirs = [measure(step_of, optimiser, graph) for graph in (False, True)]
        for what in ("step", "replayed step"):
            mine = figures.get((what, optimiser))
            cells = ["not measured", "", ""] if mine is None else [f"{mine:.1f} us", *(ratio(v, mine) for v in theirs)]
            table.append([f"{what}, {optimiser}", *cells])
    print_table(*table)


def main():
    with open(sys.argv[1], encoding="utf-8") as lines:
        ours = [json.loads(line) for line in lines]
    if "emulated" in ours[0]["device"]:
        print("emulated: times mean nothing, and none is compared")
        return
    print(f"{ours[0]['device']}; theirs / ours, above 1 where ours takes less time; goals in brackets\n")
    loss_table(ours)
    step_table(ours)


main()
