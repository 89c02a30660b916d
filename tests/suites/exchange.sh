#!/usr/bin/env bash
# Files given to NumPy and safetensors and taken from them (.npy, .npz, IDX, safetensors, CSV, plain and packed), and
# tensors by DLPack, compared bit for bit; weights given to PyTorch and Keras and taken from them, the logits compared;
# classifiers as ONNX computed by onnxruntime, labels and probabilities compared; pictures beside Pillow and torchvision
# (where that is installed). Makes a virtual environment once; PEERS names another place for it, MNIST the CSV of 5,000
# digits of 28 x 28. Behind the name, "files", "weights", "onnx" or "pictures" is that part alone; VERBOSE=1 shows each
# model.
set -euo pipefail
. cmake/bootstrap.sh
. tests/peers/place.sh
for package in numpy safetensors torch onnx onnxruntime; do python_package "$package" "$package"; done
python_package sklearn scikit-learn
python_package PIL pillow
KERAS_BACKEND=torch python_package keras keras
[ -e build/release/build.ninja ] || [ -e build/release/Makefile ] || configure release
build release logitape_exchange logitape_exchange_dlpack logitape_exchange_onnx logitape_exchange_pictures \
  logitape_exchange_weights
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
programs=build/release/tests
part=${1:-all}
run() {  # NAME SCRIPT ARGUMENT...
  [ "$part" = all ] || [ "$part" = "$1" ] || return 0
  mkdir "$scratch/$1"
  "$place/bin/python" "tests/exchange/$2" "${@:3}" || failed=1
}
failed=0
run files exchange.py "$programs/logitape_exchange" "$programs/liblogitape_exchange_dlpack.so" "$scratch/files"
run weights weights.py "$programs/logitape_exchange_weights" "$scratch/weights"
run onnx onnx_models.py "$programs/logitape_exchange_onnx" "$scratch/onnx" "${MNIST:-../shared/data/mnist_5k.csv.gz}"
run pictures pictures.py "$programs/logitape_exchange_pictures" "$scratch/pictures"
exit "$failed"
