#!/usr/bin/env bash
# A page in the browser that teaches the loss, trains a classifier and breaks a rule; built and served here.
# ./examples/run playground [--port N] [--no-serve]
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../../cmake/bootstrap.sh"

usage() {
  cat <<'TEXT'
Builds the playground, a page about the loss and its gradients that also trains
a classifier, of your own file too, and serves it to this machine's browsers.
All is computed in the page, by the library's own kernels as WebAssembly.

  --port N      the port to serve on; 8000 unless you say another
  --no-serve    only build
  --help        this

What is built is one folder of files, build/playground/site. Any web server can
serve it, and after the first load the page needs no network. The first build
takes some minutes.
TEXT
}

refuse() {
  say "playground: $*"
  exit 2
}

port=8000
serve=yes
while [ $# -gt 0 ]; do
  case $1 in
    --help | -h) usage; exit 0 ;;
    --no-serve) serve=no ;;
    --port=*) port=${1#--port=} ;;
    --port) [ $# -gt 1 ] || refuse "--port needs a number behind it"; port=$2; shift ;;
    *) refuse "there is no \"$1\": the flags are --port, --no-serve and --help" ;;
  esac
  shift
done
case $port in
  '' | *[!0-9]* | ??????*) refuse "--port needs a whole number from 1 to 65535, not \"$port\"" ;;
esac
[ "$port" -ge 1 ] && [ "$port" -le 65535 ] || refuse "--port needs a whole number from 1 to 65535, not \"$port\""

need emscripten python3
if ! command -v em-config >/dev/null 2>&1; then
  say "error: Emscripten, the compiler for WebAssembly, is missing"
  say "next: install it (https://emscripten.org), so that em-config is in the PATH, then run this again"
  exit 1
fi
# Debian's Emscripten finds the parts of its optimiser there
[ -d /usr/share/nodejs ] && export NODE_PATH=${NODE_PATH:-/usr/share/nodejs}

toolchain=$(em-config EMSCRIPTEN_ROOT)/cmake/Modules/Platform/Emscripten.cmake
configure playground "-DCMAKE_TOOLCHAIN_FILE=$toolchain" -DLOGITAPE_UNITY=ON \
  "-DCMAKE_CXX_FLAGS_RELEASE=-Os -DNDEBUG" -DLOGITAPE_KERNEL_OPTIMISATION=-O2
build playground logitape_playground_site

site=$root/build/playground/site
python3 - "$site" <<'PYTHON'
import gzip, pathlib, sys

files = [f.read_bytes() for f in pathlib.Path(sys.argv[1]).rglob("*") if f.is_file()]
whole, packed = (sum(map(len, part)) / 1e6 for part in (files, [gzip.compress(f, 9) for f in files]))
print(f"{sys.argv[1]}: {len(files)} files, {whole:.2f} MB, {packed:.2f} MB packed by gzip")
PYTHON
[ "$serve" = yes ] || exit 0

free() {
  python3 -c 'import socket, sys
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", int(sys.argv[1])))' "$1" 2>/dev/null
}
if ! free "$port"; then
  other=$((port < 65535 ? port + 1 : 8000))
  say "playground: port $port cannot be used, perhaps another program has it: --port $other takes another"
  exit 1
fi
echo "the playground is at http://127.0.0.1:$port/ until Ctrl-C"
exec python3 -m http.server "$port" --bind 127.0.0.1 --directory "$site" >"$root/build/playground/served.log" 2>&1
