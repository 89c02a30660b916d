#!/usr/bin/env bash
# logs.sh PROGRAM: silent until asked; then lines on stderr, none on stdout.
set -euo pipefail
program=$1
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

# try WHAT LINE... [-- VARIABLE=VALUE...]: stdout is empty, and stderr has each LINE, or is empty where none is named.
try() {
  local what=$1 lines=() line
  shift
  while [ $# -gt 0 ] && [ "$1" != -- ]; do lines+=("$1") && shift; done
  [ $# -eq 0 ] || shift
  env -u LOGITAPE_LOG -u LOGITAPE_SIMD -u LOGITAPE_NUM_THREADS "$@" "$program" >"$place/out" 2>"$place/err"
  [ ! -s "$place/out" ] || { echo "$what: stdout is not empty:" && cat "$place/out" && exit 1; }
  if [ ${#lines[@]} -eq 0 ] && [ -s "$place/err" ]; then
    echo "$what: stderr is not empty:" && cat "$place/err" && exit 1
  fi
  for line in ${lines[@]+"${lines[@]}"}; do
    grep -qE "$line" "$place/err" || { echo "$what: no line '$line':" && head -n 20 "$place/err" && exit 1; }
  done
}

count() { wc -l <"$place/err"; }

try "without LOGITAPE_LOG"
try "empty" -- LOGITAPE_LOG=
try "off, with two variables that are not understood" -- LOGITAPE_LOG=off LOGITAPE_SIMD=abacus LOGITAPE_NUM_THREADS=many
try "debug" '\[info\] SIMD target .*: the best' '\[info\] thread pool: 2 threads' \
  '\[debug\] memory: [0-9]+ bytes from the system' -- LOGITAPE_LOG=debug
if grep '\[trace\]' "$place/err"; then echo "debug: trace is below it" && exit 1; fi
try "trace" '\[trace\] linear on cpu: \[4,16,8\]' -- LOGITAPE_LOG=trace
try "warn" 'LOGITAPE_SIMD=abacus is ignored' 'LOGITAPE_NUM_THREADS is ignored' -- \
  LOGITAPE_LOG=warn LOGITAPE_SIMD=abacus LOGITAPE_NUM_THREADS=many
[ "$(count)" -eq 2 ]
try "a level that is none" 'LOGITAPE_LOG=loud is ignored: it has to be one of trace, debug, info, warn, error, off' -- \
  LOGITAPE_LOG=loud
[ "$(count)" -eq 1 ]
