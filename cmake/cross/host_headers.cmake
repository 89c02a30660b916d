# Cross-compiled: the dependencies from the host's headers alone, and no zlib (what it would unpack is refused with a
# sentence). Their folders are linked into the build tree: the host's other headers are not for this target.
set(LOGITAPE_HEADERS_OF_HOST ${CMAKE_BINARY_DIR}/host_headers)
file(MAKE_DIRECTORY ${LOGITAPE_HEADERS_OF_HOST})

# logitape_host_headers(PACKAGE FOLDER HEADER): PACKAGE::PACKAGE, a library of headers.
function(logitape_host_headers package folder header)
  find_path(${package}_host_headers ${folder}/${header} PATHS /usr/include /usr/local/include
            NO_CMAKE_FIND_ROOT_PATH REQUIRED)
  file(CREATE_LINK ${${package}_host_headers}/${folder} ${LOGITAPE_HEADERS_OF_HOST}/${folder} SYMBOLIC)
  add_library(${package} INTERFACE)
  target_include_directories(${package} SYSTEM INTERFACE ${LOGITAPE_HEADERS_OF_HOST})
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
