"""Measures logitape beside its peers and prints Markdown tables: measure.py PREFIX PROGRAMS SCRATCH [MEASURE...].

PREFIX: the installed library. PROGRAMS: the build folder of CMakeLists.txt. SCRATCH: files that come and go.
Everyone is asked in turn, round after round (A B C A B C ...), so that a busy machine is busy for all.
Figures are medians.
"""
import datetime
import importlib.util
import os
import pathlib
import platform
import subprocess
import sys
import time

import correctness
import features
import footprint
import planted
import speed
import sweep

MEASURES = {
    "digits": speed.digits,
    "loss": speed.loss,
    "models": speed.models,
    "errors": correctness.errors,
    "gradcheck": correctness.gradcheck,
    "planted": planted.planted,
    "sweep": sweep.sweep,
    "labels": correctness.labels,
    "features": features.features,
    "start": footprint.start,
    "size": footprint.size,
}
PEERS = {"PyTorch": "torch", "JAX": "jax", "TensorFlow": "tensorflow", "scikit-learn": "sklearn", "MLX": "mlx.core"}


def version(peer, module):
    if importlib.util.find_spec(module.split(".")[0]) is None:
        return f"{peer}: not installed"
    command = [sys.executable, "-c", f"import {module}; print({module}.__version__)"]
    found = subprocess.run(command, capture_output=True, text=True)
    return f"{peer} {found.stdout.strip()}" if found.returncode == 0 else f"{peer}: does not import"


class Bench:
    """Where things are, who is there, and what was said."""

    def __init__(self, prefix, programs, scratch):
        self.prefix, self.programs, self.scratch = map(pathlib.Path, (prefix, programs, scratch))
        self.here = pathlib.Path(__file__).parent
        self.rounds = int(os.environ.get("ROUNDS", "7"))
        self.threads = [int(n) for n in os.environ.get("THREADS", "1 2").split()]
        self.budget = float(os.environ.get("BUDGET", "300"))
        self.versions = {peer: version(peer, module) for peer, module in PEERS.items()}
        self.failed, self.done = [], []

    def turns(self):
        """1, 2, ... rounds; fewer on a busy machine: none begins once the budget of seconds is spent."""
        begin, done = time.monotonic(), 0
        while done < self.rounds and (done == 0 or time.monotonic() - begin < self.budget):
            done += 1
            yield done
        self.done.append(done)

    def missing(self, peer):
        return ": " in self.versions.get(peer, "")

    def ours(self, program, *arguments):
        return [str(self.programs / program), *map(str, arguments)]

    def theirs(self, script, *arguments):
        return [sys.executable, str(self.here / f"with_{script}.py"), *map(str, arguments)]

    def popen(self, command, threads=2):
        """With that many threads, said in the ways that libraries listen to."""
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "LOGITAPE_NUM_THREADS")
        environment = {**os.environ, **dict.fromkeys(names, str(threads))}
        if threads == 1:
            environment["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                text=True, bufsize=1, env=environment)

    def output(self, command, threads=2):
        process = self.popen(command, threads)
        out, _ = process.communicate()
        if process.returncode != 0:
            raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
        return out.strip()

    def check(self, ok, what):
        """A promise of ours. Speed is none of them."""
        if not ok:
            self.failed.append(what)

    def table(self, *columns):
        print(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}", flush=True)

    def row(self, *cells):
        print(f"| {' | '.join(map(str, cells))} |", flush=True)


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return platform.processor()


def main():
    bench = Bench(*sys.argv[1:4])
    chosen = sys.argv[4:] or list(MEASURES)
    target = bench.output(bench.ours("start", "target"))
    cpus = len(os.sched_getaffinity(0))
    print(f"{datetime.date.today()}; {processor()}, {cpus} CPUs, SIMD target {target}")
    print(f"Python {platform.python_version()}; {'; '.join(bench.versions.values())}")
    for name in chosen:
        before, bench.done = os.getloadavg()[0], []
        print(f"\n### {name}\n")
        MEASURES[name](bench)
        after = os.getloadavg()[0]
        rounds = f"medians of {' and '.join(map(str, bench.done))} rounds; " if bench.done else ""
        print(f"\n{rounds}load average {before:.1f} before, {after:.1f} after")
        if max(before, after) > cpus + 1:
            print("Others were at work: times of two threads are not to be quoted, those of one are rough.")
    for what in bench.failed:
        print(f"FAILED: {what}", file=sys.stderr)
    print(f"{'1' if not bench.failed else '0'} passed, {len(bench.failed)} failed", file=sys.stderr)
    return 1 if bench.failed else 0


if __name__ == "__main__":
    sys.exit(main())
