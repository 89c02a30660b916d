#!/usr/bin/env bash
# Files given to NumPy and safetensors and taken from them (.npy, .npz, IDX, safetensors, CSV, plain and packed), and
# tensors by DLPack, compared bit for bit; weights given to PyTorch and Keras and taken from them, the logits compared.
# Makes a virtual environment once; PEERS names another place for it.
set -euo pipefail
. cmake/bootstrap.sh
. tests/peers/place.sh
for package in numpy safetensors torch; do python_package "$package" "$package"; done
KERAS_BACKEND=torch python_package keras keras
[ -e build/release/build.ninja ] || [ -e build/release/Makefile ] || configure release
build release logitape_exchange logitape_exchange_dlpack logitape_exchange_weights
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"$place/bin/python" tests/exchange/exchange.py build/release/tests/logitape_exchange \
  build/release/tests/liblogitape_exchange_dlpack.so "$scratch"
"$place/bin/python" tests/exchange/weights.py build/release/tests/logitape_exchange_weights "$scratch"
