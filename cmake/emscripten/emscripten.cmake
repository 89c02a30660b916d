# WebAssembly, by emcmake: the dependencies from the host's headers alone, and no zlib (what it would unpack is refused
# with a sentence). Their folders are linked into the build tree: the host's other headers are not for this target.
set(LOGITAPE_HOST_HEADERS ${CMAKE_BINARY_DIR}/host_headers)
file(MAKE_DIRECTORY ${LOGITAPE_HOST_HEADERS})

# logitape_host_headers(PACKAGE FOLDER HEADER): PACKAGE::PACKAGE, a library of headers.
function(logitape_host_headers package folder header)
  find_path(${package}_host_headers ${folder}/${header} PATHS /usr/include /usr/local/include
            NO_CMAKE_FIND_ROOT_PATH REQUIRED)
  file(CREATE_LINK ${${package}_host_headers}/${folder} ${LOGITAPE_HOST_HEADERS}/${folder} SYMBOLIC)
  add_library(${package} INTERFACE)
  target_include_directories(${package} SYSTEM INTERFACE ${LOGITAPE_HOST_HEADERS})
  add_library(${package}::${package} ALIAS ${package})
endfunction()

logitape_host_headers(hwy hwy highway.h)
logitape_host_headers(fmt fmt format.h)
target_compile_definitions(fmt INTERFACE FMT_HEADER_ONLY)
logitape_host_headers(spdlog spdlog logger.h)
target_compile_definitions(spdlog INTERFACE SPDLOG_FMT_EXTERNAL)
target_link_libraries(spdlog INTERFACE fmt)
logitape_host_headers(nlohmann_json nlohmann json.hpp)
add_library(ZLIB::ZLIB INTERFACE IMPORTED)

# No module is opened there.
set(LOGITAPE_CUDA OFF)
set(LOGITAPE_CUDA_EMULATED OFF)

# One thread, exceptions of the machine itself (browsers have them since 2021), SIMD of 128 bits. Highway 1.0.3 has no
# vectors of f64 for WebAssembly: its portable vectors, EMU128, are loops over 16 bytes, which the compiler turns into
# instructions of 128 bits.
target_compile_definitions(hwy INTERFACE HWY_COMPILE_ONLY_EMU128)
add_compile_options(-fwasm-exceptions -msimd128 "SHELL:-include ${CMAKE_CURRENT_LIST_DIR}/standard.h")
add_link_options(-fwasm-exceptions)
