// CUDA's runtime API over the machine: one mutex around launches, copies and allocation.
#include "logitape/backends/cuda/emulation/runtime_api.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "logitape/backends/cuda/emulation/arena.h"
#include "logitape/backends/cuda/emulation/machine.h"
#include "logitape/backends/cuda/emulation/queue.h"

using namespace emu;

namespace emu {
namespace {

std::map<const void*, std::map<int, int>> attributes;

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
cudaError_t cudaRuntimeGetVersion(int* version) {
  *version = 13000;
  return cudaSuccess;
}
cudaError_t cudaSetDevice(int device) { return device == 0 ? cudaSuccess : fail_with(cudaErrorInvalidDevice); }
cudaError_t cudaGetDevice(int* device) {
  *device = 0;
  return cudaSuccess;
}
cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device) {  // an H200's
  if (device != 0) return fail_with(cudaErrorInvalidDevice);
  switch (attribute) {
    case cudaDevAttrMultiProcessorCount: *value = 132; return cudaSuccess;
    case cudaDevAttrComputeCapabilityMajor: *value = options.capability; return cudaSuccess;
    case cudaDevAttrComputeCapabilityMinor: *value = 0; return cudaSuccess;
    case cudaDevAttrMaxSharedMemoryPerBlockOptin: *value = int{shared_bytes}; return cudaSuccess;
  }
  return fail_with(cudaErrorInvalidValue);
}

const char* cudaGetErrorString(cudaError_t error) {
  switch (error) {
    case cudaSuccess: return "no error";
    case cudaErrorMemoryAllocation: return "out of memory";
    case cudaErrorInvalidConfiguration: return "invalid configuration argument";
    case cudaErrorInsufficientDriver: return "CUDA driver version is insufficient for CUDA runtime version";
    case cudaErrorNoDevice: return "no CUDA-capable device is detected";
    case cudaErrorInvalidDevice: return "invalid device ordinal";
    case cudaErrorIllegalState: return "the operation cannot be performed in the present state";
    case cudaErrorLaunchFailure: return failure();
    case cudaErrorStreamCaptureUnsupported: return "operation not permitted when stream is capturing";
    case cudaErrorStreamCaptureInvalidated: return "operation failed due to a previous error during capture";
    case cudaErrorStreamCaptureWrongThread:
      return "attempt to terminate a thread-local capture sequence from another thread";
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

// Under the mutex.
static cudaError_t take(void** p, std::size_t bytes) {
  const std::size_t at = open_arena() ? allocator.take(bytes) : 0;
  if (!at) return fail_with(cudaErrorMemoryAllocation);
  lay(at, bytes);
  *p = arena() + at;
  scrub(arena() + at, bytes);
  return cudaSuccess;
}
cudaError_t cudaMallocAsync(void** p, std::size_t bytes, cudaStream_t stream) {
  const std::lock_guard lock(mutex());
  const cudaError_t e = refuse_in_capture(stream);  // CUDA would make a node of it, and we need none
  return e ? e : take(p, bytes);
}
cudaError_t emu_malloc(void** p, std::size_t bytes) {
  const std::lock_guard lock(mutex());
  const cudaError_t e = refuse_unsafe_in_captures();
  return e ? e : take(p, bytes);
}
cudaError_t cudaFreeAsync(void* p, cudaStream_t stream) {
  if (!p) return cudaSuccess;
  {
    const std::lock_guard lock(mutex());
    if (const cudaError_t e = refuse_in_capture(stream)) return e;
  }
  return enqueue(stream, [p] {
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
cudaError_t cudaFree(void* p) {
  {
    const std::lock_guard lock(mutex());
    if (const cudaError_t e = refuse_unsafe_in_captures()) return e;
  }
  const cudaError_t before = cudaStreamSynchronize(nullptr), error = cudaFreeAsync(p, nullptr);
  return error ? error : before;
}
cudaError_t cudaMallocHost(void** p, std::size_t bytes) {
  *p = std::malloc(bytes);
  return *p ? cudaSuccess : fail_with(cudaErrorMemoryAllocation);
}
cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total) {
  const std::lock_guard lock(mutex());
  *total = Allocator::total();
  *free = allocator.taken().empty() ? *total : allocator.free();
  return cudaSuccess;
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind, cudaStream_t stream) {
  if (!on_device(to) || !on_device(from)) {  // all of the host's memory is pageable
    const std::lock_guard lock(mutex());
    if (const cudaError_t e = refuse_in_capture(stream)) return e;
  }
  return enqueue(stream, [=] {
    const std::size_t before = reports_so_far();
    machine.kernel = "cudaMemcpy";
    host_access(from, bytes, false);
    host_access(to, bytes, true);
    const Unlocked source(from, bytes), target(to, bytes);
    if (bytes) std::memmove(to, from, bytes);
    return reports_so_far() == before;
  });
}
cudaError_t cudaMemsetAsync(void* p, int value, std::size_t bytes, cudaStream_t stream) {
  return enqueue(stream, [=] {
    const std::size_t before = reports_so_far();
    machine.kernel = "cudaMemset";
    host_access(p, bytes, true);
    const Unlocked open(p, bytes);
    if (bytes) std::memset(p, value, bytes);
    return reports_so_far() == before;
  });
}
