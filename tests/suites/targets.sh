#!/usr/bin/env bash
# The same bits on AVX2, AVX-512 and NEON, and the others within a bound: every op's results in every dtype.
# Values and gradients of two orders. AVX-512 and NEON, under qemu, have the hashes of AVX2. Without a fused
# multiply-add last digits differ: on the baseline (SSE2, or Highway's scalars before 1.1), on SSSE3, and as
# WebAssembly, in node. They stay within 64 ULP of an array's largest number; how far they are is printed.
set -euo pipefail
. cmake/bootstrap.sh
need g++-aarch64-linux-gnu qemu-user emscripten nodejs
options=(-DLOGITAPE_EXAMPLES=OFF -DLOGITAPE_CUDA=OFF -DLOGITAPE_CUDA_EMULATED=OFF -DLOGITAPE_UNITY=ON
  "-DCMAKE_CXX_FLAGS_RELEASE=-O1 -DNDEBUG" -DLOGITAPE_KERNEL_OPTIMISATION=-O1)
configure targets -DLOGITAPE_TESTS=ON "${options[@]}"
configure targets-ssse3 -DLOGITAPE_TESTS=ON "${options[@]}" -DLOGITAPE_SINGLE_TARGET=ON \
  "-DLOGITAPE_ARCH=-mssse3;-DHWY_DISABLED_TARGETS=0"
configure targets-neon "${options[@]}" -DLOGITAPE_HOST_HEADERS=ON -DLOGITAPE_SINGLE_TARGET=ON \
  -DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++ -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64
# Debian's Emscripten finds the parts of its optimiser there
[ -d /usr/share/nodejs ] && export NODE_PATH=${NODE_PATH:-/usr/share/nodejs}
configure targets-wasm "${options[@]}" \
  "-DCMAKE_TOOLCHAIN_FILE=$(em-config EMSCRIPTEN_ROOT)/cmake/Modules/Platform/Emscripten.cmake"
for folder in targets targets-ssse3 targets-neon targets-wasm; do build "$folder" logitape_hashes; done
program=tests/targets/logitape_hashes
here=("build/targets/$program")
neon=(qemu-aarch64 -L /usr/aarch64-linux-gnu "build/targets-neon/$program")
results=build/targets/results
mkdir -p "$results"

# hashes TARGET COMMAND...: its hashes, where this machine has the target; a part of them on each CPU.
hashes() {
  local to=$results/$1 part parts running=()
  parts=$(jobs)
  for ((part = 0; part < parts; part++)); do
    LOGITAPE_SIMD=$1 LOGITAPE_NUM_THREADS=1 "${@:2}" part "$part" "$parts" >"$to.$part" 2>"$to.$part.log" &
    running+=($!)
  done
  for part in "${running[@]}"; do wait "$part"; done
  cat "$to".*.log >"$to.log"
  if grep -qx "SIMD target $1" "$to.log"; then
    cat "$to".*[0-9] | LC_ALL=C sort -k 3 >"$to"
  else
    rm -f "$to"
    say "this machine has no $1"
  fi
  rm "$to".*[0-9] "$to".*.log
}
hashes AVX2 "${here[@]}"
hashes AVX3 "${here[@]}"
hashes NEON "${neon[@]}"

failed=0
arrays=$(awk '{ n += $2 } END { print n }' "$results/NEON")
echo "$(wc -l <"$results/NEON") lines of results, $arrays arrays"
for target in AVX3 NEON; do
  [ -e "$results/AVX2" ] && [ -e "$results/$target" ] || continue
  different=$(diff "$results/AVX2" "$results/$target" | sed -n 's/^> //p' || true)
  if [ -n "$different" ]; then
    failed=1
    head -n 20 <<<"$different"
    echo "$target: $(wc -l <<<"$different") lines differ from AVX2's"
  else
    echo "$target: the hashes of AVX2, $(sha256sum <"$results/$target" | cut -c 1-16)"
  fi
done

# the others: how far from this machine's best target
"${here[@]}" write "$results/numbers" 2>/dev/null
LOGITAPE_SIMD=baseline "${here[@]}" compare "$results/numbers" || failed=1
build/targets-ssse3/$program compare "$results/numbers" || failed=1
node build/targets-wasm/$program.js compare "$results/numbers" || failed=1
rm "$results/numbers"
exit $failed
