#!/usr/bin/env bash
# The habits that no compiler asks for: lengths, first comments, READMEs, words. A ctest too.
# tests/house/check.sh says which.
set -euo pipefail
tests/house/test.sh .
folders=(core backends autograd ops train command examples tests cmake)
files=$(find "${folders[@]}" -name '*.h' -o -name '*.cpp' -o -name '*.sh' -o -name '*.py' | wc -l)
echo "$files files keep the house's habits"
