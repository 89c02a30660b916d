#!/usr/bin/env bash
# digits_refusals.sh DIGITS: how the digits example ends when it is asked for something wrong: its exit code, one sentence,
# nothing on standard output, no file left. And that the numbers it prints do not depend on the threads.
set -euo pipefail
digits=$1
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
cd "$temporary"
failures=0

wrong() {  # CODE SENTENCE ARGUMENT...
  local code=$1 sentence=$2 found=0
  shift 2
  "$digits" "$@" >out 2>err || found=$?
  if [ "$found" -ne "$code" ] || [ "$(cat err)" != "digits: $sentence" ] || [ -s out ] || [ -e runs ]; then
    echo "digits $*: exit code $found, not $code; it said: $(cat err out)"
    failures=1
  fi
}
wrong 2 'there is no "--sed": the flags are --seed, --epochs, --threads, --out, --color and --help' --sed 1
wrong 2 '--epochs needs a whole number from 1 to 2147483647, not "0"' --epochs 0
wrong 2 '--out needs a value behind it' --out
touch file
wrong 1 '"file/loss.svg" cannot be written, its folder could not be made: Not a directory' --out file
mkdir -p taken/confusion.svg
wrong 1 '"taken/confusion.svg" cannot be written: it is no ordinary file' --out taken
[ "$(ls -A taken)" = confusion.svg ] || { echo "left behind: $(ls -A taken)"; failures=1; }

if "$digits" --epochs 1 --out full >/dev/full 2>err || [ ! -s err ]; then
  echo "output that cannot be written is not noticed"
  failures=1
fi
"$digits" --help | grep -q 'weights.safetensors'
for threads in 1 3; do
  "$digits" --epochs 2 --threads $threads --out "$threads" >/dev/null
done
cmp 1/weights.safetensors 3/weights.safetensors || failures=1
exit $failures
