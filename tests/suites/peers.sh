#!/usr/bin/env bash
# logitape beside PyTorch, JAX, TensorFlow, MLX and scikit-learn: speed, digits, checks, features, weight.
# Takes some 15 minutes, and 8 GB once.
#   ./tests/run peers [digits loss errors gradcheck planted sweep labels features start size]
# ROUNDS=7 THREADS="1 2" BUDGET=300 (seconds each) bound it. The tables are also left in build/peers.md.
set -euo pipefail
. cmake/bootstrap.sh
. tests/peers/place.sh
# one at a time: what cannot be had is left out and named in the tables
"$place/bin/python" -m pip freeze >"$place/installed" 2>/dev/null
while read -r package; do
  name=${package%%[=[]*}
  grep -qi "^${name//-/[-_]}==${package##*==}" "$place/installed" && continue
  say "installing $package (once)"
  "$place/bin/python" -m pip install -q "$package" >"$place/pip.log" 2>&1 ||
    say "not installed: $package (see $place/pip.log)"
done <tests/peers/requirements.txt
"$place/bin/python" -c 'import numpy' || { say "error: the measures themselves need NumPy"; exit 1; }

[ -e build/release/build.ninja ] || [ -e build/release/Makefile ] || configure release
build release logitape
if command -v ninja >/dev/null; then export CMAKE_GENERATOR=Ninja; fi
folder=build/peers
mkdir -p "$folder/scratch"
rm -rf "$folder/prefix"
cmake --install build/release --prefix "$folder/prefix" >"$folder/install.log"
cmake -S tests/peers -B "$folder/build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH="$PWD/$folder/prefix" \
  >"$folder/configure.log"
cmake --build "$folder/build" -j "$(jobs)" >"$folder/build.log" ||
  fail "$folder/build.log" "mend the first error above" "the peers' programs do not build"
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE  # OpenBLAS picks its own kernels
"$place/bin/python" tests/peers/measure.py "$folder/prefix" "$folder/build" "$PWD/$folder/scratch" "$@" |
  tee "${TABLES:-build/peers.md}"
