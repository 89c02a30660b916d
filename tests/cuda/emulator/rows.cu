// Softmax cross-entropy, loss and gradient with one read and one write of the logits, three ways by the length of a
// row: kernels of every kind of barrier and copy, for the emulator to find faults in. Rows::fault says which is
// planted.
#include <algorithm>

#include "logitape/backends/cuda/device.cuh"
#include "tests/cuda/emulator/rows.h"

namespace {

constexpr float log2_e = 1.4426950408889634f, log2_e_low = 1.92596299e-8f, ln_2 = 0.69314718055994531f;

template <class T>
struct Elements;
template <>
struct Elements<float> {
  static constexpr int n = 4;
  static DEVICE void unpack(uint4 v, float* f) {
    f[0] = __uint_as_float(v.x);
    f[1] = __uint_as_float(v.y);
    f[2] = __uint_as_float(v.z);
    f[3] = __uint_as_float(v.w);
  }
  static DEVICE uint4 pack(const float* f) {
    return make_uint4(__float_as_uint(f[0]), __float_as_uint(f[1]), __float_as_uint(f[2]), __float_as_uint(f[3]));
  }
  static DEVICE float up(float v) { return v; }
  static DEVICE float down(float v) { return v; }
};
template <>
struct Elements<__nv_bfloat16> {
  static constexpr int n = 8;
  static DEVICE void unpack(uint4 v, float* f) {
    const uint32_t w[4] = {v.x, v.y, v.z, v.w};
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      f[2 * i] = __uint_as_float(w[i] << 16);
      f[2 * i + 1] = __uint_as_float(w[i] & 0xffff0000u);
    }
  }
  static DEVICE uint32_t pair(float a, float b) {
    const __nv_bfloat162 p = __floats2bfloat162_rn(a, b);
    uint32_t w;
    memcpy(&w, &p, 4);
    return w;
  }
  static DEVICE uint4 pack(const float* f) {
    return make_uint4(pair(f[0], f[1]), pair(f[2], f[3]), pair(f[4], f[5]), pair(f[6], f[7]));
  }
  static DEVICE float up(__nv_bfloat16 v) { return __bfloat162float(v); }
  static DEVICE __nv_bfloat16 down(float v) { return __float2bfloat16_rn(v); }
};

// sum of 2^(x*log2e - k), k an integer no smaller than the largest x*log2e (or -inf)
struct Sum {
  float k, s;
};
DEVICE float finite(float k) { return k == -INFINITY ? 0.f : k; }
template <int n>
DEVICE float power(float x, float k) {
  const float h = fmaf(x, log2_e, -k);
  return ex2_approx(n == 4 ? fmaf(x, log2_e_low, h) : h);
}
DEVICE Sum join(Sum a, Sum b) {  // join(a, b) and join(b, a) are the same bits
  const float k = fmaxf(a.k, b.k), to = finite(k);
  return {k, __fadd_rn(__fmul_rn(a.s, ex2_approx(a.k - to)), __fmul_rn(b.s, ex2_approx(b.k - to)))};
}
DEVICE Sum join_warp(Sum v, int fault) {
  const unsigned all = fault == 2 ? 0x0000ffffu : ~0u;
#pragma unroll
  for (int o = 16; o; o >>= 1) v = join(v, Sum{__shfl_xor_sync(all, v.k, o), __shfl_xor_sync(all, v.s, o)});
  return v;
}

