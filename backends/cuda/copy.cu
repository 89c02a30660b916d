// copy: a strided view into a strided view. Axes are merged and reordered first. What is dense on both sides is a copy
// of bytes; a plane that has to be turned goes through tiles in shared memory, so that both sides move whole lines;
// anything else goes along the inner axis, in groups of 16 bytes where it is dense there.
#include <cstdlib>
#include <utility>

#include "logitape/backends/cuda/map.cuh"

namespace logitape_cuda {
namespace {

struct Axis {
  int64_t size, from, to;
};

// axes[rank - 2] and axes[rank - 1] are the rows and columns of planes; rank is at least 2.
struct Nest {
  int rank;
  Axis axes[LT_MAX_RANK + 2];
  int64_t elements;
};

// Whether x is denser along the rows than along the columns. Broadcast axes do not count.
bool transposed(const Axis& rows, const Axis& columns) {
  return rows.from != 0 && std::llabs(rows.from) < std::llabs(columns.from);
}

// Axes of one element go, and an axis that continues the one inside it joins it. Elements are independent of one
// another, so the axes may stand in any order: the outer axis along which x is densest becomes the rows.
Nest planned(const lt_copy_args& a) {
  Nest nest{0, {}, 1};
  Axis kept[LT_MAX_RANK];
  int count = 0;
  for (int r = 0; r < a.rank; ++r) {
    const Axis axis{a.size[r], a.from_step[r], a.to_step[r]};
    nest.elements *= axis.size;
    if (axis.size == 1) continue;
    Axis* outer = count > 0 ? &kept[count - 1] : nullptr;
    if (outer && outer->from == axis.from * axis.size && outer->to == axis.to * axis.size)
      *outer = {outer->size * axis.size, axis.from, axis.to};
    else kept[count++] = axis;
  }
  for (int missing = count; missing < 2; ++missing) nest.axes[nest.rank++] = {1, 0, 0};
  for (int i = 0; i < count; ++i) nest.axes[nest.rank++] = kept[i];
  Axis& rows = nest.axes[nest.rank - 2];
  const Axis& columns = nest.axes[nest.rank - 1];
  for (int r = 0; r < nest.rank - 2; ++r)
    if (transposed(nest.axes[r], columns) && (!transposed(rows, columns) || transposed(nest.axes[r], rows)))
      std::swap(nest.axes[r], rows);
  return nest;
}

struct Offsets {
  int64_t from, to;
};
// Of element `index` in the nest of the first `rank` axes.
DEVICE Offsets offsets(const Nest& nest, int rank, int64_t index) {
  Offsets at{0, 0};
  for (int r = rank - 1; r >= 0; --r) {
    const int64_t i = r == 0 ? index : index % nest.axes[r].size;
    at.from += i * nest.axes[r].from;
    at.to += i * nest.axes[r].to;
    if (r > 0) index /= nest.axes[r].size;
  }
  return at;
}

template <class U>
__global__ void __launch_bounds__(block_threads) copy_rows(const __grid_constant__ Nest nest, const U* x, U* y) {
  constexpr int n = 16 / sizeof(U);
  const Axis inner = nest.axes[nest.rank - 1];
  const int64_t across = (inner.size + n - 1) / n, groups = nest.elements / inner.size * across;
  const int64_t step = static_cast<int64_t>(gridDim.x) * block_threads;
  for (int64_t g = static_cast<int64_t>(blockIdx.x) * block_threads + threadIdx.x; g < groups; g += step) {
    const Offsets row = offsets(nest, nest.rank - 1, g / across);
    const int64_t first = g % across * n;
    const U* from = x + row.from + first * inner.from;
    U* to = y + row.to + first * inner.to;
    if (inner.from == 1 && inner.to == 1 && first + n <= inner.size) {
      store_group(to, load_group<U, n>(from));
      continue;
    }
    for (int64_t j = 0; j < n && first + j < inner.size; ++j) to[j * inner.to] = from[j * inner.from];
  }
}

constexpr int tile = 32, tile_rows = block_threads / tile;
constexpr int pitch = tile + 1;  // so that a column's elements lie in different banks

template <class U>
__global__ void __launch_bounds__(block_threads) copy_tiles(const __grid_constant__ Nest nest, const U* x, U* y) {
  SHARED_ARRAY(U, kept, tile * pitch);
  const Axis rows = nest.axes[nest.rank - 2], columns = nest.axes[nest.rank - 1];
  const int64_t down = (rows.size + tile - 1) / tile, across = (columns.size + tile - 1) / tile;
  const int64_t tiles = nest.elements / (rows.size * columns.size) * down * across;
  const int lane = static_cast<int>(threadIdx.x) % tile, line = static_cast<int>(threadIdx.x) / tile;
  for (int64_t t = blockIdx.x; t < tiles; t += gridDim.x) {
    const Offsets plane = offsets(nest, nest.rank - 2, t / across / down);
    const int64_t i = t / across % down * tile, j = t % across * tile;
    for (int c = line; c < tile; c += tile_rows)  // along the rows, where x is dense
      if (i + lane < rows.size && j + c < columns.size)
        kept[lane * pitch + c] = x[plane.from + (i + lane) * rows.from + (j + c) * columns.from];
    __syncthreads();
    for (int r = line; r < tile; r += tile_rows)
      if (i + r < rows.size && j + lane < columns.size)
        y[plane.to + (i + r) * rows.to + (j + lane) * columns.to] = kept[r * pitch + lane];
    __syncthreads();
  }
}

template <class U>
lt_status copy_nest(lt_context* context, const Nest& nest, const U* x, U* y) {
  const Axis &rows = nest.axes[nest.rank - 2], &columns = nest.axes[nest.rank - 1];
  if (nest.elements == columns.size && columns.from == 1 && columns.to == 1)
    return checked(cudaMemcpyAsync(y, x, static_cast<size_t>(nest.elements) * sizeof(U), cudaMemcpyDeviceToDevice,
                                   context->stream),
                   "copy");
  if (transposed(rows, columns)) {
    const int64_t planes = nest.elements / (rows.size * columns.size);
    const int64_t tiles = planes * divide_up(rows.size, tile) * divide_up(columns.size, tile);
    return start(context, "copy", tiles, 0, copy_tiles<U>, nest, x, y);
  }
  const int64_t groups = nest.elements / columns.size * divide_up(columns.size, 16 / sizeof(U));
  return start(context, "copy", divide_up(groups, block_threads), 0, copy_rows<U>, nest, x, y);
}

lt_status copy(lt_context* context, const lt_copy_args* a) {
  const Nest nest = planned(*a);
  if (nest.elements == 0) return LT_OK;
  const lt_dtype of_size = a->element_size == 1   ? lt_dtype{LT_U8}
                           : a->element_size == 2 ? lt_dtype{LT_I16}
                           : a->element_size == 4 ? lt_dtype{LT_I32}
                                                  : lt_dtype{LT_I64};
  return visit_bytes("copy", of_size, [&]<class U>() {
    return copy_nest(context, nest, static_cast<const U*>(a->x), static_cast<U*>(a->y));
  });
}

}  // namespace

void fill_copy(lt_kernels& k) { k.copy = copy; }

}  // namespace logitape_cuda
