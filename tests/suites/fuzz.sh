#!/usr/bin/env bash
# Every target of tests/fuzz, by libFuzzer under ASan and UBSan: ./tests/run fuzz [--minutes N] [TARGET...]
# Each has N minutes (1 by default) on every core, 2 s an input, 80 MiB a request and 1 GiB in all, inputs of up to
# 64 KiB. What is found lies in build/fuzz/found, as a file that logitape_replay runs again.
set -euo pipefail
. cmake/bootstrap.sh
minutes=1 chosen=()
while [ $# -gt 0 ]; do
  case $1 in
    --minutes)
      minutes=${2:?--minutes needs a number}
      shift
      ;;
    *) chosen+=("$1") ;;
  esac
  shift
done
[[ $minutes =~ ^[0-9]+$ ]] || { say "fuzz: --minutes needs a whole number, not '$minutes'"; exit 2; }
need clang
architecture=()
grep -q '\<avx2\>' /proc/cpuinfo 2>/dev/null && architecture=("-DLOGITAPE_ARCH=-march=haswell;-maes")
configure fuzz -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ -DLOGITAPE_TESTS=ON \
  -DLOGITAPE_EXAMPLES=OFF -DLOGITAPE_COMMAND=OFF -DLOGITAPE_CUDA=OFF -DLOGITAPE_UNITY=ON \
  -DLOGITAPE_SANITIZE=address,undefined,fuzzer-no-link -DLOGITAPE_SINGLE_TARGET=ON \
  ${architecture[@]+"${architecture[@]}"}
build fuzz logitape_fuzz logitape_replay
program=$PWD/build/fuzz/tests/logitape_fuzz found=$PWD/build/fuzz/found
mkdir -p "$found"
[ "${#chosen[@]}" -gt 0 ] || mapfile -t chosen < <(build/fuzz/tests/logitape_replay --list)
wrong=0
echo "| target | executions | edges | inputs kept | findings |"
echo "|---|---|---|---|---|"
for target in "${chosen[@]}"; do
  work=build/fuzz/corpus/$target
  mkdir -p "$work"
  # kept between runs: the next goes on where this one ended
  LOGITAPE_FUZZ=$target UBSAN_OPTIONS=print_stacktrace=1 "$program" -max_total_time=$((minutes * 60)) -max_len=65536 \
    -timeout=2 -malloc_limit_mb=80 -rss_limit_mb=1024 -fork="$(jobs)" -ignore_crashes=1 -ignore_ooms=1 \
    -ignore_timeouts=1 -print_final_stats=1 -artifact_prefix="$found/$target-" "$work" "tests/fuzz/corpus/$target" \
    >"build/fuzz/$target.log" 2>&1 || true
  # "#4711: cov: 3334 ft: 9000 corp: 804 exec/s: 702 oom/timeout/crash: 0/0/0 time: 60s job: 9 dft_time: 0"
  last=$(grep -E "^#[0-9]+: cov:" "build/fuzz/$target.log" | tail -n 1)
  new=$(find "$found" -name "$target-*" | wc -l)
  wrong=$((wrong + new))
  awk -v target="$target" -v new="$new" '{ sub(/#/, ""); sub(/:/, "")
    print "| " target " | " $1 " | " $3 " | " $7 " | " new " |" }' <<<"$last"
done
[ "$wrong" -eq 0 ]
