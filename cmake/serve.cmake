# liblogitape_c.so: train/serve/c.h for other languages, by itself. It holds the static library whole and exports its
# five functions alone, so that neither a compiler's nor a C++ library's version is part of what callers depend on.
if(EMSCRIPTEN OR LOGITAPE_HOST_HEADERS OR WIN32)
  return()
endif()
add_library(logitape_c SHARED train/serve/c.cpp)
add_library(logitape::c ALIAS logitape_c)
target_link_libraries(logitape_c PRIVATE logitape logitape_build)
target_include_directories(logitape_c INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                                                $<INSTALL_INTERFACE:include>)
# its version is the functions' own: it goes up when one of them changes
set_target_properties(logitape_c PROPERTIES VERSION 1.0 SOVERSION 1 EXPORT_NAME c DEFINE_SYMBOL "")
if(NOT APPLE)
  set(map ${PROJECT_SOURCE_DIR}/train/serve/c.map)
  target_link_options(logitape_c PRIVATE -Wl,--version-script=${map} -Wl,--gc-sections)
  set_target_properties(logitape_c PROPERTIES LINK_DEPENDS ${map})
endif()
if(LOGITAPE_INSTALL)
  include(GNUInstallDirs)
  install(TARGETS logitape_c EXPORT logitape)
  install(FILES train/serve/c.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/logitape)
endif()
