#!/usr/bin/env bash
# digits_refusals.sh DIGITS: how the digits example ends when it is asked for something wrong: its exit code, one
# sentence, nothing on standard output, no file left. And that the numbers it prints do not depend on the threads.
set -euo pipefail
program=$1
# shellcheck source=tests/programs/wrong_arguments.sh
. "$(dirname "$0")/wrong_arguments.sh"

wrong 2 'there is no --sed; did you mean "--seed"?' --sed 1
wrong 2 '--epochs: a whole number from 1 to 2147483647 is needed, not "0"' --epochs 0
for bad in "--epochs 3x" "--epochs 99999999999" "--seed -1" "--threads 1025" "--threads 0" "--seed 1.5"; do
  # shellcheck disable=SC2086  # a flag and its value
  "$program" $bad >out 2>err && fails "$bad is taken"
  grep -qE "^digits: ${bad% *}: a whole number from [01] to [0-9]+ is needed, not \"${bad#* }\"$" err ||
    fails "$bad: $(cat err)"
done
wrong 2 '"7" is one word too many; --help says more' 7
"$program" --color blue >out 2>err && fails '--color blue is taken'
grep -q '^digits: --color: blue not in ' err || fails "--color blue: $(cat err)"
wrong 2 '--out: 1 required DIR missing' --out
wrong 2 '--out needs the name of a folder' --out ''
for device in gpu cuda:x cuda:-1 cuda:999; do
  wrong 2 "--device: \"$device\" is no device: write cpu, cuda, or cuda:0 to cuda:127" --device $device
done
no_module='no module for CUDA could be opened: none.so: cannot open shared object file: No such file or directory'
LOGITAPE_CUDA_BACKEND=none.so wrong 2 "--device cuda: $no_module" --device cuda
touch file
wrong 1 '"file/loss.svg" cannot be written, its folder could not be made: Not a directory' --out file
mkdir -p taken/confusion.svg
wrong 1 '"taken/confusion.svg" cannot be written: it is no ordinary file' --out taken
[ "$(ls -A taken)" = confusion.svg ] || fails "left behind: $(ls -A taken)"

wrong_output --epochs 1
"$program" --epochs=1 --threads=3 --out=a=b --color never >/dev/null && [ -s a=b/report.html ] || fails '--out=a=b'
"$program" --help | grep 'weights.safetensors' >/dev/null
for threads in 1 3; do
  "$program" --epochs 2 --threads $threads --out "$threads" >/dev/null
done
cmp 1/weights.safetensors 3/weights.safetensors || fails 'the weights depend on the threads'
if [ -n "${LOGITAPE_CUDA_BACKEND:-}" ]; then
  "$program" --epochs 2 --device cuda --out there >there.log
  grep -q '^computed on cuda' there.log || fails "--device cuda: $(head -3 there.log)"
  accuracy=$(sed -n 's/^test accuracy \([0-9]*\)\..*/\1/p' there.log)
  [ "$accuracy" -ge 90 ] || fails "--device cuda: test accuracy $accuracy"
fi
exit "$failures"
