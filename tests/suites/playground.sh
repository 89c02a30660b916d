#!/usr/bin/env bash
# The playground: WebAssembly against the native engine in node, and the page in a headless Chromium. Needs PyPI once.
# ./tests/run playground [NAME...]: of the page's tests those whose names hold one of these words.
set -euo pipefail
. cmake/bootstrap.sh
need emscripten nodejs chromium python3-venv
[ -e build/release/build.ninja ] || configure release
build release logitape_example_playground logitape_example_train_classifier logitape_playground_tests
build/release/tests/playground/logitape_playground_tests
examples/run playground --no-serve
site=build/playground/site
node tests/playground/compare.js "$site/engine.js" build/release/examples/playground/playground

# playwright drives the system's Chromium; it brings no browser of its own
browser=build/browser
[ -e "$browser/bin/python" ] || python3 -m venv "$browser"
"$browser/bin/python" -c 'import playwright' 2>/dev/null || "$browser/bin/pip" install --quiet playwright
"$browser/bin/python" tests/playground/run.py "$site" build/release build/playground/pictures "$@"
