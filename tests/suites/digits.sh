#!/usr/bin/env bash
# The digits example over five seeds: at least 97.5% on average, and 97% with the default seed.
set -euo pipefail
. cmake/bootstrap.sh
need
[ -e build/release/build.ninja ] || configure release
build release logitape_example_digits
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
accuracy() { build/release/examples/digits --out "$temporary" "$@" | sed -n 's/^test accuracy \(.*\)%$/\1/p'; }
all=
for seed in 1 2 3 4 5; do
  one=$(accuracy --seed "$seed")
  all="$all $one"
  echo "seed $seed: $one%"
done
own=$(accuracy)
echo "default seed: $own%"
awk -v all="$all" -v own="$own" 'BEGIN {
  n = split(all, a, " "); for (i = 1; i <= n; ++i) sum += a[i]
  printf "average of %d seeds: %.2f%%\n", n, sum / n
  exit !(n == 5 && sum / n >= 97.5 && own >= 97)
}'
# the same bits on AVX2 and AVX-512; without them the last digits differ
if [ "$(grep -c avx2 /proc/cpuinfo)" -gt 0 ]; then
  for picture in loss confusion; do
    cmp "$temporary/$picture.svg" "examples/pictures/$picture.svg" ||
      { echo "README.md shows another $picture.svg than the default seed draws"; exit 1; }
  done
  echo "README.md's pictures are what the default seed draws"
fi
