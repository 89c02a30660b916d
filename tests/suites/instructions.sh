#!/usr/bin/env bash
# Replay costs n log n or better: callgrind counts the instructions of one grad() over chains, combs and ladders of 1e4,
# 1e5 and 1e6 steps. Fails where instructions a step grow by more than 20% beyond log n between two sizes.
# SHAPES and SIZES shorten the run.
set -euo pipefail
. cmake/bootstrap.sh
had=$(command -v valgrind || true)
need valgrind
# to be compiled again: with valgrind's header, which is new, it stops pooling under valgrind
[ -n "$had" ] || touch core/memory.cpp
configure release -DLOGITAPE_TESTS=ON -DLOGITAPE_EXAMPLES=ON
build release logitape_graph
graph=build/release/tests/logitape_graph
read -ra shapes <<<"${SHAPES:-neg comb ladder}"
read -ra sizes <<<"${SIZES:-10000 100000 1000000}"
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT

printf '%-8s %9s %15s %12s %18s\n' shape steps instructions 'a step' 'a step and log2 n'
failures=0
for shape in "${shapes[@]}"; do
  previous=
  for n in "${sizes[@]}"; do
    # only what runs inside differentiate(), which is grad() and reading its result
    valgrind --tool=callgrind --collect-atstart=no --toggle-collect=differentiate \
      --callgrind-out-file="$temporary/out" "$graph" "$shape" "$n" grad >"$temporary/log" 2>&1 ||
      { cat "$temporary/log"; exit 1; }
    count=$(sed -n 's/^\(summary\|totals\): //p' "$temporary/out" | tail -1)
    each=$(awk -v c="$count" -v n="$n" 'BEGIN { print c / (n * log(n) / log(2)) }')
    awk -v s="$shape" -v n="$n" -v c="$count" -v e="$each" \
      'BEGIN { printf "%-8s %9d %15.0f %12.1f %18.2f\n", s, n, c, c / n, e }'
    if awk -v c="$count" 'BEGIN { exit !(c < 1000) }'; then echo "nothing was counted"; failures=1; fi
    if [[ -n $previous ]] && awk -v e="$each" -v p="$previous" 'BEGIN { exit !(e > 1.2 * p) }'; then
      echo "$shape: from the size before, $previous to $each instructions a step and log2 n: worse than n log n"
      failures=1
    fi
    previous=$each
  done
done
exit $failures
