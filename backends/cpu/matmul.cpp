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
#include "logitape/backends/cpu/matmul-inl.h"
#include "logitape/backends/cpu/matmul_bf16-inl.h"
#include "logitape/backends/cpu/scratch.h"
#include "logitape/backends/cpu/thread_pool.h"
#include "logitape/core/memory.h"

HWY_BEFORE_NAMESPACE();
namespace logitape::inline v0::cpu::HWY_NAMESPACE {
namespace {

constexpr size_t sum_block = 4096;  // changes the bits: the k-block of the chain
constexpr size_t piece = 256;       // changes none: k at a time, so that the strips in use stay near L1
constexpr size_t most_rows = 192, most_columns = 256;  // outputs at a time, so that both packed operands stay in L2

// What a thread works in, for blocks of at most rows x columns outputs with chains of `depth`, in one piece of memory
// from the pool: counted there, and no request to the system in the steady state. Tiles lie one after another in `sums`
// and `total`.
template <class T>
class Workspace {
 public:
  Workspace(size_t rows, size_t columns, size_t depth) {
    const size_t wide = up_to(tile_columns<T>, columns), deep = std::min(depth, piece);
    // one vector of room behind each packed operand
    const size_t sizes[] = {rows * deep + lanes<T>, std::min(wide, row_vectors * lanes<T>) * deep + lanes<T>,
                            rows * wide, depth > sum_block ? rows * wide : 0, wide};
    T** const parts[] = {&a, &b, &sums, &total, &bias};
    size_t count = 0;
    for (const size_t size : sizes) count += up_to(64 / sizeof(T), size);
    bytes_ = count * sizeof(T);
    a = static_cast<T*>(memory::allocate(bytes_));
    T* at = a;
    for (size_t i = 0; i < 5; ++i) {
      *parts[i] = at;
      at += up_to(64 / sizeof(T), sizes[i]);
    }
  }
  ~Workspace() { memory::release(a, bytes_); }
  Workspace(const Workspace&) = delete;

  T* a;
  T* b;
  T* sums;   // the chains, between two pieces
  T* total;  // of the k-blocks so far; nothing where there is only one
  T* bias;

