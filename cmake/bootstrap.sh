# Sourced by examples/run, tests/run and the suites: installs what is missing, configures and builds, a line each on
# stderr.
# Works with bash 3.2 (macOS) and newer. `root` is the repository; logs lie in the build folder they belong to.
# shellcheck shell=bash
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s\n' "$*" >&2; }

# fail LOG NEXT WHAT: the end of the log, what went wrong, what to do now.
fail() {
  [ -s "$1" ] && tail -n 40 "$1" >&2
  say "error: $3"
  [ -s "$1" ] && say "the whole log: $1"
  say "next: $2"
  return 1
}

# As many as there are CPUs, at most one for each 1.5 GB of memory that is free.
jobs() {
  local cpus memory
  cpus=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
  memory=$(awk '/^MemAvailable:/ { print int($2 / 1572864) }' /proc/meminfo 2>/dev/null || true)
  [ -n "$memory" ] && [ "$memory" -lt "$cpus" ] && cpus=$memory
  [ "$cpus" -ge 1 ] || cpus=1
  echo "$cpus"
}

# The packages of "$@" that neither dpkg nor the PATH knows.
missing_packages() {
  local installed package
  # shellcheck disable=SC2016  # the fields are dpkg-query's
  installed=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true)
  for package in "$@"; do
    case $'\n'"$installed"$'\n' in *$'\n'"$package installed"$'\n'*) continue ;; esac
    command -v "${package%-build}" >/dev/null 2>&1 || echo "$package"
  done
}

