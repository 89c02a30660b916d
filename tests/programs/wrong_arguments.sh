# Sourced by tests of an example's command line, with `program` set: an empty folder to work in, and wrong().
# shellcheck shell=bash disable=SC2154  # who sources this sets `program`
name=$(basename "$program")
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
cd "$temporary" || exit 1
failures=0
fails() {
  echo "$1"
  failures=1
}

# wrong CODE SENTENCE ARGUMENT...: it ends with this code and this sentence alone, prints nothing, and leaves no file.
wrong() {
  local code=$1 sentence=$2 found=0
  shift 2
  "$program" "$@" >out 2>err || found=$?
  if [ "$found" -ne "$code" ] || [ "$(cat err)" != "$name: $sentence" ] || [ -s out ] || [ -e runs ]; then
    fails "$name $*: exit code $found, not $code; it said: $(cat err out)"
  fi
}

# wrong_output ARGUMENT...: it notices that its output cannot be written.
wrong_output() {
  if "$program" "$@" --out full >/dev/full 2>err || [ ! -s err ]; then
    fails "output that cannot be written is not noticed"
  fi
}
