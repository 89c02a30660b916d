// Indexing along the middle axis of [outer, axis, inner]: gather, scatter_add, one_hot, and the check of index ranges.
// gather and one_hot: a thread an element of the result. scatter_add: a warp has 32 columns and the targets of one
// residue; it looks at all indices in order, and adds what is for its targets, so that duplicates add in the order of j
// without atomics.
#include "logitape/backends/cuda/support.cuh"

namespace logitape_cuda {
namespace {

template <class U>
struct Gather {
  lt_dtype index_dtype;
  bool per_element;
  int64_t axis, inner, count;
  const U* x;
  const void* indices;
  U* y;

  __device__ void operator()(int64_t at) const {
    const int64_t i = at % inner, j = at / inner % count, o = at / inner / count;
    y[at] = x[(o * axis + index_at(index_dtype, indices, per_element ? at : j)) * inner + i];
  }
};

lt_status gather(lt_context* context, const lt_index_args* a) {
  return visit_bytes("gather", a->dtype, [&]<class U>() {
    const Gather<U> f{a->index_dtype, a->per_element,       a->axis, a->inner, a->count, static_cast<const U*>(a->x),
                      a->indices,     static_cast<U*>(a->y)};
    return for_each(context, "gather", a->outer * a->count * a->inner, f);
  });
}

constexpr int scatter_warps = block_threads / 32;

template <class T>
struct Scatter {
  lt_dtype index_dtype;
  int64_t outer, axis, inner, count, residues;
  const T* x;
  const void* indices;
  T* y;

  // One list of indices for all columns: 32 of them are looked at together.
  __device__ void shared_list(int64_t o, int64_t i, int64_t residue) const {
    const int lane = static_cast<int>(threadIdx.x % 32);
    for (int64_t first = 0; first < count; first += 32) {
      const int64_t index = first + lane < count ? index_at(index_dtype, indices, first + lane) : -1;
      const unsigned mine = __ballot_sync(~0u, index >= 0 && index % residues == residue);
      for (int from = 0; from < 32 && mine >> from; ++from) {
        if (!(mine >> from & 1)) continue;
        const int64_t target = __shfl_sync(~0u, index, from);
        if (i < inner) y[(o * axis + target) * inner + i] += x[(o * count + first + from) * inner + i];
      }
    }
  }
  __device__ void own_lists(int64_t o, int64_t i, int64_t residue) const {
    for (int64_t j = 0; j < count && i < inner; ++j) {
      const int64_t at = (o * count + j) * inner + i, index = index_at(index_dtype, indices, at);
      if (index % residues == residue) y[(o * axis + index) * inner + i] += x[at];
    }
  }
};

template <class T>
__global__ void __launch_bounds__(block_threads) scatter(bool per_element, Scatter<T> s) {
  const int64_t across = (s.inner + 31) / 32, pieces = s.outer * across * s.residues;
  for (int64_t w = blockIdx.x * int64_t{scatter_warps} + threadIdx.x / 32; w < pieces;
       w += gridDim.x * int64_t{scatter_warps}) {
    const int64_t i = w % across * 32 + threadIdx.x % 32, o = w / across / s.residues;
    const int64_t residue = w / across % s.residues / (planted == 5 ? 2 : 1);
    if (per_element) s.own_lists(o, i, residue);
    else s.shared_list(o, i, residue);
  }
}

lt_status scatter_add(lt_context* context, const lt_index_args* a) {
  if (a->outer * a->inner * a->count == 0) return LT_OK;
  return visit_floating("scatter_add", a->dtype, [&]<class T>() {
    // as many warps as a GPU holds, about 8,192, but some targets for each and some indices
    const int64_t others = a->outer * divide_up(a->inner, 32);
    const int64_t residues = std::max<int64_t>(
        1, std::min({8192 / std::max<int64_t>(1, others), divide_up(a->axis, 2), divide_up(a->count, 2)}));
    const Scatter<T> s{
        a->index_dtype,       a->outer, a->axis, a->inner, a->count, residues, static_cast<const T*>(a->x), a->indices,
        static_cast<T*>(a->y)};
    return start(context, "scatter_add", divide_up(others * residues, scatter_warps), 0, scatter<T>, a->per_element, s);
  });
}

template <class U>
struct OneHot {
  lt_dtype index_dtype;
  int64_t classes;
  const void* indices;
  U* y;
  U one;