struct Row {
  int64_t first;   // of its elements
  int skip, wide;  // elements of the window before it; vectors in the window
  int64_t label;
  bool ignored, bad;
};
template <class T>
DEVICE Row row_of(const Rows& a, int64_t row) {
  constexpr int n = Elements<T>::n;
  Row r;
  r.first = row * a.classes;
  r.skip = static_cast<int>(r.first % n);
  r.wide = (r.skip + a.classes + n - 1) / n;
  r.label = a.labels[row];
  r.ignored = r.label == a.ignore;
  r.bad = !r.ignored && (r.label < 0 || r.label >= a.classes);
  return r;
}
template <class T>
DEVICE void unpack_masked(uint4 v, int element, int classes, float* f) {
  constexpr int n = Elements<T>::n;
  Elements<T>::unpack(v, f);
  if (element < 0 || element + n > classes) {
#pragma unroll
    for (int j = 0; j < n; ++j)
      if (static_cast<unsigned>(element + j) >= static_cast<unsigned>(classes)) f[j] = -INFINITY;
  }
}
template <class T>
DEVICE void add(Sum& t, const float* f) {
  constexpr int n = Elements<T>::n;
  float most = f[0];
#pragma unroll
  for (int j = 1; j < n; ++j) most = fmaxf(most, f[j]);
  const float k = fmaxf(t.k, ceilf(most * log2_e)), to = finite(k);
  float s = t.s * ex2_approx(t.k - to);
#pragma unroll
  for (int j = 0; j < n; ++j) s += power<n>(f[j], to);
  t = {k, s};
}
template <class T>
DEVICE void put(T* window, int vector, int element, int classes, const float* f, int fault) {
  constexpr int n = Elements<T>::n;
  const bool whole = element >= 0 && (element + n <= classes || fault == 3);
  if (whole) store16_streaming(window + static_cast<int64_t>(vector) * n, Elements<T>::pack(f));
  else {
#pragma unroll
    for (int j = 0; j < n; ++j)
      if (static_cast<unsigned>(element + j) < static_cast<unsigned>(classes))
        window[static_cast<int64_t>(vector) * n + j] = Elements<T>::down(f[j]);
  }
}
// The gradient of one vector: scale * (p - 1 at the label), the label's entry corrected before it is rounded.
template <class T>
DEVICE void slope(const Row& r, int element, float k, float q, float hit, float* f) {
  constexpr int n = Elements<T>::n;
#pragma unroll
  for (int j = 0; j < n; ++j) {
    f[j] = power<n>(f[j], k) * q;
    if (element + j == r.label) f[j] -= hit;
  }
}
// What power() leaves out must be left out here too, or the loss is off by 1.3e-8 of the logits' shift.
template <int n>
DEVICE float loss_of(float k, float s, float x, int fault) {
  const float h = fmaf(-x, log2_e, k);
  return fmaf(n == 4 || fault == 10 ? fmaf(-x, log2_e_low, h) : h, ln_2, logf(s));
}
template <class T>
DEVICE void fill(const Rows& a, const Row& r, int from, int to, int step, float v) {
  constexpr int n = Elements<T>::n;
  T* window = static_cast<T*>(a.gradient) + (r.first - r.skip);
  float f[n];
#pragma unroll
  for (int j = 0; j < n; ++j) f[j] = v;
  for (int i = from; i < to; i += step) put(window, i, i * n - r.skip, a.classes, f, a.fault);
}

// A warp a row: the row stays in registers.
template <class T, int packs>
__global__ void __launch_bounds__(128) ce_warp(const Rows a) {
  using E = Elements<T>;
  constexpr int n = E::n;
  const int lane = threadIdx.x & 31;
  for (int64_t row = blockIdx.x * 4ll + (threadIdx.x >> 5); row < a.rows; row += gridDim.x * 4ll) {
    const Row r = row_of<T>(a, row);
    if (r.ignored || r.bad) {
      fill<T>(a, r, lane, r.wide, 32, r.ignored ? 0.f : NAN);
      if (lane == 0) {
        a.loss[row] = r.ignored ? 0.f : NAN;
        if (r.bad) atomicMin(a.bad_row, static_cast<unsigned long long>(row));
      }
      continue;
    }
    const T* window = static_cast<const T*>(a.logits) + (r.first - r.skip);
    uint4 raw[packs] = {};
    Sum t{-INFINITY, 0.f};
    float f[n];
#pragma unroll
    for (int p = 0; p < packs; ++p) {
      const int i = p * 32 + lane;
      if (i < r.wide) raw[p] = load16_streaming(window + i * n);
    }
    const float x = E::up(static_cast<const T*>(a.logits)[r.first + r.label]);
#pragma unroll
    for (int p = 0; p < packs; ++p)
      if (p * 32 + lane < r.wide) {
        unpack_masked<T>(raw[p], (p * 32 + lane) * n - r.skip, a.classes, f);
        add<T>(t, f);
      }
    t = join_warp(t, a.fault);
    __syncwarp();  // x has been read by every lane before a lane writes, for a gradient in place
    if (lane == 0) a.loss[row] = loss_of<n>(t.k, t.s, x, a.fault);
    const float q = a.scale / t.s, k = finite(t.k);
#pragma unroll
    for (int p = 0; p < packs; ++p)
      if (p * 32 + lane < r.wide) {
        const int i = p * 32 + lane;
        E::unpack(raw[p], f);
        slope<T>(r, i * n - r.skip, k, q, a.scale, f);
        put(static_cast<T*>(a.gradient) + (r.first - r.skip), i, i * n - r.skip, a.classes, f, a.fault);
      }
  }
}

