#!/usr/bin/env bash
# test.sh PROGRAM: check.sh finds a slowdown of 4% and a kept count that is 4% too large, and passes what it has set
# itself; it sets nothing without a reason.
set -euo pipefail
program=$1 check=$(dirname "$0")/check.sh
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
counts=$temporary/counts.txt
wrong() { echo "wrong: $*"; cat "$temporary/said"; exit 1; }
run() {
  code=0
  bash "$check" "$program" "$counts" "$@" >"$temporary/said" 2>&1 || code=$?
}

run matmul
if [ "$code" = 77 ] && ! grep -q 'no count is kept' "$temporary/said"; then cat "$temporary/said"; exit 77; fi
[ "$code" = 77 ] || wrong "without counts it does not skip"
run --set "" matmul
[ "$code" = 2 ] && [ ! -e "$counts" ] || wrong "counts are set without a reason"
run --set "the first of this compiler" matmul
[ "$code" = 0 ] || wrong "counts cannot be set"
[ "$code" != 77 ] || exit 77
grep -q '^matmul [0-9]* 20..-..-.. the first of this compiler$' "$counts" || wrong "the reason is not kept"
run matmul
[ "$code" = 0 ] || wrong "the same code is said to have changed"
MORE=1 run matmul
[ "$code" = 1 ] && grep -q '+4' "$temporary/said" || wrong "a slowdown of 4% passes"
awk '{ $2 = int($2 * 1.04); print }' "$counts" >"$temporary/more" && mv "$temporary/more" "$counts"
run matmul
[ "$code" = 1 ] || wrong "a count that is 4% smaller than what is kept passes"
run tape
[ "$code" = 1 ] && grep -q 'has no count' "$temporary/said" || wrong "a workload without a count passes"
