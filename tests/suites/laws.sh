#!/usr/bin/env bash
# 100,000 random cases of the cross-entropy's laws: shifts, permutations, rows left out, one-hot labels, Hessians.
# LOGITAPE_SEED=N takes other ones.
set -euo pipefail
. cmake/bootstrap.sh
need
[ -e build/release/build.ninja ] || configure release
build release logitape_tests
LOGITAPE_LAWS=${LOGITAPE_LAWS:-100000} build/release/tests/logitape_tests -tc="laws of the cross-entropy*"
