#!/usr/bin/env bash
# Ranks of both MPIs: the same bits for 1 to 8 of them, any SIMD target and number of threads; what happens when one
# fails; a hundred kills at random moments; how long a sum takes beside MPI_Allreduce. KILLS shortens the run.
set -euo pipefail
. cmake/bootstrap.sh
need openmpi-bin libopenmpi-dev mpich libmpich-dev
configure release -DLOGITAPE_TESTS=ON -DLOGITAPE_EXAMPLES=ON -DLOGITAPE_CUDA=OFF
build release logitape_ranks logitape_engines
ranks=build/release/tests/logitape_ranks engines=$PWD/build/release
./tests/programs/ranks.sh "$ranks" "$engines" "openmpi mpich" "1 2 3 4 8" "mlp lenet resnet text wide"
for target in AVX2 AVX3; do
  grep -q "avx512f" /proc/cpuinfo || [ "$target" = AVX2 ] || continue
  for threads in 1 2; do
    echo "LOGITAPE_SIMD=$target, $threads threads"
    LOGITAPE_SIMD=$target RANKS_THREADS=$threads \
      ./tests/programs/ranks.sh "$ranks" "$engines" "mpich" "2" "lenet resnet" 0
  done
done
for engine in openmpi mpich; do
  for model in mlp wide; do
    ./tests/programs/ranks_killed.sh "$PWD/$ranks" "$engines" "$engine" "$((${KILLS:-100} / 2))" "$model"
  done
done
# the sums beside the MPI's own, in one process: compiled by its wrapper, which knows where its library is
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_btl_vader_single_copy_mechanism=none
for engine in openmpi mpich; do
  mpicxx."$engine" -std=c++20 -O2 -Iinclude -o "build/release/sums_$engine" tests/bench/sums_of_ranks.cpp \
    build/release/liblogitape.a build/release/liblogitape_tape.a -lfmt -lspdlog -lz -ldl -pthread -rdynamic
  options=()
  [ "$engine" = openmpi ] && options=(--oversubscribe --bind-to none)
  for count in 2 4; do
    LOGITAPE_ENGINE_FOLDER=$engines \
      mpirun."$engine" ${options[@]+"${options[@]}"} -n "$count" "build/release/sums_$engine"
  done
done
