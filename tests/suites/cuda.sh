#!/usr/bin/env bash
# On a GPU, all that the emulated module is tested with: kernels against the oracle, twice for the same bits; tensors,
# training, ops, losses and golden vectors by its kernels; compute-sanitizer; the digits. Without a GPU: exit code 77.
set -euo pipefail
. cmake/bootstrap.sh
. tests/cuda/gpu.sh
nvidia-smi -L
build_for_gpu logitape_tests logitape_cuda_tests logitape_example_digits logitape_example_fine_tune
out=$PWD/build/cuda
passed=0
failed=0
skipped=0

# check NAME COMMAND...: skipped where it ends with 77, or says that it has left something out
check() {
  local name=$1 log=$out/$1.log status=0
  shift
  echo "== $name"
  "$@" 2>&1 | tee "$log" || status=$?
  if [ "$status" = 77 ] || { [ "$status" = 0 ] && grep -q SKIPPED "$log"; }; then
    skipped=$((skipped + 1))
  elif [ "$status" = 0 ]; then
    passed=$((passed + 1))
  else
    echo "FAILED: $name, exit code $status; the log: $log"
    failed=$((failed + 1))
  fi
}

# says PATTERN COMMAND...: whether a line of its output is the pattern's
says() {
  local pattern=$1
  shift
  "$@" | tee "$out/said.log" && grep -qE "$pattern" "$out/said.log"
}

# what the approximate exponential must have exactly, for a power of two that is taken apart and put together
approximate_exponential() {
  "$nvcc" -std=c++20 -arch=native -fmad=false -Iinclude -I. tests/cuda/ex2.cu -o "$out/ex2" && "$out/ex2"
}

# Two processes print the same hashes of all that the kernels wrote.
same_bits() {
  "$out/kernels/kernels" >"$out/kernels.first" && "$out/kernels/kernels" >"$out/kernels.second" &&
    cmp "$out/kernels.first" "$out/kernels.second"
}

check kernels env MODULE="$LOGITAPE_CUDA_BACKEND" ./tests/cuda/kernels/run.sh "$out/kernels"
check same_bits same_bits
check ex2 approximate_exponential
check module "$out/tests/cuda/logitape_cuda_tests"
check devices "$out/tests/logitape_tests" "-sf=*/tests/devices/*"
# as in cuda-emulated.sh: the others are of the CPU's own tables, bits, threads and memory
check ops env LOGITAPE_TEST_DEVICE=cuda "$out/tests/logitape_tests" \
  "-sfe=*/tests/kernels/*,*/tests/wide/*,*/tests/devices/*" "-tce=*thread*,*pool*,*memory*,*SIMD*,*system*,*allocat*"
check digits says "test accuracy (9[789]|100)\." "$out/examples/digits" --device cuda --out "$out/digits"
check fine_tune says "last layer trained: +test accuracy (9[0-9]|100)\.[0-9]%" "$out/examples/fine_tune" --device cuda
for tool in memcheck racecheck synccheck; do
  if command -v compute-sanitizer >/dev/null; then
    check "$tool" compute-sanitizer --tool "$tool" --error-exitcode 9 "$out/kernels/kernels"
  else
    check "$tool" echo "SKIPPED: compute-sanitizer is not installed"
  fi
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