// A block a row: the row stays in shared memory.
constexpr int threads = 256;
template <class T>
__global__ void __launch_bounds__(threads) ce_block(const Rows a) {
  using E = Elements<T>;
  constexpr int n = E::n;
  DYNAMIC_SHARED(dynamic);
  SHARED_ARRAY(Sum, part, threads / 32);
  uint4* kept = reinterpret_cast<uint4*>(dynamic);
  const int tid = threadIdx.x;
  const int64_t row = blockIdx.x;
  const Row r = row_of<T>(a, row);
  if (r.ignored || r.bad) {
    fill<T>(a, r, tid, r.wide, threads, r.ignored ? 0.f : NAN);
    if (tid == 0) {
      a.loss[row] = r.ignored ? 0.f : NAN;
      if (r.bad) atomicMin(a.bad_row, static_cast<unsigned long long>(row));
    }
    return;
  }
  const T* window = static_cast<const T*>(a.logits) + (r.first - r.skip);
  const float x = E::up(static_cast<const T*>(a.logits)[r.first + r.label]);
  Sum t{-INFINITY, 0.f};
  float f[n];
  const int shift = a.fault == 6;  // a vector that starts at an element
  for (int i = tid; i < r.wide; i += threads) {
    const uint4 v = load16_streaming(window + i * n + shift);
    store16(kept + i, v);
    unpack_masked<T>(v, i * n - r.skip, a.classes, f);
    add<T>(t, f);
  }
  t = join_warp(t, a.fault);
  if ((tid & 31) == 0) part[tid >> 5] = t;
  if (a.fault != 1 && (a.fault != 7 || tid < r.wide)) __syncthreads();
  t = part[0];
  for (int w = 1; w < threads / 32 + (a.fault == 8); ++w) t = join(t, part[w]);
  if (tid == 0) a.loss[row] = loss_of<n>(t.k, t.s, x, a.fault);
  const float q = a.scale / t.s, k = finite(t.k);
  for (int i = tid; i < r.wide; i += threads) {
    E::unpack(load16(kept + i), f);
    slope<T>(r, i * n - r.skip, k, q, a.scale, f);
    put(static_cast<T*>(a.gradient) + (r.first - r.skip), i, i * n - r.skip, a.classes, f, a.fault);
  }
}

// A cluster a row: each block keeps a share, bulk copies bring it, sums meet through distributed shared memory.
constexpr int chunks = 4;
template <class T, int blocks>
__global__ void __launch_bounds__(threads) ce_cluster(const Rows a, const int share) {
  // long: one protocol from the first arrival to the last sum, which parts would hide.
  using E = Elements<T>;
  constexpr int n = E::n;
  DYNAMIC_SHARED(dynamic);
  SHARED_ARRAY(uint64_t, arrived, chunks);
  SHARED_ARRAY(Sum, part, threads / 32);
  SHARED_ARRAY(float2, peers, 16);
  uint4* kept = reinterpret_cast<uint4*>(dynamic);
  const int tid = threadIdx.x, rank = static_cast<int>(cluster_rank());
  const int64_t row = blockIdx.x / blocks;
  const Row r = row_of<T>(a, row);
  const int first = rank * share, mine = max(0, min(share, r.wide - first)), chunk = (share + chunks - 1) / chunks;
  if (tid == 0) {
#pragma unroll
    for (int c = 0; c < chunks; ++c) barrier_init(&arrived[c], 1);
    barrier_fence();
  }
  __syncthreads();
  cluster_arrive();  // waited for before the first write to a peer
  if (r.ignored || r.bad) {
    cluster_wait();
    fill<T>(a, r, first + tid, first + mine, threads, r.ignored ? 0.f : NAN);
    if (tid == 0 && rank == 0) {
      a.loss[row] = r.ignored ? 0.f : NAN;
      if (r.bad) atomicMin(a.bad_row, static_cast<unsigned long long>(row));
    }
    return;
  }
  const T* window = static_cast<const T*>(a.logits) + (r.first - r.skip);
  float x = 0.f;
  if (tid == 0) {
#pragma unroll
    for (int c = 0; c < chunks; ++c) {
      const int from = c * chunk, many = min(chunk, mine - from);
      if (many > 0) {
        barrier_expect(&arrived[c], many * 16u);
        bulk_copy(kept + from, window + static_cast<int64_t>(first + from) * n, many * 16u, &arrived[c]);
      }
    }
    if (rank == 0) x = E::up(static_cast<const T*>(a.logits)[r.first + r.label]);
  }
  Sum t{-INFINITY, 0.f};
  float f[n];
  for (int c = 0; c < chunks; ++c) {
    const int from = c * chunk, many = min(chunk, mine - from);
    if (many <= 0) break;
    if (a.fault != 5 || c != 2) barrier_wait(&arrived[c], 0);
    for (int i = from + tid; i < from + many; i += threads) {
      unpack_masked<T>(load16(kept + i), (first + i) * n - r.skip, a.classes, f);
      add<T>(t, f);
    }
  }
  t = join_warp(t, a.fault);
  if ((tid & 31) == 0) part[tid >> 5] = t;
  __syncthreads();
  t = part[0];
#pragma unroll
  for (int w = 1; w < threads / 32; ++w) t = join(t, part[w]);
  if (a.fault != 9) cluster_wait();  // every peer is running
  if (tid < blocks) *cluster_map(&peers[rank], tid) = make_float2(t.k, t.s);
  if (a.fault == 9) cluster_wait();
  if (a.fault != 4 && a.fault != 9) {
    cluster_arrive();
    cluster_wait();
  }
  t = {peers[0].x, peers[0].y};
#pragma unroll
  for (int b = 1; b < blocks; ++b) t = join(t, Sum{peers[b].x, peers[b].y});
  if (tid == 0 && rank == 0) a.loss[row] = loss_of<n>(t.k, t.s, x, a.fault);
  const float q = a.scale / t.s, k = finite(t.k);
  for (int i = tid; i < mine; i += threads) {
    E::unpack(load16(kept + i), f);
    slope<T>(r, (first + i) * n - r.skip, k, q, a.scale, f);
    put(static_cast<T*>(a.gradient) + (r.first - r.skip), first + i, (first + i) * n - r.skip, a.classes, f, a.fault);
  }
}