 private:
  static size_t up_to(size_t multiple, size_t size) { return (size + multiple - 1) / multiple * multiple; }
  size_t bytes_;
};

// A block of outputs, y[rows, columns] with rows `y_step` apart, and the operands' corners that it needs.
template <class P>
struct Block {
  Strip<typename P::Element> a, b;  // b's strip runs across columns
  const typename P::Sum* bias;
  typename P::Sum* y;
  size_t rows, columns, depth, y_step, bias_step;
  bool relu;
};

// How many vectors wide the next tiles are, with `left` columns to go.
template <class P>
size_t vectors_for(const Block<P>& o, size_t left) {
  constexpr size_t n = lanes<typename P::Sum>;
  if (o.rows == 1 && o.b.across == 1 && left >= row_vectors * n) return row_vectors;
  return left <= n ? 1 : tile_vectors;
}

// Packing pays where a strip is read again often enough; strips that vectors cannot read as they lie are always packed.
template <class P>
bool packs_a(const Block<P>& o, size_t depth) {
  return o.columns > 2 * tile_columns<typename P::Sum> || !P::reads_a(o.a, depth);
}
template <class P>
bool packs_b(const Block<P>& o, size_t columns) {
  return o.rows > 2 * tile_rows || o.b.across != 1 || columns % lanes<typename P::Sum> != 0 || !P::reads_b;
}

// Adds one piece of k, [first, first + depth), to the chains of every tile.
template <class P, class T = typename P::Sum>
void accumulate(const Block<P>& o, size_t first, size_t depth, Workspace<T>& s) {
  using Element = typename P::Element;
  const auto corner = [](const Strip<Element>& from, size_t i, size_t p) {
    return Strip<Element>{from.at + i * from.across + p * from.along, from.across, from.along, from.end};
  };
  const bool fresh = first % sum_block == 0, packed_a = packs_a(o, depth);
  if (packed_a)
    for (size_t i = 0; i < o.rows; i += tile_rows)
      P::copy_a(corner(o.a, i, first), std::min(tile_rows, o.rows - i), depth, s.a + i * depth);
  T* sums = s.sums;
  for (size_t j = 0, columns = 0; j < o.columns; j += columns) {
    const size_t vectors = vectors_for(o, o.columns - j), padded = vectors * lanes<T>;
    columns = std::min(padded, o.columns - j);
    const Strip<Element> from = corner(o.b, j, first);
    const auto b = packs_b(o, columns) ? P::packed_b(from, columns, padded, depth, s.b) : P::as_it_lies(from);
    for (size_t i = 0; i < o.rows; i += tile_rows) {
      const size_t rows = std::min(tile_rows, o.rows - i);
      const Strip<Element> lies = corner(o.a, i, first);
      const auto a = packed_a ? P::packed_a(lies, rows, depth, s.a + i * depth) : P::as_it_lies(lies);
      P::multiply(rows, vectors, depth, a, b, fresh, sums);
      sums += rows * padded;
    }
  }
}

// Closes a k-block: total = sums, or total + sums.
template <class T>
void add_block(size_t size, bool first, Workspace<T>& s) {
  const hn::ScalableTag<T> d;
  for (size_t i = 0; i < size; i += lanes<T>) {
    const auto sum = hn::Load(d, s.sums + i);
    hn::Store(first ? sum : hn::Add(hn::Load(d, s.total + i), sum), d, s.total + i);
  }
}

// Bias and ReLU, then out to y. A tile is as wide as its vectors, so only the copy knows about the last columns.
template <class P, class T = typename P::Sum>
void store(const Block<P>& o, T* tile, Workspace<T>& s) {
  const hn::ScalableTag<T> d;
  for (size_t j = 0; o.bias && j < o.columns; ++j) s.bias[j] = o.bias[j * o.bias_step];
  for (size_t j = 0, columns = 0; j < o.columns; j += columns) {
    const size_t padded = vectors_for(o, o.columns - j) * lanes<T>;
    columns = std::min(padded, o.columns - j);
    for (size_t i = 0; i < o.rows; ++i, tile += padded) {
      T* const row = o.y + i * o.y_step + j;
      for (size_t c = 0; c < padded; c += lanes<T>) {
        auto x = hn::Load(d, tile + c);
        if (o.bias) x = hn::Add(x, hn::Load(d, s.bias + j + c));
        if (o.relu) x = hn::IfThenZeroElse(hn::Le(x, hn::Zero(d)), x);  // NaN stays, -0 becomes +0
        if (c + lanes<T> <= columns) hn::StoreU(x, d, row + c);
        else hn::Store(x, d, tile + c);
      }
      const size_t whole = columns - columns % lanes<T>;
      std::copy(tile + whole, tile + columns, row + whole);
    }
  }
}

template <class P, class T = typename P::Sum>
void compute(const Block<P>& o, Workspace<T>& workspace) {
  const bool blocked = o.depth > sum_block;
  size_t first = 0;
  do {  // once for k = 0 too: zeros
    const size_t end = std::min(first + piece, o.depth);
    accumulate(o, first, end - first, workspace);
    if (blocked && (end % sum_block == 0 || end == o.depth))
      add_block(o.rows * ((o.columns + lanes<T> - 1) / lanes<T> * lanes<T>), end <= sum_block, workspace);
    first = end;
  } while (first < o.depth);
  store(o, blocked ? workspace.total : workspace.sums, workspace);
}

// Where matrix `index` of each operand starts, in matrices.
void batch_offsets(const backends::Loop<2>& batch, std::int64_t index, std::int64_t (&offset)[2]) {
  offset[0] = offset[1] = 0;
  for (int r = batch.rank - 1; r >= 0; --r) {
    for (int i = 0; i < 2; ++i) offset[i] += index % batch.size[r] * batch.step[i][r];
    index /= batch.size[r];
  }
}

// The same product in a shape that suits the kernel better.
backends::MatmulArgs reshaped(backends::MatmulArgs args) {
  if (args.batch.rank == 1 && args.batch.step[0][0] == 1 && args.batch.step[1][0] == 0 && !args.transpose_a) {
    args.m *= args.batch.size[0];  // many matrices against one b are one taller matrix
    args.batch.rank = 0;
  }
  if (args.n == 1) {  // lanes run over columns: a single column becomes a single row, y^T = b^T a^T
    std::swap(args.a, args.b);
    for (int r = 0; r < args.batch.rank; ++r) std::swap(args.batch.step[0][r], args.batch.step[1][r]);
    std::swap(args.m, args.n);
    args.transpose_b = !args.transpose_a;
    args.transpose_a = false;  // a vector lies the same way in both
  }
  return args;
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

template <class P>
void run(const backends::MatmulArgs& given) {
  using T = typename P::Sum;
  using Element = typename P::Element;
  const backends::MatmulArgs args = reshaped(given);
  const std::int64_t m = args.m, n = args.n, k = args.k;
  std::int64_t matrices = 1;
  for (int r = 0; r < args.batch.rank; ++r) matrices *= args.batch.size[r];
  if (matrices == 0 || m == 0 || n == 0) return;

  // Blocks of outputs shrink until there are eight to share, or until one is too little work to be worth its packing.
  std::int64_t rows = most_rows, columns = most_columns;
  const auto count = [](std::int64_t size, std::int64_t step) { return (size + step - 1) / step; };
  const auto large = [&] { return std::min(rows, m) * std::min(columns, n) * k > (std::int64_t{1} << 19); };
  while (matrices * count(m, rows) * count(n, columns) < 8 && columns > 64 && large())
    (columns > rows ? columns : rows) /= 2;
  const std::int64_t down = count(m, rows), across = count(n, columns);

  const auto blocks = [&](std::int64_t begin, std::int64_t end) {
    Workspace<T> workspace(static_cast<size_t>(std::min(rows, m)), static_cast<size_t>(std::min(columns, n)),
                           static_cast<size_t>(k));
    for (std::int64_t index = begin; index < end; ++index) {
      const std::int64_t matrix = index / (down * across), i = index / across % down * rows,
                         j = index % across * columns;
      std::int64_t offset[2];
      batch_offsets(args.batch, matrix, offset);
      Block<P> o;
      o.a = strip_of<Element>(args.a, offset[0], m, k, args.transpose_a, i);
      o.b = strip_of<Element>(args.b, offset[1], n, k, !args.transpose_b, j);
      o.bias_step = given.n == 1 ? 0 : 1;
      o.bias = args.bias ? static_cast<const T*>(args.bias) + (given.n == 1 ? 0 : j) : nullptr;
      o.y = static_cast<T*>(args.y) + (matrix * m + i) * n + j;
      o.rows = static_cast<size_t>(std::min(rows, m - i));
      o.columns = static_cast<size_t>(std::min(columns, n - j));
      o.depth = static_cast<size_t>(k);
      o.y_step = static_cast<size_t>(n);
      o.relu = args.relu;
      compute(o, workspace);
    }
  };
  // an element read or written costs about eight multiply-adds
  parallel_for(matrices * down * across, matrices * std::max(m * n * k / 8, m * n + m * k + n * k), blocks);
}

// How many elements the matrices of one operand are: those of a broadcast axis count once.
std::int64_t stored(const backends::Loop<2>& batch, int operand, std::int64_t matrix) {
  std::int64_t last = 0;
  for (int r = 0; r < batch.rank; ++r) {
    if (batch.size[r] == 0) return 0;
    last += (batch.size[r] - 1) * batch.step[operand][r];
  }
  return (last + 1) * matrix;
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
