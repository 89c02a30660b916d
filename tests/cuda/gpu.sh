# shellcheck shell=bash
# Sourced by the suites that need a GPU, behind cmake/bootstrap.sh: without nvcc, or without a GPU, they end here and
# count as skipped (exit code 77). Builds the module for GPUs, with the targets that are named.
nvcc=${CUDACXX:-$(command -v nvcc || true)}
[ -n "$nvcc" ] || { echo "SKIPPED: there is no nvcc; install the CUDA toolkit, or name one by CUDACXX"; exit 77; }
nvidia-smi -L 2>/dev/null | grep -q GPU || { echo "SKIPPED: there is no GPU, by nvidia-smi -L"; exit 77; }

build_for_gpu() {
  need
  configure cuda -DLOGITAPE_TESTS=ON -DLOGITAPE_EXAMPLES=ON -DLOGITAPE_CUDA=ON -DLOGITAPE_SINGLE_TARGET=ON \
    -DLOGITAPE_UNITY=ON "-DCMAKE_CUDA_COMPILER=$nvcc"
  build cuda logitape_cuda "$@"
  export LOGITAPE_CUDA_BACKEND=$PWD/build/cuda/liblogitape_cuda.so
}
