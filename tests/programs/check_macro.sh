#!/usr/bin/env bash
# check_macro.sh PROGRAM FRAMEWORK: what a test program says whose first gradient is right and whose second is wrong.
# It fails, once, with the whole report and its cause; under a framework the test goes on, without one it ends there.
set -euo pipefail
code=0
output=$("$1" 2>&1) || code=$?
wrong() {
  echo "$2: $1. It said:"
  echo "$output"
  exit 1
}
says() { grep -cF "$1" <<<"$output" || true; }
[ "$code" -ne 0 ] || wrong "exit code 0, with a wrong gradient" "$2"
[ "$(says 'gradient check: FAIL')" -eq 1 ] || wrong "$(says 'gradient check: FAIL') failing reports, not 1" "$2"
[ "$(says 'gradient check: pass')" -eq 0 ] || wrong "a report of what is right" "$2"
[ "$(says 'hint: ')" -eq 1 ] || wrong "no cause is named" "$2"
went_on=1
[ "$2" != none ] || went_on=0
[ "$(says 'the test went on')" -eq $went_on ] || wrong "a failing check ends the test, or an error does not" "$2"
