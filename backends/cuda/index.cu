// Indexing along the middle axis of [outer, axis, inner]: gather, scatter_add, one_hot, and the check of index ranges.
// gather: a thread an element of the result, or 16 bytes of a row; one_hot: an element. scatter_add: a warp has 32
// columns and the targets of one residue; it looks at all indices in order, and adds what is for its targets, so that
// duplicates add in the order of j without atomics.
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

  U missing;  // of an index that is not in range

  __device__ void operator()(int64_t at) const {
    const int64_t i = at % inner, j = at / inner % count, o = at / inner / count;
    const int64_t index = index_at(index_dtype, indices, per_element ? at : j);
    const bool exists = index >= 0 && index < axis;
    const U* const from = x + (o * axis + index) * inner + i;
    if constexpr (sizeof(U) == 16) store16(y + at, exists ? load16(from) : missing);
    else y[at] = exists ? *from : missing;
  }
};

uint64_t bits_of_nan(lt_dtype dtype) {
  constexpr uint64_t nan[] = {0x7e00, 0x7fc0, 0x7fc00000, 0x7ff8000000000000};  // f16 to f64
  return dtype <= LT_F64 ? nan[dtype] : 0;
}

// So many of an element's bits as fit in 16 bytes.
uint4 repeated(uint64_t bits, size_t bytes) {
  uint4 word;
  for (size_t at = 0; at < sizeof word; at += bytes) memcpy(reinterpret_cast<char*>(&word) + at, &bits, bytes);
  return word;
}

bool by_words(const lt_index_args& a, size_t bytes) {
  const auto aligned = [](const void* p) { return reinterpret_cast<uintptr_t>(p) % 16 == 0; };
  return !a.per_element && static_cast<size_t>(a.inner) * bytes % 16 == 0 && aligned(a.x) && aligned(a.y);
}

lt_status gather(lt_context* context, const lt_index_args* a) {
  return visit_bytes("gather", a->dtype, [&]<class U>() {
    if (by_words(*a, sizeof(U))) {  // 16 bytes of a row are one element
      const int64_t inner = a->inner / static_cast<int64_t>(16 / sizeof(U));
      const Gather<uint4> f{a->index_dtype,
                            false,
                            a->axis,
                            inner,
                            a->count,
                            static_cast<const uint4*>(a->x),
                            a->indices,
                            static_cast<uint4*>(a->y),
                            repeated(bits_of_nan(a->dtype), sizeof(U))};
      return for_each(context, "gather", a->outer * a->count * inner, f);
    }
    const Gather<U> f{a->index_dtype,
                      a->per_element,
                      a->axis,
                      a->inner,
                      a->count,
                      static_cast<const U*>(a->x),
                      a->indices,
                      static_cast<U*>(a->y),
                      static_cast<U>(bits_of_nan(a->dtype))};
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

  __device__ bool in_range(int64_t index) const { return index >= 0 && index < axis; }

  // One list of indices for all columns: 32 of them are looked at together.
  __device__ void shared_list(int64_t o, int64_t i, int64_t residue) const {
    const int lane = static_cast<int>(threadIdx.x % 32);
    for (int64_t first = 0; first < count; first += 32) {
      const int64_t index = first + lane < count ? index_at(index_dtype, indices, first + lane) : -1;
      const unsigned mine = __ballot_sync(~0u, in_range(index) && index % residues == residue);
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
      if (in_range(index) && index % residues == residue) y[(o * axis + index) * inner + i] += x[at];
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

// The first check that finds an index out of range makes the device's fault its own, by its ticket; what later ones
// find is not told. Atomics on whole numbers: any order gives the same count and the same first position.
struct IndexCheck {
  lt_dtype index_dtype;
  int64_t limit;
  const void* indices;
  const uint8_t* keep;
  unsigned long long ticket;
  lt_fault* fault;

  static __device__ unsigned long long* word(void* field) { return static_cast<unsigned long long*>(field); }
  __device__ void operator()(int64_t at) const {
    if (keep && keep[at] == 0) return;
    const int64_t index = index_at(index_dtype, indices, at);
    if (index >= 0 && index < limit) return;
    const unsigned long long before = atomicCAS(word(&fault->ticket), 0ull, ticket);
    if (before != 0 && before != ticket) return;
    atomicAdd(word(&fault->count), 1ull);
    atomicMin(word(&fault->position), static_cast<unsigned long long>(at));
  }
};
// When the first position is known, its index.
struct FirstIndex {
  IndexCheck of;
  __device__ void operator()(int64_t) const {
    if (of.fault->ticket != of.ticket) return;
    of.fault->value = index_at(of.index_dtype, of.indices, of.fault->position);
    of.fault->limit = of.limit;
  }
};

// Of a caller that waits, the fault is its own; of another the device's, for take_fault.
lt_status index_check(lt_context* context, const lt_index_check_args* a) {
  constexpr const char* op = "index_check";
  if (a->fault) *a->fault = {0, 0, 0};
  if (a->count == 0) return LT_OK;
  const Workspace own(context, op, a->fault ? sizeof(lt_fault) : 0);
  if (own.status != LT_OK) return own.status;
  lt_fault* const fault = a->fault ? static_cast<lt_fault*>(own.data) : context->fault;
  if (a->fault)
    if (const lt_status status = checked(no_fault(fault, context->stream), op)) return status;
  const IndexCheck check{a->index_dtype, a->limit, a->indices, a->keep, a->fault ? 1 : a->ticket, fault};
  if (const lt_status status = for_each(context, op, a->count, check)) return status;
  if (const lt_status status = for_each(context, op, 1, FirstIndex{check})) return status;
  if (!a->fault) {
    context->unread = true;
    return LT_OK;
  }
  lt_fault found{};
  const lt_status status = fetch(context, op, &found, fault, sizeof found);
  if (found.count) *a->fault = {found.count, found.position, found.value};
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
