#!/usr/bin/env bash
# Speed, as ratios measured in turn: the loss, products, convolutions, the tape, steps of training, what is large.
# Beside them a copy of the same bytes, OpenBLAS, MKL and the peers that are installed; tests/bench/README.md says more.
#   ./tests/run bench [loss matmul conv tape steps large threads start predict] [--only REGEX] [--against FILE]
#       [--rounds 9] [--milliseconds 20] [--peers none|PyTorch,JAX,...] [--json FILE]
#   ./tests/run bench --device cuda   the loss and a step of training on a GPU
# TARGETS="AVX2 AVX3" THREADS="1 2" choose. PYTHON names the interpreter that has torch, jax, tensorflow, mkl; on a GPU
# torch, liger-kernel and quack-kernels: what it lacks is not installed but named.
set -euo pipefail
. cmake/bootstrap.sh
python=${PYTHON:-python3}
export PYTHONDONTWRITEBYTECODE=1
if [ "$*" = "--device cuda" ]; then
  . tests/cuda/gpu.sh
  build_for_gpu logitape_bench_cuda
  nvidia-smi --query-gpu=name,driver_version,clocks.max.sm,clocks.max.mem --format=csv,noheader
  ours=build/cuda/bench.jsonl
  build/cuda/tests/bench/bench_cuda | tee "$ours"
  "$python" tests/bench/cuda_peers.py "$ours" | tee build/cuda/bench.md
  exit
fi

need libbenchmark-dev libopenblas-dev
configure release -DLOGITAPE_TESTS=ON -DLOGITAPE_EXAMPLES=ON -DLOGITAPE_BENCH=ON
build release logitape_bench logitape_bench_start
programs=build/release/tests/bench
json=build/bench/all.json
options=()
while [ $# -gt 0 ]; do
  case $1 in
    --json) json=${2:?--json needs a file}; shift ;;
    *) options+=("$1") ;;
  esac
  shift
done
. tests/bench/peers.sh
mkdir -p build/bench
strip -o build/bench/start "$programs/bench_start"
say "machine: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(getconf _NPROCESSORS_ONLN) CPUs"

# every part's table as it is measured; then one file of all rows
parts=()
for target in ${TARGETS:-$(simd_targets)}; do
  for threads in ${THREADS:-$(seq 1 "$(($(getconf _NPROCESSORS_ONLN) > 1 ? 2 : 1))")}; do
    part=build/bench/$target-$threads.json
    as_peers_listen "$target" "$threads" "$programs/bench" --json "$part" --python "$python" \
      ${libtorch:+--libtorch "$libtorch"} --start build/bench/start --compiler "$(compiler)" \
      ${options[@]+"${options[@]}"}
    parts+=("$part")
  done
done
sed -s '1d; $d; s/}$/},/' "${parts[@]}" | sed '1s/^/[\n/; $s/,$/\n]/' >"$json"
say "all rows: $json"
