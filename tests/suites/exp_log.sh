#!/usr/bin/env bash
# exp and log of all 4,294,967,296 floats against f64, on every SIMD target that this machine has: at most 1 ULP.
# Takes ten minutes and more.
set -euo pipefail
. cmake/bootstrap.sh
need
[ -e build/release/build.ninja ] || configure release
build release logitape_tests
LOGITAPE_FLOATS=all build/release/tests/logitape_tests -tc="exp and log of floats*"
