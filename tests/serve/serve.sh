#!/usr/bin/env bash
# serve.sh PROGRAMS LIBRARY: train/serve from C and from Python, and what the library exports: the names that the file
# symbols.txt keeps, and no others. PROGRAMS holds logitape_serve_models and logitape_serve.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$1/logitape_serve_models" "$folder"
"$1/logitape_serve" "$folder"
if [ -n "${SANITIZED:-}" ]; then
  echo "NOT TESTED from Python: a sanitizer's library has to come first in a process"
elif command -v python3 >/dev/null; then
  python3 "$here/serve.py" "$2" "$folder"
else
  echo "NOT TESTED from Python: python3 is not installed"
fi
nm -D --defined-only "$2" | sed -n 's/^.* [TDBRVWui] //p' | sort | diff "$here/symbols.txt" - ||
  { echo "the names that $2 exports have changed: callers of the one before it break"; exit 1; }
