#!/usr/bin/env bash
# nvcc compiles the CUDA module for sm_80 and sm_90a with warnings as errors; registers and spills of every kernel are
# read from what it prints, and a kernel that spills fails. Needs nvcc of CUDA 12 or newer (CUDACXX names another).
set -euo pipefail
nvcc=${CUDACXX:-$(command -v nvcc || true)}
[ -n "$nvcc" ] || { echo "SKIPPED: there is no nvcc; install the CUDA toolkit, or name one by CUDACXX"; exit 77; }
out=build/cuda
mkdir -p "$out"
compile() {
  "$nvcc" -std=c++20 -fmad=false --expt-relaxed-constexpr -Werror=all-warnings --threads 2 -Xptxas -v \
    -Iinclude -Xcompiler -fPIC,-fvisibility=hidden \
    -gencode arch=compute_80,code=sm_80 -gencode arch=compute_90a,code=sm_90a \
    -c "$1" -o "$out/$(basename "$1").o" >"$out/$(basename "$1").log" 2>&1
}
for source in backends/cuda/*.cu; do
  echo "$source"
  compile "$source" || { cat "$out/$(basename "$source").log"; exit 1; }
done
"$nvcc" -shared -cudart static "$out"/*.o -o "$out/liblogitape_cuda.so"
awk '
  /Compiling entry function/ { split($0, quoted, "\047"); name = quoted[2]; target = quoted[4] }
  /bytes stack frame/ { spills[name " " target] = $5 + $9 }
  /Used [0-9]+ registers/ {
    key = name " " target
    match($0, /Used [0-9]+/); registers = substr($0, RSTART + 5, RLENGTH - 5) + 0
    if (!(key in seen)) { seen[key] = 1; kernels[target]++ }
    if (registers > most[target]) { most[target] = registers; of[target] = name }
  }
  END {
    for (target in kernels)
      printf "%s: %d kernels, at most %d registers (%s)\n", target, kernels[target], most[target], of[target]
    for (key in spills) if (spills[key] > 0) {
      printf "SPILLS: %s: %d bytes\n", key, spills[key]
      bad = 1
    }
    exit bad
  }' "$out"/*.log
echo "$out/liblogitape_cuda.so: $(wc -c <"$out/liblogitape_cuda.so") bytes"
