// CUDA's runtime API over the machine: one mutex around launches, copies and allocation.
#include "logitape/backends/cuda/emulation/runtime_api.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>

#include "logitape/backends/cuda/emulation/arena.h"
#include "logitape/backends/cuda/emulation/machine.h"
#include "logitape/backends/cuda/emulation/queue.h"

using namespace emu;

namespace emu {
namespace {

std::map<const void*, std::map<int, int>> attributes;
std::vector<std::function<bool()>> waiting;
thread_local cudaError_t last_error = cudaSuccess;
thread_local std::string failure;  // what the machine said of this thread's last failure

cudaError_t done(bool well) {
  if (well) return cudaSuccess;
  failure = "unspecified launch failure (" + last_report() + ")";
  return fail_with(cudaErrorLaunchFailure);
}

// New memory is NaN in every floating type, but beyond its first MiB: pages that nobody needs stay out of memory.
void scrub(char* p, std::size_t bytes) {
  const std::size_t some = std::min<std::size_t>(bytes, 1 << 20);
  const Unlocked open(p, some);
  std::memset(p, 0xff, some);
}

// The huge pages that were an array's alone go back to the system.
void drop(char* p, std::size_t bytes) {
  const std::size_t from = (offset_of(p) + chunk - 1) / chunk * chunk, to = (offset_of(p) + bytes) / chunk * chunk;
  if (from < to) madvise(arena() + from, to - from, MADV_DONTNEED);
}

}  // namespace

cudaError_t fail_with(cudaError_t error) { return last_error = error; }

cudaError_t enqueue(std::function<bool()> work) {
  const std::lock_guard lock(mutex());
  if (options.lazy) {
    waiting.push_back(std::move(work));
    return cudaSuccess;
  }
  return done(work());
}

int attribute_of(const void* kernel, cudaFuncAttribute attribute, int otherwise) {
  const auto of_kernel = attributes.find(kernel);
  if (of_kernel == attributes.end()) return otherwise;
  const auto it = of_kernel->second.find(attribute);
  return it == of_kernel->second.end() ? otherwise : it->second;
}

}  // namespace emu

cudaError_t emu_set_attribute(const void* kernel, cudaFuncAttribute attribute, int value) {
  const std::lock_guard lock(mutex());
  if (attribute == cudaFuncAttributeMaxDynamicSharedMemorySize && static_cast<std::size_t>(value) > shared_bytes)
    return fail_with(cudaErrorInvalidValue);
  attributes[kernel][attribute] = value;
  return cudaSuccess;
}

cudaError_t cudaGetDeviceCount(int* count) {
  *count = options.count_devices_error ? 0 : 1;
  return static_cast<cudaError_t>(options.count_devices_error);
}
cudaError_t cudaDriverGetVersion(int* version) {
  *version = options.driver_version;
  return cudaSuccess;
}
cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr, int) {
  *value = 9;  // as __CUDA_ARCH__ says
  return cudaSuccess;
}
cudaError_t cudaRuntimeGetVersion(int* version) {
  *version = 13000;
  return cudaSuccess;
}
cudaError_t cudaSetDevice(int device) { return device == 0 ? cudaSuccess : fail_with(cudaErrorInvalidDevice); }
cudaError_t cudaGetDevice(int* device) {
  *device = 0;
  return cudaSuccess;
}
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  static char one;
  *stream = &one;
  return cudaSuccess;
}

cudaError_t cudaDeviceSynchronize() {
  const std::lock_guard lock(mutex());
  bool well = true;
  for (const auto& work : std::exchange(waiting, {})) well &= work();
  done(well);
  return last_error;
}
cudaError_t cudaStreamSynchronize(cudaStream_t) { return cudaDeviceSynchronize(); }
cudaError_t cudaGetLastError() { return std::exchange(last_error, cudaSuccess); }

const char* cudaGetErrorString(cudaError_t error) {
  switch (error) {
    case cudaSuccess: return "no error";
    case cudaErrorMemoryAllocation: return "out of memory";
    case cudaErrorInvalidConfiguration: return "invalid configuration argument";
    case cudaErrorInsufficientDriver: return "CUDA driver version is insufficient for CUDA runtime version";
    case cudaErrorNoDevice: return "no CUDA-capable device is detected";
    case cudaErrorInvalidDevice: return "invalid device ordinal";
    case cudaErrorLaunchFailure: return failure.empty() ? "unspecified launch failure" : failure.c_str();
    default: return "invalid argument";
  }
}

cudaError_t cudaMemPoolCreate(cudaMemPool_t* pool, const cudaMemPoolProps*) {
  *pool = &allocator;
  return cudaSuccess;
}
cudaError_t cudaMemPoolSetAttribute(cudaMemPool_t, cudaMemPoolAttr, void*) { return cudaSuccess; }
cudaError_t cudaMemPoolGetAttribute(cudaMemPool_t, cudaMemPoolAttr, void* value) {  // nothing is reserved, or all used
  const std::uint64_t none = 0;
  std::memcpy(value, &none, sizeof none);
  return cudaSuccess;
}

cudaError_t cudaMallocAsync(void** p, std::size_t bytes, cudaStream_t) {
  const std::lock_guard lock(mutex());
  const std::size_t at = open_arena() ? allocator.take(bytes) : 0;
  if (!at) return fail_with(cudaErrorMemoryAllocation);
  lay(at, bytes);
  *p = arena() + at;
  scrub(arena() + at, bytes);
  return cudaSuccess;
}
cudaError_t cudaFreeAsync(void* p, cudaStream_t) {
  if (!p) return cudaSuccess;
  return enqueue([p] {
    std::size_t bytes = 0;
    machine.kernel = "cudaFree";
    if (!on_device(p) || !allocator.give_back(offset_of(p), &bytes)) {
      report("free", nullptr, "of what is not allocated");
      return false;
    }
    forget(offset_of(p), bytes);
    drop(static_cast<char*>(p), bytes);
    return true;
  });
}
cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total) {
  const std::lock_guard lock(mutex());
  *total = Allocator::total();
  *free = allocator.taken().empty() ? *total : allocator.free();
  return cudaSuccess;
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind, cudaStream_t) {
  return enqueue([=] {
    const std::size_t before = reports_so_far();
    machine.kernel = "cudaMemcpy";
    host_access(from, bytes, false);
    host_access(to, bytes, true);
    const Unlocked source(from, bytes), target(to, bytes);
    if (bytes) std::memmove(to, from, bytes);
    return reports_so_far() == before;
  });
}
cudaError_t cudaMemsetAsync(void* p, int value, std::size_t bytes, cudaStream_t) {
  return enqueue([=] {
    const std::size_t before = reports_so_far();
    machine.kernel = "cudaMemset";
    host_access(p, bytes, true);
    const Unlocked open(p, bytes);
    if (bytes) std::memset(p, value, bytes);
    return reports_so_far() == before;
  });
}
