#!/usr/bin/env bash
# How fast kernels can be, without a GPU: registers, spills, widths of accesses, instructions an element, occupancy of
# those that tests/cuda/roofline/gate.json names, by nvcc for sm_80 and sm_90a; a figure worse than there fails
# (--update writes them anew). Then the roofline table: what bounds each call on an H200 and an A100, and why.
# Needs nvcc of CUDA 12 or newer (CUDACXX names another) and cuobjdump with nvdisasm beside it (CUOBJDUMP), which are
# taken from the package index where the toolkit lacks them.
set -euo pipefail
nvcc=${CUDACXX:-$(command -v nvcc || true)}
[ -n "$nvcc" ] || { echo "SKIPPED: there is no nvcc; install the CUDA toolkit, or name one by CUDACXX"; exit 77; }
toolkit=$(dirname "$(dirname "$(readlink -f "$(command -v "$nvcc")")")")
out=build/cuda
mkdir -p "$out"

cuobjdump=${CUOBJDUMP:-$(command -v cuobjdump || true)}
[ -n "$cuobjdump" ] || [ ! -x "$toolkit/bin/cuobjdump" ] || cuobjdump=$toolkit/bin/cuobjdump
if [ -z "$cuobjdump" ]; then
  if [ ! -e build/cuda-tools/done ]; then
    if ! python3 -m venv build/cuda-tools ||
      ! build/cuda-tools/bin/pip -q install nvidia-cuda-cuobjdump nvidia-cuda-nvdisasm; then
      echo "SKIPPED: there is no cuobjdump; install the toolkit's, or name one by CUOBJDUMP"
      exit 77
    fi
    touch build/cuda-tools/done
  fi
  cuobjdump=$(find "$PWD/build/cuda-tools" -name cuobjdump -type f | head -n 1)
fi
PATH=$(dirname "$cuobjdump"):$PATH  # it calls nvdisasm
export PYTHONDONTWRITEBYTECODE=1

# compile SOURCE: as the suite cuda-build does, unless the object is younger than every source of the module
compile() {
  local object
  object=$out/$(basename "$1").o
  if [ -e "$object" ] && [ -z "$(find "$1" backends -newer "$object" -type f)" ]; then return 0; fi
  echo "$1"
  "$nvcc" -std=c++20 -fmad=false --expt-relaxed-constexpr -Werror=all-warnings --threads 2 -Xptxas -v \
    -Iinclude -Xcompiler -fPIC,-fvisibility=hidden \
    -gencode arch=compute_80,code=sm_80 -gencode arch=compute_90a,code=sm_90a \
    -c "$1" -o "$object" >"$out/$(basename "$1").log" 2>&1 || { cat "$out/$(basename "$1").log"; exit 1; }
}
while read -r source; do
  compile "backends/cuda/$source.cu"
done < <(sed -nE 's/.*"source": "(.*)",/\1/p' tests/cuda/roofline/gate.json | sort -u)

# what reads the listings, on kernels whose figures are known, and the count of blocks beside the toolkit's
compile tests/cuda/roofline/known.cu
"${CXX:-c++}" -std=c++20 "-I$toolkit/include" tests/cuda/roofline/occupancy.cpp -o "$out/occupancy"
python3 tests/cuda/roofline/known.py "$out" "$cuobjdump"
python3 tests/cuda/roofline/roofline.py "$out" "$cuobjdump" "$@"
