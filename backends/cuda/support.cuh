// What kernel families share: halves as storage, the C++ type of a dtype, grids, and the error that a dtype is not
// taken. Kernels are built without contraction (-ffp-contract=off, -fmad=false): a fused operation is one that the
// source names, so that the emulated device gives the GPU's bits.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <limits>
#include <type_traits>

#include "logitape/backends/cuda/context.cuh"

namespace logitape_cuda {

// Of floats and of doubles, as CUDA has them without std::; the host's C++ has only those of doubles there.
using std::fabs, std::fma, std::fmax, std::rint, std::sqrt, std::isfinite, std::isinf, std::isnan;

// Faults that a test plants, one a family, for the watched emulation to find.
#ifdef LOGITAPE_PLANTED
constexpr int planted = LOGITAPE_PLANTED;
#else
constexpr int planted = 0;
#endif

using f16 = __half;
using bf16 = __nv_bfloat16;

// Bits as another type of their size.
template <class To, class From>
__device__ inline To as(From from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  memcpy(&to, &from, sizeof to);
  return to;
}

// What numbers of memory are computed in.
template <class M>
using Arithmetic = std::conditional_t<sizeof(M) == 2, float, M>;

__device__ inline float up(float v) { return v; }
__device__ inline double up(double v) { return v; }
__device__ inline float up(bf16 v) { return __bfloat162float(v); }
__device__ inline float up(f16 v) { return __half2float(v); }

// Rounded once into what memory holds.
template <class M>
__device__ inline M down(Arithmetic<M> v) {
  if constexpr (std::is_same_v<M, bf16>) return __float2bfloat16_rn(v);
  else if constexpr (std::is_same_v<M, f16>) return __float2half_rn(v);
  else return v;
}

// Element i of an array of indices.
__device__ inline int64_t index_at(lt_dtype dtype, const void* indices, int64_t i) {
  switch (dtype) {
    case LT_I8: return static_cast<const int8_t*>(indices)[i];
    case LT_U8: return static_cast<const uint8_t*>(indices)[i];
    case LT_I16: return static_cast<const int16_t*>(indices)[i];
    case LT_I32: return static_cast<const int32_t*>(indices)[i];
    default: return static_cast<const int64_t*>(indices)[i];
  }
}

inline lt_status unsupported(const char* op, lt_dtype dtype) {
  constexpr const char* names[] = {"f16", "bf16", "f32", "f64", "i8", "u8", "i16", "i32", "i64", "boolean"};
  char text[120];
  std::snprintf(text, sizeof text, "%s has no kernel for %s on this device", op, dtype < 10 ? names[dtype] : "?");
  return checked(cudaErrorInvalidValue, text);
}

// Calls f.operator()<T>() with the type of the dtype.
template <class F>
lt_status visit_floating(const char* op, lt_dtype dtype, F f) {
  if (dtype == LT_F32) return f.template operator()<float>();
  if (dtype == LT_F64) return f.template operator()<double>();
  return unsupported(op, dtype);
}
// Integers and booleans, which are read as u8.
template <class F>
lt_status visit_integer(const char* op, lt_dtype dtype, F f) {
  switch (dtype) {
    case LT_I8: return f.template operator()<int8_t>();
    case LT_U8:
    case LT_BOOLEAN: return f.template operator()<uint8_t>();
    case LT_I16: return f.template operator()<int16_t>();
    case LT_I32: return f.template operator()<int32_t>();
    case LT_I64: return f.template operator()<int64_t>();
    default: return unsupported(op, dtype);
  }
}
// By size alone: f.operator()<U>(), U unsigned.
template <class F>
lt_status visit_bytes(const char* op, lt_dtype dtype, F f) {
  switch (dtype) {
    case LT_I8:
    case LT_U8:
    case LT_BOOLEAN: return f.template operator()<uint8_t>();
    case LT_F16:
    case LT_BF16:
    case LT_I16: return f.template operator()<uint16_t>();
    case LT_F32:
    case LT_I32: return f.template operator()<uint32_t>();
    case LT_F64:
    case LT_I64: return f.template operator()<uint64_t>();
    default: return unsupported(op, dtype);
  }
}

constexpr int block_threads = 256;

inline int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

// Starts so many blocks, or as many as are sensible: kernels step on by the grid. None: nothing to do.
template <class... P, class... A>
lt_status start(lt_context* context, const char* op, int64_t blocks, size_t shared, void (*kernel)(P...),
                const A&... args) {
  if (blocks <= 0) return LT_OK;
  const auto grid = static_cast<unsigned>(std::min<int64_t>(blocks, 1 << 20));
  const LaunchShape shape{dim3(grid), dim3(block_threads), shared, context->stream};
  return checked(launch(op, shape, kernel, args...), op);
}

template <class F>
__global__ void __launch_bounds__(block_threads) each_of(int64_t size, F f) {
  const int64_t step = static_cast<int64_t>(gridDim.x) * block_threads;
  for (int64_t i = static_cast<int64_t>(blockIdx.x) * block_threads + threadIdx.x; i < size; i += step) f(i);
}

// Calls f(i) for every i < size, a thread each.
template <class F>
lt_status for_each(lt_context* context, const char* op, int64_t size, const F& f) {
  return start(context, op, divide_up(size, block_threads), 0, each_of<F>, size, f);
}

// Device memory for the time of a call: what is queued may use it, since it is freed in the same queue.
struct Workspace {
  lt_context* context;
  void* data = nullptr;
  lt_status status;

  Workspace(lt_context* c, const char*, size_t bytes) : context(c), status(bytes ? allocate(c, bytes, &data) : LT_OK) {}
  ~Workspace() {
    if (data) (void)release(context, data, 0);
  }
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;
};

// Copies to the host, and waits for all that was queued.
inline lt_status fetch(lt_context* context, const char* op, void* to, const void* from, size_t bytes) {
  const cudaError_t error = cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, context->stream);
  return checked(error == cudaSuccess ? cudaStreamSynchronize(context->stream) : error, op);
}

// Where matrix `index` of each operand of a batch starts, in matrices.
struct BatchOffsets {
  int64_t a, b;
};
__device__ inline BatchOffsets batch_offsets(const lt_loop2& batch, int64_t index) {
  BatchOffsets at{0, 0};
  for (int r = batch.rank - 1; r >= 0; --r) {
    at.a += index % batch.size[r] * batch.step[0][r];
    at.b += index % batch.size[r] * batch.step[1][r];
    index /= batch.size[r];
  }
  return at;
}
inline int64_t matrices_of(const lt_loop2& batch) {
  int64_t total = 1;
  for (int r = 0; r < batch.rank; ++r) total *= batch.size[r];
  return total;
}

}  // namespace logitape_cuda
