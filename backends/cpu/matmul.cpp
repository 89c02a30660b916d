// matmul: y[m, n] = a[m, k] * b[k, n] (+ bias[n]) (then max(0, .)), per matrix of a batch; either operand may be
// transposed. Each output is a chain of fused multiply-adds in the order of k, from zero in each k-block of 4,096;
// block sums are added in order, then the bias, then ReLU. Everything else here (blocks of outputs, pieces of k that
// fit the caches, packing, threads) only decides where a chain rests between two steps, never what it sums: row i of
// a*b is the same bits as (row i of a)*b. Of f32 rounded to bf16 (MatmulArgs::bf16) the chain's order is k = 1, 0, 3,
// 2, ..., that of matmul_bf16-inl.h.
#include "logitape/backends/cpu/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "logitape/backends/cpu/matmul.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "logitape/backends/cpu/cpu.h"
#include "logitape/backends/cpu/halves-inl.h"
#include "logitape/backends/cpu/lanes-inl.h"
#include "logitape/backends/cpu/matmul-inl.h"
#include "logitape/backends/cpu/matmul_bf16-inl.h"
#include "logitape/backends/cpu/matmul_cuts.h"
#include "logitape/backends/cpu/matmul_shapes.h"
#include "logitape/backends/cpu/thread_pool.h"
#include "logitape/core/memory.h"

HWY_BEFORE_NAMESPACE();
namespace logitape::inline v0::cpu::HWY_NAMESPACE {
namespace {

constexpr size_t sum_block = 4096;  // changes the bits: the k-block of the chain
// The others change none. k at a time, so that a strip of b stays in L1; bytes of b that are read as they lie, however
// often.
constexpr size_t piece = HWY_TARGET <= HWY_AVX3 ? 256 : 384, b_in_l2 = 1 << 19;
// A panel is the outputs whose operands are packed together, once, for all threads: at most 13 MB of f64. Panels are
// small where the sums of k-blocks wait beside them.
constexpr size_t panel_edge = 2048, panel_edge_of_blocks = 512;

constexpr size_t count_of(size_t size, size_t step) { return (size + step - 1) / step; }
constexpr size_t up_to(size_t multiple, size_t size) { return count_of(size, multiple) * multiple; }

// y[rows, columns] with rows `y_step` apart, and the operands' corners that it needs.
template <class P>
struct Panel {
  Strip<typename P::Element> a, b;  // b's strip runs across columns
  const typename P::Sum* bias;
  typename P::Sum* y;
  size_t rows, columns, depth, y_step, bias_step;
  bool relu;
  const CutPlan* cuts;
};

struct Span {
  size_t begin, size;
};

// The rows of a panel, cut into tiles. The last two share what is left evenly: in a low tile few chains wait for each
// other. So they do in one vector's, which are higher where the panel has no others.
struct Tiles {
  size_t rows, height, count = count_of(rows, height), whole = (std::max<size_t>(2, count) - 2) * height,
                       upper = rows <= height ? rows : (rows - whole + 1) / 2;
  Span operator[](size_t index) const {
    const size_t begin = index * height;
    if (begin < whole) return {begin, height};
    return begin == whole ? Span{begin, upper} : Span{whole + upper, rows - whole - upper};
  }
};
template <class P>
Tiles tiles_of(const Panel<P>& o) {
  return {o.rows, o.columns <= lanes<typename P::Sum> ? narrow_rows : tile_rows};
}

// Columns that are packed, and claimed, together: a strip; eight vectors where a single row reads b as it lies.
template <class P>
size_t strip_columns(const Panel<P>& o) {
  return o.rows == 1 ? row_vectors * lanes<typename P::Sum> : tile_columns<typename P::Sum>;
}
// How many vectors wide the next tiles are, with `left` columns to go.
template <class P>
size_t vectors_for(const Panel<P>& o, size_t left) {
  constexpr size_t n = lanes<typename P::Sum>;
  if (o.rows == 1 && left >= row_vectors * n) return row_vectors;
  return left <= n ? 1 : tile_vectors;
}

// Packing pays where a strip is read often, and from afar; strips that vectors cannot read as they lie are always
// packed.
template <class P>
bool packs_a(const Panel<P>& o) {
  if (!P::reads_a(o.a, o.depth)) return true;
  using E = typename P::Element;
  const bool rows_lie = o.a.across > 1 || o.a.along * sizeof(E) <= near;
  return o.columns > 2 * tile_columns<typename P::Sum> &&
         o.rows * o.depth * sizeof(E) > (rows_lie ? rows_of_a<E> : a_in_l1);
}
template <class P>
bool packs_b(const Panel<P>& o, size_t columns) {
  if (o.b.across != 1 || !P::reads_b || (columns < lanes<typename P::Sum> && !P::masks)) return true;
  return o.rows > 12 * tile_rows && o.b.along * o.depth > b_in_l2 / sizeof(typename P::Sum);
}

// A piece of k of a panel, and where it is packed.
template <class P>
struct Piece {
  using T = typename P::Sum;
  const Panel<P>& o;
  Tiles tiles;
  size_t first, depth;
  T* packed_a;
  T* packed_b;
  T* sums;  // of chains longer than a k-block; null where they rest in y
  size_t sums_step;

