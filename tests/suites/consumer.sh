#!/usr/bin/env bash
# A project that brings logitape in by add_subdirectory builds all of it, links and trains. Takes minutes.
set -euo pipefail
. cmake/bootstrap.sh
need
if command -v ninja >/dev/null; then export CMAKE_GENERATOR=Ninja; fi
exec tests/consumer/subdirectory.sh "$PWD" cmake all
