# The engines of train/distributed, modules that the library opens under mpirun: liblogitape_world_openmpi.so and
# liblogitape_world_mpich.so, each where its MPI's compiler wrapper is, and liblogitape_world_nccl.so for the memory of
# GPUs, where NCCL is. The library itself knows neither.
option(LOGITAPE_ENGINES "Build the engines of the MPIs that are installed" ${LOGITAPE_ALL})
set(LOGITAPE_ENGINES_BUILT "")
add_custom_target(logitape_engines)
if(NOT LOGITAPE_ENGINES OR CMAKE_CROSSCOMPILING OR WIN32)
  return()
endif()

# Debian has both beside each other, as mpicc.openmpi and mpicc.mpich; elsewhere mpicc is one of them.
set(asks_which ${CMAKE_CURRENT_BINARY_DIR}/which_mpi.c)
file(WRITE ${asks_which} "#include <mpi.h>
#if defined(OPEN_MPI)
engine_is_openmpi
#elif defined(MPICH_VERSION) || defined(I_MPI_VERSION)
engine_is_mpich
#endif
")
foreach(wrapper mpicc.openmpi mpicc.mpich mpicc)
  string(MAKE_C_IDENTIFIER LOGITAPE_${wrapper} found)
  find_program(${found} ${wrapper} DOC "The compiler wrapper of an MPI, for its engine")
  mark_as_advanced(${found})
  if(NOT ${found})
    continue()
  endif()
  execute_process(COMMAND ${${found}} -E ${asks_which} OUTPUT_VARIABLE says ERROR_QUIET)
  if(NOT says MATCHES "engine_is_([a-z]+)" OR CMAKE_MATCH_1 IN_LIST LOGITAPE_ENGINES_BUILT)
    continue()
  endif()
  set(engine ${CMAKE_MATCH_1})
  set(module ${PROJECT_BINARY_DIR}/liblogitape_world_${engine}.so)
  set(source ${PROJECT_SOURCE_DIR}/train/distributed/engines/mpi.c)
  add_custom_command(
    OUTPUT ${module}
    COMMAND ${${found}} -std=gnu11 -O2 -Wall -Wextra -fPIC -shared -fvisibility=hidden -I${PROJECT_SOURCE_DIR}/include
            -o ${module} ${source}
    DEPENDS ${source} ${PROJECT_SOURCE_DIR}/train/distributed/engine.h
    COMMENT "Building the engine of ${engine}" VERBATIM)
  add_custom_target(logitape_world_${engine} ALL DEPENDS ${module})
  add_dependencies(logitape_engines logitape_world_${engine})
  list(APPEND LOGITAPE_ENGINES_BUILT ${engine})
  if(LOGITAPE_INSTALL)
    include(GNUInstallDirs)
    install(FILES ${module} DESTINATION ${CMAKE_INSTALL_LIBDIR})
  endif()
endforeach()
if(NOT LOGITAPE_CUDA STREQUAL "OFF")
  get_filename_component(toolkit "${CMAKE_CUDA_COMPILER}" DIRECTORY)
  find_path(LOGITAPE_NCCL_INCLUDE nccl.h HINTS ${toolkit}/../include DOC "Where nccl.h is")
  find_path(LOGITAPE_CUDART_INCLUDE cuda_runtime_api.h HINTS ${toolkit}/../include DOC "Where cuda_runtime_api.h is")
  find_library(LOGITAPE_NCCL NAMES nccl libnccl.so.2 HINTS ${toolkit}/../lib64 ${toolkit}/../lib DOC "NCCL")
  find_library(LOGITAPE_CUDART NAMES cudart libcudart.so.13 libcudart.so.12 HINTS ${toolkit}/../lib64 ${toolkit}/../lib
               DOC "The CUDA runtime")
  mark_as_advanced(LOGITAPE_NCCL_INCLUDE LOGITAPE_CUDART_INCLUDE LOGITAPE_NCCL LOGITAPE_CUDART)
  if(LOGITAPE_NCCL_INCLUDE AND LOGITAPE_CUDART_INCLUDE AND LOGITAPE_NCCL AND LOGITAPE_CUDART)
    set(module ${PROJECT_BINARY_DIR}/liblogitape_world_nccl.so)
    set(source ${PROJECT_SOURCE_DIR}/train/distributed/engines/nccl.c)
    add_custom_command(
      OUTPUT ${module}
      COMMAND ${CMAKE_CXX_COMPILER} -x c -std=gnu11 -O2 -Wall -Wextra -fPIC -shared -fvisibility=hidden
              -I${PROJECT_SOURCE_DIR}/include -isystem ${LOGITAPE_NCCL_INCLUDE} -isystem ${LOGITAPE_CUDART_INCLUDE}
              -o ${module} ${source} -x none ${LOGITAPE_NCCL} ${LOGITAPE_CUDART} -Wl,--no-undefined
      DEPENDS ${source} ${PROJECT_SOURCE_DIR}/train/distributed/engine.h
      COMMENT "Building the engine of NCCL" VERBATIM)
    add_custom_target(logitape_world_nccl ALL DEPENDS ${module})
    message(STATUS "An engine for GPUs on many machines: NCCL, ${LOGITAPE_NCCL}")
    if(LOGITAPE_INSTALL)
      include(GNUInstallDirs)
      install(FILES ${module} DESTINATION ${CMAKE_INSTALL_LIBDIR})
    endif()
  endif()
endif()
if(LOGITAPE_ENGINES_BUILT)
  list(JOIN LOGITAPE_ENGINES_BUILT ", " built)
  message(STATUS "Engines for many machines: ${built}")
else()
  message(STATUS "No MPI is installed (libopenmpi-dev, libmpich-dev): programs run on one machine")
endif()
