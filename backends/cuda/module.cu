// The module: one struct of functions over the CUDA runtime. Each device has one context: a stream that waits for no
// other, and a pool of memory that nobody else in the process draws from.
#include <mutex>

#include "logitape/backends/cuda/context.cuh"
#include "logitape/backends/cuda/message.h"

namespace logitape_cuda {
namespace {

constexpr int most_devices = 64;

// A context of ours: lt_context is all that kernels see of it.
struct Device : lt_context {
  cudaMemPool_t pool = nullptr;
  bool open = false;
};
std::mutex opening;
Device devices[most_devices];

cudaMemPool_t pool_of(const lt_context* c) { return static_cast<const Device*>(c)->pool; }

// Of the calling thread.
cudaError_t choose(const lt_context* c) { return cudaSetDevice(c->device); }

lt_status device_count(int32_t* count) {
  int n = 0;
  *count = 0;
  if (const lt_status s = checked(cudaGetDeviceCount(&n), "cudaGetDeviceCount")) return s;
  if (n == 0) return checked(cudaErrorNoDevice, "cudaGetDeviceCount");
  *count = n < most_devices ? n : most_devices;
  return LT_OK;
}

cudaError_t make_pool(Device& d) {
  cudaMemPoolProps properties{};
  properties.allocType = cudaMemAllocationTypePinned;
  properties.location.type = cudaMemLocationTypeDevice;
  properties.location.id = d.device;
  if (const cudaError_t e = cudaMemPoolCreate(&d.pool, &properties)) return e;
  uint64_t keep_all = UINT64_MAX;  // what is released stays with the pool: asking the driver again takes long
  return cudaMemPoolSetAttribute(d.pool, cudaMemPoolAttrReleaseThreshold, &keep_all);
}

lt_status open(int32_t index, lt_context** context) {
  int32_t count = 0;
  if (const lt_status s = device_count(&count)) return s;
  if (index < 0 || index >= count)
    return refuse(LT_UNAVAILABLE, "there is no CUDA device %d: this machine has %d", index, count);
  const std::lock_guard<std::mutex> lock(opening);
  Device& d = devices[index];
  if (!d.open) {
    d.device = index;
    if (const lt_status s = checked(choose(&d), "cudaSetDevice")) return s;
    if (const lt_status s = checked(make_pool(d), "cudaMemPoolCreate")) return s;
    if (const lt_status s = checked(cudaStreamCreateWithFlags(&d.stream, cudaStreamNonBlocking), "cudaStreamCreate"))
      return s;
    d.open = true;
  }
  *context = &d;
  return LT_OK;
}

// What the pool has and nobody uses counts as free.
lt_status memory(lt_context* c, size_t* free, size_t* total) {
  uint64_t reserved = 0, used = 0;
  cudaError_t e = choose(c);
  if (!e) e = cudaMemGetInfo(free, total);
  if (!e) e = cudaMemPoolGetAttribute(pool_of(c), cudaMemPoolAttrReservedMemCurrent, &reserved);
  if (!e) e = cudaMemPoolGetAttribute(pool_of(c), cudaMemPoolAttrUsedMemCurrent, &used);
  if (e) return checked(e, "cudaMemGetInfo");
  *free += reserved - used;
  return LT_OK;
}

lt_status allocate(lt_context* c, size_t bytes, void** data) {
  *data = nullptr;
  cudaError_t e = choose(c);
  const size_t least = bytes ? bytes : 1;  // CUDA has no address for nothing
  if (!e) e = cudaMallocFromPoolAsync(data, least, pool_of(c), c->stream);
  if (e != cudaErrorMemoryAllocation) return checked(e, "cudaMallocAsync");
  (void)cudaGetLastError();
  size_t free = 0, total = 0;
  if (const lt_status s = memory(c, &free, &total)) return s;
  return refuse(LT_OUT_OF_MEMORY, "the CUDA device is out of memory: %zu bytes asked, %zu free of %zu", bytes, free,
                total);
}

lt_status release(lt_context* c, void* data, size_t) {
  if (!data) return LT_OK;
  const cudaError_t e = choose(c);
  return checked(e ? e : cudaFreeAsync(data, c->stream), "cudaFreeAsync");
}

cudaError_t queue_copy(lt_context* c, void* to, const void* from, size_t bytes, cudaMemcpyKind kind) {
  if (!bytes) return cudaSuccess;
  const cudaError_t e = choose(c);
  return e ? e : cudaMemcpyAsync(to, from, bytes, kind, c->stream);
}
cudaError_t wait(lt_context* c) {
  const cudaError_t e = choose(c);
  return e ? e : cudaStreamSynchronize(c->stream);
}

lt_status copy_to_device(lt_context* c, void* to, const void* from, size_t bytes) {
  const cudaError_t e = queue_copy(c, to, from, bytes, cudaMemcpyHostToDevice);
  return checked(e ? e : wait(c), "a copy to the device");
}
lt_status copy_to_host(lt_context* c, void* to, const void* from, size_t bytes) {
  const cudaError_t e = queue_copy(c, to, from, bytes, cudaMemcpyDeviceToHost);
  return checked(e ? e : wait(c), "a copy to the host");
}
lt_status copy(lt_context* c, void* to, const void* from, size_t bytes) {
  return checked(queue_copy(c, to, from, bytes, cudaMemcpyDeviceToDevice), "a copy on the device");
}
lt_status synchronise(lt_context* c) { return checked(wait(c), "cudaStreamSynchronize"); }

bool multiplies_bf16(lt_context* c) {  // tensor cores of bf16 came with 8.0
  int major = 0;
  return !cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, c->device) && major >= 8;
}

// The families' own functions; those of the module's table choose the calling thread's device first.
const lt_kernels& families() {
  static const lt_kernels all = [] {
    lt_kernels k{};
    for (auto fill : {fill_elementwise, fill_transcendental, fill_cast, fill_copy, fill_reduce, fill_softmax,
                      fill_cross_entropy, fill_matmul, fill_linear_algebra, fill_convolution, fill_pooling,
                      fill_normalise, fill_index, fill_random, fill_optimizer})
      fill(k);
    return k;
  }();
  return all;
}

lt_kernels filled() {
  lt_kernels k{};
  k.bytes = sizeof k;
#define LOGITAPE_SLOT(slot, args)                              \
  if (families().slot)                                         \
    k.slot = [](lt_context* c, const lt_##args##_args* a) {    \
      const lt_status chosen = checked(choose(c), #slot);      \
      return chosen == LT_OK ? families().slot(c, a) : chosen; \
    };
  LT_KERNELS(LOGITAPE_SLOT)
#undef LOGITAPE_SLOT
  return k;
}

#if defined(LOGITAPE_CUDA_EMULATED)
constexpr const char* name = "cuda (emulated)";
#else
constexpr const char* name = "cuda";
#endif

}  // namespace
}  // namespace logitape_cuda

extern "C" __attribute__((visibility("default"))) const lt_module* logitape_module(void) {
  using namespace logitape_cuda;
  static const lt_kernels kernels = filled();
  static const lt_module module = {.abi = LT_ABI,
                                   .bytes = sizeof(lt_module),
                                   .name = name,
                                   .device_count = device_count,
                                   .open = open,
                                   .allocate = allocate,
                                   .release = release,
                                   .copy_to_device = copy_to_device,
                                   .copy_to_host = copy_to_host,
                                   .copy = copy,
                                   .synchronise = synchronise,
                                   .memory = memory,
                                   .multiplies_bf16 = multiplies_bf16,
                                   .message = message,
                                   .kernels = &kernels,
                                   .take_fault = nullptr,
                                   .store = nullptr,
                                   .record = nullptr,
                                   .recorded = nullptr,
                                   .replay = nullptr,
                                   .release_graph = nullptr};
  return &module;
}