template <class T, int blocks>
cudaError_t start_cluster(const Rows& a, cudaStream_t stream) {
  constexpr int n = Elements<T>::n;
  const int share = ((a.classes + 2 * n - 2) / n + blocks - 1) / blocks;
  const size_t bytes = static_cast<size_t>(share) * 16;
  if (const cudaError_t e = cudaFuncSetAttribute(ce_cluster<T, blocks>, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                                 static_cast<int>(bytes));
      e != cudaSuccess)
    return e;
  return launch("ce_cluster",
                (LaunchShape{dim3(static_cast<unsigned>(a.rows * blocks)), dim3(threads), bytes, stream, blocks}),
                ce_cluster<T, blocks>, a, share);
}
template <class T>
cudaError_t start(const Rows& a, Way way, cudaStream_t stream) {
  constexpr int n = Elements<T>::n;
  const int wide = (a.classes + 2 * n - 2) / n;
  const size_t bytes = static_cast<size_t>(wide) * 16;
  const unsigned blocks = static_cast<unsigned>(std::min<int64_t>((a.rows + 3) / 4, 132 * 16));
  switch (way) {
    case Way::warp:
      if (wide <= 32) return launch("ce_warp", (LaunchShape{dim3(blocks), dim3(128), 0, stream}), ce_warp<T, 1>, a);
      if (wide <= 128) return launch("ce_warp", (LaunchShape{dim3(blocks), dim3(128), 0, stream}), ce_warp<T, 4>, a);
      return cudaErrorInvalidValue;
    case Way::block:
      if (const cudaError_t e =
              cudaFuncSetAttribute(ce_block<T>, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(bytes));
          e != cudaSuccess)
        return e;
      return launch("ce_block", (LaunchShape{dim3(static_cast<unsigned>(a.rows)), dim3(threads), bytes, stream}),
                    ce_block<T>, a);
    case Way::cluster2: return start_cluster<T, 2>(a, stream);
    case Way::cluster4: return start_cluster<T, 4>(a, stream);
    case Way::cluster8: return start_cluster<T, 8>(a, stream);
  }
  return cudaErrorInvalidValue;
}

}  // namespace

const char* name_of_fault(int fault) {
  constexpr const char* names[] = {"none",
                                   "no barrier between the warps' sums and their sum",
                                   "a shuffle whose mask has half of the lanes",
                                   "a row's last vector stored over the next row",
                                   "a cluster that reads its peers' sums too early",
                                   "a bulk copy that is not waited for",
                                   "a vector that starts at an element",
                                   "a barrier that some threads do not come to",
                                   "one sum too many",
                                   "a peer that is written to before it runs",
                                   "a part of log2 e that one formula keeps and another drops"};
  return names[fault];
}

bool cross_entropy_rows(const Rows& r, bool bf16, Way way) {
  const cudaError_t e = bf16 ? start<__nv_bfloat16>(r, way, nullptr) : start<float>(r, way, nullptr);
  return e == cudaSuccess;
}
