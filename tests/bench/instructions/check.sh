#!/usr/bin/env bash
# Instructions of six small workloads on AVX2, counted by callgrind: each within 2% of what is kept in COUNTS.
#   check.sh PROGRAM COUNTS [WORKLOAD...]
#   check.sh PROGRAM COUNTS --set WHY [WORKLOAD...]   keeps what is counted now, and why it has changed
# PROGRAM is bench_workloads; COUNTS is a file for each major version of a compiler: workload, count, date, why it was
# last changed. Only our own code is counted, none of the system's libraries, whose versions differ. Exits with 77, and
# a sentence, where nothing can be counted. MORE=1 plants a slowdown of a call in 25.
set -euo pipefail
program=$1 counts=$2
shift 2
why=
if [ "${1:-}" = --set ]; then
  why=${2:-}
  [ "${#why}" -ge 10 ] || { echo "--set needs a sentence that says why the counts change"; exit 2; }
  shift 2
fi
skip() { echo "SKIPPED: $*" >&2; exit 77; }
command -v valgrind >/dev/null || skip "valgrind is not installed"
grep -q '\<avx2\>' /proc/cpuinfo || skip "this machine has no AVX2, and the counts are AVX2's"
[ -n "$why" ] || [ -e "$counts" ] || skip "no count is kept for this compiler ($(basename "$counts" .txt))"
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT

# Costs stand in lines that begin with a number or a sign; the one behind "calls=" belongs to what was called. "ob="
# names the file that code is from and "cob=" that of what is called: by a number, with the name when it is first used.
own_code='
  /^c?ob=/ {
    id = $1
    sub(/^c?ob=/, "", id)
    if (NF > 1) theirs[id] = $2 ~ /^\/(usr\/)?lib|^\?/
    if (/^ob=/) ours = !theirs[id]
  }
  /^calls=/ { getline; next }
  /^[-+*0-9]/ { if (ours) total += $2 }
  END { printf "%.0f\n", total }'

count() {
  local code=0
  env -i PATH="$PATH" HOME=/ TMPDIR="$temporary" LC_ALL=C LOGITAPE_SIMD=AVX2 LOGITAPE_NUM_THREADS=1 \
    LOGITAPE_UNDER_VALGRIND=1 valgrind --tool=callgrind --collect-atstart=no --toggle-collect=measured \
    --callgrind-out-file="$temporary/out" "$program" "$1" ${MORE:+"$MORE"} >"$temporary/log" 2>&1 || code=$?
  [ "$code" != 77 ] || skip "$(grep -v '^==' "$temporary/log")"
  [ "$code" = 0 ] || { cat "$temporary/log" >&2; return 1; }
  awk "$own_code" "$temporary/out"
}

failures=0
for workload in "${@:-$("$program")}"; do
  for name in $workload; do
    now=$(count "$name") || exit $?
    [ "$now" -gt 1000 ] || { echo "$name: nothing was counted"; exit 1; }
    if [ -n "$why" ]; then
      { grep -v "^$name " "$counts" 2>/dev/null || true; echo "$name $now $(date -u +%F) $why"; } >"$temporary/new"
      LC_ALL=C sort "$temporary/new" >"$counts"
      continue
    fi
    kept=$(awk -v name="$name" '$1 == name { print $2 }' "$counts")
    [ -n "$kept" ] || { echo "$name: $(basename "$counts") has no count of it"; failures=1; continue; }
    awk -v name="$name" -v now="$now" -v kept="$kept" 'BEGIN {
      off = 100 * (now / kept - 1)
      printf "%-8s %12.0f instructions, %+.2f%% of the %.0f that are kept\n", name, now, off, kept
      exit off > 2 || off < -2
    }' || failures=1
  done
done
if [ "$failures" != 0 ]; then
  echo "More than 2% from what is kept. If that is meant: $0 $program $counts --set 'why'"
fi
exit $failures
