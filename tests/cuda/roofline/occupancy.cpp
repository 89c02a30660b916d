// The toolkit's own count of blocks that a multiprocessor holds, for lines "MAJOR REGISTERS THREADS STATIC DYNAMIC" of
// its input: what device.py is compared with. No device is needed.
#include <cuda_runtime_api.h>

#include <cuda_occupancy.h>

#include <cstdio>

int main() {
  int major = 0, registers = 0, threads = 0, fixed = 0, dynamic = 0;
  while (std::scanf("%d %d %d %d %d", &major, &registers, &threads, &fixed, &dynamic) == 5) {
    cudaOccDeviceProp p{};
    p.computeMajor = major;
    p.maxThreadsPerBlock = 1024;
    p.maxThreadsPerMultiprocessor = 2048;
    p.regsPerBlock = p.regsPerMultiprocessor = 65536;
    p.warpSize = 32;
    p.sharedMemPerBlock = 48 << 10;
    p.sharedMemPerMultiprocessor = static_cast<std::size_t>(major == 8 ? 164 : 228) << 10;
    p.sharedMemPerBlockOptin = p.sharedMemPerMultiprocessor - 1024;
    p.reservedSharedMemPerBlock = 1024;
    p.numSms = 1;
    cudaOccFuncAttributes f{};
    f.maxThreadsPerBlock = 1024;
    f.numRegs = registers;
    f.sharedSizeBytes = static_cast<std::size_t>(fixed);
    f.partitionedGCConfig = PARTITIONED_GC_OFF;
    f.shmemLimitConfig = FUNC_SHMEM_LIMIT_OPTIN;
    f.maxDynamicSharedSizeBytes = p.sharedMemPerBlockOptin - f.sharedSizeBytes;
    f.numBlockBarriers = 1;
    cudaOccDeviceState s{};
    s.carveoutConfig = SHAREDMEM_CARVEOUT_MAX_SHARED;
    cudaOccResult r{};
    const auto error =
        cudaOccMaxActiveBlocksPerMultiprocessor(&r, &p, &f, &s, threads, static_cast<std::size_t>(dynamic));
    std::printf("%d\n", error == CUDA_OCC_SUCCESS ? r.activeBlocksPerMultiprocessor : -1);
  }
}
