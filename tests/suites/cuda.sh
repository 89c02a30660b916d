#!/usr/bin/env bash
# On a GPU: the tests of tensors and training on a device, then those of ops, losses and golden vectors by its kernels,
# and compute-sanitizer over some of them. Without a GPU it is skipped (exit code 77).
set -euo pipefail
. cmake/bootstrap.sh
command -v nvcc >/dev/null || [ -n "${CUDACXX:-}" ] || { echo "SKIPPED: there is no nvcc"; exit 77; }
nvidia-smi -L 2>/dev/null | grep -q GPU || { echo "SKIPPED: there is no GPU, by nvidia-smi -L"; exit 77; }
need
nvidia-smi -L
configure cuda -DLOGITAPE_TESTS=ON -DLOGITAPE_EXAMPLES=ON -DLOGITAPE_CUDA=ON -DLOGITAPE_SINGLE_TARGET=ON \
  -DLOGITAPE_UNITY=ON
build cuda logitape_tests logitape_cuda
export LOGITAPE_CUDA_BACKEND=$PWD/build/cuda/liblogitape_cuda.so
build/cuda/tests/logitape_tests "-sf=*/tests/devices/*"
LOGITAPE_TEST_DEVICE=cuda build/cuda/tests/logitape_tests "-sf=*/tests/losses/*,*/tests/golden/*,*/tests/op_table/*"
if command -v compute-sanitizer >/dev/null; then
  for tool in memcheck racecheck initcheck synccheck; do
    LOGITAPE_TEST_DEVICE=cuda compute-sanitizer --tool "$tool" --error-exitcode 9 \
      build/cuda/tests/logitape_tests "-sf=*/tests/golden/*"
  done
else
  echo "SKIPPED: compute-sanitizer is not installed"
fi