  // The vector of room behind each strip takes what packing writes too much, while others pack its neighbour.
  T* a_at(size_t index) const { return packed_a + tiles[index].begin * depth + index * lanes<T>; }
  T* b_at(size_t j) const { return packed_b + j * depth; }
  bool ends_block() const { return (first + depth) % sum_block == 0 || last(); }
  bool last() const { return first + depth == o.depth; }
};

template <class E>
Strip<E> corner(const Strip<E>& from, size_t i, size_t p) {
  return {from.at + i * from.across + p * from.along, from.across, from.along, from.end};
}

template <class P>
void pack_strip(const Piece<P>& w, size_t begin) {
  using T = typename P::Sum;
  const Panel<P>& o = w.o;
  const size_t end = std::min(o.columns, begin + strip_columns(o));
  for (size_t j = begin, columns = 0; j < end; j += columns) {
    const size_t padded = vectors_for(o, end - j) * lanes<T>;
    columns = std::min(padded, end - j);
    if (packs_b(o, columns)) P::copy_b(corner(o.b, j, w.first), columns, padded, w.depth, w.b_at(j));
  }
}

template <class P>
void pack_tile(const Piece<P>& w, size_t index) {
  const Span rows = w.tiles[index];
  P::copy_a(corner(w.o.a, rows.begin, w.first), rows.size, w.depth, w.a_at(index));
}

// What is left once a k-block is summed: y = y + sums, bias and ReLU, out to y[i.., j..]. Only this copy knows about
// columns that are no whole vector.
template <class P, class T = typename P::Sum>
void finish(const Panel<P>& o, Sums<T> sums, Span i, Span j, bool add, bool last) {
  const hn::ScalableTag<T> d;
  for (size_t r = 0; r < i.size; ++r) {
    T* const row = o.y + (i.begin + r) * o.y_step + j.begin;
    for (size_t c = 0; c < j.size; c += lanes<T>) {
      const auto left = static_cast<std::int64_t>(j.size - c);
      auto x = hn::LoadU(d, sums.at + r * sums.step + c);
      if (add) x = hn::Add(load_filled(d, row + c, left, T(0)), x);
      if (last && o.bias)
        x = hn::Add(x, o.bias_step == 0 ? hn::Set(d, *o.bias) : load_filled(d, o.bias + j.begin + c, left, T(0)));
      if (last && o.relu) x = hn::IfThenZeroElse(hn::Le(x, hn::Zero(d)), x);  // NaN stays, -0 becomes +0
      store_first(d, x, row + c, left);
    }
  }
}

// The tiles [tiles.begin, ..) of the strip that begins at column `begin`.
template <class P, class T = typename P::Sum>
void multiply_strip(const Piece<P>& w, Span tiles, size_t begin) {
  const Panel<P>& o = w.o;
  HWY_ALIGN T room[tile_rows * tile_columns<T>];
  HWY_ALIGN T waiting[most_waiting * tile_rows * tile_columns<T>];
  const bool fresh = w.first % sum_block == 0, from_a = packs_a(o), last = w.last();
  const size_t end = std::min(o.columns, begin + strip_columns(o));
  for (size_t j = begin, columns = 0; j < end; j += columns) {
    const size_t vectors = vectors_for(o, end - j), padded = vectors * lanes<T>;
    columns = std::min(padded, end - j);
    TileArgs<T, typename P::Unit> args;
    args.depth = w.depth;
    args.b = packs_b(o, columns) ? P::packed_b(w.b_at(j), padded) : P::as_it_lies(corner(o.b, j, w.first));
    args.columns = columns;
    args.fresh = fresh;
    if (o.cuts->count > 0) {
      args.cut = o.cuts->cut;
      args.last_cut = args.cut + o.cuts->count - 1;
      args.waiting = waiting;
    }
    const bool in_y = (columns >= lanes<T> || P::masks) && !(last && (o.bias || o.relu));
    for (size_t t = tiles.begin; t < tiles.begin + tiles.size; ++t) {
      const Span rows = w.tiles[t];
      const auto lies = corner(o.a, rows.begin, w.first);
      args.a = from_a ? P::packed_a(lies, rows.size, w.depth, w.a_at(t)) : P::as_it_lies(lies);
      const Sums<T> y = {o.y + rows.begin * o.y_step + j, o.y_step};
      const bool rests = !w.sums && !in_y;
      args.c = y;
      if (rests) args.c = {room, padded};
      if (w.sums) args.c = {w.sums + rows.begin * w.sums_step + j, w.sums_step};
      for (size_t r = 0; rests && !fresh && r < rows.size; ++r)
        std::copy_n(y.at + r * y.step, columns, room + r * padded);
      P::multiply(rows.size, vectors, args);
      if (rests || (w.sums && w.ends_block()))
        finish(o, args.c, rows, {j, columns}, w.sums && w.first >= sum_block, last);
    }
  }
}

// What the threads share for a panel, in one piece of memory from the pool: counted there, and no request to the system
// in the steady state.
template <class P>
class Workspace {
 public:
  using T = typename P::Sum;
  Workspace(const Panel<P>& o, size_t depth)
      : wide_(up_to(tile_columns<T>, o.columns)), a_(packs_a(o) ? size_of_a(o, depth) : 0),
        b_(packs_b(o, o.columns) || packs_b(o, last_columns(o)) ? wide_ * depth + lanes<T> : 0),
        bytes_((up_to(64 / sizeof(T), a_) + up_to(64 / sizeof(T), b_) + (o.depth > sum_block ? o.rows * wide_ : 0)) *
               sizeof(T)),
        at_(bytes_ > 0 ? static_cast<T*>(memory::allocate(bytes_)) : nullptr) {}
  ~Workspace() {
    if (at_) memory::release(at_, bytes_);
  }
  Workspace(const Workspace&) = delete;
  Piece<P> piece(const Panel<P>& o, size_t first, size_t depth) const {
    T* const b = at_ + up_to(64 / sizeof(T), a_);
    return {o, tiles_of(o), first, depth, at_, b, o.depth > sum_block ? b + up_to(64 / sizeof(T), b_) : nullptr, wide_};
  }
  bool packs_a_or_b() const { return a_ + b_ > 0; }

