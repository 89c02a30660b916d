#!/usr/bin/env bash
# check_gradients on every op of the table: f64 to order 2 and 3, f32, every method and three seeds.
# Errors of one part in a million are planted: caught, but where the gradient is 0 or small.
set -euo pipefail
. cmake/bootstrap.sh
need
[ -e build/release/build.ninja ] || configure release
build release logitape_tests
LOGITAPE_GRADCHECK=all build/release/tests/logitape_tests -ts=gradcheck
time build/release/tests/logitape_tests -tc="first and second derivatives of every op*,third derivatives of every op*"
