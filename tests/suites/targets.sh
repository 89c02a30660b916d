#!/usr/bin/env bash
# The same bits on AVX2, AVX-512 and NEON: the hash of every op's results, values and gradients, in every dtype, NEON
# under qemu; the baseline within its bound, which is printed.
set -euo pipefail
. cmake/bootstrap.sh
need g++-aarch64-linux-gnu qemu-user
options=(-DLOGITAPE_EXAMPLES=OFF -DLOGITAPE_CUDA=OFF -DLOGITAPE_CUDA_EMULATED=OFF -DLOGITAPE_UNITY=ON
  "-DCMAKE_CXX_FLAGS_RELEASE=-O1 -DNDEBUG" -DLOGITAPE_KERNEL_OPTIMISATION=-O1)
configure targets -DLOGITAPE_TESTS=ON "${options[@]}"
configure targets-neon -DLOGITAPE_HOST_HEADERS=ON -DLOGITAPE_SINGLE_TARGET=ON \
  -DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++ -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 "${options[@]}"
build targets logitape_hashes
build targets-neon logitape_hashes
here=(build/targets/tests/targets/logitape_hashes)
neon=(qemu-aarch64 -L /usr/aarch64-linux-gnu build/targets-neon/tests/targets/logitape_hashes)
results=build/targets/results
mkdir -p "$results"

# hashes TARGET COMMAND...: its hashes, where this machine has the target.
hashes() {
  local target=$1
  shift
  LOGITAPE_SIMD=$target "$@" >"$results/$target" 2>"$results/$target.log"
  grep -qx "SIMD target $target" "$results/$target.log" || { rm "$results/$target"; say "this machine has no $target"; }
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

# Without a fused multiply-add last digits differ: on the baseline (SSE2, or Highway's scalars before 1.1).
"${here[@]}" write "$results/numbers" 2>/dev/null
LOGITAPE_SIMD=baseline "${here[@]}" compare "$results/numbers" || failed=1
rm "$results/numbers"
exit $failed
