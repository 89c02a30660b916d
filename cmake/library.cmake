# The library itself, its install and its package.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

file(GLOB LOGITAPE_SOURCES CONFIGURE_DEPENDS core/*.cpp autograd/*.cpp backends/*.cpp backends/cpu/*.cpp ops/*.cpp train/*.cpp)
add_library(logitape ${LOGITAPE_SOURCES})
add_library(logitape::logitape ALIAS logitape)
set_target_properties(logitape PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR} POSITION_INDEPENDENT_CODE ON)
target_compile_features(logitape PUBLIC cxx_std_20)
# include/ holds the umbrella header and a link to each layer: <logitape.h>, <logitape/core/tensor.h>
target_include_directories(logitape PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(logitape PRIVATE hwy::hwy fmt::fmt spdlog::spdlog Threads::Threads $<BUILD_INTERFACE:nlohmann_json::nlohmann_json>)

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

# Public headers: all but these, which are not installed (fmt.h is, as <logitape/fmt.h>).
set(LOGITAPE_PRIVATE_HEADERS core/fmt.h core/require.h core/say.h core/convert.h ops/support.h ops/index_check.h ops/cross_entropy_node.h train/step.h)
install(FILES include/logitape.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES core/fmt.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/logitape)
foreach(layer core autograd backends ops train)
  file(GLOB headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR} ${layer}/*.h)
  list(REMOVE_ITEM headers ${LOGITAPE_PRIVATE_HEADERS})
  install(FILES ${headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/logitape/${layer})
endforeach()
install(TARGETS logitape EXPORT logitape)
install(EXPORT logitape NAMESPACE logitape:: FILE logitapeTargets.cmake DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/logitape)
configure_package_config_file(cmake/logitapeConfig.cmake.in ${PROJECT_BINARY_DIR}/logitapeConfig.cmake
                              INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/logitape)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/logitapeConfigVersion.cmake COMPATIBILITY SameMajorVersion)
install(FILES ${PROJECT_BINARY_DIR}/logitapeConfig.cmake ${PROJECT_BINARY_DIR}/logitapeConfigVersion.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/logitape)