 private:
  static size_t size_of_a(const Panel<P>& o, size_t depth) { return o.rows * depth + tiles_of(o).count * lanes<T>; }
  static size_t last_columns(const Panel<P>& o) {
    const size_t left = o.columns % tile_columns<T>;
    return left == 0 ? tile_columns<T> : left;
  }
  size_t wide_, a_, b_, bytes_;
  T* at_;
};

// Piece of k by piece of k, first packing and then blocks of tiles and strips are claimed by threads.
template <class P>
void multiply(const Panel<P>& o) {
  using T = typename P::Sum;
  const Tiles cut = tiles_of(o);
  const size_t tiles = cut.count, strips = count_of(o.columns, strip_columns(o));
  const size_t block = std::min(o.depth, sum_block), pieces = std::max<size_t>(1, count_of(block, piece));
  const size_t deep = up_to(16, count_of(block, pieces));
  const Workspace<P> workspace(o, std::min(deep, o.depth));
  // a's part of a block, and all of b's where L2 is large, stay in L2; blocks are halved until there are enough to
  // share, or until one is too little work
  size_t high = std::min<size_t>(16, tiles), wide = std::min(strips, 2048 / sizeof(T) / tile_columns<T>);
  const auto blocks = [&] { return count_of(tiles, high) * count_of(strips, wide); };
  while (blocks() < 8 && high * wide > 1 && high * cut.height * wide * strip_columns(o) * o.depth > (1u << 18)) {
    size_t& size = wide > 1 ? wide : high;
    size = (size + 1) / 2;
  }
  const auto work = [](size_t elements) { return static_cast<std::int64_t>(elements); };
  size_t first = 0;
  do {  // once for k = 0 too: zeros
    const size_t block_end = std::min(o.depth, (first / sum_block + 1) * sum_block);
    const size_t depth = std::min(deep, block_end - first);
    const Piece<P> w = workspace.piece(o, first, depth);
    if (workspace.packs_a_or_b()) {
      const size_t low = packs_a(o) ? tiles : 0;
      parallel_for(work(low + strips), work(2 * depth * ((low ? o.rows : 0) + o.columns)),
                   [&](std::int64_t begin, std::int64_t end) {
                     for (auto i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i) {
                       if (i < low) pack_tile(w, i);
                       else pack_strip(w, (i - low) * strip_columns(o));
                     }
                   });
    }
    // an element read or written costs about eight multiply-adds
    parallel_for(work(blocks()),
                 work(std::max(o.rows * o.columns * depth / 8, o.rows * o.columns + (o.rows + o.columns) * depth)),
                 [&](std::int64_t begin, std::int64_t end) {
                   for (auto i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i) {
                     const size_t down = count_of(tiles, high), t = i % down * high, s = i / down * wide;
                     for (size_t strip = s; strip < std::min(strips, s + wide); ++strip)
                       multiply_strip(w, {t, std::min(high, tiles - t)}, strip * strip_columns(o));
                   }
                 });
    first += depth;
  } while (first < o.depth);
}

// From row `first` on of a matrix stored as [size, k]; or from column `first` on of one stored as [k, size].
template <class T>
Strip<T> strip_of(const void* array, std::int64_t matrix, std::int64_t size, std::int64_t k, bool columns,
                  std::int64_t first) {
  const T* const start = static_cast<const T*>(array) + matrix * size * k;
  const T* const end = start + size * k;
  if (columns) return {start + first, 1, static_cast<size_t>(size), end};
  return {start + first * k, static_cast<size_t>(k), 1, end};
}

// one_bias: of a column that lies as a row.
template <class P>
void share_out(const backends::MatmulArgs& args, bool one_bias) {
  using T = typename P::Sum;
  using Element = typename P::Element;
  const std::int64_t m = args.m, n = args.n, k = args.k;
  std::int64_t matrices = 1;
  for (int r = 0; r < args.batch.rank; ++r) matrices *= args.batch.size[r];
  if (matrices == 0 || m == 0 || n == 0) return;

  const auto edge =
      static_cast<std::int64_t>(k > static_cast<std::int64_t>(sum_block) ? panel_edge_of_blocks : panel_edge);
  const std::int64_t rows = std::min(m, edge), columns = std::min(n, edge);
  const std::int64_t down = (m + rows - 1) / rows, across = (n + columns - 1) / columns;
  const CutPlan cuts(args.cut, args.cuts);
  const auto panel = [&](std::int64_t index) {
    const std::int64_t matrix = index / (down * across), i = index / across % down * rows, j = index % across * columns;
    std::int64_t offset[2];
    batch_offsets(args.batch, matrix, offset);
    Panel<P> o;
    o.a = strip_of<Element>(args.a, offset[0], m, k, args.transpose_a, i);
    o.b = strip_of<Element>(args.b, offset[1], n, k, !args.transpose_b, j);
    o.bias_step = one_bias ? 0 : 1;
    o.bias = args.bias ? static_cast<const T*>(args.bias) + (one_bias ? 0 : j) : nullptr;
    o.y = static_cast<T*>(args.y) + (matrix * m + i) * n + j;
    o.rows = static_cast<size_t>(std::min(rows, m - i));
    o.columns = static_cast<size_t>(std::min(columns, n - j));
    o.depth = static_cast<size_t>(k);
    o.y_step = static_cast<size_t>(n);
    o.relu = args.relu;
    o.cuts = &cuts;
    multiply(o);
  };
  const auto panels = [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t index = begin; index < end; ++index) panel(index);
  };
  // threads share many small panels, or each of a few large ones
  const std::int64_t count = matrices * down * across,
                     each = std::max(rows * columns * k / 8, rows * columns + (rows + columns) * k);
  if (each < (std::int64_t{1} << 19)) parallel_for(count, count * each, panels);
  else panels(0, count);
}

template <class P>
void run(const backends::MatmulArgs& args) {
  const bool column = args.n == 1;
  if (column || stacks(args)) share_out<P>(reshaped(args), column);
  else share_out<P>(args, false);
}

}  // namespace

// Of operands that are bf16 already; y and the bias are f32. convolution.cpp calls it, and matmul.
void matmul_of_bf16(const backends::MatmulArgs& args) {
  if (Paired::possible()) run<Paired>(args);
  else run<Widened>(args);
}

void matmul(const backends::MatmulArgs& args) {
  if (!args.bf16 || args.k == 0) return visit_floating(args.dtype, [&]<class T>() { run<AsStored<T>>(args); });
  const Rounded a(args.a, stored(args.batch, 0, args.m * args.k)), b(args.b, stored(args.batch, 1, args.k * args.n));
  backends::MatmulArgs rounded = args;
  rounded.a = a.at;
  rounded.b = b.at;
  matmul_of_bf16(rounded);
}

void FillMatmul(backends::Kernels& k) {
  k.matmul = matmul;
  k.multiplies_bf16 = Paired::possible;
}

}  // namespace logitape::inline v0::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
LOGITAPE_KERNELS(fill_matmul, FillMatmul)
#endif
