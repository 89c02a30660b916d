# What logitape is built with: the system's package where there is one, else the pinned source of the same library.
# Versions below are the floor (Debian 12's); the pins are what is fetched where the system has none.
include(FetchContent)
find_package(Threads REQUIRED)

find_package(fmt 9 QUIET)
if(NOT fmt_FOUND)
  set(FMT_INSTALL ON)  # what logitape exports refers to it
  FetchContent_Declare(fmt GIT_REPOSITORY https://github.com/fmtlib/fmt.git GIT_TAG 11.0.2 GIT_SHALLOW ON)
  FetchContent_MakeAvailable(fmt)
endif()

find_package(hwy 1.0.3 QUIET CONFIG)
if(NOT hwy_FOUND)
  set(HWY_ENABLE_TESTS OFF)
  set(HWY_ENABLE_EXAMPLES OFF)
  set(HWY_ENABLE_CONTRIB OFF)
  FetchContent_Declare(highway GIT_REPOSITORY https://github.com/google/highway.git GIT_TAG 1.2.0 GIT_SHALLOW ON)
  FetchContent_MakeAvailable(highway)
  add_library(hwy::hwy ALIAS hwy)
endif()

find_package(spdlog 1.10 QUIET)
if(NOT spdlog_FOUND)
  set(SPDLOG_FMT_EXTERNAL ON)
  set(SPDLOG_INSTALL ON)
  FetchContent_Declare(spdlog GIT_REPOSITORY https://github.com/gabime/spdlog.git GIT_TAG v1.14.1 GIT_SHALLOW ON)
  FetchContent_MakeAvailable(spdlog)
endif()

# read only by train/safetensors.cpp; header-only, so an installed logitape does not need it
find_package(nlohmann_json 3.9 QUIET)
if(NOT nlohmann_json_FOUND)
  FetchContent_Declare(nlohmann_json GIT_REPOSITORY https://github.com/nlohmann/json.git GIT_TAG v3.11.3 GIT_SHALLOW ON)
  FetchContent_MakeAvailable(nlohmann_json)
endif()

if(LOGITAPE_TESTS)
  find_package(doctest 2.4.9 QUIET)
  if(NOT doctest_FOUND)
    FetchContent_Declare(doctest GIT_REPOSITORY https://github.com/doctest/doctest.git GIT_TAG v2.4.11 GIT_SHALLOW ON)
    FetchContent_MakeAvailable(doctest)
  endif()
endif()
