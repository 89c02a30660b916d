#!/usr/bin/env bash
# On a GPU: the loss with its gradient, and a step of training, beside a copy on the device, PyTorch and other kernels.
#   ./tests/run bench --device cuda
# PYTHON names the interpreter that has torch, liger-kernel and quack-kernels; what it lacks is not installed but named.
set -euo pipefail
. cmake/bootstrap.sh
[ "$*" = "--device cuda" ] || { say "./tests/run bench --device cuda"; exit 2; }
. tests/cuda/gpu.sh
build_for_gpu logitape_bench_cuda
nvidia-smi --query-gpu=name,driver_version,clocks.max.sm,clocks.max.mem --format=csv,noheader
ours=build/cuda/bench.jsonl
build/cuda/tests/bench/bench_cuda | tee "$ours"
"${PYTHON:-python3}" tests/bench/cuda_peers.py "$ours" | tee build/cuda/bench.md
