#!/usr/bin/env bash
# The Conan recipe builds, packages and serves a consumer; the vcpkg port's files agree with the project and the tree.
# Conan asks no remote: recipes made here stand for the system's Highway, fmt, spdlog, zlib and nlohmann-json, so that
# theirs are not tested. vcpkg is not run: its functions are stood in for. Needs python3-venv, and a package index for
# conan (or CONAN).
# SHARED=False BUILD_TYPE=Debug shorten the run.
set -euo pipefail
. cmake/bootstrap.sh
need python3-venv
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
version=$(sed -n 's/^project(logitape VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)

say "vcpkg: the port's files"
ported=$(sed -n 's/^ *"version": "\(.*\)",$/\1/p' packaging/vcpkg/logitape/vcpkg.json)
[ "$ported" = "$version" ] || { echo "the port is of $ported, the project $version"; exit 1; }
python3 -m json.tool packaging/vcpkg/logitape/vcpkg.json >/dev/null
cat >"$temporary/port.cmake" <<'CMAKE'
set(CURRENT_PORT_DIR ${PORTS}/logitape)
set(CURRENT_PACKAGES_DIR ${PLACE})
set(PORT logitape)
function(vcpkg_cmake_configure)
  cmake_parse_arguments(PARSE_ARGV 0 to "" "SOURCE_PATH" "OPTIONS")
  if(NOT EXISTS ${to_SOURCE_PATH}/CMakeLists.txt OR to_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "vcpkg_cmake_configure(${ARGV})")
  endif()
  file(READ ${to_SOURCE_PATH}/CMakeLists.txt known)
  foreach(option ${to_OPTIONS})
    string(REGEX REPLACE "^-D(.*)=.*" "\\1" name ${option})
    if(name MATCHES "^LOGITAPE_" AND NOT known MATCHES "option\\(${name} ")
      message(FATAL_ERROR "CMakeLists.txt has no option ${name}")
    endif()
  endforeach()
endfunction()
function(vcpkg_install_copyright)
  cmake_parse_arguments(PARSE_ARGV 0 to "" "" "FILE_LIST")
  if(NOT EXISTS ${to_FILE_LIST})
    message(FATAL_ERROR "vcpkg_install_copyright(${ARGV})")
  endif()
endfunction()
foreach(name vcpkg_cmake_install vcpkg_cmake_config_fixup vcpkg_fixup_pkgconfig)
  cmake_language(EVAL CODE "function(${name})\nendfunction()")
endforeach()
include(${PORTS}/logitape/portfile.cmake)
CMAKE
cmake -DPORTS="$PWD/packaging/vcpkg" -DPLACE="$temporary/packages" -P "$temporary/port.cmake"
[ -s "$temporary/packages/share/logitape/usage" ] || { echo "the port installs no usage"; exit 1; }

conan=${CONAN:-$(command -v conan || true)}
if [ -z "$conan" ]; then
  say "installing conan (in build/conan)"
  python3 -m venv build/conan && build/conan/bin/pip -q install 'conan>=2,<3'
  conan=build/conan/bin/conan
fi
export CONAN_HOME=$temporary/conan
"$conan" profile detect >/dev/null 2>&1
"$conan" remote disable '*' >/dev/null

# create RECIPE LOG WHAT OPTION...: conan create, which may fail
create() {
  local recipe=$1 log=$2 what=$3
  shift 3
  "$conan" create "$recipe" "$@" >"$log" 2>&1 || fail "$log" "see the log above" "$what"
}

# system NAME VERSION LIBRARY DEFINES TARGET: a Conan package that is the system's library
system() {
  mkdir -p "$temporary/$1"
  cat >"$temporary/$1/conanfile.py" <<PYTHON
from conan import ConanFile
class System(ConanFile):
    name, version, settings = "$1", "$2", ("os", "arch", "compiler", "build_type")
    def package_info(self):
        self.cpp_info.includedirs = self.cpp_info.libdirs = self.cpp_info.bindirs = []
        self.cpp_info.system_libs, self.cpp_info.defines = "$3".split(), "$4".split()
        if "$5":
            self.cpp_info.set_property("cmake_target_name", "$5")
PYTHON
  create "$temporary/$1" "$temporary/$1.log" "the stand-in for $1"
}
system highway 1.2.0 hwy HWY_SHARED_DEFINE ""
system spdlog 1.10.0 "spdlog fmt" "SPDLOG_COMPILED_LIB SPDLOG_SHARED_LIB SPDLOG_FMT_EXTERNAL" ""
system fmt 9.1.0 fmt "" ""
system nlohmann_json 3.11.2 "" "" ""
system zlib 1.2.13 z "" ""
requires='\    def requirements(self):\n        self.requires("fmt/9.1.0", transitive_headers=True)'
sed -i "/def package_info/i$requires" "$temporary/spdlog/conanfile.py"
create "$temporary/spdlog" "$temporary/spdlog.log" "the stand-in for spdlog"

say "conan: create, with the recipe's test"
for shared in ${SHARED:-False True}; do
  log=$temporary/create.log
  settings=(-s compiler.cppstd=20 -s "build_type=${BUILD_TYPE:-Release}" -o "logitape/*:shared=$shared")
  create packaging/conan "$log" "conan create, shared=$shared" --build=missing "${settings[@]}" \
    -c tools.cmake.cmake_layout:test_folder="$temporary/test" -c tools.cmake.cmaketoolchain:user_presets=
  grep -q '^loss .* -> ' "$log" || fail "$log" "see the log above" "the consumer printed no loss, shared=$shared"
  echo "conan $("$conan" --version | sed 's/[^0-9.]//g'): logitape/$version, shared=$shared: $(grep '^loss ' "$log")"
done
