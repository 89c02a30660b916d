#!/usr/bin/env bash
# The largest errors of the loss, its gradient, softmax and every function, in ULP against the oracle, a line each.
set -euo pipefail
. cmake/bootstrap.sh
need
configure release -DLOGITAPE_TESTS=ON -DLOGITAPE_EXAMPLES=ON
build release logitape_tests
build/release/tests/logitape_tests --test-case="*ULP*,*error bound*,*keeps its digits*" --success=false |
  sed -n 's/^.*MESSAGE: *//p; /^\[doctest\]/p'
