#!/usr/bin/env bash
# The CUDA module without a GPU: every kernel under the watch in three orders, a fault planted in each family, then all
# tests of ops, losses, gradients and training by the emulated kernels. The ordinary run has a part of it.
set -euo pipefail
. cmake/bootstrap.sh
need
./tests/cuda/kernels/run.sh build/cuda_kernels
./tests/cuda/kernels/run.sh build/cuda_kernels planted
configure release -DLOGITAPE_TESTS=ON -DLOGITAPE_EXAMPLES=ON -DLOGITAPE_CUDA=OFF
build release logitape_tests logitape_cuda_emulated logitape_cuda_emulator logitape_cuda_tests
build/release/tests/cuda/logitape_cuda_emulator
build/release/tests/cuda/logitape_cuda_tests
export LOGITAPE_CUDA_BACKEND=$PWD/build/release/liblogitape_cuda_emulated.so
LOGITAPE_GRADCHECK=all build/release/tests/logitape_tests "-sf=*/tests/devices/*"
# kernels/ and wide/ are of the CPU's own tables; autograd/gradcheck*, planted_rules and right_functions are of the
# checker alone; several cases ask for the CPU's bits, its threads, its memory, or a device that is not open. Numeric
# derivatives of the whole table take hours so: devices/ has just compared those of every row.
LOGITAPE_TEST_DEVICE=cuda build/release/tests/logitape_tests \
  "-sfe=*/tests/kernels/*,*/tests/wide/*,*/tests/devices/*,*/autograd/gradcheck*,*/planted_rules*,*/right_functions*" \
  -tce="*thread*,*pool*,*memory*,*SIMD*,*system*,*allocat*,*a device that is not there*,*numeric differences*,\
*passes by every method*,*passes in f32, against*,*one part in a million*"
