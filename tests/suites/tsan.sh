#!/usr/bin/env bash
# ThreadSanitizer, without a suppression: the pool, slots and batches made ahead, the log and the memory; eight threads
# that predict with two models while others evaluate, copy, export and train; eight that call one model from C.
set -euo pipefail
. cmake/bootstrap.sh
architecture=()
grep -q '\<avx2\>.*\<bmi2\>\|\<bmi2\>.*\<avx2\>' /proc/cpuinfo 2>/dev/null &&
  architecture=("-DLOGITAPE_ARCH=-march=haswell;-maes")
need pkg-config
configure tsan -DLOGITAPE_TESTS=ON -DLOGITAPE_EXAMPLES=OFF -DLOGITAPE_COMMAND=OFF -DLOGITAPE_CUDA=OFF \
  -DLOGITAPE_CUDA_EMULATED=OFF -DLOGITAPE_ENGINES=OFF -DLOGITAPE_UNITY=ON -DLOGITAPE_SANITIZE=thread \
  -DLOGITAPE_SINGLE_TARGET=ON ${architecture[@]+"${architecture[@]}"}
build tsan logitape_tests_threads logitape_predict_threads logitape_serve_models logitape_serve
programs=build/tsan/tests
# addresses that are drawn at random lie, on some kernels, where its shadow is not
fixed=(setarch -R)
"${fixed[@]}" true 2>/dev/null || fixed=()
export TSAN_OPTIONS="halt_on_error=1 exitcode=66 ${TSAN_OPTIONS:-}" SANITIZED=1
failed=0
show() {
  say "watched: $*"
  ${fixed[@]+"${fixed[@]}"} "$@" || failed=1
}
show "$programs/logitape_tests_threads"
for threads in 2 8; do LOGITAPE_NUM_THREADS=$threads show "$programs/logitape_predict_threads"; done
show tests/serve/serve.sh "$programs/serve" build/tsan/liblogitape_c.so
exit "$failed"
