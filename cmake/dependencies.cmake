# What logitape is built with: the system's package where there is one, else the pinned source of the same library. The
# versions are the floor, Debian 12's; each pin has been built and tested (./tests/run pinned). A target that the parent
# project has already is used as it is. What is fetched is folded into liblogitape: nothing of it is built for its own
# sake, installed or exported.
include(FetchContent)
option(LOGITAPE_PINNED "Build with the pinned sources of every dependency, whatever the system has" OFF)
set(LOGITAPE_FETCHED "")  # the packages taken from their sources

# logitape_dependency(PACKAGE FLOOR NAME REPOSITORY TAG): makes PACKAGE::PACKAGE. NAME is the one by which the library's
# own instructions fetch it, so that a parent that does the same shares one copy (and FETCHCONTENT_SOURCE_DIR_<NAME>
# names a folder that holds it). A function, so that what is set for the sources ends with it.
function(logitape_dependency package floor name repository tag)
  if(NOT TARGET ${package}::${package} AND NOT TARGET ${package} AND NOT LOGITAPE_PINNED)
    find_package(${package} ${floor} QUIET CONFIG)
  endif()
  if(TARGET ${package}::${package})
    return()
  endif()
  if(NOT TARGET ${package})
    set(BUILD_SHARED_LIBS OFF)
    set(CMAKE_POSITION_INDEPENDENT_CODE ON)
    set(CMAKE_CXX_VISIBILITY_PRESET hidden)  # what they compile stays inside a shared logitape
    set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
    set(CMAKE_POLICY_DEFAULT_CMP0077 NEW)  # their option() and set(CACHE) keep what is set here
    set(CMAKE_POLICY_DEFAULT_CMP0126 NEW)
    set(CMAKE_POLICY_VERSION_MINIMUM 3.5)  # doctest and json ask for less than CMake 4 offers
    foreach(off FMT_INSTALL FMT_TEST FMT_DOC
                HWY_ENABLE_INSTALL HWY_ENABLE_TESTS HWY_ENABLE_EXAMPLES HWY_ENABLE_CONTRIB
                SPDLOG_INSTALL SPDLOG_BUILD_EXAMPLE
                JSON_Install JSON_BuildTests
                CLI11_BUILD_TESTS CLI11_BUILD_EXAMPLES CLI11_BUILD_DOCS CLI11_INSTALL CLI11_PRECOMPILED
                BENCHMARK_ENABLE_TESTING BENCHMARK_ENABLE_GTEST_TESTS BENCHMARK_ENABLE_INSTALL BENCHMARK_ENABLE_WERROR
                DOCTEST_WITH_TESTS DOCTEST_WITH_MAIN_IN_STATIC_LIB)
      set(${off} OFF)
    endforeach()
    set(DOCTEST_NO_INSTALL ON)
    set(SPDLOG_FMT_EXTERNAL ON)
    FetchContent_Declare(${name} GIT_REPOSITORY https://github.com/${repository}.git GIT_TAG ${tag} GIT_SHALLOW ON)
    FetchContent_MakeAvailable(${name})
    # FetchContent itself takes SYSTEM from CMake 3.25 and EXCLUDE_FROM_ALL from 3.28 on
    get_property(targets DIRECTORY ${${name}_SOURCE_DIR} PROPERTY BUILDSYSTEM_TARGETS)
    set_target_properties(${targets} PROPERTIES EXCLUDE_FROM_ALL ON)
    get_target_property(directories ${package} INTERFACE_INCLUDE_DIRECTORIES)
    set_target_properties(${package} PROPERTIES INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${directories}")
    set(LOGITAPE_FETCHED ${LOGITAPE_FETCHED} ${package} PARENT_SCOPE)
  endif()
  if(NOT TARGET ${package}::${package})
    add_library(${package}::${package} ALIAS ${package})
  endif()
endfunction()

find_package(Threads REQUIRED)
if(LOGITAPE_HOST_HEADERS)
  include(cmake/cross/host_headers.cmake)  # makes the five below
endif()
if(EMSCRIPTEN)
  include(cmake/emscripten/emscripten.cmake)
endif()
logitape_dependency(hwy 1.0.3 highway google/highway 1.2.0)
logitape_dependency(fmt 9 fmt fmtlib/fmt 11.1.1)
logitape_dependency(spdlog 1.10 spdlog gabime/spdlog v1.15.3)
logitape_dependency(nlohmann_json 3.9 json nlohmann/json v3.11.3)  # header-only, of train/files/detail/json.h alone
# zlib has neither a package nor a target of that pattern. Of its sources those that unpack are compiled, its names with
# a prefix of their own: a user may link another zlib.
if(NOT TARGET ZLIB::ZLIB AND NOT LOGITAPE_PINNED)
  find_package(ZLIB 1.2.11 QUIET)
endif()
if(NOT TARGET ZLIB::ZLIB)
  enable_language(C)
  FetchContent_Declare(zlib GIT_REPOSITORY https://github.com/madler/zlib.git GIT_TAG v1.3.1 GIT_SHALLOW ON
                       SOURCE_SUBDIR none)
  FetchContent_MakeAvailable(zlib)
  set(zlib_sources adler32.c crc32.c inffast.c inflate.c inftrees.c zutil.c)
  list(TRANSFORM zlib_sources PREPEND ${zlib_SOURCE_DIR}/)
  add_library(ZLIB STATIC EXCLUDE_FROM_ALL ${zlib_sources})
  set_target_properties(ZLIB PROPERTIES POSITION_INDEPENDENT_CODE ON C_VISIBILITY_PRESET hidden)
  target_include_directories(ZLIB SYSTEM PUBLIC ${zlib_SOURCE_DIR})
  target_compile_definitions(ZLIB PUBLIC Z_PREFIX PRIVATE HAVE_UNISTD_H)
  add_library(ZLIB::ZLIB ALIAS ZLIB)
  list(APPEND LOGITAPE_FETCHED ZLIB)
endif()
# Pictures are read where these are; without them read_picture says what to install.
if(LOGITAPE_PICTURES AND NOT LOGITAPE_PINNED AND NOT LOGITAPE_HOST_HEADERS AND NOT EMSCRIPTEN)
  find_package(PNG 1.6 QUIET)
  find_package(JPEG QUIET)
  foreach(pictures PNG JPEG)
    if(NOT ${pictures}_FOUND)
      string(TOLOWER lib${pictures}-dev package)
      message(STATUS "No ${pictures} pictures are read (${package}): it is not installed")
    endif()
  endforeach()
endif()
if(LOGITAPE_EXAMPLES OR LOGITAPE_COMMAND)
  logitape_dependency(CLI11 2.1 cli11 CLIUtils/CLI11 v2.4.1)  # header-only, of every program
endif()
if(LOGITAPE_TESTS)
  logitape_dependency(doctest 2.4.9 doctest doctest/doctest v2.4.11)
endif()

get_target_property(imported spdlog::spdlog IMPORTED)
if(imported AND "fmt" IN_LIST LOGITAPE_FETCHED)
  message(FATAL_ERROR "logitape: the system's spdlog was built with an fmt of its own, "
                      "which find_package does not find. "
                      "Install fmt (libfmt-dev), or take all pinned sources: -DLOGITAPE_PINNED=ON")
endif()
if(LOGITAPE_FETCHED)
  message(STATUS "logitape: built with the pinned sources of ${LOGITAPE_FETCHED}")
endif()
