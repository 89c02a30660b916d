# The library itself: its sources, what they are compiled and linked with, and its public headers. install.cmake installs it.
file(GLOB LOGITAPE_SOURCES CONFIGURE_DEPENDS core/*.cpp autograd/*.cpp autograd/check/*.cpp autograd/check/detail/*.cpp backends/*.cpp backends/cpu/*.cpp backends/wide/*.cpp ops/*.cpp train/*.cpp train/data/*.cpp train/see/*.cpp)
add_library(logitape ${LOGITAPE_SOURCES})
add_library(logitape::logitape ALIAS logitape)
# Before 1.0 every minor version is a library of its own: liblogitape.so.0.1. The inline namespace is the major one's, v0.
set(LOGITAPE_SOVERSION ${PROJECT_VERSION_MAJOR})
if(PROJECT_VERSION_MAJOR EQUAL 0)
  set(LOGITAPE_SOVERSION 0.${PROJECT_VERSION_MINOR})
endif()
# no logitape_EXPORTS, which nothing reads: the objects of a static and a shared library are the same, and found in a cache
set_target_properties(logitape PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${LOGITAPE_SOVERSION} POSITION_INDEPENDENT_CODE ON DEFINE_SYMBOL "")
target_compile_features(logitape PUBLIC cxx_std_20)
# include/ holds the umbrella header and a link to each layer: <logitape.h>, <logitape/core/tensor.h>
target_include_directories(logitape PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>)
target_link_libraries(logitape PRIVATE Threads::Threads $<BUILD_INTERFACE:nlohmann_json::nlohmann_json>)
set(LOGITAPE_LINKED "")  # the packages that a static logitape's users link
foreach(package hwy fmt spdlog ZLIB)
  if(package IN_LIST LOGITAPE_FETCHED)  # folded in: no user has to find it
    target_link_libraries(logitape PRIVATE $<BUILD_INTERFACE:${package}::${package}>)
    target_sources(logitape PRIVATE $<TARGET_OBJECTS:${package}>)
  else()
    target_link_libraries(logitape PRIVATE ${package}::${package})
    list(APPEND LOGITAPE_LINKED ${package})
  endif()
endforeach()

# What every source of ours is compiled with; never handed on to users.
add_library(logitape_build INTERFACE)
# a fused multiply-add only where the source says so: results are the same on every machine
target_compile_options(logitape_build INTERFACE -ffp-contract=off -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
if(LOGITAPE_WERROR)
  target_compile_options(logitape_build INTERFACE -Werror)
endif()
if(LOGITAPE_SANITIZE)
  target_compile_options(logitape_build INTERFACE -O1 -fsanitize=${LOGITAPE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(logitape_build INTERFACE -fsanitize=${LOGITAPE_SANITIZE})
  target_link_options(logitape PUBLIC $<BUILD_INTERFACE:-fsanitize=${LOGITAPE_SANITIZE}>)
endif()
target_link_libraries(logitape PRIVATE $<BUILD_INTERFACE:logitape_build>)
# as part of a project that names no build type: kernels without optimisation are 25 times slower
target_compile_options(logitape PRIVATE $<$<CONFIG:>:-O2>)
if(LOGITAPE_SINGLE_TARGET)
  target_compile_definitions(logitape PRIVATE HWY_COMPILE_ONLY_STATIC)
  target_compile_options(logitape PRIVATE ${LOGITAPE_ARCH})
endif()

# Nobody's headers but the standard library's and fmt's, parsed once: a tenth of the time of a clean build. None of ours, since a
# precompiled header's warnings are not seen. clang-tidy and ccache go without (CMAKE_DISABLE_PRECOMPILE_HEADERS).
set(LOGITAPE_PRECOMPILED <algorithm> <array> <atomic> <cmath> <cstring> <filesystem> <functional> <limits> <map> <memory> <numeric> <optional> <set> <span> <string> <string_view> <utility> <vector> <fmt/format.h> <fmt/ranges.h>)
if(PROJECT_IS_TOP_LEVEL)
  target_precompile_headers(logitape PRIVATE ${LOGITAPE_PRECOMPILED})
  # behind a precompiled header g++ 12 takes a pragma that names a SIMD target for one that optimises, and -O0 does not compile
  file(GLOB kernels backends/cpu/*.cpp)
  set_source_files_properties(${kernels} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
endif()

# Public headers: what logitape.h includes. All but these, which are not installed (fmt.h is, as <logitape/fmt.h>).
set(LOGITAPE_PRIVATE_HEADERS core/fmt.h core/require.h core/say.h core/convert.h core/watch.h core/detail/utf8.h backends/kernels.h backends/registry.h backends/wide/wide.h autograd/check/detail/analytic.h autograd/check/detail/differences.h autograd/check/detail/directions.h autograd/check/detail/elements.h autograd/check/detail/hints.h autograd/check/detail/json.h autograd/check/detail/judge.h autograd/check/detail/look.h autograd/check/detail/motion.h autograd/check/detail/picture.h autograd/check/detail/reruns.h autograd/check/detail/run.h autograd/check/detail/subject.h ops/support.h ops/index_check.h ops/cross_entropy_node.h ops/cross_entropy_options.h ops/losses_support.h ops/softmax_rules.h ops/named_call.h train/step.h train/safetensors_header.h train/see/svg.h train/see/scale.h train/prefetch.h train/data/source.h train/data/inflate.h train/data/array.h train/data/npy_header.h train/data/npy_reader.h train/data/zip.h train/data/number.h train/data/categories.h train/data/csv_records.h train/data/csv_facts.h train/data/training_labels.h train/data/dlpack_abi.h train/trainer_state.h train/not_finite.h train/rows.h train/shuffle.h ops/window.h train/first_values.h train/see/text_canvas.h train/see/held_out.h train/see/html.h train/see/png.h train/see/event_records.h train/header_plan.h train/header_parts.h train/digest.h train/data/reading.h train/data/load_arrays.h train/data/csv_rows.h train/data/csv_counts.h train/data/csv_notes.h train/data/csv_dialect.h train/data/csv_sample.h train/data/csv_header.h train/data/missing.h train/data/amount.h train/data/foreign.h train/data/picture.h)
