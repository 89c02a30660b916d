#!/usr/bin/env bash
# The habits that no compiler asks for: lengths, first comments, READMEs, words (tests/house/check.sh says which). A ctest too.
set -euo pipefail
tests/house/test.sh .
echo "$(find core backends autograd ops train examples tests cmake -name '*.h' -o -name '*.cpp' -o -name '*.sh' | wc -l) files keep the house's habits"
