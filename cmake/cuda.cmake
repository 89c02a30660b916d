# The module of CUDA devices, which the library opens at run time. From the same sources, backends/cuda/*.cu:
#   liblogitape_cuda.so           by nvcc, for GPUs
#   liblogitape_cuda_emulated.so  by the host's compiler: every kernel runs on the host, so that any machine can test it
set(LOGITAPE_CUDA AUTO CACHE STRING "Build the module for GPUs: AUTO (where nvcc is found), ON, OFF")
if(CMAKE_SYSTEM_NAME STREQUAL Linux AND CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|aarch64)$")
  set(emulation_runs ON)
else()
  set(emulation_runs OFF)
endif()
option(LOGITAPE_CUDA_EMULATED "Build the emulated module" ${emulation_runs})

if(NOT LOGITAPE_CUDA STREQUAL "OFF")
  include(CheckLanguage)
  check_language(CUDA)
  if(CMAKE_CUDA_COMPILER)
    add_subdirectory(backends/cuda)
  elseif(LOGITAPE_CUDA STREQUAL "ON")
    message(FATAL_ERROR "logitape: LOGITAPE_CUDA=ON needs nvcc, CUDA 12 or newer, and finds none. Install the CUDA "
                        "toolkit, and name its nvcc by CUDACXX or -DCMAKE_CUDA_COMPILER if it is not on the PATH")
  endif()
endif()

if(LOGITAPE_CUDA_EMULATED)
  file(GLOB kernels CONFIGURE_DEPENDS backends/cuda/*.cu)
  file(GLOB emulation CONFIGURE_DEPENDS backends/cuda/emulation/*.cpp)
  set_source_files_properties(${kernels} PROPERTIES LANGUAGE CXX COMPILE_OPTIONS "-xc++;-Wno-unknown-pragmas")
  add_library(logitape_cuda_emulated MODULE ${kernels} ${emulation})
  target_compile_features(logitape_cuda_emulated PRIVATE cxx_std_20)
  target_include_directories(logitape_cuda_emulated PRIVATE include)
  target_compile_definitions(logitape_cuda_emulated PRIVATE LOGITAPE_CUDA_EMULATED)
  target_compile_options(logitape_cuda_emulated PRIVATE -O2 -fno-tree-vectorize -ffp-contract=off -Wall -Wextra)
  set_target_properties(logitape_cuda_emulated PROPERTIES CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  target_link_libraries(logitape_cuda_emulated PRIVATE ${CMAKE_DL_LIBS} Threads::Threads)
endif()
