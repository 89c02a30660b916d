#!/usr/bin/env bash
# run.sh OUT [FAMILY...]: builds the emulated device, the kernels, watched, and their test into the folder OUT, and runs
# it.
# MODULE=liblogitape_cuda.so run.sh OUT [FAMILY...]: the same by a module that is built already, on a GPU.
# run.sh OUT planted: plants a fault in each family, one at a time; the watch has to report every one.
set -euo pipefail
root=$(cd "$(dirname "$0")/../../.." && pwd)
out=$1
shift
mkdir -p "$out"
module=${MODULE:-}
flags=(-std=c++20 -O1 -g1 -Wall -Wextra "-I$root/include" "-I$root")
[ -n "$module" ] || flags+=(-DLOGITAPE_CUDA_EMULATED)
kernel_flags=(-x c++ -Wno-unknown-pragmas -mfma -ffp-contract=off -fsanitize=thread)
compiler=${CXX:-g++}

# compile OBJECT SOURCE FLAGS...: unless the object is younger than every source of the module and the test.
compile() {
  local object=$1 source=$2 newer
  shift 2
  if [ -e "$object" ]; then
    newer=$(find "$root/backends" "$root/tests/cuda" "$root/tests/support" -newer "$object" -type f)
    [ -n "$newer" ] || return 0
  fi
  "$compiler" "${flags[@]}" "$@" -c "$source" -o "$object"
}

objects=()
sources=("$root"/tests/cuda/kernels/*.cpp "$root/tests/support/oracle.cpp" "$root"/core/{dtype,error,random}.cpp)
[ -n "$module" ] || sources+=("$root"/backends/cuda/emulation/*.cpp)
for source in "${sources[@]}"; do
  object=$out/$(basename "$(dirname "$source")")_$(basename "$source").o
  compile "$object" "$source" -mfma
  objects+=("$object")
done
if [ -n "$module" ]; then
  module=$(cd "$(dirname "$module")" && pwd)/$(basename "$module")
  "$compiler" "${objects[@]}" "$module" "-Wl,-rpath,$(dirname "$module")" -o "$out/kernels"
  exec "$out/kernels" "$@"
fi
for source in "$root"/backends/cuda/*.cu; do
  object=$out/$(basename "$source").o
  compile "$object" "$source" "${kernel_flags[@]}"
  objects+=("$object")
done
"$compiler" -rdynamic "${objects[@]}" -ldl -o "$out/kernels"

if [ "${1:-}" != planted ]; then exec "$out/kernels" "$@"; fi
missed=0
number=0
for row in reduce:reduce softmax:softmax normalise:normalise matmul:products index:index linear_algebra:linear_algebra \
  cross_entropy:cross_entropy random:random optimizer:optimizer pooling:windows convolution:windows matmul:products; do
  number=$((number + 1))
  file=${row%:*}
  "$compiler" "${flags[@]}" "${kernel_flags[@]}" -DLOGITAPE_PLANTED=$number -c "$root/backends/cuda/$file.cu" \
    -o "$out/planted.o"
  "$compiler" -rdynamic "${objects[@]/$out\/$file.cu.o/$out/planted.o}" -ldl -o "$out/planted"
  found=$(timeout 300 "$out/planted" first "${row#*:}" || true)
  echo "fault $number in $file.cu: $found" | cut -c1-160
  if [[ $found != *"launch failure ("* ]]; then missed=1; fi
done
exit $missed
