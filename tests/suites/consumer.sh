#!/usr/bin/env bash
# A project that brings logitape in by add_subdirectory builds all of it, links and trains. Takes minutes.
set -euo pipefail
exec tests/consumer/subdirectory.sh "$PWD" cmake all
