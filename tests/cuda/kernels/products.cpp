// matmul in all four ways of storing the operands. f32 and f64 against a scalar chain of std::fma, bit for bit: the
// order of its sums is the CPU's. By tensor cores the order is the device's: within the bound of a sum of f32, and
// exactly where the numbers are small integers, whose sums are exact in any order. Convolution, its transposes and
// pooling against the oracle, within the bound of their sums.
#include "tests/cuda/kernels/sides.h"

namespace logitape::tests {

namespace {

using namespace backends;

enum class In { full, bf16, tf32 };
const char* name(In in) { return in == In::full ? "" : in == In::bf16 ? " bf16" : " tf32"; }

// As the device rounds an operand: to nearest even of bf16; tf32 has 10 bits after the point, halves go away from 0.
template <class T>
T rounded(T x, In in) {
  if (in == In::full) return x;
  if (in == In::bf16) return static_cast<T>(static_cast<float>(bf16(static_cast<double>(x))));
  int exponent = 0;
  const double fraction = std::frexp(static_cast<double>(x), &exponent);
  return static_cast<T>(std::ldexp(std::round(std::ldexp(fraction, 11)), exponent - 11));
}
template <class T>
std::vector<T> rounded(std::vector<T> x, In in) {
  for (T& v : x) v = rounded(v, in);
  return x;
}
// Normal numbers, or whole ones near 0.
template <class T>
std::vector<T> numbers(std::int64_t size, bool whole, unsigned seed) {
  std::vector<T> x = normal_numbers<T>(size, whole ? 2 : 1, 0, seed);
  if (whole)
    for (T& v : x) v = std::nearbyint(v);
  return x;
}

template <class T>
struct Product {
  std::int64_t m, n, k;
  Loop<2> batch = {};
  bool relu = false;
  In in = In::full;
  std::vector<T> a = {}, b = {}, bias = {};
};

std::int64_t matrices(const Loop<2>& batch) {
  std::int64_t total = 1;
  for (int r = 0; r < batch.rank; ++r) total *= batch.size[r];
  return total;
}
std::int64_t stored(const Loop<2>& batch, int input) {
  std::int64_t last = 0;
  for (int r = 0; r < batch.rank; ++r) last += (batch.size[r] - 1) * batch.step[input][r];
  return last + 1;
}

template <class T>
std::vector<T> transposed(const std::vector<T>& x, std::int64_t rows, std::int64_t columns) {
  std::vector<T> out(x.size());
  const auto r = static_cast<std::size_t>(rows), c = static_cast<std::size_t>(columns);
  for (std::size_t at = 0; at < x.size(); at += r * c)
    for (std::size_t i = 0; i < r; ++i)
      for (std::size_t j = 0; j < c; ++j) out[at + j * r + i] = x[at + i * c + j];
  return out;
}

// y by the CPU's chain, or of rounded operands in f64; `size`: the sum of the terms' magnitudes.
template <class T>
struct Chained {
  std::vector<T> y;
  std::vector<double> size;
};
template <class T>
Chained<T> chain(const Product<T>& p) {
  Chained<T> out;
  const std::vector<T> a = rounded(p.a, p.in), b = rounded(p.b, p.in);
  oracle::walk<2>(p.batch, [&](std::int64_t, const std::int64_t(&at)[2]) {
    for (std::int64_t i = 0; i < p.m; ++i)
      for (std::int64_t j = 0; j < p.n; ++j) {
        T total = 0;
        double size = 0, wide = 0;
        for (std::int64_t first = 0; first < p.k; first += 4096) {
          T sum = 0;
          for (std::int64_t q = first; q < std::min(first + 4096, p.k); ++q) {
            const T x = a[static_cast<std::size_t>((at[0] * p.m + i) * p.k + q)],
                    y = b[static_cast<std::size_t>((at[1] * p.k + q) * p.n + j)];
            sum = std::fma(x, y, sum);
            wide += static_cast<double>(x) * static_cast<double>(y);
            size += std::fabs(static_cast<double>(x) * static_cast<double>(y));
          }
          total = first == 0 ? sum : total + sum;
        }
        const T bias = p.bias.empty() ? T(0) : p.bias[static_cast<std::size_t>(j)];
        if (p.in != In::full) total = static_cast<T>(wide);
        if (!p.bias.empty()) total += bias;
        out.y.push_back(p.relu && total <= 0 ? 0 : total);
        out.size.push_back(size + std::fabs(static_cast<double>(bias)));
      }
  });
  return out;
}

// What blocks of 64 x 64 outputs load: a once for each block along n, b once for each along m, and every output its
// bias. Where k is long its pieces have sums of their own, stored and added: 1,024 steps are in each at least.
Moves tiles_move(const char* what, std::int64_t m, std::int64_t n, std::int64_t k, bool bias, std::size_t size) {
  const auto blocks = [](std::int64_t extent, std::int64_t side) { return (extent + side - 1) / side; };
  const std::int64_t again = k > 3072 ? blocks(k, 1024) + 1 : 0;
  const auto loads = m * k * blocks(n, 64) + k * n * blocks(m, 64) + (bias ? m * n : 0) + again * m * n;
  return {.what = what,
          .load_bytes = static_cast<double>(loads) * static_cast<double>(size),
          .store_bytes = static_cast<double>((again + 1) * m * n) * static_cast<double>(size)};
}

// The same bits, or within one epsilon of the magnitudes at each addition: both sums may be off by that.
template <class T>
void expect_product(const std::vector<T>& got, const Chained<T>& want, bool bits, std::int64_t k,
                    const std::string& where) {
  if (bits) return expect(different(got, want.y) == 0, where);
  expect(got.size() == want.y.size(), where);
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double off = std::fabs(static_cast<double>(got[i]) - static_cast<double>(want.y[i]));
    const double unit =
        want.size[i] * static_cast<double>(std::numeric_limits<T>::epsilon()) * static_cast<double>(k + 2);
    expect_within("a product's error over (k + 2) epsilons of its magnitudes", off == 0 ? 0 : off / unit, 1, where);
  }
}

// The first `ways` of the four.
template <class T>
void check_product(Product<T> p, bool bias, bool whole = false, int ways = 4) {
  const std::int64_t count = matrices(p.batch);
  p.a = numbers<T>(count ? stored(p.batch, 0) * p.m * p.k : 0, whole, 1);
  p.b = numbers<T>(count ? stored(p.batch, 1) * p.k * p.n : 0, whole, 2);
  if (bias) p.bias = numbers<T>(p.n, whole, 3);
  const Chained<T> want = chain(p);
  Moves moves = tiles_move("matmul, of its tiles", p.m, p.n, p.k, bias, sizeof(T));
  moves.load_bytes *= static_cast<double>(count), moves.store_bytes *= static_cast<double>(count);
  for (int way = 0; way < ways; ++way) {
    const bool transpose_a = way & 1, transpose_b = way & 2;
    const std::vector<T> a = transpose_a ? transposed(p.a, p.m, p.k) : p.a,
                         b = transpose_b ? transposed(p.b, p.k, p.n) : p.b;
    std::vector<T> y(want.y.size(), T(7));
    Device side;
    side.run(&Kernels::matmul, &lt_kernels::matmul,
             {dtype_of<T>(), p.batch, p.m, p.n, p.k, transpose_a, transpose_b, p.relu, p.in == In::bf16, side.in(a),
              side.in(b), side.in(p.bias), side.out(y), p.in == In::tf32},
             moves);
    expect_product(y, want, whole || p.in == In::full, p.k,
                   "matmul " + std::to_string(p.m) + " " + std::to_string(p.n) + " " + std::to_string(p.k) + " way " +
                       std::to_string(way) + name(p.in));
  }
}

const Loop<2> none{1, {0}, {{1}, {1}}}, each{1, {3}, {{1}, {1}}}, crossed{2, {2, 3}, {{1, 0}, {0, 1}}};

template <class T>
void check_chains() {
  int i = 0;
  for (const std::int64_t m : {0, 1, 31, 64, 65})
    for (const std::int64_t n : {0, 1, 33, 63, 130})
      for (const std::int64_t k : {0, 1, 17}) check_product<T>({m, n, k, {}, ++i % 3 == 0}, i % 2 == 0);
  for (const Loop<2>& batch : {none, each, crossed}) check_product<T>({7, 10, 33, batch, true}, true);
  check_product<T>({5, 6, 40, {}}, true);  // 16 bytes at a time
  check_product<T>({3, 5, 4097, {}}, true);
  check_product<T>({1, 2, 9001, {}}, false);
  check_product<T>({2, 3, 16400, {}, true}, true);  // k in pieces
  // tiles of 128 x 128, at their edges too
  if constexpr (sizeof(T) == 4) check_product<T>({1000, 2090, 20, {}}, true, false, 1);
}

void check_tensor_cores(In in) {
  int i = 0;
  for (const std::int64_t m : {0, 1, 64, 65})
    for (const std::int64_t n : {0, 1, 33, 130})
      for (const std::int64_t k : {0, 1, 17, 36}) {
        check_product<float>({m, n, k, {}, ++i % 3 == 0, in}, i % 2 == 0, false, 1);
        check_product<float>({m, n, k, {}, i % 3 == 0, in}, i % 2 == 0, true);
      }
  for (const Loop<2>& batch : {none, each, crossed}) check_product<float>({7, 10, 36, batch, true, in}, true);
  check_product<float>({70, 66, 129, {}, false, in}, true);
  check_product<float>({3, 5, 4090, {}, false, in}, true, true);
  check_product<float>({70, 3, 4109, {}, true, in}, true, true, 1);      // k in pieces
  check_product<float>({1000, 2090, 36, {}, false, in}, true, true, 1);  // tiles of 128 x 128
}

}  // namespace

