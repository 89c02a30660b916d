#!/usr/bin/env bash
# Files given to NumPy and safetensors and taken from them (.npy, .npz, IDX, safetensors, CSV, plain and packed), and
# tensors by DLPack, compared bit for bit. Makes a virtual environment once; PEERS names another place for it.
set -euo pipefail
. cmake/bootstrap.sh
. tests/peers/place.sh
for package in numpy safetensors; do python_package "$package" "$package"; done
[ -e build/release/build.ninja ] || [ -e build/release/Makefile ] || configure release
build release logitape_exchange logitape_exchange_dlpack
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"$place/bin/python" tests/exchange/exchange.py build/release/tests/logitape_exchange \
  build/release/tests/liblogitape_exchange_dlpack.so "$scratch"
