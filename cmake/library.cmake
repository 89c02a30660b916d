# The library, in two parts: logitape::tape, tensors, their tape and the ops, and logitape::logitape, what a training
# loop needs besides. install.cmake installs both.
set(LOGITAPE_TAPE_FOLDERS core autograd autograd/check autograd/see ops)
set(LOGITAPE_TRAIN_FOLDERS train)
# each includes only those before it
foreach(room nn optim distributed files data metrics fit classify export see explain)
  list(APPEND LOGITAPE_TRAIN_FOLDERS train/${room})
endforeach()

# logitape_glob(VARIABLE FOLDER...): the sources of these folders and of detail/ in them, where headers are that nobody
# installs
function(logitape_glob variable)
  set(patterns "")
  foreach(folder ${ARGN})
    list(APPEND patterns ${folder}/*.cpp ${folder}/detail/*.cpp)
  endforeach()
  file(GLOB found CONFIGURE_DEPENDS ${patterns})
  set(${variable} ${found} PARENT_SCOPE)
endfunction()
logitape_glob(tape_sources ${LOGITAPE_TAPE_FOLDERS} backends backends/cpu backends/wide)
logitape_glob(train_sources ${LOGITAPE_TRAIN_FOLDERS})
if(LOGITAPE_HOST_HEADERS)
  list(FILTER train_sources EXCLUDE REGEX "/inflate\\.cpp$")
  list(APPEND train_sources cmake/cross/no_zlib.cpp)
endif()
add_library(logitape_tape ${tape_sources})
add_library(logitape ${train_sources})
add_library(logitape::tape ALIAS logitape_tape)
add_library(logitape::logitape ALIAS logitape)

# logitape_link(TARGET PACKAGE...). LOGITAPE_LINKED has those that the users of a static library link.
set(LOGITAPE_LINKED "")
macro(logitape_link target)
  foreach(package ${ARGN})
    if(package IN_LIST LOGITAPE_FETCHED)  # folded in: no user has to find it
      target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:${package}::${package}>)
      target_sources(${target} PRIVATE $<TARGET_OBJECTS:${package}>)
    else()
      target_link_libraries(${target} PRIVATE ${package}::${package})
      list(APPEND LOGITAPE_LINKED ${package})
    endif()
  endforeach()
endmacro()
logitape_link(logitape_tape fmt spdlog)
# of Highway the headers alone: see backends/cpu/cpu.cpp
foreach(setting INCLUDE_DIRECTORIES COMPILE_DEFINITIONS)
  set(highway_${setting} $<BUILD_INTERFACE:$<TARGET_PROPERTY:hwy::hwy,INTERFACE_${setting}>>)
endforeach()
target_include_directories(logitape_tape SYSTEM PRIVATE ${highway_INCLUDE_DIRECTORIES})
target_compile_definitions(logitape_tape PRIVATE ${highway_COMPILE_DEFINITIONS})
set(LOGITAPE_TAPE_LINKED ${LOGITAPE_LINKED})
logitape_link(logitape fmt ZLIB)
foreach(pictures PNG JPEG)
  if(${pictures}_FOUND)
    logitape_link(logitape ${pictures})
    target_compile_definitions(logitape PRIVATE LOGITAPE_${pictures})
  endif()
endforeach()
list(REMOVE_DUPLICATES LOGITAPE_LINKED)
target_link_libraries(logitape PUBLIC logitape_tape PRIVATE $<BUILD_INTERFACE:nlohmann_json::nlohmann_json>)
target_link_libraries(logitape_tape PRIVATE Threads::Threads ${CMAKE_DL_LIBS})  # dlopen: modules of other devices
target_link_libraries(logitape PRIVATE Threads::Threads)  # batches made ahead

# What every source of ours is compiled with; never handed on to users.
add_library(logitape_build INTERFACE)
# a fused multiply-add only where the source says so: results are the same on every machine
target_compile_options(logitape_build INTERFACE -ffp-contract=off -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
# a static program that is linked with --gc-sections leaves out what it does not call
target_compile_options(logitape_build INTERFACE -ffunction-sections -fdata-sections)
if(LOGITAPE_WERROR)
  target_compile_options(logitape_build INTERFACE -Werror)
endif()
if(LOGITAPE_SANITIZE)
  target_compile_options(logitape_build INTERFACE
    $<IF:$<BOOL:$<TARGET_PROPERTY:LOGITAPE_OPTIMISE>>,$<TARGET_PROPERTY:LOGITAPE_OPTIMISE>,-O1>
    -fsanitize=${LOGITAPE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(logitape_build INTERFACE -fsanitize=${LOGITAPE_SANITIZE})
  target_link_options(logitape_tape PUBLIC $<BUILD_INTERFACE:-fsanitize=${LOGITAPE_SANITIZE}>)
endif()
if(LOGITAPE_SINGLE_TARGET)
  target_compile_definitions(logitape_tape PRIVATE HWY_COMPILE_ONLY_STATIC)
  target_compile_options(logitape_tape PRIVATE ${LOGITAPE_ARCH})
endif()

# Before 1.0 every minor version is a library of its own: liblogitape.so.0.1. The inline namespace is the major one's:
# v0.
set(LOGITAPE_SOVERSION ${PROJECT_VERSION_MAJOR})
if(PROJECT_VERSION_MAJOR EQUAL 0)
  set(LOGITAPE_SOVERSION 0.${PROJECT_VERSION_MINOR})
endif()
# Nobody's headers but the standard library's and fmt's, parsed once: a tenth of the time of a clean build. None of
# ours, since a precompiled header's warnings are not seen. clang-tidy and ccache go without
# (CMAKE_DISABLE_PRECOMPILE_HEADERS).
set(LOGITAPE_PRECOMPILED
    <algorithm> <array> <atomic> <cmath> <cstring> <filesystem> <functional> <limits> <map> <memory> <numeric>
    <optional> <set> <span> <string> <string_view> <utility> <vector> <fmt/format.h> <fmt/ranges.h>)
set(LOGITAPE_PIC ON)
if(EMSCRIPTEN)  # one module, linked as a whole
  set(LOGITAPE_PIC OFF)
endif()
foreach(part logitape_tape logitape)
  # no logitape_EXPORTS, which nothing reads: the objects of a static and a shared library are the same, and found in a
  # cache
  set_target_properties(${part} PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${LOGITAPE_SOVERSION}
                        POSITION_INDEPENDENT_CODE ${LOGITAPE_PIC} DEFINE_SYMBOL "")
  target_compile_features(${part} PUBLIC cxx_std_20)
  # include/ holds the umbrella headers and a link to each layer: <logitape.h>, <logitape/core/tensor.h>
  target_include_directories(${part} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>)
  target_link_libraries(${part} PRIVATE $<BUILD_INTERFACE:logitape_build>)
  # as part of a project that names no build type: kernels without optimisation are 25 times slower
  target_compile_options(${part} PRIVATE $<$<CONFIG:>:-O2>)
  if(PROJECT_IS_TOP_LEVEL AND NOT LOGITAPE_UNITY)
    target_precompile_headers(${part} PRIVATE ${LOGITAPE_PRECOMPILED})
  endif()
endforeach()
if(LOGITAPE_UNITY)
  # A room is one source for the compiler, which parses its headers once; kernels, whose file Highway includes again for
  # each target, stay alone. Two files of a room then share what is nameless in each: a parameter may hide a constant.
  foreach(folder ${LOGITAPE_TAPE_FOLDERS} ${LOGITAPE_TRAIN_FOLDERS})
    logitape_glob(room_sources ${folder})
    string(MAKE_C_IDENTIFIER ${folder} room)
    set_source_files_properties(${room_sources} PROPERTIES UNITY_GROUP ${room})
  endforeach()
  set_target_properties(logitape_tape logitape PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  target_compile_options(logitape_build INTERFACE -Wno-shadow)
else()
  # The rooms of train/ have no loop over elements but in files/, data/ and metrics/: the others compile in less time.
  list(FILTER train_sources INCLUDE REGEX "/train/(nn|optim|distributed|fit|classify|export|see|explain)/")
  set_source_files_properties(${train_sources} PROPERTIES COMPILE_OPTIONS "$<$<CONFIG:Release>:-O1>")
endif()
# behind a precompiled header g++ 12 takes a pragma that names a SIMD target for one that optimises, and -O0 does not
# compile
file(GLOB kernels backends/cpu/*.cpp)
set_source_files_properties(${kernels} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
if(NOT LOGITAPE_SANITIZE)  # whatever the rest of a release is compiled with
  set_source_files_properties(${kernels} PROPERTIES
                              COMPILE_OPTIONS "$<$<CONFIG:Release>:${LOGITAPE_KERNEL_OPTIMISATION}>")
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
  # g++ gives a struct's own constructors no target of a pragma, and then cannot inline those of Highway's vectors in it
  set_property(SOURCE ${kernels} APPEND PROPERTY COMPILE_OPTIONS -march=armv8-a+crypto)
endif()
if(EMSCRIPTEN)  # to join its scalar steps into vectors takes clang 14 more than ten minutes
  set_property(SOURCE backends/cpu/transcendental.cpp APPEND PROPERTY COMPILE_OPTIONS -fno-slp-vectorize)
endif()