void check_products() {
  check_chains<float>();
  check_chains<double>();
  check_tensor_cores(In::bf16);
  check_tensor_cores(In::tf32);
  check_product<double>({9, 8, 40, {}, false, In::full}, true);
}

namespace {

struct Shape {
  Window window;
  std::int64_t features;
};
// images, height, width, channels; size, stride, padding, dilation; out
const Shape shapes[] = {{{1, 5, 5, 1, {3, 3}, {1, 1}, {0, 0}, {1, 1}, {3, 3}}, 1},
                        {{2, 7, 6, 3, {3, 2}, {2, 1}, {1, 1}, {1, 1}, {4, 7}}, 5},
                        {{1, 9, 8, 2, {2, 3}, {1, 2}, {2, 1}, {2, 1}, {11, 4}}, 33},
                        {{2, 12, 12, 4, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {12, 12}}, 70},
                        {{3, 4, 4, 2, {1, 1}, {1, 1}, {0, 0}, {1, 1}, {4, 4}}, 3},
                        {{1, 3, 3, 1, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {3, 3}}, 4500},
                        {{2, 6, 6, 8, {3, 3}, {2, 2}, {1, 1}, {1, 1}, {3, 3}}, 12},     // 16 bytes at a time
                        {{1, 66, 66, 1, {3, 3}, {1, 1}, {0, 0}, {1, 1}, {64, 64}}, 2},  // the weight's sums in pieces
                        {{0, 5, 5, 2, {3, 3}, {1, 1}, {0, 0}, {1, 1}, {3, 3}}, 2}};

template <class T>
struct Arrays {
  std::vector<T> x, weight, bias, y;
};

// which: 0 conv2d, 1 conv2d_input, 2 conv2d_weight
template <class T, class Side>
std::vector<T> convolved(Side&& side, const Shape& s, int which, const Arrays<T>& in, bool relu, In how) {
  const HostSlot<ConvolutionArgs> hosts[] = {&Kernels::conv2d, &Kernels::conv2d_input, &Kernels::conv2d_weight};
  const DeviceSlot<ConvolutionArgs> devices[] = {&lt_kernels::conv2d, &lt_kernels::conv2d_input,
                                                 &lt_kernels::conv2d_weight};
  std::vector<T> result((which == 0 ? in.y : which == 1 ? in.x : in.weight).size(), T(7));
  const Window& w = s.window;
  const std::int64_t outputs = w.images * w.out[0] * w.out[1], pixels = w.images * w.height * w.width,
                     depth = w.size[0] * w.size[1] * w.channels;
  // products of patches, whose padding is not loaded; the input's gradient of f32: a thread an element, through caches
  Moves moves = which == 0   ? tiles_move("conv2d, of its tiles", outputs, s.features, depth, true, sizeof(T))
                : which == 1 ? tiles_move("conv2d_input, of its tiles", pixels, w.channels,
                                          w.size[0] * w.size[1] * s.features, false, sizeof(T))
                             : tiles_move("conv2d_weight, of its tiles", depth, s.features, outputs, false, sizeof(T));
  if (which == 1 && how == In::full)
    moves = {.what = "conv2d_input, of its terms",
             .load_bytes = static_cast<double>(2 * outputs * depth * s.features) * sizeof(T)};
  side.run(
      hosts[which], devices[which],
      {dtype_of<T>(), s.window, s.features, which == 0 && relu, how == In::bf16, which == 1 ? nullptr : side.in(in.x),
       which == 2 ? nullptr : side.in(in.weight), which == 0 ? side.in(in.bias) : nullptr,
       which == 0 ? nullptr : side.in(in.y), side.out(result), how == In::tf32},
      moves);
  return result;
}

template <class T>
void check_convolution(const Shape& s, In how, bool whole = false) {
  const Window& w = s.window;
  const std::int64_t depth = w.size[0] * w.size[1] * w.channels, outputs = w.images * w.out[0] * w.out[1];
  const Arrays<T> in{numbers<T>(w.images * w.height * w.width * w.channels, whole, 1),
                     numbers<T>(depth * s.features, whole, 2), numbers<T>(s.features, whole, 3),
                     numbers<T>(outputs * s.features, whole, 4)};
  const Arrays<T> operands{rounded(in.x, how), rounded(in.weight, how), in.bias, rounded(in.y, how)};
  Arrays<T> sizes = in;
  for (std::vector<T>* v : {&sizes.x, &sizes.weight, &sizes.bias, &sizes.y})
    for (T& x : *v) x = std::fabs(x);
  for (int which = 0; which < 3; ++which) {
    const auto got = convolved(Device(), s, which, in, true, how),
               want = convolved(exact<T>(), s, which, operands, true, In::full),
               size = convolved(exact<T>(), s, which, sizes, false, In::full);
    const std::int64_t terms = which == 0 ? depth : which == 1 ? w.size[0] * w.size[1] * (s.features + 1) : outputs;
    if (whole) expect(different(got, want) == 0, std::string("a convolution of whole numbers") + name(how));
    for (std::size_t i = 0; i < got.size() && !whole; ++i) {
      // each addition of a chain may lose half an epsilon of the magnitudes
      const double unit = static_cast<double>(size[i]) * static_cast<double>(std::numeric_limits<T>::epsilon());
      const double e =
          got[i] == want[i] ? 0 : std::fabs(static_cast<double>(got[i]) - static_cast<double>(want[i])) / unit;
      expect_within("convolution's error over (terms + 2) epsilons of its magnitudes",
                    e / static_cast<double>(terms + 2), 1);
    }
  }
}

struct Pooling {
  HostSlot<PoolArgs> host;
  DeviceSlot<PoolArgs> device;
  const char* what;  // "": a call whose loads are not held
};
template <class T>
struct Pooled {
  std::vector<T> y;
  std::vector<std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>> places;
};

template <class T, class Side>
Pooled<T> pooled(Side&& side, const Pooling& slots, const Window& w, std::int64_t results, const std::vector<T>& x,
                 bool places, double scale = 0.25) {
  Pooled<T> p{std::vector<T>(static_cast<std::size_t>(results), T(7)), {}};
  if (places) p.places.resize(p.y.size());
  // every window loads what it sees
  const std::int64_t seen = w.images * w.out[0] * w.out[1] * w.size[0] * w.size[1] * w.channels;
  side.run(slots.host, slots.device, {dtype_of<T>(), w, scale, side.in(x), side.out(p.y), side.out(p.places)},
           {.what = slots.what, .load_bytes = static_cast<double>(seen * sizeof(T))});
  return p;
}

template <class T>
void check_pooling(Window w) {
  const std::int64_t in = w.images * w.height * w.width * w.channels, out = w.images * w.out[0] * w.out[1] * w.channels;
  std::vector<T> x = normal_numbers<T>(in, 1), spread = normal_numbers<T>(out, 1);
  const Pooling sum{&Kernels::sum_pool, &lt_kernels::sum_pool, "sum_pool, of its windows"},
      again{&Kernels::sum_pool, &lt_kernels::sum_pool, ""},
      back{&Kernels::spread_pool, &lt_kernels::spread_pool, "spread_pool, of its windows"},
      max{&Kernels::max_pool, &lt_kernels::max_pool, "max_pool, of its windows"};
  const std::string type =
      " f" + std::to_string(8 * sizeof(T)) + " in ULP of 4";  // windows of at most 9 normal numbers
  expect_within(
      "sum_pool" + type,
      worst_ulp(pooled<T>(Device(), sum, w, out, x, false).y, pooled<T>(exact<T>(), sum, w, out, x, false).y, 4), 4);
  expect_within("spread_pool" + type,
                worst_ulp(pooled<T>(Device(), back, w, in, spread, false).y,
                          pooled<T>(exact<T>(), back, w, in, spread, false).y, 4),
                4);
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (i % 3 == 0) x[i] = 1;  // ties
    if (i % 23 == 5) x[i] = std::numeric_limits<T>::quiet_NaN();
    if (i % 5 == 0) x[i] = -std::numeric_limits<T>::infinity();
  }
  const Pooled<T> got = pooled<T>(Device(), max, w, out, x, true), want = pooled<T>(exact<T>(), max, w, out, x, true);
  expect(different(got.y, want.y) == 0 && got.places == want.places, "max_pool");
  const std::vector<T> huge(static_cast<std::size_t>(in), std::numeric_limits<T>::max() / 2);
  for (const T y : pooled<T>(Device(), again, w, out, huge, false, 1.0 / 16).y)
    expect(std::isfinite(y), "a mean overflows");
}

}  // namespace

void check_windows() {
  for (const Shape& s : shapes) {
    check_convolution<float>(s, In::full);
    check_convolution<double>(s, In::full);
    for (const In how : {In::bf16, In::tf32})
      for (const bool whole : {false, true}) check_convolution<float>(s, how, whole);
  }
  for (const Window& w : {Window{2, 7, 6, 3, {3, 2}, {2, 1}, {1, 1}, {1, 1}, {4, 7}},
                          {1, 8, 8, 33, {2, 2}, {2, 2}, {0, 0}, {1, 1}, {4, 4}},
                          {3, 5, 5, 1, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {5, 5}},
                          {1, 9, 9, 2, {2, 2}, {3, 3}, {0, 0}, {1, 1}, {3, 3}},
                          {0, 5, 5, 1, {3, 3}, {1, 1}, {1, 1}, {1, 1}, {5, 5}}})
    for_each_floating([&]<class T>() { check_pooling<T>(w); });
}

}  // namespace logitape::tests
