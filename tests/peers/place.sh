# shellcheck shell=bash
# Sourced by the suites that ask Python's packages, behind cmake/bootstrap.sh. $place is a virtual environment outside
# the repository (PEERS, by default ~/.cache/logitape/peers), made where there is none; no cache is left in tests/.
need python3 python3-venv
place=${PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/logitape/peers}
if [ ! -x "$place/bin/python" ]; then
  say "making $place"
  python3 -m venv "$place"
fi
export PYTHONDONTWRITEBYTECODE=1

# python_package MODULE REQUIREMENT: installs what pip calls REQUIREMENT where MODULE cannot be imported.
python_package() {
  "$place/bin/python" -c "import $1" 2>/dev/null && return 0
  say "installing $2 (once)"
  "$place/bin/python" -m pip install -q "$2" >"$place/pip.log" 2>&1 ||
    fail "$place/pip.log" "see whether pip reaches its packages" "$2 cannot be installed"
}
