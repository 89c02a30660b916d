// The module: one struct of functions over the CUDA runtime. Each device has one context: a stream that waits for no
// other, and a pool of memory (memory.cu).
#include <mutex>

#include "logitape/backends/cuda/context.cuh"
#include "logitape/backends/cuda/message.h"

namespace logitape_cuda {
namespace {

constexpr int most_devices = 64;

std::mutex opening;
lt_context devices[most_devices];

lt_status device_count(int32_t* count) {
  int n = 0;
  *count = 0;
  if (const lt_status s = checked(cudaGetDeviceCount(&n), "cudaGetDeviceCount")) return s;
  if (n == 0) return checked(cudaErrorNoDevice, "cudaGetDeviceCount");
  *count = n < most_devices ? n : most_devices;
  return LT_OK;
}

lt_status open(int32_t index, lt_context** context) {
  int32_t count = 0;
  if (const lt_status s = device_count(&count)) return s;
  if (index < 0 || index >= count)
    return refuse(LT_UNAVAILABLE, "there is no CUDA device %d: this machine has %d", index, count);
  const std::lock_guard<std::mutex> lock(opening);
  lt_context& d = devices[index];
  if (!d.open) {
    d.device = index;
    if (const lt_status s = checked(cudaSetDevice(index), "cudaSetDevice")) return s;
    for (cudaStream_t* stream : {&d.stream, &d.aside})
      if (const lt_status s = checked(cudaStreamCreateWithFlags(stream, cudaStreamNonBlocking), "cudaStreamCreate"))
        return s;
    if (const lt_status s = open_pool(&d)) return s;
    d.open = true;
  }
  *context = &d;
  return LT_OK;
}

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
                      fill_normalise, fill_index, fill_random, fill_optimizer, fill_finite})
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
                                   .take_fault = take_fault,
                                   .store = store,
                                   .record = record,
                                   .recorded = recorded,
                                   .replay = replay,
                                   .release_graph = release_graph};
  return &module;
}
