#!/usr/bin/env bash
# Every case computed with TensorFlow 2.21: values, derivatives of three orders, the vjp of backprop, what it refuses.
set -euo pipefail
. cmake/bootstrap.sh
need
[ -e build/release/build.ninja ] || configure release
build release logitape_tests
build/release/tests/logitape_tests -tc="golden*"
