#!/usr/bin/env bash
# Files given to NumPy and safetensors and taken from them (.npy, .npz, IDX, safetensors, CSV, plain and packed), and tensors by
# DLPack, compared bit for bit. Makes a virtual environment once; PEERS names another place for it.
set -euo pipefail
. cmake/bootstrap.sh
need python3 python3-venv
place=${PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/logitape/peers}
[ -x "$place/bin/python" ] || python3 -m venv "$place"
for package in numpy safetensors; do
  "$place/bin/python" -c "import $package" 2>/dev/null && continue
  say "installing $package (once)"
  "$place/bin/python" -m pip install -q "$package" >"$place/pip.log" 2>&1 || fail "$place/pip.log" "check the network" "$package cannot be installed"
done
[ -e build/release/build.ninja ] || [ -e build/release/Makefile ] || configure release
build release logitape_exchange logitape_exchange_dlpack
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
PYTHONDONTWRITEBYTECODE=1 "$place/bin/python" tests/exchange/exchange.py build/release/tests/logitape_exchange \
  build/release/tests/liblogitape_exchange_dlpack.so "$scratch"
