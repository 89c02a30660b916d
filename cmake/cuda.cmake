# CUDA kernels as a module, which the library opens at run time: liblogitape_cuda_emulated.so is built by the compiler of
# everything else from the files that nvcc takes, for a device that the host emulates (backends/cuda/emulation).
set(emulates OFF)
if(PROJECT_IS_TOP_LEVEL AND LOGITAPE_TESTS AND CMAKE_SYSTEM_NAME STREQUAL Linux AND CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set(emulates ON)
endif()
option(LOGITAPE_CUDA_EMULATED "Build the CUDA module for a device that the host emulates" ${emulates})
if(NOT LOGITAPE_CUDA_EMULATED)
  return()
endif()

# A fused multiply-add is one instruction of this machine, or a call of libm that is right and takes long.
include(CheckCXXSourceRuns)
check_cxx_source_runs("int main() { return __builtin_cpu_supports(\"fma\") ? 0 : 1; }" LOGITAPE_HOST_HAS_FMA)

# What runs the kernels. -O2 whatever the build is: kernels spend half of their time in it. No sanitizer knows fibers.
file(GLOB emulation_sources CONFIGURE_DEPENDS backends/cuda/emulation/*.cpp)
add_library(logitape_cuda_emulation OBJECT ${emulation_sources})
target_compile_options(logitape_cuda_emulation PRIVATE -O2)

# logitape_cuda_module(TARGET OPTION...): all of backends/cuda, each kernel with these options
file(GLOB cuda_sources CONFIGURE_DEPENDS backends/cuda/*.cu)
set_source_files_properties(${cuda_sources} PROPERTIES LANGUAGE CXX)
function(logitape_cuda_module target)
  add_library(${target} MODULE ${cuda_sources} $<TARGET_OBJECTS:logitape_cuda_emulation>)
  # -O1: vectors of the host would be no help to a thread of the device. Words of 16 bytes hold elements of any type
  target_compile_options(${target} PRIVATE -O1 -fno-strict-aliasing $<$<BOOL:${LOGITAPE_HOST_HAS_FMA}>:-mfma> ${ARGN})
  target_link_libraries(${target} PRIVATE ${CMAKE_DL_LIBS} Threads::Threads)
  target_link_options(${target} PRIVATE -Wl,--version-script=${PROJECT_SOURCE_DIR}/backends/cuda/module.map -Wl,-z,defs)
  set_target_properties(${target} PROPERTIES LINK_DEPENDS ${PROJECT_SOURCE_DIR}/backends/cuda/module.map)
  logitape_cuda_settings(${target})
endfunction()
function(logitape_cuda_settings target)
  target_compile_features(${target} PRIVATE cxx_std_20)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/include)
  target_compile_definitions(${target} PRIVATE LOGITAPE_CUDA_EMULATED)
  # a fused multiply-add only where the source says so: the emulated device has the GPU's bits
  target_compile_options(${target} PRIVATE -ffp-contract=off -Wall -Wextra -Wno-unknown-pragmas $<$<BOOL:${LOGITAPE_WERROR}>:-Werror>)
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
endfunction()

logitape_cuda_settings(logitape_cuda_emulation)
logitape_cuda_module(logitape_cuda_emulated)
# The same, watched: each load and store is checked. Slower, and not built by default.
logitape_cuda_module(logitape_cuda_watched -g -fsanitize=thread)
set_target_properties(logitape_cuda_watched PROPERTIES EXCLUDE_FROM_ALL ON)
