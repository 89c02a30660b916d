#!/usr/bin/env bash
# Every preset of CMakePresets.json: dev, release and coverage are configured, built and tested (coverage prints its
# lines); tidy checks one source; static needs the pinned sources (SOURCES, as in pinned.sh) and is named as not tried
# without. PRESETS="dev coverage" shortens it. Takes half an hour on two cores.
set -euo pipefail
. cmake/bootstrap.sh
need clang clang-tidy gcovr pkg-config
read -ra presets <<<"${PRESETS:-dev release coverage tidy static}"
for preset in "${presets[@]}"; do
  started=$SECONDS log=build/$preset/preset.log options=() targets=()
  mkdir -p "build/$preset"
  case $preset in
    static)
      if [ -z "${SOURCES:-}" ]; then
        echo "static: NOT TRIED: SOURCES names no folder with highway, fmt, spdlog, zlib, json, doctest and cli11"
        continue
      fi
      for name in highway fmt spdlog zlib json doctest cli11; do
        options+=("-DFETCHCONTENT_SOURCE_DIR_$(tr '[:lower:]' '[:upper:]' <<<"$name")=$(cd "$SOURCES/$name" && pwd)")
      done
      ;;
  esac
  cmake --preset "$preset" ${options[@]+"${options[@]}"} >"$log" 2>&1 ||
    fail "$log" "see the log above" "$preset: cmake --preset"
  [ "$preset" != tidy ] || targets=(--target CMakeFiles/logitape.dir/core/shape.cpp.o)
  cmake --build --preset "$preset" -j "$(jobs)" ${targets[@]+"${targets[@]}"} >"$log" 2>&1 ||
    fail "$log" "see the log above" "$preset: cmake --build --preset"
  if grep -q 'warning:' "$log" && [ "$preset" != tidy ]; then
    fail "$log" "see the log above" "$preset: warnings"
  fi
  if [ "$preset" = tidy ]; then
    echo "tidy: one source checked, $((SECONDS - started)) s"
    continue
  fi
  ctest --preset "$preset" -j "$(jobs)" >"$log" 2>&1 || fail "$log" "see the log above" "$preset: ctest --preset"
  echo "$preset: $(grep 'tests passed' "$log"), $((SECONDS - started)) s"
  if [ "$preset" = coverage ]; then
    gcovr -r . --filter '(core|autograd|backends|ops|train)/' build/coverage | grep -E '^(TOTAL|lines)'
  fi
done