  __device__ void operator()(int64_t at) const {
    y[at] = at % classes == index_at(index_dtype, indices, at / classes) ? one : U(0);
  }
};

lt_status one_hot(lt_context* context, const lt_one_hot_args* a) {
  return visit_bytes("one_hot", a->dtype, [&]<class U>() {
    const uint64_t ones[] = {0x3c00, 0x3f80, 0x3f800000, 0x3ff0000000000000};  // the bits of 1, f16 to f64
    const U one = static_cast<U>(a->dtype <= LT_F64 ? ones[a->dtype] : 1);
    return for_each(context, "one_hot", a->rows * a->classes,
                    OneHot<U>{a->index_dtype, a->classes, a->indices, static_cast<U*>(a->y), one});
  });
}

// Atomics on whole numbers: any order gives the same count and the same first position.
struct Faults {
  unsigned long long count, position;
};
struct IndexCheck {
  lt_dtype index_dtype;
  int64_t limit;
  const void* indices;
  const uint8_t* keep;
  Faults* faults;

  __device__ void operator()(int64_t at) const {
    if (keep && keep[at] == 0) return;
    const int64_t index = index_at(index_dtype, indices, at);
    if (index >= 0 && index < limit) return;
    atomicAdd(&faults->count, 1ull);
    atomicMin(&faults->position, static_cast<unsigned long long>(at));
  }
};

size_t bytes_of(lt_dtype index) { return index == LT_I64 ? 8 : index == LT_I32 ? 4 : index == LT_I16 ? 2 : 1; }

int64_t widened(lt_dtype dtype, int64_t bits) {
  switch (dtype) {
    case LT_I8: return static_cast<int8_t>(bits);
    case LT_U8: return static_cast<uint8_t>(bits);
    case LT_I16: return static_cast<int16_t>(bits);
    case LT_I32: return static_cast<int32_t>(bits);
    default: return bits;
  }
}

lt_status index_check(lt_context* context, const lt_index_check_args* a) {
  constexpr const char* op = "index_check";
  a->fault->count = a->fault->position = a->fault->value = 0;
  if (a->count == 0) return LT_OK;
  const Workspace room(context, op, sizeof(Faults));
  if (room.status != LT_OK) return room.status;
  auto* const faults = static_cast<Faults*>(room.data);
  cudaError_t error = cudaMemsetAsync(&faults->count, 0, sizeof faults->count, context->stream);
  if (error == cudaSuccess) error = cudaMemsetAsync(&faults->position, 0xff, sizeof faults->position, context->stream);
  if (const lt_status status = checked(error, op); status != LT_OK) return status;
  const IndexCheck f{a->index_dtype, a->limit, a->indices, a->keep, faults};
  if (const lt_status status = for_each(context, op, a->count, f); status != LT_OK) return status;
  Faults found{};
  if (const lt_status status = fetch(context, op, &found, faults, sizeof found); status != LT_OK) return status;
  if (found.count == 0) return LT_OK;
  const size_t bytes = bytes_of(a->index_dtype);
  int64_t bits = 0;  // little endian: the lowest bytes are the value's
  const lt_status status =
      fetch(context, op, &bits, static_cast<const char*>(a->indices) + found.position * bytes, bytes);
  a->fault->count = static_cast<int64_t>(found.count);
  a->fault->position = static_cast<int64_t>(found.position);
  a->fault->value = widened(a->index_dtype, bits);
  return status;
}

}  // namespace

void fill_index(lt_kernels& k) {
  k.gather = gather;
  k.scatter_add = scatter_add;
  k.one_hot = one_hot;
  k.index_check = index_check;
}

}  // namespace logitape_cuda