apt_install() {
  local log as_root=()
  log=$(mktemp "${TMPDIR:-/tmp}/logitape-apt.XXXXXX")
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
      fail "$log" "as root: apt-get install $*" "packages are missing, and this user is neither root nor has sudo"
      return 1
    fi
    as_root=(sudo)
  fi
  say "installing ${*} (once)"
  # an update may fail for one foreign source only: the install decides
  ${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive apt-get update >"$log" 2>&1 || true
  if ! ${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=300 "$@" >>"$log" 2>&1; then
    fail "$log" "check the network, then: apt-get update && apt-get install $*" "apt-get could not install $*"
    return 1
  fi
  rm -f "$log"
}

compiler() {
  local candidate
  for candidate in ${CXX:+"$CXX"} c++ g++ clang++; do
    if command -v "$candidate" >/dev/null 2>&1; then
      echo "$candidate"
      return 0
    fi
  done
  return 1
}

# need PACKAGE...: these Debian packages, beside those that every build needs. Elsewhere: what they are called there.
need() {
  if command -v apt-get >/dev/null 2>&1 && command -v dpkg-query >/dev/null 2>&1; then
    local missing
    missing=$(missing_packages cmake g++ ninja-build git ca-certificates libhwy-dev libfmt-dev libspdlog-dev \
      zlib1g-dev nlohmann-json3-dev doctest-dev libcli11-dev libpng-dev libjpeg-dev "$@")
    # shellcheck disable=SC2086  # one word a package
    [ -z "$missing" ] || apt_install $missing || return 1
    # C++20 as it is used here begins with g++ 12; Ubuntu 22.04's own is 11
    if [ -z "${CXX:-}" ] && [ "$(g++ -dumpversion 2>/dev/null | cut -d. -f1)" = 11 ]; then
      missing=$(missing_packages g++-12)
      [ -z "$missing" ] || apt_install g++-12 || return 1
      export CXX=g++-12
    fi
    return 0
  fi
  [ -e "$root/build/release/CMakeCache.txt" ] && return 0
  say "this system has no apt-get. What logitape is built with is installed by"
  say "  Fedora: sudo dnf install cmake gcc-c++ ninja-build git highway-devel fmt-devel spdlog-devel zlib-devel" \
    "json-devel doctest-devel cli11-devel libpng-devel libjpeg-turbo-devel${1:+ $*}"
  say "  Arch:   sudo pacman -S cmake gcc ninja git highway fmt spdlog zlib nlohmann-json doctest cli11 libpng" \
    "libjpeg-turbo${1:+ $*}"
  say "  macOS:  brew install cmake ninja highway fmt spdlog nlohmann-json doctest cli11 libpng jpeg-turbo"
  if command -v cmake >/dev/null 2>&1 && compiler >/dev/null; then
    say "cmake and a compiler are here: going on"
    return 0
  fi
  say "error: cmake or a C++ compiler is missing"
  say "next: install them as above, then run this again"
  return 1
}

# configure FOLDER OPTION...: in build/FOLDER, with Ninja where there is one.
configure() {
  local folder=$root/build/$1 generator=()
  shift
  mkdir -p "$folder"
  [ -e "$folder/CMakeCache.txt" ] || say "configuring build/${folder##*/}"
  command -v ninja >/dev/null 2>&1 && [ ! -e "$folder/CMakeCache.txt" ] && generator=(-G Ninja)
  cmake -S "$root" -B "$folder" ${generator[@]+"${generator[@]}"} -DCMAKE_BUILD_TYPE=Release "$@" \
    >"$folder/configure.log" 2>&1 ||
    fail "$folder/configure.log" "if the cause is not plain: rm -rf '$folder', then run this again" \
      "cmake could not configure build/${folder##*/}"
}

# configure_native FOLDER: in build/FOLDER the library as it is built soonest. Kernels are for this machine alone,
# compiled once and not for three SIMD targets (the numbers are the same); a folder is one source; only kernels are
# optimised beyond -O1.
configure_native() {
  local native=-march=native target=()
  echo 'int x;' | "$(compiler)" $native -x c++ -c -o /dev/null - 2>/dev/null &&
    target=(-DLOGITAPE_SINGLE_TARGET=ON "-DLOGITAPE_ARCH=$native")
  configure "$1" -DLOGITAPE_TESTS=OFF -DLOGITAPE_INSTALL=OFF -DLOGITAPE_UNITY=ON \
    -DLOGITAPE_CUDA=OFF -DLOGITAPE_CUDA_EMULATED=OFF \
    "-DCMAKE_CXX_FLAGS_RELEASE=-O1 -DNDEBUG" -DLOGITAPE_KERNEL_OPTIMISATION=-O2 ${target[@]+"${target[@]}"}
}

# How many sources Ninja would compile in FOLDER for TARGET... Its dry run stops where it would run CMake again, and
# CMake's check for new files always counts as that: so the check is done first, and Ninja is asked without its rule.
files_to_build() {
  local folder=$1
  shift
  ninja -C "$folder" build.ninja >"$folder/configure.log" 2>&1 || return 1
  sed '/^build build\.ninja/,/^$/d' "$folder/build.ninja" >"$folder/plan.ninja"
  ninja -C "$folder" -f plan.ninja -n "$@" | grep -c 'Building' || true
}

# progress NAME FILES LOG: keeps a build's output, and says how far it is: one line redrawn on a terminal, a line each
# quarter elsewhere (in builds of 8 files and more).
progress() {
  local line done=0
  while IFS= read -r line; do
    printf '%s\n' "$line" >>"$3"
    case $line in *' Building '*) done=$((done + 1)) ;; *) continue ;; esac
    if [ "$2" -eq 0 ]; then continue; fi  # make does not say how many
    if [ -t 2 ]; then
      printf '\rbuilding %s: %d of %d files' "$1" "$done" "$2" >&2
    elif [ "$2" -ge 8 ] && [ "$done" -lt "$2" ] && [ $((done * 4 / $2)) -gt $(((done - 1) * 4 / $2)) ]; then
      say "building $1: $done of $2 files"
    fi
  done
  if [ -t 2 ] && [ "$2" -gt 0 ]; then say; fi
}

# build FOLDER TARGET...: says nothing where nothing is left to do.
build() {
  local folder=$root/build/$1 name=build/$1 target files=0 targets=()
  shift
  for target in "$@"; do targets+=(--target "$target"); done
  if [ ! -e "$folder/build.ninja" ]; then
    say "building $name"
  elif ! files=$(files_to_build "$folder" "$@"); then
    fail "$folder/configure.log" "mend the cause above, then run this again" "cmake could not configure $name"
    return 1
  elif [ "$files" != 0 ]; then
    say "building $files file$([ "$files" = 1 ] || echo s) in $name"
  fi
  : >"$folder/build.log"
  (
    set -o pipefail
    cmake --build "$folder" -j "$(jobs)" ${targets[@]+"${targets[@]}"} 2>&1 |
      progress "$name" "$files" "$folder/build.log"
  ) ||
    fail "$folder/build.log" "mend the first error above, then run this again" "$name does not build"
}
