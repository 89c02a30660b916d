"""How heavy: from process start to a first gradient, bytes on disk, time to build a user's program."""
import importlib.util
import os
import pathlib
import shutil
import statistics
import subprocess
import time


def start(bench):
    bench.table("start of process to first gradient printed", "logitape", "theirs", "theirs / ours")
    commands = {"logitape": bench.ours("start")}
    peers = {"PyTorch": "torch", "JAX": "jax", "TensorFlow": "tensorflow"}
    commands |= {peer: bench.theirs(script, "start") for peer, script in peers.items() if not bench.missing(peer)}
    seconds = {name: [] for name in commands}
    for command in commands.values():
        bench.output(command)  # reads the files from disk
    for _ in bench.turns():
        for name, command in commands.items():
            begin = time.perf_counter()
            bench.output(command)
            seconds[name].append(time.perf_counter() - begin)
    median = {name: statistics.median(v) for name, v in seconds.items()}
    for peer in peers:
        ours, cells = median["logitape"], (bench.versions[peer], "")
        if peer in median:
            cells = (f"{median[peer]:.2f} s", f"{median[peer] / ours:.0f}")
        bench.row(peer, f"{ours * 1e3:.1f} ms", *cells)


def bytes_of(folder):
    files = (f for f in pathlib.Path(folder).rglob("*") if f.is_file() and not f.is_symlink())
    return sum(f.lstat().st_size for f in files if f.suffix != ".pyc")


def build_seconds(bench):
    """The digits example from nothing, without a compiler cache: cmake's configure, then its build."""
    folder = bench.scratch / "digits-build"
    shutil.rmtree(folder, ignore_errors=True)
    environment = {**os.environ, "CCACHE_DISABLE": "1"}
    quiet = dict(check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    begin = time.perf_counter()
    options = ["-DCMAKE_BUILD_TYPE=Release", f"-DCMAKE_PREFIX_PATH={bench.prefix.absolute()}"]
    subprocess.run(["cmake", "-S", bench.here, "-B", folder, *options], **quiet)
    configured = time.perf_counter()
    subprocess.run(["cmake", "--build", folder, "--target", "example_digits"], **quiet)
    return configured - begin, time.perf_counter() - configured, folder / "example_digits"


def size(bench):
    stripped = bench.scratch / "stripped"
    shutil.rmtree(stripped, ignore_errors=True)
    shutil.copytree(bench.prefix, stripped)
    for library in stripped.glob("lib*/**/liblogitape.*"):
        subprocess.run(["strip", "--strip-unneeded", library], check=True)
    ours = bytes_of(stripped)
    print("Installed files: our headers and stripped library; their package folders, as pip installs them.\n")
    bench.table("size", "logitape", "theirs", "theirs / ours")
    heavy = "PyTorch with the GPU libraries that its package requires"
    folders = {
        "PyTorch": ["torch"],
        heavy: ["torch", "nvidia", "triton"],
        "JAX and jaxlib": ["jax", "jaxlib"],
        "TensorFlow": ["tensorflow"],
        "scikit-learn, SciPy, NumPy": ["sklearn", "scipy", "numpy"],
    }
    for name, modules in folders.items():
        found = [spec for spec in map(importlib.util.find_spec, modules) if spec]
        if importlib.util.find_spec(modules[0]) is None:
            bench.row(name, f"{ours / 1e6:.1f} MB", "not installed", "")
            continue
        theirs = sum(bytes_of(place) for spec in found for place in spec.submodule_search_locations)
        bench.row(name, f"{ours / 1e6:.1f} MB", f"{theirs / 1e6:.0f} MB", f"{theirs / ours:.0f}")
    configure, build, program = build_seconds(bench)
    subprocess.run(["strip", program], check=True)
    print("\nThe digits example against the installed library, no cache: "
          f"configured in {configure:.1f} s, built in {build:.1f} s; "
          f"the stripped program, library within, is {program.stat().st_size / 1e6:.1f} MB.")
